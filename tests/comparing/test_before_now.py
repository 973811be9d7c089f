"""The change of each rate from before to now, and whether its interval can tell it from chance."""

import numpy as np
import pytest

from riskcore import metrics
from riskcore.comparing.before_now import before_now
from riskcore.decision.dial import Dial
from riskcore.decision.operating import Wish
from riskcore.judging.whatif import RATES, Whatif
from riskcore.predictions import Cases, Member, RunPredictions
from riskcore.severity import SeverityMatrix
from tests.helpers.simulated import MATRIX, run

EDITED = SeverityMatrix(["c", "a", "b"], [[0, 20, 3], [2, 0, 1], [6, 2, 0]], critical=6)


@pytest.mark.parametrize(
    "pool", [run("one", 1.5, n=150), run("pool", 1.5, n=80, seeds=(0, 1), folds=(0, 1), groups=30)]
)
@pytest.mark.parametrize("wish", [Wish(), Wish("least_severity", 0.0)])
def test_the_change_is_that_of_the_rates(pool: RunPredictions, wish: Wish) -> None:
    whatif = Whatif(pool)
    result = whatif.update(EDITED, wish, whatif.choose(MATRIX, wish), MATRIX)
    found = before_now(result)
    assert list(found) == list(RATES)
    for name, change in found.items():
        before, after = result.before[name], result.after[name]
        assert change.value == pytest.approx(after.value - before.value)
        assert (change.n, change.groups) == (after.n, after.groups)
        assert change.low <= change.value <= change.high
        if name == "expected_severity":
            assert change.events is None
        else:
            assert change.events == pytest.approx(after.events - before.events)
    assert before_now(result) == found  # the same draws each time


def test_beside_the_bootstrap_of_whole_cases_written_out() -> None:
    """An own resampling of patients, case by case, gives the same interval but for chance."""
    pool = run("one", 1.5, n=300, groups=60)
    result = Whatif(pool).update(MATRIX, Dial("severity", 1.0))
    change = before_now(result)["over_call_rate"]
    before, now = (metrics.outcomes(result.truth, said, MATRIX) for said in (result.earlier, result.decisions))
    rng = np.random.default_rng(7)
    patients = [np.flatnonzero(result.codes == code) for code in range(result.codes.max() + 1)]
    drawn = []
    for _ in range(2000):
        rows = np.concatenate([patients[k] for k in rng.integers(0, len(patients), len(patients))])
        among = now.noncritical_class[rows]
        drawn.append((now.over_call[rows].astype(int) - before.over_call[rows])[among].sum() / among.sum())
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert change.low == pytest.approx(low, abs=0.012)
    assert change.high == pytest.approx(high, abs=0.012)


def test_nothing_changed_is_no_certainty() -> None:
    result = Whatif(run("one", 1.5, n=150)).update(MATRIX, Dial("severity", 0.0))
    for change in before_now(result).values():
        assert change.value == 0
        assert change.low < 0 < change.high


def test_a_change_that_chance_explains_holds_zero_and_a_large_one_does_not() -> None:
    classes = ("naevus", "melanoma")
    matrix = SeverityMatrix(classes, [[0, 2], [10, 0]], critical=10)

    def misses_saved(number: int) -> tuple[float, float]:
        truth = np.array([0] * 100 + [1] * 100)
        sure = np.array([True] * 100 + [False] * number + [True] * (100 - number))
        shares = np.where(truth == 0, 0.01, np.where(sure, 0.99, 0.3))
        names = np.array([f"{row}.png" for row in range(200)])
        cases = Cases(np.log(np.stack([1 - shares, shares], axis=1)), truth, names, names)
        pool = RunPredictions("made", classes, [Member(Cases.empty(2), cases)])
        change = before_now(Whatif(pool).update(matrix, Dial("critical", 0.8)))["cer"]
        assert change.events == -number
        return change.low, change.high

    low, high = misses_saved(1)
    assert low < 0 < high
    low, high = misses_saved(15)
    assert high < 0


def test_a_rate_without_a_case_is_none() -> None:
    pool = run("one", 1.5, n=150)
    (member,) = pool.members
    held = ~MATRIX.reordered(pool.classes).critical_classes[member.test.truth]
    test = Cases(
        *(part[held] for part in (member.test.logits, member.test.truth, member.test.samples, member.test.groups))
    )
    result = Whatif(RunPredictions("one", pool.classes, [Member(member.validation, test)])).update(MATRIX)
    change = before_now(result)["critical_miss_rate"]
    assert np.isnan([change.value, change.low, change.high]).all()
