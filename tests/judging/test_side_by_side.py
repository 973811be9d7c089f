"""The same images under two runs: whose mistakes count, in which order, and what each run says of them."""

import numpy as np
import pytest

from riskcore.decision.dial import Dial
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.pooled import PooledDecisions, pooled_decisions
from riskcore.judging.mistakes import mistakes
from riskcore.judging.side_by_side import case_shares, mistaken_cases, of_group, shared_cases
from riskcore.predictions import Cases, Member, RunPredictions
from tests.helpers.simulated import MATRIX, run

CLASSES = MATRIX.classes
Row = tuple[str, str, list[float]]


def decided(*members: list[Row], folds: bool = False) -> PooledDecisions:
    """A member each: (sample, truth, probabilities) a case; a seed each, or a fold each."""
    found = []
    for number, rows in enumerate(members):
        samples = np.array([sample for sample, _, _ in rows])
        truth = np.array([CLASSES.index(label) for _, label, _ in rows])
        cases = Cases(np.log([shares for _, _, shares in rows]), truth, samples, np.array([f"p{s}" for s in samples]))
        found.append(Member(Cases.empty(3), cases, 0 if folds else number, number if folds else None))
    return pooled_decisions(JudgedRun(RunPredictions("made", CLASSES, found), MATRIX), Dial("severity", 0.0))


OURS = decided(
    [("x", "c", [0.7, 0.2, 0.1]), ("y", "a", [0.2, 0.7, 0.1]), ("z", "a", [0.8, 0.1, 0.1])],
    [("x", "c", [0.1, 0.3, 0.6]), ("y", "a", [0.2, 0.2, 0.6]), ("z", "a", [0.8, 0.1, 0.1])],
)
THEIRS = decided(
    [("z", "a", [0.1, 0.8, 0.1]), ("y", "a", [0.8, 0.1, 0.1]), ("x", "c", [0.1, 0.1, 0.8])],
    [("z", "a", [0.1, 0.8, 0.1]), ("y", "a", [0.8, 0.1, 0.1]), ("x", "c", [0.1, 0.1, 0.8])],
)


def test_each_case_has_what_every_run_says_of_it() -> None:
    found = shared_cases([OURS, THEIRS])
    assert list(found) == ["x", "y", "z"]
    ours, theirs = found["x"].calls
    assert (ours.said, ours.critical, ours.right, ours.seeds, ours.judged, ours.severity) == (
        "a",
        True,
        False,
        1,
        2,
        10,
    )
    assert (ours.probability, ours.truth_probability) == pytest.approx((0.7, 0.1))
    assert (theirs.said, theirs.right, theirs.seeds, theirs.severity) == ("c", True, 2, 0)
    assert theirs.probability == theirs.truth_probability == pytest.approx(0.8)
    assert (found["x"].truth, found["x"].group, found["x"].fold) == ("c", "px", None)


def test_a_wrong_call_without_cost_stands_before_a_right_one() -> None:
    free = MATRIX.__class__(CLASSES, [[0, 0, 2], [1, 0, 9], [10, 9, 0]], critical=9)
    seeds = [("y", "a", [0.2, 0.7, 0.1])], [("y", "a", [0.8, 0.1, 0.1])], [("y", "a", [0.8, 0.1, 0.1])]
    judged = JudgedRun(decided(*seeds).judged.predictions, free)
    (case,) = shared_cases([pooled_decisions(judged, Dial("critical", 0.0))]).values()
    assert (case.calls[0].said, case.calls[0].seeds) == ("b", 1)


def test_the_mistakes_of_one_or_of_either_worst_first() -> None:
    sides = [OURS, THEIRS]
    assert [case.sample for case in mistaken_cases(sides)] == ["x", "y"]
    assert [case.sample for case in mistaken_cases(sides, (1,))] == ["z"]
    assert [case.sample for case in mistaken_cases(sides, (0, 1))] == ["x", "y", "z"]
    assert [case.sample for case in mistaken_cases(sides, (0, 1), critical_only=True)] == ["x"]
    assert mistaken_cases(sides, (1,), critical_only=True) == []


def test_of_several_calls_the_one_of_the_chosen_confusion_is_given() -> None:
    (case,) = mistaken_cases([OURS, THEIRS], cell=("a", "b"))
    assert (case.sample, case.calls[0].said, case.calls[1].said) == ("y", "b", "a")
    (case,) = mistaken_cases([OURS, THEIRS], cell=("a", "c"))
    assert (case.sample, case.calls[0].said) == ("y", "c")


def test_folds_are_told_and_cases_that_one_run_lacks_are_left_out() -> None:
    folded = decided([("x", "c", [0.7, 0.2, 0.1])], [("y", "a", [0.2, 0.7, 0.1])], folds=True)
    assert {case.sample: case.fold for case in shared_cases([folded]).values()} == {"x": 0, "y": 1}
    assert [case.sample for case in mistaken_cases([folded, decided([("y", "a", [0.8, 0.1, 0.1])])])] == ["y"]


def test_the_order_is_that_of_a_single_runs_mistakes() -> None:
    judged = JudgedRun(run("made", skill=1.0, n=200, seeds=(0, 1)), MATRIX)
    side = pooled_decisions(judged, Dial("critical", 0.2))
    ours = [(case.sample, case.calls[0].said, case.calls[0].seeds) for case in mistaken_cases([side])]
    assert ours == [(one.sample, one.said, one.seeds) for one in mistakes(side)]
    assert len(ours) > 20


def test_a_case_has_its_mean_probabilities_and_what_each_call_would_cost() -> None:
    found = case_shares(OURS, "x")
    assert found is not None
    shares = np.array([0.4, 0.25, 0.35])
    assert list(found.probabilities.values()) == pytest.approx(shares)
    assert list(found.harms.values()) == pytest.approx(shares @ MATRIX.values)
    assert case_shares(OURS, "nothing") is None


def test_other_images_of_the_same_patient() -> None:
    plain = run("made", skill=1.0, n=40, groups=20)
    side = pooled_decisions(JudgedRun(plain, MATRIX), Dial("severity", 0.0))
    test = plain.members[0].test
    others = of_group(side, str(test.samples[0]))
    assert others == sorted(test.samples[(test.groups == test.groups[0]) & (np.arange(40) != 0)].tolist())
    assert others
    assert of_group(OURS, "x") == of_group(OURS, "nothing") == []
