"""Files of any model's predictions beside runs and beside each other: the same cases, by name."""

from collections.abc import Mapping, Sequence, Set
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
