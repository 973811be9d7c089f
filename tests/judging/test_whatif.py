"""The what-if says the same as the slow way round."""

import json
import subprocess
import sys

import numpy as np
import pytest

from riskcore import metrics
from riskcore.decision.dial import Dial
from riskcore.decision.frontier import frontier
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.decision.pooled import pooled_decisions
from riskcore.errors import InputError
from riskcore.judging.whatif import RATES, Whatif
from riskcore.predictions import Cases, Member, RunPredictions
from riskcore.severity import SeverityMatrix
from tests.helpers.simulated import MATRIX, run

EDITED = SeverityMatrix(["c", "a", "b"], [[0, 20, 3], [2, 0, 1], [6, 2, 0]], critical=6)


@pytest.mark.parametrize("wish", [Wish(), Wish("over_call_ceiling", 0.3), Wish("least_severity", 0.0)])
@pytest.mark.parametrize(
    "pool", [run("one", 1.5, n=150), run("pool", 1.5, n=80, seeds=(0, 1), folds=(0, 1), groups=30)]
)
def test_an_update_equals_the_pooled_decisions_and_their_rates(pool, wish):
    result = Whatif(pool).update(EDITED, wish)
    expected = pooled_decisions(JudgedRun(pool, EDITED), wish)
    matrix = EDITED.reordered(pool.classes)
    np.testing.assert_array_equal(result.decisions, expected.dial)
    np.testing.assert_array_equal(result.truth, expected.truth)
    zero = expected.probabilities.argmax(axis=1)
    np.testing.assert_array_equal(zero, pooled_decisions(JudgedRun(pool, EDITED), Dial("severity", 0.0)).dial)
    np.testing.assert_array_equal(result.changed, expected.dial != zero)
    assert result.dials == expected.dials
    assert result.before is None
    for decisions, got in ((expected.argmax, result.argmax), (zero, result.zero), (expected.dial, result.after)):
        rates = metrics.rates(expected.truth, decisions, matrix, expected.groups, samples=expected.samples)
        assert got == {name: rates[name] for name in RATES}
    for curve in result.frontiers:
        again = frontier(expected.truth, expected.probabilities, matrix, curve.rule)
        np.testing.assert_array_equal(curve.cer, again.cer)
        np.testing.assert_array_equal(curve.accuracy, again.accuracy)
    assert result.confusion.sum() == pytest.approx(result.after["expected_severity"].value)


def test_the_old_dial_decides_by_the_old_matrix_and_is_judged_by_the_new():
    pool = run("pool", 1.5, n=100, folds=(0, 1))
    dials = [Dial("severity", 0.9), Dial("critical", 0.8)]
    result = Whatif(pool).update(EDITED, old_dial=dials, old_matrix=MATRIX)
    old = np.concatenate(
        [
            pooled_decisions(JudgedRun(type(pool)("part", pool.classes, [member]), MATRIX), dial).dial
            for member, dial in zip(pool.members, dials, strict=True)
        ]
    )
    np.testing.assert_array_equal(result.changed, result.decisions != old)
    costs = EDITED.reordered(pool.classes).values
    assert result.before["expected_severity"].value == pytest.approx(costs[result.truth, old].mean())
    fixed = Whatif(pool).update(EDITED, old_dial=Dial("severity", 0.5))
    expected = pooled_decisions(JudgedRun(pool, EDITED), Dial("severity", 0.5)).dial
    np.testing.assert_array_equal(fixed.changed, fixed.decisions != expected)


def test_updates_do_not_depend_on_earlier_ones():
    whatif = Whatif(run("one", 1.5, n=100))
    first = whatif.update(MATRIX).as_dict()
    whatif.update(EDITED, Wish("accuracy_floor", 0.4))
    assert whatif.update(MATRIX).as_dict() == first


def test_json_form():
    content = json.loads(
        json.dumps(Whatif(run("one", 1.5, n=50)).update(MATRIX, old_dial=Dial("severity", 0.5)).as_dict())
    )
    assert list(content) == [
        "wish",
        "reached",
        "absent",
        "dials",
        "argmax",
        "zero",
        "before",
        "after",
        "frontier",
        "confusion",
        "changed",
    ]
    assert content["wish"] == "accuracy_loss=0.01"
    assert list(content["after"]) == list(RATES)
    assert len(content["frontier"]) == 404
    assert {point["rule"] for point in content["frontier"]} == {"severity", "critical"}


def test_a_matrix_for_other_classes_is_refused():
    with pytest.raises(InputError, match="the severity matrix is for other classes"):
        Whatif(run("one", 1.5, n=20)).update(SeverityMatrix.preset("breakhis"))


def test_nothing_heavy_is_imported():
    heavy = ("torch", "pandas", "timm")
    code = f"import sys, riskcore.judging.whatif, riskcore.decision; print([m for m in {heavy} if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_a_fixed_dial_needs_no_validation():
    pool = run("one", 1.5, n=80)
    (member,) = pool.members
    blind = RunPredictions("file", pool.classes, [Member(Cases.empty(3), member.test)])
    whatif = Whatif(blind)
    dial = Dial("severity", 0.9)
    result = whatif.update(EDITED, dial, dial, MATRIX)
    assert whatif.unable(EDITED) == "There are no validation cases, so nothing is calibrated and no dial can be chosen."
    assert whatif.unable(EDITED, dial) is None
    assert Whatif(pool).unable(EDITED) is None
    assert (result.wish, result.dials, result.reached) == (None, (dial,), True)
    assert result.as_dict()["wish"] is None
    np.testing.assert_array_equal(result.decisions, pooled_decisions(JudgedRun(blind, EDITED), dial).dial)
    np.testing.assert_array_equal(result.earlier, pooled_decisions(JudgedRun(blind, MATRIX), dial).dial)
    with pytest.raises(InputError, match="file: There are no validation cases"):
        whatif.update(EDITED)


def test_the_matrix_says_whether_a_dial_can_be_chosen():
    """Validation without c: under a matrix that finds b dangerous a dial is chosen, without a case of c."""
    pool = run("one", 1.5, n=80)
    (member,) = pool.members
    part = member.validation
    held = part.truth != 2
    left = Cases(part.logits[held], part.truth[held], part.samples[held], part.groups[held])
    whatif = Whatif(RunPredictions("one", pool.classes, [Member(left, member.test)]))
    assert whatif.unable(MATRIX).startswith("Validation holds no case of a critical class (c)")
    with pytest.raises(InputError, match="one: Validation holds no case"):
        whatif.update(MATRIX)
    both = SeverityMatrix(MATRIX.classes, [[0, 1, 3], [9, 0, 9], [10, 9, 0]], critical=9)
    assert whatif.unable(both) is None
    found = whatif.update(both)
    assert found.absent == ("c",)
    assert found.as_dict()["absent"] == ["c"]
    assert Whatif(pool).update(both).absent == ()


def test_what_was_decided_earlier_is_the_zero_of_the_dial_where_there_was_none():
    """The likeliest calibrated class, which is not always that of the raw logits: then caution would have two zeros."""
    pool = run("one", 1.5, n=80)
    result = Whatif(pool).update(EDITED)
    zero = Whatif(pool).update(EDITED, Dial("critical", 0.0))
    np.testing.assert_array_equal(result.earlier, zero.decisions)
    assert not zero.changed.any()
    assert (zero.decisions != pool.members[0].test.logits.argmax(axis=1)).any()
    assert result.earlier_rates == result.zero == zero.after
    np.testing.assert_array_equal(result.changed, result.decisions != result.earlier)


def test_a_frontier_can_be_decided_by_one_matrix_and_judged_by_another():
    pool = run("pool", 1.5, n=60, folds=(0, 1))
    curves = Whatif(pool).frontiers(MATRIX, judged_by=EDITED)
    judge = EDITED.reordered(pool.classes)
    for curve in curves:
        for place in (0, 100, 201):
            decided = pooled_decisions(JudgedRun(pool, MATRIX), Dial(curve.rule, float(curve.aversion[place])))
            rates = metrics.rates(decided.truth, decided.dial, judge, decided.groups)
            for name in RATES:
                assert getattr(curve, name)[place] == pytest.approx(rates[name].value)
    with pytest.raises(InputError, match="no confusion is critical"):
        Whatif(pool).frontiers(MATRIX, SeverityMatrix(MATRIX.classes, MATRIX.values, critical=50))
