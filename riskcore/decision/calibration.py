"""Calibration: logits -> probabilities that mean what they say, fitted on validation alike for every run."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax, softmax

from riskcore.predictions import Cases


@dataclass(frozen=True)
class Calibration:
    """Bias-corrected temperature scaling: p = softmax(z / T + b).

    Attributes:
        temperature: T > 0; above 1 softens, below 1 sharpens.
        bias: (K,) float64 b, one number a class, in the order of the logit columns.
    """

    temperature: float
    bias: NDArray[np.float64]

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
    """Fit temperature and biases by penalised maximum likelihood.

    minimise over t, b:  Σₙ −log softmax(zₙ·exp(−t) + b)[yₙ] + (t² + Σⱼ bⱼ²) / 2

    with T = exp(t). The penalty (a standard normal prior on each parameter) is worth about one case, so it
    vanishes with a real validation part, yet keeps the fit finite where a class is absent or every case is
    right. At T = 1, b = 0 it is zero: the fitted likelihood is never worse than the uncalibrated one.

    Args:
        cases: validation cases; none at all gives the identity.

    Returns:
        The calibration.

    Source: Alexandari, Kundaje & Shrikumar, "Maximum Likelihood with Bias-Corrected Calibration is
    Hard-To-Beat at Label Shift Adaptation", ICML 2020 (the penalty is ours).

    Example:
        >>> fit_calibration(Cases.empty(3)).temperature
        1.0
    """
    from scipy.optimize import minimize  # takes longer to import than all the rest, and only fitting needs it

    count, classes = cases.logits.shape
    if count == 0:
        return Calibration.identity(classes)
    logits = cases.logits
    rows = np.arange(count)

    def objective(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scaled = logits * np.exp(-parameters[0])
        log_p = log_softmax(scaled + parameters[1:], axis=1)
        residual = np.exp(log_p)  # d loss / d (z/T + b) = p − onehot(y)
        residual[rows, cases.truth] -= 1.0
        gradient = np.concatenate([[-np.vdot(residual, scaled)], residual.sum(axis=0)]) + parameters
        loss = -log_p[rows, cases.truth].sum() + 0.5 * parameters @ parameters
        return loss / count, gradient / count

    options = {"ftol": 1e-14, "gtol": 1e-9, "maxiter": 500}
    fitted = minimize(objective, np.zeros(classes + 1), jac=True, method="L-BFGS-B", options=options).x
    return Calibration(float(np.exp(fitted[0])), fitted[1:])
