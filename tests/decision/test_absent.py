"""Which classes validation lacks, and when that leaves no dial to choose."""

from dataclasses import replace

import numpy as np
import pytest

from riskcore.decision.absent import absent_classes, absent_critical, nothing_to_choose_on, why_no_dial
from riskcore.decision.judged_run import JudgedRun
from riskcore.predictions import Cases, RunPredictions
from riskcore.severity import SeverityMatrix
from tests.helpers.simulated import run

# b and d are critical; the matrix stands in another order than the run's classes a, b, c, d
MATRIX = SeverityMatrix(["d", "c", "b", "a"], [[0, 9, 1, 9], [1, 0, 1, 1], [1, 9, 0, 9], [1, 1, 1, 0]], critical=9)
CLASSES = ("a", "b", "c", "d")


def part(*truth):
    names = np.char.add("image", np.arange(len(truth)).astype(str))
    return Cases(np.zeros((len(truth), 4)), np.array(truth, dtype=np.int64), names, names)


def judged(*members):
    """Members (validation truth, seed, fold)."""
    one = run("pool", 1.0, n=4).members[0]
    made = [
        replace(one, validation=part(*truth), test=part(0, 1, 2, 3), seed=seed, fold=fold)
        for truth, seed, fold in members
    ]
    return JudgedRun(RunPredictions("pool", CLASSES, made), MATRIX)


def test_nothing_is_absent_where_every_part_holds_every_class():
    full = judged(((0, 1, 2, 3), 0, 0), ((3, 2, 1, 0), 0, 1))
    assert (absent_classes(full), absent_critical(full), nothing_to_choose_on(full)) == ((), (), None)


def test_one_member_without_a_class_is_enough_and_order_is_that_of_the_run():
    some = judged(((0, 1, 3), 0, 0), ((1, 2, 0), 0, 1))  # the first lacks c, the second d
    assert absent_classes(some) == ("c", "d")
    assert absent_critical(some) == ("d",)
    assert nothing_to_choose_on(some) is None
    both = judged(((0, 1, 2), 0, 0), ((0, 2, 3), 0, 1))
    assert absent_critical(both) == ("b", "d")
    assert nothing_to_choose_on(both) is None


def test_an_empty_part_names_no_class_but_leaves_nothing_to_choose():
    empty = judged(((), 0, None))
    assert absent_classes(empty) == ()
    assert nothing_to_choose_on(empty) == (
        "There are no validation cases, so nothing is calibrated and no dial can be chosen."
    )
    assert nothing_to_choose_on(judged(((), 0, 0), ((), 0, 1))) == nothing_to_choose_on(empty)
    assert nothing_to_choose_on(judged(((1,), 0, 0), ((), 0, 1))) == (
        "There are no validation cases of fold 1, so nothing is calibrated there and no dial can be chosen."
    )


@pytest.mark.parametrize(
    ("members", "whose"),
    [
        ([((0, 2), 0, None)], ""),
        ([((0, 2), 0, 0), ((1,), 0, 1)], " of fold 0"),
        ([((1, 2), 0, None), ((0,), 1, None)], " of seed 1"),
        (
            [((0,), 0, 0), ((1,), 0, 1), ((2,), 1, 0), ((0,), 1, 1)],
            " of seed 0 fold 0, seed 1 fold 0 and seed 1 fold 1",
        ),
    ],
)
def test_members_without_any_critical_case_are_named(members, whose):
    assert nothing_to_choose_on(judged(*members)) == (
        f"Validation{whose} holds no case of a critical class (b, d), so no dial can be chosen on it."
    )


def test_a_single_part_is_judged_alike():
    own = MATRIX.reordered(CLASSES)
    assert why_no_dial(part(0, 2), own) == nothing_to_choose_on(judged(((0, 2), 0, None)))
    assert why_no_dial(part(), own) == nothing_to_choose_on(judged(((), 0, None)))
    assert why_no_dial(part(0, 3), own) is None


def test_a_matrix_without_dangerous_mistakes_is_no_matter_of_validation():
    harmless = SeverityMatrix(MATRIX.classes, MATRIX.values, critical=99)
    some = replace(judged(((0, 2), 0, None)), matrix=harmless)
    assert (absent_critical(some), nothing_to_choose_on(some)) == ((), None)
