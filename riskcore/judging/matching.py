"""Files of any model's predictions beside runs and beside each other: the same cases, by name."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from riskcore.errors import InputError
from riskcore.predictions import Cases, Member, RunPredictions

NAMED = 3
"""As many names stand in an error."""


@dataclass(frozen=True)
class Matched:
    """Sides on the same test cases.

    Attributes:
        sides: in the order given.
        left_out: test cases that not every side holds.
    """

    sides: tuple[RunPredictions, ...]
    left_out: int


def match(sides: Sequence[RunPredictions], *, common: bool = False) -> Matched:
    """Put the test cases of all sides into one order, by their names.

    A file knows no folds: the test parts of a pool's folds are joined, and since each fold was calibrated on a
    validation part of its own, such a pool is left with none. A side that knows no groups takes those of the first
    that does.

    Args:
        sides: runs, pools and files; the first one's order is kept.
        common: judge what all sides hold instead of refusing sides that differ.

    Returns:
        The sides.

    Raises:
        InputError: their test cases differ and `common` is not given, or they have none in common.

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
    names = [side.members[0].test.samples for side in whole]
    shared = set(names[0].tolist()).intersection(*(own.tolist() for own in names[1:]))
    every = set(names[0].tolist()).union(*(own.tolist() for own in names[1:]))
    if not common:
        for side, own in zip(whole[1:], names[1:], strict=True):
            _check_same(whole[0], side, set(names[0].tolist()), set(own.tolist()))
    if not shared:
        raise InputError(f"{', '.join(side.id for side in whole)}: they have no test case in common, by name.")
    order = [sample for sample in names[0].tolist() if sample in shared]
    owners = next((found for side in whole if (found := _groups(side)) is not None), None)
    matched = tuple(_ordered(side, order, owners) for side in whole)
    return Matched(matched, len(every) - len(shared))


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


def _check_same(first: RunPredictions, other: RunPredictions, expected: set[str], found: set[str]) -> None:
    only = [(first.id, sorted(expected - found)), (other.id, sorted(found - expected))]
    differing = [f"{len(names):,} only in {id} ({', '.join(names[:NAMED])}{' …' * (len(names) > NAMED)})"
                 for id, names in only if names]  # fmt: skip
    if differing:
        raise InputError(
            f"{first.id} and {other.id} hold different test cases: {' and '.join(differing)}; add --common to compare "
            "what both hold."
        )


def _groups(side: RunPredictions) -> dict[str, str] | None:
    """Sample -> group; None where every case is its own."""
    test = side.members[0].test
    if np.array_equal(test.samples, test.groups):
        return None
    return dict(zip(test.samples.tolist(), test.groups.tolist(), strict=True))


def _ordered(side: RunPredictions, order: Sequence[str], owners: dict[str, str] | None) -> RunPredictions:
    members = []
    for member in side.members:
        test = member.test
        place = {sample: index for index, sample in enumerate(test.samples.tolist())}
        rows = np.array([place[sample] for sample in order], np.int64)
        logits, truth, samples, groups = (getattr(test, name)[rows] for name in _ARRAYS)
        if owners is not None and np.array_equal(samples, groups):
            groups = np.array([owners[sample] for sample in order], dtype=np.str_)
        subgroups = {name: values[rows] for name, values in test.subgroups.items()}
        members.append(replace(member, test=Cases(logits, truth, samples, groups, subgroups)))
    return RunPredictions(side.id, side.classes, members)
