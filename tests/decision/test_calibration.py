"""Calibration on simulated logits whose true temperature and biases are known."""

import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from riskcore.decision.calibration import Calibration, fit_calibration
from riskcore.errors import InputError
from riskcore.predictions import Cases
from tests.helpers.simulated import cases


def miscalibrated(n, temperature, bias, seed=0):
    """Labels drawn from softmax(z / T + b): the logits z are off by exactly that T and b."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(scale=3.0, size=(n, len(bias)))
    probabilities = softmax(logits / temperature + bias, axis=1)
    truth = (probabilities.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1)
    names = np.arange(n).astype(str)
    return Cases(logits, truth, names, names)


def negative_log_likelihood(probabilities, truth):
    return -np.log(probabilities[np.arange(len(truth)), truth]).mean()


@pytest.mark.parametrize(("temperature", "bias"), [(2.5, [0.8, -0.3, -0.5]), (0.4, [0.0, 1.0, -1.0])])
def test_known_temperature_and_bias_are_recovered(temperature, bias):
    fitted = fit_calibration(miscalibrated(40_000, temperature, np.array(bias)))
    assert fitted.temperature == pytest.approx(temperature, rel=0.03)
    np.testing.assert_allclose(fitted.bias - fitted.bias.mean(), bias, atol=0.06)


def test_the_optimum_is_stationary_for_the_documented_objective():
    some = miscalibrated(300, 2.0, np.array([0.5, -0.5, 0.0]))
    fitted = fit_calibration(some)

    def objective(parameters):
        log_p = log_softmax(some.logits * np.exp(-parameters[0]) + parameters[1:], axis=1)
        return -log_p[np.arange(300), some.truth].sum() + (parameters**2).sum() / 2

    best = np.concatenate([[np.log(fitted.temperature)], fitted.bias])
    for direction in np.eye(4):
        slope = (objective(best + 1e-5 * direction) - objective(best - 1e-5 * direction)) / 2e-5
        assert slope == pytest.approx(0.0, abs=1e-3)
        assert objective(best + 0.1 * direction) > objective(best)


def test_the_likelihood_of_validation_never_gets_worse():
    for seed in range(5):
        small = cases(25, 1.0, seed)
        before = negative_log_likelihood(softmax(small.logits, axis=1), small.truth)
        after = negative_log_likelihood(fit_calibration(small).apply(small.logits), small.truth)
        assert after <= before + 1e-12
    fresh = miscalibrated(2000, 3.0, np.array([1.0, 0.0, -1.0]), seed=1)
    fitted = fit_calibration(miscalibrated(2000, 3.0, np.array([1.0, 0.0, -1.0]), seed=2))
    gain = negative_log_likelihood(softmax(fresh.logits, axis=1), fresh.truth) - negative_log_likelihood(
        fitted.apply(fresh.logits), fresh.truth
    )
    assert gain > 0.2


def test_an_absent_class_is_left_out_of_the_likelihood():
    """The fit among the classes present is the fit of a problem that knows those alone."""
    some = miscalibrated(500, 2.0, np.array([0.5, -50.0, 0.0, -0.5]))
    assert set(some.truth.tolist()) == {0, 2, 3}
    fitted = fit_calibration(some)
    without = fit_calibration(
        Cases(some.logits[:, [0, 2, 3]], np.searchsorted([0, 2, 3], some.truth), some.samples, some.groups)
    )
    assert fitted.temperature == without.temperature
    assert fitted.bias[1] == 0.0
    np.testing.assert_array_equal(fitted.bias[[0, 2, 3]], without.bias)
    assert fitted.bias.mean() == pytest.approx(0.0, abs=1e-9)


def test_biases_of_the_classes_present_have_mean_zero():
    for seed in range(3):
        assert fit_calibration(cases(60, 1.0, seed, bias=(0.0, 1.0, -2.0))).bias.mean() == pytest.approx(0.0, abs=1e-9)


def test_a_class_that_validation_lacks_is_not_calibrated_away():
    """Recall of the absent class stays near that of the likeliest class; fitting its bias would lose half of it."""
    test = cases(4000, 2.0, 1)
    validation = cases(600, 2.0, 0, start=5000)
    kept = validation.truth != 2
    fitted = fit_calibration(
        Cases(validation.logits[kept], validation.truth[kept], validation.samples[kept], validation.groups[kept])
    )
    melanomas = test.truth == 2

    def recall(scores):
        return (scores.argmax(axis=1) == 2)[melanomas].mean()

    assert recall(fitted.apply(test.logits)) > recall(test.logits) - 0.06
    driven_away = fitted.apply(test.logits) * np.exp([0.0, 0.0, -3.0])
    assert recall(driven_away) < recall(test.logits) - 0.3


def test_one_class_and_perfect_validation_stay_finite():
    names = np.array(["a", "b", "c"])
    alone = fit_calibration(Cases(np.eye(3), np.full(3, 2), names, names))
    assert (alone.temperature, alone.bias.tolist()) == (1.0, [0.0, 0.0, 0.0])
    perfect = Cases(10.0 * np.eye(3), np.arange(3), names, names)
    assert 0.01 < fit_calibration(perfect).temperature < 100


def test_class_bias_of_training_is_undone():
    """A bias put on one class leaves the calibrated probabilities (nearly) as they were."""
    plain, biased = cases(3000, 1.5, 0), cases(3000, 1.5, 0, bias=(0.0, 0.0, 2.0))
    np.testing.assert_allclose(
        fit_calibration(plain).apply(plain.logits), fit_calibration(biased).apply(biased.logits), atol=0.01
    )


def test_no_validation_gives_the_plain_softmax():
    fitted = fit_calibration(Cases.empty(3))
    assert fitted.temperature == 1.0
    assert fitted.bias.tolist() == [0.0, 0.0, 0.0]
    logits = np.array([[1.0, 2.0, -3.0], [1e4, -1e4, 0.0]])
    np.testing.assert_allclose(Calibration.identity(3).apply(logits), softmax(logits, axis=1))


@pytest.mark.parametrize("temperature", [0.0, -1.0, np.nan, np.inf])
def test_a_temperature_that_is_none_is_refused(temperature):
    with pytest.raises(InputError, match="temperature: "):
        Calibration(temperature, np.zeros(2))


@pytest.mark.parametrize("bias", [np.nan, np.inf, -np.inf])
def test_a_bias_that_is_not_finite_is_refused(bias):
    with pytest.raises(InputError, match="bias: a number is not finite"):
        Calibration(1.0, np.array([0.0, bias]))
