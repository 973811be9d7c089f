"""Runs beside a baseline: at argmax, at the operating point, and at equal accuracy, with a sentence for each."""

from collections.abc import Mapping, Sequence
from typing import Any

from riskcore.equal_accuracy import EqualAccuracy, equal_accuracy, frontier_area, holm_adjusted
from riskcore.metrics import majority_accuracy, rates
from riskcore.operating import Wish
from riskcore.pooled import pooled_decisions
from riskcore.predictions import RunPredictions
from riskcore.severity import SeverityMatrix


def compare(
    runs: Sequence[RunPredictions],
    baseline: RunPredictions,
    matrix: SeverityMatrix,
    *,
    labels: Mapping[str, str],
    wish: Wish | None = None,
    floor: float | None = None,
    resamples: int = 2000,
) -> dict[str, Any]:
    """What `riskcore compare --json` gives.

    Args:
        runs: runs or pools with the same folds and test cases as the baseline.
        baseline: what they are compared with; it is listed first.
        matrix: the severity matrix.
        labels: id -> name of the loss.
        wish: for the operating points; default at most one point of accuracy lost on validation.
        floor: accuracy for the comparison at equal accuracy; default the baseline's own minus one point.
        resamples: bootstrap replicates.

    Returns:
        ``{"baseline", "n", "groups", "majority_accuracy", "runs": [{"id", "loss", "seeds", "argmax", "dial",
        "equal_accuracy", "frontier_area", "sentence"}]}``; `equal_accuracy` is None for the baseline. With several
        runs their answers are corrected for their number (Holm).

    Raises:
        InputError: test cases or folds differ, or the matrix does not fit.
    """
    wish = wish or Wish()
    others = [run for run in runs if run.id != baseline.id]
    found = holm_adjusted(
        [equal_accuracy(run, baseline, matrix, floor=floor, resamples=resamples) for run in others]
    )
    rows = [_row(baseline, matrix, wish, labels)]
    for run, result in zip(others, found, strict=True):
        rows.append(
            {
                **_row(run, matrix, wish, labels),
                "equal_accuracy": result.as_dict(),
                "frontier_area": frontier_area(run, baseline, matrix, resamples=resamples).as_dict(),
                "sentence": sentence(labels[run.id], labels[baseline.id], result),
            }
        )
    tests = [member.test for member in baseline.members if member.seed == baseline.members[0].seed]
    return {
        "baseline": baseline.id,
        "matrix": matrix.to_dict(),
        "wish": str(wish),
        "n": sum(len(test) for test in tests),
        "groups": len({group for test in tests for group in test.groups.tolist()}),
        "majority_accuracy": majority_accuracy([int(label) for test in tests for label in test.truth]),
        "runs": rows,
    }


def _row(run: RunPredictions, matrix: SeverityMatrix, wish: Wish, labels: Mapping[str, str]) -> dict[str, Any]:
    decided = pooled_decisions(run, matrix, wish)
    ordered = matrix.reordered(run.classes)
    row: dict[str, Any] = {"id": run.id, "loss": labels[run.id], "seeds": list(run.seeds)}
    for name, decisions in (("argmax", decided.argmax), ("dial", decided.dial)):
        found = rates(decided.truth, decisions, ordered, decided.groups, samples=decided.samples)
        row[name] = {measure: rate.as_dict() for measure, rate in found.items()}
    row["dial"] |= {"wish": str(wish), "reached": decided.reached}
    return {**row, "equal_accuracy": None}


def sentence(run: str, baseline: str, result: EqualAccuracy) -> str:
    """What the comparison at equal accuracy says, in words a clinician can read."""
    if result.safer == "unreachable":
        return (
            f"{run} against {baseline}: an accuracy of {result.floor:.1%} on validation cannot be reached by both; "
            "choose a lower floor."
        )
    missed = result.difference["critical_miss_rate"]
    fewer = -missed.value * missed.n
    low, high = sorted((-missed.low * missed.n, -missed.high * missed.n))
    word = "fewer" if fewer >= 0 else "more"
    if fewer < 0:
        fewer, low, high = -fewer, -high, -low
    accuracies = f"{result.accuracy.value:.1%} accuracy (baseline {result.baseline_accuracy.value:.1%})"
    verdict = {
        "yes": "Safer at equal accuracy.",
        "no": "Not safer at equal accuracy.",
        "undecided": "Undecided: the intervals cannot tell.",
    }[result.safer]
    return (
        f"{run} against {baseline}: at {accuracies}: {fewer:.0f} {word} critical errors in {missed.n:,} cases of "
        f"critical classes, 95 % interval {low:.0f} to {high:.0f}. {verdict}"
    )
