"""Ranking and calibration measures against scikit-learn and loops, with and without weights."""

import math

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics import brier_score_loss, roc_auc_score

from riskcore.errors import InputError
from riskcore.metrics.probability_measures import (
    auroc_replicates,
    brier,
    critical_auroc,
    ece,
    macro_auroc,
    measure_replicates,
    probability_measures,
    within_parts,
)
from riskcore.metrics.resampling import bootstrap_weights
from riskcore.severity import SeverityMatrix

MATRIX = SeverityMatrix(["a", "b", "c", "d"], np.where(np.eye(4), 0, [[1], [1], [9], [9]]), critical=9)
MATRIX_OF_TWO = SeverityMatrix(["a", "c"], [[0, 1], [9, 0]], critical=9)


def cases(n=300, seed=0, decimals=None):
    rng = np.random.default_rng(seed)
    truth = rng.choice(4, n, p=[0.4, 0.3, 0.2, 0.1])
    p = softmax(rng.normal(size=(n, 4)) + 1.5 * np.eye(4)[truth], axis=1)
    if decimals is not None:  # ties
        p = np.round(p, decimals)
        p[:, 0] = 1 - p[:, 1:].sum(axis=1)
    return truth, p, rng.integers(0, n // 3, n)


def loop_ece(truth, p, weight):
    total = 0.0
    for b in range(15):
        inside = (p.max(1) > b / 15) & (p.max(1) <= (b + 1) / 15)
        total += abs((weight * inside * (p.max(1) - (p.argmax(1) == truth))).sum())
    return total / weight.sum()


def test_bins_of_the_calibration_error_by_hand():
    """(13/15, 14/15] is too unsure and (14/15, 1] too sure: gaps of two bins do not cancel, those of one do."""
    confidence = np.repeat([0.9, 0.95, 14 / 15], [10, 10, 10])
    right = np.array([1] * 10 + [1] * 8 + [0] * 2 + [1] * 10)
    p = np.stack([confidence, 1 - confidence], axis=1)
    expected = (abs(0.1 + 1 / 15) * 10 + abs(0.95 - 0.8) * 10) / 30
    assert ece(1 - right, p) == pytest.approx(expected)


@pytest.mark.parametrize("decimals", [None, 1])
def test_values_against_scikit_learn(decimals):
    truth, p, _ = cases(decimals=decimals)
    p = np.abs(p)
    assert macro_auroc(truth, p) == pytest.approx(roc_auc_score(truth, p, multi_class="ovr"))
    assert critical_auroc(truth, p, MATRIX) == pytest.approx(roc_auc_score(truth >= 2, p[:, 2:].sum(axis=1)))
    assert brier(truth, p) == pytest.approx(brier_score_loss(truth, p, labels=range(4), scale_by_half=False))
    assert ece(truth, p) == pytest.approx(loop_ece(truth, p, np.ones(300)), abs=1e-6)


@pytest.mark.parametrize("decimals", [None, 1])
def test_replicates_against_scikit_learn_with_sample_weights(decimals):
    """70 resamples, more than one chunk."""
    truth, p, codes = cases(decimals=decimals)
    p = np.abs(p)
    weights = bootstrap_weights(100, 70)
    result = measure_replicates(truth, p, MATRIX, codes, weights)
    for r, w in enumerate(weights[:, codes].astype(np.float64)):
        each = [roc_auc_score(truth == k, p[:, k], sample_weight=w) for k in range(4)]
        assert result["macro_auroc"][r] == pytest.approx(np.mean(each), abs=1e-6)
        critical = roc_auc_score(truth >= 2, p[:, 2:].sum(axis=1), sample_weight=w)
        assert result["critical_auroc"][r] == pytest.approx(critical, abs=1e-6)
        assert result["ece"][r] == pytest.approx(loop_ece(truth, p, w), abs=1e-6)
        squared = ((p - np.eye(4)[truth]) ** 2).sum(axis=1)
        assert result["brier"][r] == pytest.approx(np.average(squared, weights=w), abs=1e-6)


def test_auroc_is_nan_without_both_sides():
    weights = np.array([[1, 1, 1], [0, 1, 1], [1, 1, 0]], np.float32)
    scores, positive = np.array([0.9, 0.1, 0.5]), np.array([True, False, False])
    result = auroc_replicates(scores, positive, np.arange(3), weights)
    assert np.array_equal(result, [1, np.nan, 1], equal_nan=True)


def test_absent_classes_are_left_out_and_named():
    truth, p, codes = cases()
    truth = np.where(truth == 1, 0, truth)
    each = [roc_auc_score(truth == k, p[:, k]) for k in (0, 2, 3)]
    assert macro_auroc(truth, p) == pytest.approx(np.mean(each))
    result = probability_measures(truth, p, MATRIX, codes, bootstrap_weights(len(set(codes)), 50))
    assert result["macro_auroc"].method == "bootstrap, 50 resamples; no cases of b"
    assert math.isnan(critical_auroc(np.zeros(300, int), p, MATRIX))


def test_intervals_are_percentiles_and_name_n_and_groups():
    truth, p, codes = cases()
    codes = np.unique(codes, return_inverse=True)[1]
    weights = bootstrap_weights(codes.max() + 1, 400)
    replicates = measure_replicates(truth, p, MATRIX, codes, weights)
    result = probability_measures(truth, p, MATRIX, codes, weights)
    for name in ("macro_auroc", "critical_auroc", "brier"):
        rate = result[name]
        assert (rate.low, rate.high) == pytest.approx(tuple(np.quantile(replicates[name], [0.025, 0.975])))
        assert (rate.n, rate.groups, rate.events) == (300, codes.max() + 1, None)
    low, high = np.quantile(replicates["ece"], [0.025, 0.975])
    value = ece(truth, p)
    assert result["ece"].low == pytest.approx(max(0, 2 * value - high), abs=1e-6)
    assert result["ece"].high == pytest.approx(max(value, 2 * value - low), abs=1e-6)


def test_perfect_ranking_is_no_certainty():
    """5 critical and 40 other patients ranked without fault: 5 disjoint pairs, so 0.025^(1/5)."""
    truth = np.repeat([0, 1], [40, 10])
    high = np.where(truth == 1, 0.9, 0.1)
    groups = np.concatenate([np.arange(40), 40 + np.arange(10) // 2])
    p = np.column_stack([1 - high, high])
    result = probability_measures(truth, p, MATRIX_OF_TWO, groups, bootstrap_weights(45, 100))
    for name in ("critical_auroc", "macro_auroc"):
        assert (result[name].value, result[name].high) == (1, 1)
        assert result[name].low == pytest.approx(0.025 ** (1 / 5))
        assert result[name].method == "exact lower end of disjoint pairs (perfect ranking)"


def test_a_calibrated_model_may_have_no_calibration_error():
    """ECE is never 0 in a sample, yet in 97.5 % of samples of a calibrated model its lower end is."""
    rng, replicates, claimed = np.random.default_rng(2), 300, 0
    codes, weights = np.repeat(np.arange(60), 5), bootstrap_weights(60, 300)
    for _ in range(replicates):
        p = 1 / (1 + np.exp(-rng.normal(size=60)[codes] - rng.normal(size=300)))
        truth = (rng.random(300) < p).astype(int)
        result = probability_measures(truth, np.column_stack([1 - p, p]), MATRIX_OF_TWO, codes, weights)
        claimed += result["ece"].low > 0
        assert result["ece"].value > 0
    assert claimed <= replicates * 0.025 + 3.72 * math.sqrt(replicates * 0.025 * 0.975)


def test_coverage_with_groups():
    """60 patients of 5 cases, an overconfident model: all measures against their large-sample values."""
    rng = np.random.default_rng(1)

    def draw(patients):
        truth = np.repeat(rng.random(patients) < 0.4, 5).astype(int)
        shift = np.repeat(rng.normal(size=patients), 5)
        z = 1.2 * (2 * truth - 1) + shift + rng.normal(size=5 * patients)
        p = 1 / (1 + np.exp(-2.5 * z))  # overconfident
        return truth, np.column_stack([1 - p, p])

    truth, p = draw(40_000)
    large = measure_replicates(truth, p, MATRIX_OF_TWO, np.arange(200_000), np.ones((1, 200_000), np.float32))
    expected = {name: float(v[0]) for name, v in large.items() if name != "macro_auroc"}
    codes, weights, replicates = np.repeat(np.arange(60), 5), bootstrap_weights(60, 300), 300
    missed = dict.fromkeys(expected, 0)
    for _ in range(replicates):
        result = probability_measures(*draw(60), MATRIX_OF_TWO, codes, weights)
        for name, value in expected.items():
            missed[name] += not result[name].low <= value <= result[name].high
    allowed = replicates * 0.08 + 3.72 * math.sqrt(replicates * 0.08 * 0.92)
    assert max(missed.values()) <= allowed, missed


@pytest.mark.parametrize(
    ("truth", "p", "text"),
    [
        ([0, 1], [[0.5, 0.5]], "probabilities have shape (1, 2) and truth (2,), expected (N, K) and (N,)."),
        (
            [0, 1],
            [[0.5, 0.5], [0.9, 0.9]],
            "probabilities: row 1 is [0.9, 0.9]; each row must be in 0..1 and sum to 1.",
        ),
        (
            [0],
            [[float("nan"), 1.0]],
            "probabilities: row 0 is [nan, 1.0]; each row must be in 0..1 and sum to 1.",
        ),
    ],
)
def test_bad_probabilities(truth, p, text):
    with pytest.raises(InputError) as caught:
        macro_auroc(truth, p)
    assert str(caught.value) == text


def test_weights_must_be_drawn_for_these_groups():
    p = [[0.5, 0.5], [0.2, 0.8]]
    with pytest.raises(InputError) as caught:
        probability_measures([0, 1], p, MATRIX_OF_TWO, ["x", "x"], bootstrap_weights(2, 5))
    text = "2 cases with 2 groups, 1 of them different, and weights for 2: draw bootstrap_weights(1)."
    assert str(caught.value) == text


def test_rows_off_by_rounding_are_accepted():
    assert brier([0], [[0.6667, 0.3334]]) == pytest.approx(2 * 0.3334**2, rel=1e-3)


def test_within_folds_is_the_mean_over_folds_and_pooled_is_lower_where_their_levels_differ():
    truth, p, codes = cases(600)
    codes = np.unique(codes, return_inverse=True)[1]
    fold = np.arange(600) % 3
    risk = p[:, 2:].sum(axis=1)
    level = np.array([0.2, 0.6, 1.0])[fold]  # folds whose risks have other levels
    p = np.column_stack([(1 - level * risk) / 2, (1 - level * risk) / 2, level * risk / 2, level * risk / 2])
    result = probability_measures(truth, p, MATRIX, codes, bootstrap_weights(codes.max() + 1, 50), parts=fold)
    each = [roc_auc_score(truth[fold == f] >= 2, risk[fold == f]) for f in range(3)]
    assert result["critical_auroc_within_folds"].value == pytest.approx(np.mean(each))
    assert result["critical_auroc"].value < np.mean(each) - 0.02
    one = probability_measures(truth, p, MATRIX, codes, bootstrap_weights(codes.max() + 1, 50), parts=np.zeros(600))
    assert "critical_auroc_within_folds" not in one


def test_a_fold_without_a_critical_case_is_left_out():
    positive = np.array([False, True, False, False])
    scores, parts, ones = np.array([0.1, 0.2, 0.8, 0.9]), np.array([0, 0, 1, 1]), np.ones((1, 4), np.float32)
    assert within_parts(scores, positive, parts, np.arange(4), ones).tolist() == [1.0]
    assert np.isnan(within_parts(scores, positive & False, parts, np.arange(4), ones)).all()
