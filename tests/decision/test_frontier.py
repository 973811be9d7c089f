"""Frontiers and step curves against loops over decisions."""

import numpy as np
import pytest
from scipy.special import softmax

import riskcore
from riskcore import metrics
from riskcore.decision.dial import decide, dial_grid
from riskcore.decision.frontier import frontier, step_curve
from riskcore.errors import InputError
from riskcore.severity import SeverityMatrix
from tests.helpers.simulated import MATRIX, cases


@pytest.mark.parametrize("rule", ["severity", "critical"])
def test_every_point_equals_the_rates_of_its_decisions(rule):
    some = cases(300, 1.5, 0)
    p = softmax(some.logits, axis=1)
    points = riskcore.frontier(some.truth, p, MATRIX, rule)
    assert points.rule == rule
    np.testing.assert_array_equal(points.aversion, dial_grid())
    for index in range(0, 202, 20):
        decisions = decide(p, MATRIX, float(dial_grid()[index]), rule)
        for name, rate in metrics.rates(some.truth, decisions, MATRIX, some.groups).items():
            if name != "balanced_accuracy":
                assert getattr(points, name)[index] == pytest.approx(rate.value, abs=1e-12), name


def test_by_hand():
    """The worked example of docs/decision.md."""
    matrix = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
    p = np.array([[0.95, 0.05], [0.80, 0.20], [0.70, 0.30], [0.20, 0.80]])
    points = frontier([0, 0, 1, 1], p, matrix, grid=np.array([0.0, 0.8, 0.95, 1.0]))
    assert points.accuracy.tolist() == [0.75, 1.0, 0.75, 0.75]
    assert points.cer.tolist() == [0.25, 0.0, 0.0, 0.0]
    assert points.critical_miss_rate.tolist() == [0.5, 0.0, 0.0, 0.0]
    assert points.over_call_rate.tolist() == [0.0, 0.0, 0.5, 0.5]
    assert points.expected_severity.tolist() == [2.5, 0.0, 0.5, 0.5]
    assert points.points()[2] == {
        "rule": "severity",
        "aversion": 0.95,
        "accuracy": 0.75,
        "cer": 0.0,
        "critical_miss_rate": 0.0,
        "over_call_rate": 0.5,
        "expected_severity": 0.5,
    }


def test_rates_without_cases_are_nan_and_null_in_json():
    points = frontier([0, 1], np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0]]), MATRIX)
    assert np.isnan(points.critical_miss_rate).all()
    assert points.points()[0]["critical_miss_rate"] is None
    assert points.points()[0]["cer"] is None


def test_step_curve_against_its_definition():
    rng = np.random.default_rng(0)
    accuracy, cer = rng.integers(0, 30, 80) / 30, rng.random(80)
    levels, least = step_curve(accuracy, cer)
    assert levels.tolist() == sorted(set(accuracy))
    assert least.tolist() == [cer[accuracy >= level].min() for level in levels]
    for asked in rng.random(50) * levels[-1]:
        assert least[np.searchsorted(levels, asked)] == cer[accuracy >= asked].min()


@pytest.mark.parametrize(
    ("truth", "matrix", "message"),
    [
        ([], MATRIX, "y_true: 0 labels for 2 rows of probabilities; give one label a row, and at least one."),
        ([0, 3], MATRIX, "y_true: class indices must lie in 0 to 2; check the class order."),
        ([0, -1], MATRIX, "y_true: class indices must lie in 0 to 2; check the class order."),
        (
            [0, 1],
            SeverityMatrix(MATRIX.classes, MATRIX.values, critical=11),
            "no confusion is critical: the largest cost is 10 and the critical threshold 11; "
            "lower the threshold or raise a cost.",
        ),
    ],
)
def test_errors(truth, matrix, message):
    with pytest.raises(InputError) as error:
        frontier(truth, np.full((2, 3), 1 / 3), matrix)
    assert str(error.value) == message
