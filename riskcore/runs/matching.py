"""Files of any model's predictions beside runs and beside each other: the same cases, by name."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from riskcore.errors import InputError
from riskcore.foreign_text import quoted
from riskcore.predictions import Cases, Member, RunPredictions

NAMED = 3
"""As many names stand in an error."""


@dataclass(frozen=True)
class Matched:
    """Sides on the same test cases.

    Attributes:
        sides: in the order given.
        left_out: test cases that not every side holds.
        joined: ids of the pools whose folds were joined, and which are therefore not calibrated.
    """

    sides: tuple[RunPredictions, ...]
    left_out: int
    joined: tuple[str, ...] = ()


def match(sides: Sequence[RunPredictions], *, common: bool = False) -> Matched:
    """Put the test cases of all sides into one order, by their names.

    A file knows no folds: the test parts of a pool's folds are joined, and since each fold was calibrated on a
    validation part of its own, such a pool is left with none. A side that knows no groups takes those of the first
    that does, for its validation cases too where they have the same names.

    Args:
        sides: runs, pools and files; the first one's order is kept.
        common: judge what all sides hold instead of refusing sides that differ.

    Returns:
        The sides.

    Raises:
        InputError: their test cases differ and `common` is not given, they have none in common, or the seeds of one
            side were tested on different cases.

    Example:
        >>> def file(id, names):
        ...     samples = np.array(names)
        ...     truth = np.zeros(len(names), int)
        ...     cases = Cases(np.zeros((len(names), 2)), truth, samples, samples)
        ...     return RunPredictions(id, ("naevus", "melanoma"), [Member(Cases.empty(2), cases)])
        >>> found = match([file("a.csv", ["x", "y"]), file("b.csv", ["z", "y"])], common=True)
        >>> [side.members[0].test.samples.tolist() for side in found.sides], found.left_out
        ([['y'], ['y']], 2)
    """
    whole = [_without_folds(side) for side in sides]
    names = [_test_names(side) for side in whole]
    if not common:
        for side, own in zip(whole[1:], names[1:], strict=True):
            _check_same(whole[0], side, names[0], own)
    shared = names[0].intersection(*names[1:])
    if not shared:
        raise InputError(f"{', '.join(side.id for side in whole)}: they have no test case in common, by name.")
    order = [sample for sample in whole[0].members[0].test.samples.tolist() if sample in shared]
    owners = next((_owners(side) for side in whole if _knows_groups(side)), {})
    matched = tuple(_ordered(side, order, owners) for side in whole)
    every = names[0].union(*names[1:])
    joined = tuple(side.id for side in sides if len(side.members) > len(side.seeds))
    return Matched(matched, len(every) - len(shared), joined)


def _without_folds(side: RunPredictions) -> RunPredictions:
    """One member a seed."""
    members = []
    for seed in side.seeds:
        folds = [member for member in side.members if member.seed == seed]
        if len(folds) == 1:
            members.append(replace(folds[0], fold=None))
        else:
            members.append(Member(Cases.empty(len(side.classes)), _joined([fold.test for fold in folds]), seed))
    return RunPredictions(side.id, side.classes, members)


def _joined(parts: Sequence[Cases]) -> Cases:
    logits, truth, samples, groups = (np.concatenate([getattr(part, name) for part in parts]) for name in _ARRAYS)
    return Cases(logits, truth, samples, groups)


_ARRAYS = ("logits", "truth", "samples", "groups")


def _test_names(side: RunPredictions) -> frozenset[str]:
    """Of the test cases, which every seed must have judged."""
    first, *others = side.members
    names = frozenset(first.test.samples.tolist())
    for member in others:
        if names != frozenset(member.test.samples.tolist()):
            raise InputError(
                f"{side.id}: seeds {first.seed} and {member.seed} were tested on different cases; compare runs of the "
                "same folds with files."
            )
    return names


def _check_same(first: RunPredictions, other: RunPredictions, expected: Set[str], found: Set[str]) -> None:
    only = [(first.id, sorted(expected - found)), (other.id, sorted(found - expected))]
    differing = [f"{len(names):,} only in {id} ({', '.join(names[:NAMED])}{' …' * (len(names) > NAMED)})"
                 for id, names in only if names]  # fmt: skip
    if differing:
        raise InputError(
            f"{first.id} and {other.id} hold different test cases: {' and '.join(differing)}; add --common to compare "
            "what both hold."
        )


def _knows_groups(side: RunPredictions) -> bool:
    """Whether some case belongs to another group than its own."""
    test = side.members[0].test
    return not np.array_equal(test.samples, test.groups)


def _owners(side: RunPredictions) -> dict[str, str]:
    """Sample -> group, of all that the side holds."""
    parts = [part for member in side.members for part in (member.validation, member.test)]
    return {
        sample: group
        for part in parts
        for sample, group in zip(part.samples.tolist(), part.groups.tolist(), strict=True)
    }


def _ordered(side: RunPredictions, order: Sequence[str], owners: Mapping[str, str]) -> RunPredictions:
    own = {} if _knows_groups(side) else owners

    def grouped(cases: Cases) -> Cases:
        if not own:
            return cases
        groups = [own.get(sample, sample) for sample in cases.samples.tolist()]
        return replace(cases, groups=np.array(groups, dtype=np.str_))

    members = []
    for member in side.members:
        test = member.test
        place = {sample: index for index, sample in enumerate(test.samples.tolist())}
        rows = np.array([place[sample] for sample in order], np.int64)
        logits, truth, samples, groups = (getattr(test, name)[rows] for name in _ARRAYS)
        subgroups = {name: values[rows] for name, values in test.subgroups.items()}
        kept = Cases(logits, truth, samples, groups, subgroups)
        members.append(replace(member, validation=grouped(member.validation), test=grouped(kept)))
    return RunPredictions(side.id, side.classes, members)


@dataclass(frozen=True)
class Placed:
    """A file's predictions in the place of a run's: the same seeds, folds, cases, truth and groups.

    Attributes:
        predictions: with the run's members; the file's one model stands for every seed. Without validation cases where
            the file lacks some of them.
        missing: the run's different test images that the file lacks.
        unchosen: its different validation images that the file lacks.
        unknown: rows of the file that are no image of the run.
        relabelled: images whose truth in the file is another one; the run's stands.
    """

    predictions: RunPredictions
    missing: int
    unchosen: int
    unknown: int
    relabelled: int

    @property
    def samples(self) -> frozenset[str]:
        """The test images that both hold, as the run names them."""
        return _names_of(self.predictions, "test")


def placed(file: RunPredictions, run: RunPredictions) -> Placed:
    """Put a file of any model's predictions in the place of a run, image by image.

    An image is found by its name; where that differs by the end of its path, with fewer and fewer folders and at last
    without the ending, as long as no other image has the same. Rows that the file calls test serve as either part,
    those that it calls validation as validation only; of training it tells the groups that the model knew.

    Args:
        file: as `riskcore.judging.foreign.read_foreign` gives it.
        run: a run or pool with the same classes.

    Raises:
        InputError: no test image of the run is in the file, or it knows other classes.

    Example:
        >>> def cases(*names):
        ...     samples = np.array(names)
        ...     return Cases(np.zeros((len(names), 2)), np.zeros(len(names), int), samples, samples)
        >>> ours = Member(cases("v.png"), cases("images/t.png"), seed=7)
        >>> own = RunPredictions("ours", ("naevus", "melanoma"), [ours])
        >>> file = RunPredictions("vendor.csv", own.classes, [Member(Cases.empty(2), cases("t.jpg", "other.jpg"))])
        >>> found = placed(file, own)
        >>> found.predictions.members[0].test.samples.tolist(), found.predictions.seeds
        (['images/t.png'], (7,))
        >>> found.missing, found.unchosen, found.unknown
        (0, 1, 1)
    """
    (theirs,) = file.in_order(run.classes).members
    samples = sorted(_names_of(run, "test") | _names_of(run, "validation"))
    tested = _rows(samples, theirs.test.samples)
    chosen = tested | {
        sample: len(theirs.test) + row for sample, row in _rows(samples, theirs.validation.samples).items()
    }
    if not _names_of(run, "test") & tested.keys():
        named = quoted(str(theirs.test.samples[0])), quoted(str(run.members[0].test.samples[0]))
        raise InputError(
            f"{file.id}: no row is a test image of {run.id}; it names them like {named[0]}, the run like {named[1]}."
        )
    logits = np.concatenate([theirs.test.logits, theirs.validation.logits])
    truth = np.concatenate([theirs.test.truth, theirs.validation.truth])

    def taken(own: Cases, known: Mapping[str, int]) -> Cases:
        kept = own.at(np.isin(own.samples, list(known)))
        return replace(kept, logits=logits[[known[sample] for sample in kept.samples.tolist()]], strange=None)

    unchosen = len(_names_of(run, "validation") - chosen.keys())
    nothing = Cases.empty(len(run.classes))
    members = [
        Member(
            nothing if unchosen else taken(member.validation, chosen),
            taken(member.test, tested),
            member.seed,
            member.fold,
            theirs.training_groups,
        )
        for member in run.members
    ]
    labels = {
        sample: code
        for member in run.members
        for part in (member.validation, member.test)
        for sample, code in zip(part.samples.tolist(), part.truth.tolist(), strict=True)
    }
    return Placed(
        RunPredictions(file.id, run.classes, members),
        missing=len(_names_of(run, "test") - tested.keys()),
        unchosen=unchosen,
        unknown=len(theirs.test) + len(theirs.validation) - len(set(chosen.values())),
        relabelled=sum(labels[sample] != truth[row] for sample, row in chosen.items()),
    )


def only(run: RunPredictions, samples: Set[str]) -> RunPredictions:
    """A run judged on some of its test images."""
    members = [
        replace(member, test=member.test.at(np.isin(member.test.samples, list(samples)))) for member in run.members
    ]
    return RunPredictions(run.id, run.classes, members)


def _names_of(run: RunPredictions, part: str) -> frozenset[str]:
    return frozenset(sample for member in run.members for sample in getattr(member, part).samples.tolist())


def _end(sample: str, folders: int, ending: bool = True) -> str:
    """The end of a path: name of the file, and of so many folders above it."""
    path = PurePosixPath(sample.replace("\\", "/"))
    return str(PurePosixPath(*(path if ending else path.with_suffix("")).parts[-folders - 1 :]))


_NAMES: tuple[Callable[[str], str], ...] = (
    lambda sample: sample,
    *(partial(_end, folders=folders) for folders in (2, 1, 0)),
    *(partial(_end, folders=folders, ending=False) for folders in (2, 1, 0)),
)
"""What an image is found by, the surest first."""


def _rows(samples: Sequence[str], theirs: NDArray[np.str_]) -> dict[str, int]:
    """Sample -> its row among `theirs`, of those that are found."""
    found: dict[str, int] = {}
    for called in _NAMES:
        names = Counter(called(sample) for sample in samples)
        rows: dict[str, list[int]] = {}
        for row, sample in enumerate(theirs.tolist()):
            rows.setdefault(called(sample), []).append(row)
        for sample in samples:
            name = called(sample)
            if sample not in found and names[name] == 1 and len(rows.get(name, ())) == 1:
                found[sample] = rows[name][0]
    return found
