"""Mistakes worst first, each case once; and the table of what they add up to."""

import numpy as np
import pytest

from riskcore.decision.dial import Dial
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.decision.pooled import pooled_decisions
from riskcore.judging.mistakes import harm_table, mistake_kind, mistakes
from riskcore.metrics import rates
from riskcore.predictions import Cases, Member, RunPredictions
from tests.helpers.simulated import MATRIX, run

LIKELIEST = Dial("severity", 0.0)
CLASSES = MATRIX.classes


def decided(*seeds: list[tuple[str, str, list[float]]]):
    """One member a seed: (sample, truth, probabilities) a case; without validation, so that nothing is calibrated."""
    members = []
    for seed, rows in enumerate(seeds):
        samples = np.array([sample for sample, _, _ in rows])
        truth = np.array([CLASSES.index(label) for _, label, _ in rows])
        logits = np.log([probabilities for _, _, probabilities in rows])
        members.append(Member(Cases.empty(3), Cases(logits, truth, samples, samples), seed))
    return pooled_decisions(JudgedRun(RunPredictions("made", CLASSES, members), MATRIX), LIKELIEST)


def test_the_worst_come_first_then_the_surest() -> None:
    found = mistakes(
        decided(
            [
                ("mild", "a", [0.1, 0.8, 0.1]),
                ("right", "b", [0.1, 0.8, 0.1]),
                ("bad", "c", [0.6, 0.3, 0.1]),
                ("sure", "c", [0.9, 0.05, 0.05]),
                ("less bad", "c", [0.05, 0.9, 0.05]),
            ]
        ),
    )
    assert [(m.sample, m.truth, m.said, m.severity, m.critical) for m in found] == [
        ("sure", "c", "a", 10.0, True),
        ("bad", "c", "a", 10.0, True),
        ("less bad", "c", "b", 9.0, True),
        ("mild", "a", "b", 1.0, False),
    ]
    assert [m.probability for m in found] == pytest.approx([0.9, 0.6, 0.9, 0.8])


SEEDS = (
    [("x", "c", [0.7, 0.2, 0.1]), ("y", "c", [0.2, 0.7, 0.1]), ("z", "a", [0.2, 0.2, 0.6])],
    [("x", "c", [0.5, 0.3, 0.2]), ("y", "c", [0.55, 0.35, 0.1]), ("z", "a", [0.8, 0.1, 0.1])],
)


def test_a_case_of_several_seeds_appears_once_with_its_worst_call() -> None:
    found = mistakes(decided(*SEEDS))
    assert [(m.sample, m.said, m.seeds, m.judged) for m in found] == [
        ("x", "a", 2, 2),
        ("y", "a", 1, 2),
        ("z", "c", 1, 2),
    ]
    assert found[0].probability == pytest.approx(0.6)  # the mean of both seeds


def test_the_filters_choose_among_calls_not_among_cases() -> None:
    both = decided(*SEEDS)
    assert [m.sample for m in mistakes(both, critical_only=True)] == ["x", "y"]
    (only,) = mistakes(both, cell=("c", "b"))
    assert (only.sample, only.said, only.seeds, only.probability) == ("y", "b", 1, pytest.approx(0.7))
    assert mistakes(both, cell=("b", "a")) == []
    assert mistakes(both, cell=("a", "c"), critical_only=True) == []


def test_every_wrong_case_of_a_pool_is_there_exactly_once() -> None:
    pool = pooled_decisions(JudgedRun(run("pool", 1.0, seeds=(0, 1, 2)), MATRIX), Wish())
    found = mistakes(pool)
    assert {m.sample for m in found} == set(pool.samples[pool.truth != pool.dial].tolist())
    assert len({m.sample for m in found}) == len(found)
    assert [m.severity for m in found] == sorted((m.severity for m in found), reverse=True)
    by_hand = {}
    for sample, truth, said in zip(pool.samples, pool.truth, pool.dial, strict=True):
        if truth != said:
            by_hand[str(sample)] = max(by_hand.get(str(sample), 0), MATRIX.values[truth, said])
    assert {m.sample: m.severity for m in found} == by_hand


def test_the_order_of_classes_in_the_matrix_changes_nothing() -> None:
    turned = MATRIX.reordered(["c", "b", "a"])
    pool = run("pool", 1.5)
    other, pool = (pooled_decisions(JudgedRun(pool, matrix), LIKELIEST) for matrix in (turned, MATRIX))
    assert mistakes(other) == mistakes(pool)
    np.testing.assert_array_equal(harm_table(other).harm, harm_table(pool).harm)


def test_rows_and_columns_take_the_order_asked_for() -> None:
    pool = decided(*SEEDS)
    table = harm_table(pool, ("c", "b", "a"))
    assert table.matrix.classes == ("c", "b", "a")
    assert harm_table(pool).matrix.classes == CLASSES
    np.testing.assert_array_equal(table.counts, harm_table(pool).counts[::-1, ::-1])


def test_the_table_adds_up_to_the_average_harm_and_names_its_worst_cell() -> None:
    pool = pooled_decisions(JudgedRun(run("pool", 1.5, seeds=(0, 1)), MATRIX), LIKELIEST)
    table = harm_table(pool)
    expected = rates(pool.truth, pool.dial, MATRIX, pool.groups, samples=pool.samples)["expected_severity"]
    assert table.average == expected
    assert table.harm.sum() == pytest.approx(expected.value)
    assert table.shares.sum() == pytest.approx(1)
    assert table.counts.sum() == 800
    assert table.cases == 400
    brought = {
        (truth, said): sum(
            MATRIX.values[y, j]
            for y, j in zip(pool.truth, pool.dial, strict=True)
            if (CLASSES[y], CLASSES[j]) == (truth, said)
        )
        for truth in CLASSES
        for said in CLASSES
    }
    assert table.worst == max(brought, key=brought.get)
    happened = [cell for cell, harm in sorted(brought.items(), key=lambda item: -item[1]) if harm]
    assert table.confusions == happened
    assert table.dangerous_confusions == [cell for cell in happened if cell in (("c", "a"), ("c", "b"))]


def test_without_mistakes_there_is_no_worst_cell() -> None:
    pool = decided([("x", "c", [0.1, 0.1, 0.8]), ("y", "a", [0.8, 0.1, 0.1])])
    table = harm_table(pool)
    assert table.worst is None
    assert table.confusions == []
    assert not table.shares.any()
    assert mistakes(pool) == []


def test_each_cell_is_the_kind_of_mistake_that_the_rates_count_it_as() -> None:
    for truth, said in ((truth, said) for truth in range(3) for said in range(3)):
        counted = rates([truth], [said], MATRIX, [0])
        kind = mistake_kind(CLASSES[truth], CLASSES[said], MATRIX)
        assert (kind is None) == (truth == said)
        assert (kind == "a dangerous mistake") == (counted["cer"].events == 1)
        assert (kind == "a false alarm") == (counted["over_call_rate"].events == 1)
    assert mistake_kind("a", "b", MATRIX) == "another mistake"
