"""Cases that a model is judged on and knew before, by group, by name and by image: they flatter every figure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcore.errors import InputError
from riskcore.predictions import RunPredictions

NOT_LOOKED_AT = (
    "whether the model was trained on these images was not looked at; evaluate it there again with "
    "`riskcore evaluate RUN --data NAME`."
)
"""Of an evaluation that was stored before that was asked."""


@dataclass(frozen=True)
class Overlap:
    """How many of the cases that a model is judged on it was trained on, or its calibration and dial were chosen on.

    Attributes:
        cases, of: different judged cases that it knew, by group, name or image; and all judged ones.
        groups: different groups of the judged cases that stand in its training or validation part, too.
        images: judged cases whose image is known to it, pixel by pixel.
        alike: judged cases of another data set that share no more than a name with what it knew, maybe by chance.
        unknown: why it cannot be told what the model was trained on; "" where it can.
        notes: more sentences, as those that training began with.
    """

    cases: int = 0
    of: int = 0
    groups: int = 0
    images: int = 0
    alike: int = 0
    unknown: str = ""
    notes: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """What a reader must know, the worst first; none where there is nothing to say.

        Example:
            >>> Overlap(cases=12, of=60, groups=5).sentences
            ('12 of 60 judged cases (5 groups) were seen in training or validation: the figures flatter.',)
        """
        said = []
        if self.cases:
            said.append(f"{self._known}: the figures flatter.")
        if self.alike:
            said.append(
                f"{self.alike:,} of {self.of:,} judged cases {'has' if self.alike == 1 else 'have'} the name of an "
                "image or group that the model was trained on in another data set; names may be equal by chance, and "
                "the images are others."
            )
        if self.unknown:
            said.append(f"Whether the model was trained on these images cannot be told: {self.unknown}.")
        return (*said, *self.notes)

    @property
    def _known(self) -> str:
        groups = f"{self.groups:,} group{'' if self.groups == 1 else 's'}" if self.groups else ""
        images = f"{self.images:,} by the image" if self.images else ""
        counted = ", ".join(part for part in (groups, images) if part)
        return (
            f"{self.cases:,} of {self.of:,} judged cases{f' ({counted})' if counted else ''} "
            f"{'was' if self.cases == 1 else 'were'} seen in training or validation"
        )

    def check(self, name: str, allowed: bool = False) -> None:
        """InputError where the model knew any of the cases, unless that is allowed.

        Args:
            name: what the error calls the predictions.
            allowed: to judge all the same; the sentences then stand beside the figures.
        """
        if self.cases and not allowed:
            raise InputError(
                f"{name}: {self._known}, so the figures would flatter; leave them out, or pass --allow-overlap to "
                "judge all the same."
            )

    def as_dict(self) -> dict[str, Any]:
        """The JSON form: the numbers, and what is said of them."""
        return {**asdict(self), "notes": list(self.notes), "sentences": list(self.sentences)}


NO_OVERLAP = Overlap()


@dataclass(frozen=True)
class Shared:
    """What the judged cases of one run have in common with the images that it knew.

    Attributes:
        cases, images, alike: names of judged cases: all that it knew, those known by their image, and those of
            another data set that share no more than a name.
        groups: names of groups that stand on both sides.
        unknown: as in `Overlap`.
    """

    cases: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    images: frozenset[str] = frozenset()
    alike: frozenset[str] = frozenset()
    unknown: str = ""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; `from_dict` gives the same back."""
        return {name: value if isinstance(value, str) else sorted(value) for name, value in vars(self).items()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Shared":
        """What `as_dict` gave; InputError when it is damaged."""
        try:
            names = {name: frozenset(data[name]) for name in ("cases", "groups", "images", "alike")}
            return cls(**names, unknown=data["unknown"])
        except (KeyError, TypeError) as error:
            raise InputError(f"What a run knew of its cases is damaged ({error}); evaluate it again.") from None


def joined(shared: Sequence[Shared], of: int) -> Overlap:
    """The overlap of a run, or of a pool: of what any of its members knew.

    Args:
        shared: one a member.
        of: how many different cases are judged.

    Example:
        >>> one, other = Shared(frozenset({"a"}), frozenset({"p"})), Shared(frozenset({"a", "b"}), frozenset({"p"}))
        >>> found = joined([one, other], of=9)
        >>> found.cases, found.groups, found.of
        (2, 1, 9)
    """
    cases = frozenset[str]().union(*(each.cases for each in shared))
    return Overlap(
        cases=len(cases),
        of=of,
        groups=len(frozenset[str]().union(*(each.groups for each in shared))),
        images=len(frozenset[str]().union(*(each.images for each in shared))),
        alike=len(frozenset[str]().union(*(each.alike for each in shared)) - cases),
        unknown=next((each.unknown for each in shared if each.unknown), ""),
    )


@dataclass(frozen=True)
class Known:
    """N images by what they can be told by.

    Attributes:
        samples, groups: (N,) str names; the group of an image without one is its own name.
        images: (N,) digests of the pixels; None where the images cannot be read.
    """

    samples: NDArray[np.str_]
    groups: NDArray[np.str_]
    images: NDArray[np.bytes_] | None = None


def overlap_of(predictions: RunPredictions) -> Overlap:
    """Test cases whose group stands in the validation or training part of the same member, too.

    Args:
        predictions: whose parts are of one data set; of training, `Member.training_groups` tells the groups.

    Example:
        >>> from riskcore.predictions import Cases, Member
        >>> def part(samples, groups):
        ...     n = len(samples)
        ...     return Cases(np.zeros((n, 2)), np.zeros(n, dtype=np.int64), np.array(samples), np.array(groups))
        >>> member = Member(part(["a", "b"], ["p", "q"]), part(["c", "d", "e"], ["p", "p", "r"]))
        >>> found = overlap_of(RunPredictions("vendor.csv", ("naevus", "melanoma"), [member]))
        >>> found.cases, found.of, found.groups
        (2, 3, 1)
    """
    shared = []
    for member in predictions.members:
        known = member.training_groups.union(member.validation.groups.tolist())
        inside = np.isin(member.test.groups, sorted(known))
        shared.append(Shared(frozenset(member.test.samples[inside]), frozenset(member.test.groups[inside])))
    judged = frozenset[str]().union(*(member.test.samples.tolist() for member in predictions.members))
    return joined(shared, of=len(judged))


def shared_with(judged: Known, known: Known, *, same_data: bool) -> Shared:
    """What some images have in common with those that a run knew.

    Within one data set groups, names and images count. In another one only images do, since names such as
    "patient 1" are given everywhere; equal names alone are `alike`.

    Args:
        judged: N images.
        known: of the training and the validation part.
        same_data: whether all are of one data set.

    Example:
        >>> judged = Known(np.array(["1.png", "2.png"]), np.array(["p", "q"]), np.array([b"x", b"y"]))
        >>> trained = Known(np.array(["1.png", "3.png"]), np.array(["p", "r"]), np.array([b"z", b"y"]))
        >>> sorted(shared_with(judged, trained, same_data=True).cases)
        ['1.png', '2.png']
        >>> found = shared_with(judged, trained, same_data=False)
        >>> sorted(found.cases), sorted(found.alike)
        (['2.png'], ['1.png'])
    """

    def names(inside: NDArray[np.bool_], of: NDArray[np.str_] = judged.samples) -> frozenset[str]:
        return frozenset(of[inside].tolist())

    by_group = np.isin(judged.groups, known.groups)
    named = np.isin(judged.samples, known.samples) | by_group
    by_image = np.zeros(len(named), dtype=bool)
    if judged.images is not None and known.images is not None:
        by_image = np.isin(judged.images, known.images)
    if not same_data:
        return Shared(cases=names(by_image), images=names(by_image), alike=names(named & ~by_image))
    grouped = by_group & (judged.groups != judged.samples)
    return Shared(cases=names(named | by_image), groups=names(grouped, judged.groups), images=names(by_image))
