"""Time of every measure on 10,000 cases and 2,000 resamples: `python benchmarks/bench_metrics.py`."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from riskcore import metrics
from riskcore.severity import SeverityMatrix

CASES, RESAMPLES = 10_000, 2_000


def timed(label: str, work: Callable[[], Any]) -> Any:
    start = time.perf_counter()
    result = work()
    print(f"{label:<58} {1000 * (time.perf_counter() - start):8.1f} ms")
    return result


def main() -> None:
    matrix = SeverityMatrix.preset("isic2018")
    classes, rng = len(matrix.classes), np.random.default_rng(0)
    truth = rng.choice(classes, CASES, p=rng.dirichlet(np.full(classes, 3.0)))
    logits = rng.normal(size=(CASES, classes)) + 2.5 * np.eye(classes)[truth]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    predicted, other = (
        probabilities.argmax(axis=1),
        (probabilities * matrix.values.max(axis=1)).argmax(axis=1),
    )
    groups = rng.integers(0, 7_470, CASES).astype(str)

    start = time.perf_counter()
    codes, number = timed("group_codes of strings", lambda: metrics.group_codes(groups))
    weights = timed("bootstrap_weights", lambda: metrics.bootstrap_weights(number, RESAMPLES))
    timed("rates: six single rates with intervals", lambda: metrics.rates(truth, predicted, matrix, codes))
    timed("rates at a prevalence", lambda: metrics.rates(truth, predicted, matrix, codes, prevalence=0.05))
    timed("per_class_recall", lambda: metrics.per_class_recall(truth, predicted, matrix.classes, codes))
    timed(
        "probability_measures: 8 AUROCs, ECE, Brier, bootstrap",
        lambda: metrics.probability_measures(truth, probabilities, matrix, codes, weights),
    )
    a, b = metrics.outcomes(truth, predicted, matrix), metrics.outcomes(truth, other, matrix)
    everyone = np.ones(CASES, bool)
    pairs = [
        (a.correct, b.correct, everyone),
        (a.critical, b.critical, everyone),
        (a.critical, b.critical, a.critical_class),
        (a.over_call, b.over_call, a.noncritical_class),
        (a.severity, b.severity, everyone),
    ]
    timed(
        "paired_difference: five measures, bootstrap",
        lambda: [metrics.paired_difference(*pair, codes, weights) for pair in pairs],
    )
    timed("sign_flip_test, 9,999 draws", lambda: metrics.sign_flip_test(a.correct, b.correct, codes))
    print(f"{'all':<58} {1000 * (time.perf_counter() - start):8.1f} ms  ({CASES} cases, {RESAMPLES} resamples)")


if __name__ == "__main__":
    main()
