"""The risk of a critical class: the number that the risk card prints and that a threshold could be put on."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskcore.errors import InputError
from riskcore.metrics.resampling import group_codes
from riskcore.severity import SeverityMatrix


def critical_risk(probabilities: ArrayLike, matrix: SeverityMatrix) -> NDArray[np.float64]:
    """P(critical) of each case: the summed probability of the critical classes.

    Inputs: probabilities (N, K), rows sum to 1, columns in the order of the matrix. Returns: (N,) float64 in 0..1,
    0 where no class is critical.

    >>> m = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
    >>> critical_risk([[0.9, 0.1], [0.3, 0.7]], m)
    array([0.1, 0.7])
    """
    p = np.asarray(probabilities, np.float64)
    return np.clip(p[:, matrix.critical_classes].sum(axis=1), 0.0, 1.0)


def checked_risks(
    events: ArrayLike, risks: ArrayLike, groups: ArrayLike
) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.int64], int]:
    """Events, risks and numbered groups of the same cases.

    Inputs: events (N,) bool or 0/1; risks (N,) in 0..1; groups (N,) of any sortable dtype.
    Returns: events (N,) bool, risks (N,) float64, codes (N,) in 0..G-1, and G.
    Raises InputError on differing lengths or a risk out of range.

    >>> checked_risks([0, 1], [0.2, 0.9], ["b", "a"])[2:]
    (array([1, 0]), 2)
    """
    y, p = np.asarray(events, bool), np.asarray(risks, np.float64)
    codes, number = group_codes(groups)
    if not y.shape == p.shape == codes.shape:
        raise InputError(f"events, risks and groups have {y.size}, {p.size} and {codes.size} cases: pass one a case.")
    if not ((p >= 0) & (p <= 1)).all():
        row = int(np.argmin((p >= 0) & (p <= 1)))
        raise InputError(f"risks: case {row} has {p[row]}, expected a probability in 0..1.")
    return y, p, codes, number
