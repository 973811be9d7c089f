"""Calibration: logits -> probabilities that mean what they say, fitted on validation alike for every run."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax, softmax

from riskcore.errors import InputError
from riskcore.predictions import Cases


@dataclass(frozen=True)
class Calibration:
    """Bias-corrected temperature scaling: p = softmax(z / T + b).

    Attributes:
        temperature: T > 0; above 1 softens, below 1 sharpens.
        bias: (K,) float64 b, one number a class, in the order of the logit columns.

    Raises:
        InputError: a number is not finite, or the temperature is not above 0.
    """

    temperature: float
    bias: NDArray[np.float64]

    def __post_init__(self) -> None:
        if not (math.isfinite(self.temperature) and self.temperature > 0):
            raise InputError(f"temperature: {self.temperature} is no finite number above 0; calibrate anew.")
        if not np.isfinite(self.bias).all():
            raise InputError("bias: a number is not finite; calibrate anew.")

    @classmethod
    def identity(cls, number_of_classes: int) -> "Calibration":
        """T = 1 and b = 0: the plain softmax."""
        return cls(1.0, np.zeros(number_of_classes))

    def apply(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Calibrated probabilities.

        p = softmax(z / T + b)

        Args:
            logits: (N, K) float, finite.

        Returns:
            (N, K) float64, rows sum to 1.

        Example:
            >>> Calibration(2.0, np.zeros(2)).apply(np.array([[0.0, np.log(16.0)]])).round(3).tolist()
            [[0.2, 0.8]]
        """
        scaled = np.asarray(logits, dtype=np.float64) / self.temperature + self.bias
        return np.asarray(softmax(scaled, axis=1), dtype=np.float64)


def fit_calibration(cases: Cases) -> Calibration:
    """Fit temperature and biases by penalised maximum likelihood among the classes that the cases hold.

    minimise over t, b:  Σₙ −log softmax(zₙ·exp(−t) + b)[yₙ] + (t² + Σⱼ bⱼ²) / 2, softmax and sum over the classes
    present

    with T = exp(t). The penalty (a standard normal prior on each parameter) is worth about one case, so it
    vanishes with a real validation part, yet keeps the fit finite where every case is right, and puts the mean of
    the biases at 0. At T = 1, b = 0 it is zero: the fitted likelihood is never worse than the uncalibrated one.

    A class without a case keeps the bias 0. Cases that hold none of it say nothing of its bias; counted in the
    likelihood, it would be calibrated away (a probability near 0 whatever the image).

    Args:
        cases: validation cases; none at all gives the identity.

    Returns:
        The calibration.

    Source: Alexandari, Kundaje & Shrikumar, "Maximum Likelihood with Bias-Corrected Calibration is
    Hard-To-Beat at Label Shift Adaptation", ICML 2020 (the penalty, and leaving absent classes out, are ours).

    Example:
        >>> fit_calibration(Cases.empty(3)).temperature
        1.0
        >>> names = np.array(["a", "b", "c"])
        >>> logits = np.array([[2.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
        >>> fit_calibration(Cases(logits, np.array([0, 1, 1]), names, names)).bias.round(2).tolist()
        [-0.44, 0.44, 0.0]
    """
    # take longer to import than all the rest, and only fitting needs them
    from scipy.optimize import minimize
    from threadpoolctl import threadpool_limits

    count, classes = cases.logits.shape
    if count == 0:
        return Calibration.identity(classes)
    present, truth = np.unique(cases.truth, return_inverse=True)
    logits = cases.logits[:, present]
    rows = np.arange(count)

    def objective(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scaled = logits * np.exp(-parameters[0])
        log_p = log_softmax(scaled + parameters[1:], axis=1)
        residual = np.exp(log_p)  # d loss / d (z/T + b) = p − onehot(y)
        residual[rows, truth] -= 1.0
        gradient = np.concatenate([[-np.vdot(residual, scaled)], residual.sum(axis=0)]) + parameters
        loss = -log_p[rows, truth].sum() + 0.5 * parameters @ parameters
        return loss / count, gradient / count

    options = {"ftol": 1e-14, "gtol": 1e-9, "maxiter": 500}
    with threadpool_limits(1, user_api="blas"):  # its many small steps take ten times as long when threads share them
        fitted = minimize(objective, np.zeros(len(present) + 1), jac=True, method="L-BFGS-B", options=options).x
    bias = np.zeros(classes)
    bias[present] = fitted[1:]
    return Calibration(float(np.exp(fitted[0])), bias)
