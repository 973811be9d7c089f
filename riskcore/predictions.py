"""Stored predictions: the one thing that training leaves behind and that every figure is computed from.

`Cases` are the logits of one part (validation or test) of one run. A `Member` is one run: its validation
and test cases. `RunPredictions` joins the members of a pool (runs that differ only in seed and fold); a
single run is a pool of one. All three compare by identity, so that what is fitted to them can be remembered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax, logsumexp

from riskcore.errors import InputError
from riskcore.foreign_text import listed

LEAST_PROBABILITY = 1e-12
"""A probability of 0, as the logarithm that stands in for a finite logit."""


@dataclass(frozen=True, eq=False)
class Cases:
    """Logits and truth of N cases with K classes.

    Attributes:
        logits: (N, K) float64, uncalibrated and finite.
        truth: (N,) int64 class index in 0..K-1.
        samples: (N,) str, unique within a part: names the image.
        groups: (N,) str: patient, slide or lesion; equal to `samples` where no groups are known.
        subgroups: column name (e.g. "sex") -> (N,) str values, "" where unknown.
        strange: (N,) bool, images of another data set that are not of the kind the model knows; None where that was
            not asked.

    Raises:
        InputError: a logit is not finite.
    """

    logits: NDArray[np.float64]
    truth: NDArray[np.int64]
    samples: NDArray[np.str_]
    groups: NDArray[np.str_]
    subgroups: Mapping[str, NDArray[np.str_]] = field(default_factory=dict)
    strange: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        finite = np.isfinite(self.logits)
        if not finite.all():  # a nan would be taken for the greatest
            sample = self.samples[int((~finite).any(axis=1).argmax())]
            raise InputError(f"{sample}: its logits are not finite, so the predictions are damaged; make them anew.")

    def __len__(self) -> int:
        return len(self.truth)

    def at(self, places: NDArray[np.bool_]) -> "Cases":
        """Some of the cases.

        Args:
            places: (N,) bool.
        """
        return Cases(
            self.logits[places],
            self.truth[places],
            self.samples[places],
            self.groups[places],
            {name: values[places] for name, values in self.subgroups.items()},
            None if self.strange is None else self.strange[places],
        )

    @property
    def argmax_accuracy(self) -> float:
        """Share of the cases whose likeliest class, by the raw logits, is the truth."""
        return float((self.logits.argmax(axis=1) == self.truth).mean())

    @classmethod
    def empty(cls, number_of_classes: int) -> "Cases":
        """No cases: the validation part of a foreign predictions file that holds none."""
        nothing = np.zeros(0, dtype=np.str_)
        return cls(np.zeros((0, number_of_classes)), np.zeros(0, dtype=np.int64), nothing, nothing)


@dataclass(frozen=True, eq=False)
class Member:
    """One run's predictions; `fold` is None where the split is a single one.

    `training_groups`: of its training part, where a predictions file lists that; empty where it is not known here.
    `certify`: cases kept for a certificate (`riskcore.judging.certified`), which nothing was chosen on; None without.
    """

    validation: Cases
    test: Cases
    seed: int = 0
    fold: int | None = None
    training_groups: frozenset[str] = frozenset()
    certify: Cases | None = None


@dataclass(frozen=True, eq=False)
class RunPredictions:
    """The members of a run or pool.

    Attributes:
        id: run or pool id, as shown.
        classes: class names, in the order of the logit columns.
        members: at least one; folds of one seed have disjoint test cases.
    """

    id: str
    classes: tuple[str, ...]
    members: Sequence[Member]

    def __post_init__(self) -> None:
        if not self.members:
            raise InputError(f"{self.id}: there are no predictions; train or evaluate it first.")

    @property
    def seeds(self) -> tuple[int, ...]:
        return tuple(sorted({member.seed for member in self.members}))

    def in_order(self, classes: Sequence[str]) -> "RunPredictions":
        """The same predictions with the classes in another order; itself where that is its own.

        Raises:
            InputError: these are other classes.

        Example:
            >>> names = np.array(["a"])
            >>> cases = Cases(np.array([[0.0, 3.0]]), np.array([1]), names, names)
            >>> run = RunPredictions("x", ("naevus", "melanoma"), [Member(Cases.empty(2), cases)])
            >>> other = run.in_order(["melanoma", "naevus"]).members[0].test
            >>> other.logits.tolist(), other.truth.tolist()
            ([[3.0, 0.0]], [0])
        """
        if tuple(classes) == self.classes:
            return self
        if sorted(classes) != sorted(self.classes):
            raise InputError(f"{self.id}: its classes are {listed(self.classes)}, not {listed(classes)}.")
        columns = [self.classes.index(name) for name in classes]
        place = np.argsort(columns)

        def ordered(cases: Cases) -> Cases:
            return replace(cases, logits=cases.logits[:, columns], truth=place[cases.truth])

        members = [
            replace(
                member,
                validation=ordered(member.validation),
                test=ordered(member.test),
                certify=member.certify and ordered(member.certify),
            )
            for member in self.members
        ]
        return RunPredictions(self.id, tuple(classes), members)

    @property
    def strange(self) -> frozenset[str]:
        """Test images that at least one member does not judge, as they are not of the kind it knows."""
        found = [member.test.samples[member.test.strange] for member in self.members if member.test.strange is not None]
        return frozenset(str(name) for names in found for name in names)

    def without_strange(self) -> "RunPredictions":
        """The same run without those test images.

        Example:
            >>> names = np.array(["lesion", "chart"])
            >>> away = np.array([False, True])
            >>> cases = Cases(np.zeros((2, 2)), np.zeros(2, dtype=np.int64), names, names, strange=away)
            >>> run = RunPredictions("x", ("benign", "malignant"), [Member(Cases.empty(2), cases)])
            >>> sorted(run.strange), run.without_strange().members[0].test.samples.tolist()
            (['chart'], ['lesion'])
        """
        away = self.strange
        if not away:
            return self
        kept = [
            replace(member, test=member.test.at(~np.isin(member.test.samples, sorted(away)))) for member in self.members
        ]
        return RunPredictions(self.id, self.classes, kept)

    def without_validation(self) -> "RunPredictions":
        """The same test cases with nothing to calibrate on, so that their probabilities are taken as they are."""
        nothing = Cases.empty(len(self.classes))
        return RunPredictions(self.id, self.classes, [replace(member, validation=nothing) for member in self.members])

    def on_validation(self) -> "RunPredictions":
        """The same run with its validation part as the judged one, which flatters: calibration and dials come from it.

        Example:
            >>> names = np.array(["a"])
            >>> mild, grave = (Cases(np.zeros((1, 2)), np.array([truth]), names, names) for truth in (0, 1))
            >>> run = RunPredictions("x", ("benign", "malignant"), [Member(validation=mild, test=grave)])
            >>> run.on_validation().members[0].test.truth.tolist()
            [0]
        """
        return RunPredictions(
            self.id, self.classes, [replace(member, test=member.validation) for member in self.members]
        )

    def averaged(self) -> "RunPredictions":
        """The seeds of each fold as one ensemble: per case the logarithm of their mean probabilities.

        Raises:
            InputError: folds have different seeds, or the seeds of a fold were judged on different cases.

        Source: Lakshminarayanan, Pritzel, Blundell, Deep Ensembles, NeurIPS 2017.

        Example:
            >>> names = np.array(["a", "b"])
            >>> def member(seed, p):
            ...     cases = Cases(np.log([[p, 1 - p], [0.5, 0.5]]), np.array([0, 1]), names, names)
            ...     return Member(cases, cases, seed)
            >>> one = RunPredictions("x", ("benign", "malignant"), [member(0, 0.9), member(1, 0.5)]).averaged()
            >>> np.exp(one.members[0].test.logits[0]).round(2).tolist(), one.seeds
            ([0.7, 0.3], (0,))
        """
        folds: dict[int | None, list[Member]] = {}
        for member in self.members:
            folds.setdefault(member.fold, []).append(member)
        if any({member.seed for member in own} != set(self.seeds) for own in folds.values()):
            raise InputError(f"{self.id}: its folds have different seeds; train the missing ones before averaging.")
        joined = [
            Member(
                self._mean([each.validation for each in own]),
                self._mean([each.test for each in own]),
                self.seeds[0],
                fold,
            )
            for fold, own in folds.items()
        ]
        return RunPredictions(self.id, self.classes, joined)

    def _mean(self, every: Sequence[Cases]) -> Cases:
        if any(not np.array_equal(each.samples, every[0].samples) for each in every):
            raise InputError(f"{self.id}: its seeds were judged on different cases, so they cannot be averaged.")
        logits = np.stack([each.logits for each in every])
        log_mean = logsumexp(log_softmax(logits, axis=2), axis=0, b=1 / len(every))
        return replace(every[0], logits=log_mean)
