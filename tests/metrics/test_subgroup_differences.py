"""Differences between subgroups: an exact permutation, false positives with groups in one value and in several."""

import math
from itertools import combinations

import numpy as np
import pytest
from scipy.special import expit, logit

from riskcore.errors import InputError
from riskcore.metrics.subgroup_differences import subgroup_difference


def test_p_against_fishers_exact_permutation() -> None:
    """Of 20 and 20 cases, 12 and 5 with the event: the tail of the hypergeometric distribution by enumeration."""
    events = np.repeat([True, False, True, False], [12, 8, 5, 15])
    sex = np.repeat(["f", "m"], 20)
    tail = sum(math.comb(17, k) * math.comb(23, 20 - k) for k in range(18) if abs(k - 8.5) >= 3.5) / math.comb(40, 20)
    found = subgroup_difference(events, np.ones(40, bool), sex, np.arange(40), draws=19_999)
    assert found.p == pytest.approx(tail, abs=0.005)
    assert found.values == ("f", "m")


def test_groups_stay_together() -> None:
    """Eight patients of five cases each: only 70 divisions of four and four exist."""
    owner = np.repeat(np.arange(8), 5)
    sums = np.array([5, 4, 5, 3, 0, 1, 0, 1])
    events = np.concatenate([np.arange(5) < k for k in sums])
    sex = np.where(owner < 4, "f", "m")
    distances = [abs(sums[list(chosen)].sum() - sums.sum() / 2) for chosen in combinations(range(8), 4)]
    exact = np.mean(np.array(distances) >= abs(sums[:4].sum() - sums.sum() / 2) - 1e-9)
    found = subgroup_difference(events, np.ones(40, bool), sex, owner, draws=19_999)
    assert found.p == pytest.approx(exact, abs=0.005)


def test_groups_in_several_values_are_permuted_within() -> None:
    """Each patient at both magnifications, the second one worse in all of 20: patients' own level cannot hide it."""
    patient = np.repeat(np.arange(20), 20)
    level = np.repeat(np.linspace(0.1, 0.9, 20), 20)
    far = np.tile(np.repeat([False, True], 10), 20)
    rank = np.tile(np.arange(10), 40) / 10
    events = rank < level - np.where(far, 0.1, 0.0)
    values = np.where(far, "400", "40")
    assert subgroup_difference(events, np.ones(400, bool), values, patient).p <= 0.002
    assert subgroup_difference(events, np.ones(400, bool), values, np.arange(400)).p > 0.01


def test_too_few_and_unknown_values_are_left_out() -> None:
    values = np.array(["a"] * 30 + ["b"] * 30 + ["c"] * 19 + [""] * 40)
    events = np.arange(119) % 3 == 0
    found = subgroup_difference(events, np.ones(119, bool), values, np.arange(119))
    assert found.values == ("a", "b")
    alone = subgroup_difference(events, values != "b", values, np.arange(119))
    assert alone.as_dict() == {"values": ["a"], "p": None, "draws": 0}
    assert not alone.tested


def test_seeds_that_repeat_cases_do_not_make_them_enough() -> None:
    values, samples = np.tile(np.repeat(["a", "b"], 15), 2), np.tile(np.arange(30), 2)
    found = subgroup_difference(np.ones(60, bool), np.ones(60, bool), values, samples, samples=samples)
    assert not found.tested


def test_where_nothing_differs_p_is_one() -> None:
    assert subgroup_difference(np.zeros(60), np.ones(60), np.repeat(["a", "b"], 30), np.arange(60)).p == 1.0


def test_differing_lengths_are_refused() -> None:
    with pytest.raises(InputError, match="differ in length"):
        subgroup_difference([True], [True, True], ["a", "b"], [0, 1])


@pytest.mark.parametrize("kind", ["single", "nested", "crossed", "mixed"])
def test_false_positives_with_groups_that_share_their_difficulty(kind: str) -> None:
    """400 draws a design: at 5 % at most 7.5 %; cases permuted alone give 20 % where values belong to groups."""
    rng, found = np.random.default_rng(0), []
    groups = 300 if kind == "single" else 60
    for _ in range(400):
        owner = np.repeat(np.arange(groups), 1 if kind == "single" else rng.integers(1, 16, groups))
        own = rng.integers(0, 3, groups)[owner]
        each = rng.integers(0, 3, len(owner))
        spread = {"single": 0.0, "nested": 0.0, "crossed": 1.0, "mixed": 0.3}[kind]
        values = np.where((rng.random(groups) < spread)[owner], each, own)
        events = rng.random(len(owner)) < expit(logit(0.1) + rng.normal(size=groups)[owner])
        found.append(subgroup_difference(events, np.ones(len(owner), bool), values.astype(str), owner, draws=199).p)
    assert np.mean(np.array(found) <= 0.05) <= 0.075


def test_power_where_one_value_is_worse() -> None:
    rng, shown = np.random.default_rng(1), 0
    for _ in range(100):
        values = rng.integers(0, 2, 400)
        events = rng.random(400) < np.where(values == 0, 0.1, 0.25)
        shown += (
            subgroup_difference(events, np.ones(400, bool), values.astype(str), np.arange(400), draws=199).p <= 0.05
        )
    assert shown >= 85
