"""Details of runs side by side: the AUROC of each pair alone, one z for all, and every side's own calibration."""

import pytest

from riskcore.comparing.auroc_difference import auroc_difference
from riskcore.comparing.details import compared_details
from riskcore.decision.dial import Dial
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.pooled import pooled_decisions
from riskcore.metrics import risk_calibration
from riskcore.metrics.differences import simultaneous_z
from tests.comparing.brute import pool
from tests.helpers.simulated import MATRIX


@pytest.fixture(scope="module")
def sides():
    return [pool(name, skill, noise=noise) for name, skill, noise in (("b", 1.0, 0), ("x", 2.0, 1), ("y", 1.5, 2))]


def test_each_run_beside_the_baseline(sides) -> None:
    base, *runs = sides
    found = compared_details(runs, base, MATRIX, resamples=50)
    assert list(found) == ["b", "x", "y"]
    assert found["b"].auroc is None
    assert found["b"].as_dict()["auroc_difference"] is None
    pooled = []
    for run in runs:
        alone = auroc_difference(JudgedRun(run, MATRIX), JudgedRun(base, MATRIX), resamples=50)
        assert found[run.id].auroc.pooled.value == pytest.approx(alone.pooled.value)
        assert found[run.id].auroc.pooled.replicates == pytest.approx(alone.pooled.replicates)
        pooled.append(alone.pooled)
    z = simultaneous_z(pooled)
    assert z > 1.96
    assert [each.z for each in found.values()] == pytest.approx([z] * 3)
    for run in runs:
        interval = found[run.id].as_dict()["auroc_difference"]["pooled"]
        wide, narrow = found[run.id].auroc.pooled.rate(z), found[run.id].auroc.pooled.rate()
        assert (interval["low"], interval["high"]) == (pytest.approx(wide.low), pytest.approx(wide.high))
        assert wide.high - wide.low > narrow.high - narrow.low


def test_calibration_is_of_the_risk_of_critical_classes_and_asks_no_dial(sides) -> None:
    base, run, _ = sides
    for each in compared_details([run], base, MATRIX, resamples=10).values():
        cases = pooled_decisions(JudgedRun(run if each.auroc else base, MATRIX), Dial("critical", 0.9))
        risk, dangerous = cases.probabilities[:, 2], cases.truth == 2
        assert each.details.calibration == risk_calibration(dangerous, risk, cases.groups, samples=cases.samples)
        assert set(each.as_dict()) == {"auroc_difference", "calibration"}
