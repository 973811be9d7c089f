"""Decisions and counts by their definitions, for the tests of what stands beside a baseline."""

import numpy as np

from tests.helpers.simulated import run

COSTS = np.array([[0, 1, 3], [2, 0, 4], [10, 9, 0]], float)  # those of MATRIX: critical from 9
HARMS = {"severity": COSTS / 10, "critical": (COSTS >= 9).astype(float)}
AVERSIONS = [0.0, *(odds / (1 + odds) for odds in np.geomspace(0.01, 1000, 200)), 1.0]
TABLES = {
    "correct": np.eye(3),
    "critical": np.array([[0, 0, 0], [0, 0, 0], [1, 1, 0]]),
    "over_call": np.array([[0, 0, 1], [0, 0, 1], [0, 0, 0]]),
    "severity": COSTS,
}


def pool(name, skill, **settings):
    """60 cases of 20 patients in each part of two folds."""
    return run(name, skill, **{"n": 60, "groups": 20, "folds": [0, 1], "seeds": (0, 1), **settings})


def along(probabilities):
    """(N, 404) decisions of least expected cost, settings in ascending aversion, severity before critical."""
    decisions = []
    for a in AVERSIONS:
        for harm in HARMS.values():
            costs = probabilities @ ((1 - a) * (1 - np.eye(3)) + a * harm)
            decisions.append(costs.argmin(axis=1))
    return np.stack(decisions, axis=1)


def counted(measure, truth, decisions, weights):
    """Sum over cases of weight × what a decision counts for, for decisions (N, ...)."""
    values = np.asarray(TABLES[measure], float)[truth.reshape(-1, *[1] * (decisions.ndim - 1)), decisions]
    return np.tensordot(weights, values, axes=(0, 0))


def case_weights(part, weights):
    """(N, R) how often the group of each case is drawn."""
    return np.stack([weights[code] for code in part.codes])
