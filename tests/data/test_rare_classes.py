"""Rare classes in every part, against a search through all divisions of few groups."""

import itertools

import numpy as np
import pytest

from riskcore.data.rare_classes import (
    cut_with_every_class,
    folds_with_every_class,
    left_out_of_cut,
    left_out_of_folds,
)


def few(seed: int, groups: int = 9) -> np.ndarray:
    """(G, 3) images; the third class stands in two to four groups only."""
    random = np.random.default_rng(seed)
    counts = random.integers(0, 6, (groups, 3)).astype(float)
    counts[:, 0] += 1
    counts[:, 2] = 0
    counts[random.choice(groups, random.integers(2, 5), replace=False), 2] = 3
    counts[random.choice(groups, 2, replace=False), 1] = 4
    return counts


@pytest.mark.parametrize("leave", [1, 2])
@pytest.mark.parametrize("seed", range(8))
def test_no_cut_leaves_out_fewer_classes(seed: int, leave: int) -> None:
    counts = few(seed)
    cut, left_out = cut_with_every_class(counts, 0.2, leave, seed=0)
    every = (np.array(each) for each in itertools.product([False, True], repeat=len(counts)))
    kept = (each for each in every if (counts[~each].sum(axis=0) > 0).all())
    assert left_out == left_out_of_cut(counts, cut, leave) == min(left_out_of_cut(counts, e, leave) for e in kept) == 0
    assert (counts[~cut].sum(axis=0) > 0).all()
    assert (counts[cut].sum(axis=0) > 0).all()
    assert 0.05 < counts[cut].sum() / counts.sum() < 0.5


def test_a_class_of_two_groups_stands_in_two_of_three_parts_and_that_is_no_fault() -> None:
    counts = np.array([[5, 1], [5, 1], [5, 0], [5, 0], [5, 0], [5, 0]], dtype=float)
    one = np.array([True, False, False, False, False, False])
    assert left_out_of_cut(counts, one, leave=2) == 0
    assert left_out_of_cut(counts, ~one, leave=2) > 0  # one group is left of the first class
    assert left_out_of_cut(counts, np.array([False, False, True, False, False, False]), leave=2) == 0
    assert left_out_of_cut(counts, np.array([False, False, True, False, False, False]), leave=1) == 1


@pytest.mark.parametrize("seed", range(8))
def test_folds_hold_a_class_as_often_as_its_groups_allow(seed: int) -> None:
    counts = few(seed, groups=12)
    numbers, left_out = folds_with_every_class(counts, 4, seed=0)
    assert left_out == left_out_of_folds(counts, numbers, 4) == 0
    assert set(numbers.tolist()) == {0, 1, 2, 3}
    for label in range(3):
        groups = np.flatnonzero(counts[:, label])
        assert len(set(numbers[groups].tolist())) == min(4, len(groups))


def test_the_same_seed_gives_the_same_division() -> None:
    counts = few(3)
    np.testing.assert_array_equal(
        cut_with_every_class(counts, 0.2, 1, 5)[0], cut_with_every_class(counts, 0.2, 1, 5)[0]
    )
    np.testing.assert_array_equal(folds_with_every_class(counts, 3, 5)[0], folds_with_every_class(counts, 3, 5)[0])


def test_classes_that_stand_nowhere_are_not_asked_for() -> None:
    counts = np.hstack([few(0), np.zeros((9, 1))])
    assert folds_with_every_class(counts, 3, seed=0)[1] == 0
    assert left_out_of_cut(counts, np.ones(9, dtype=bool), leave=0) == 0
