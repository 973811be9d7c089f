"""Simulated risks of a critical class, whose groups share what the model cannot see."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit


def risky(
    rng: np.random.Generator, cases: int, groups: int, base: float = -1.5
) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.int64]]:
    """Events, risks that are too extreme and a little high, and groups."""
    group = np.sort(rng.integers(0, groups, cases))
    shared, own = rng.normal(size=groups), 1.2 * rng.normal(size=cases)
    events = rng.random(cases) < expit(base + own + shared[group])
    return events, expit(1.4 * (base + own) + 0.3), group
