"""Runs beside a baseline: at argmax, at the operating point, and at equal accuracy, with a sentence for each."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from riskcore.decision.operating import Wish
from riskcore.decision.pooled import pooled_decisions
from riskcore.errors import InputError
from riskcore.formats import percent
from riskcore.judging.equal_accuracy import (
    TOLERATED_LOSS,
    EqualAccuracy,
    equal_accuracy,
    frontier_area,
    holm_adjusted,
)
from riskcore.metrics import majority_accuracy, rates
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
    areas: bool = True,
) -> dict[str, Any]:
    """What `riskcore compare --json` gives.

    Args:
        runs: runs or pools with the same folds, seeds and test cases as the baseline; it may be among them.
        baseline: what they are compared with; it is listed first.
        matrix: the severity matrix, classes in any order.
        labels: id -> name of the loss.
        wish: for the operating points; default at most one point of accuracy lost on validation.
        floor: accuracy for the comparison at equal accuracy; default the baseline's own minus one point.
        resamples: bootstrap replicates.
        areas: also the area between the frontiers, nearly half of the work; else `frontier_area` is None.

    Returns:
        ``{"baseline", "matrix", "wish", "n", "groups", "critical_cases", "majority_accuracy", "runs": [{"id",
        "loss", "seeds", "argmax", "dial", "equal_accuracy", "frontier_area", "sentence"}]}``, the last three None
        for the baseline. `n`, `groups` and `critical_cases` count different cases, however many seeds judge them.
        With several runs their answers are corrected for their number (Holm).

    Raises:
        InputError: nothing to compare, test cases or folds differ, or the matrix does not fit.
    """
    wish = wish or Wish()
    matrix = matrix.reordered(baseline.classes)
    others = list({run.id: run for run in runs if run.id != baseline.id}.values())
    if not others:
        raise InputError(f"There is nothing to compare {baseline.id} with; name at least one other run or pool.")
    found = holm_adjusted([equal_accuracy(run, baseline, matrix, floor=floor, resamples=resamples) for run in others])
    rows = [_row(baseline, matrix, wish, labels)]
    for run, result in zip(others, found, strict=True):
        rows.append(
            _row(run, matrix, wish, labels)
            | {
                "equal_accuracy": result.as_dict(),
                "frontier_area": frontier_area(run, baseline, matrix, resamples=resamples).as_dict() if areas else None,
                "sentence": sentence(labels[run.id], labels[baseline.id], result),
            }
        )
    tests = [member.test for member in baseline.members if member.seed == baseline.members[0].seed]
    truth = np.concatenate([test.truth for test in tests])
    return {
        "baseline": baseline.id,
        "matrix": matrix.to_dict(),
        "wish": str(wish),
        "n": len(truth),
        "groups": len(np.unique(np.concatenate([test.groups for test in tests]))),
        "critical_cases": int(matrix.critical_classes[truth].sum()),
        "majority_accuracy": majority_accuracy(truth),
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
    return {**row, "equal_accuracy": None, "frontier_area": None, "sentence": None}


def sentence(run: str, baseline: str, result: EqualAccuracy) -> str:
    """What the comparison at equal accuracy says, in words a clinician can read.

    A count is the difference of the critical miss rates times the different cases of critical classes: of several
    seeds it is their mean.
    """
    if result.safer == "unreachable":
        return (
            f"{run} against {baseline}: {percent(result.floor)} accuracy on validation is not reached by both; "
            "choose a lower floor."
        )
    missed = result.difference["critical_miss_rate"]
    at = f"at {percent(result.accuracy.value)} accuracy (baseline {percent(result.baseline_accuracy.value)})"
    if math.isnan(missed.value):
        return f"{run} against {baseline}: {at} there is no case of a critical class to miss."
    fewer, least, most = (round(-share * missed.n) for share in (missed.value, missed.high, missed.low))
    cases = "case" if abs(fewer) == 1 else "cases"
    return (
        f"{run} against {baseline}: {at}: {_change(fewer)} missed dangerous {cases} in {missed.n:,}, "
        f"95 % interval {_interval(fewer, least, most)}. {_verdict(result)}"
    )


def _verdict(result: EqualAccuracy) -> str:
    if result.safer != "undecided":
        return "Safer at equal accuracy." if result.safer == "yes" else "Not safer at equal accuracy."
    if result.difference["cer"].high >= 0:
        return "Undecided: the data cannot tell."
    if result.difference["accuracy"].low <= -TOLERATED_LOSS:
        return f"Undecided: its accuracy may be more than {100 * TOLERATED_LOSS:g} points lower."
    return "Undecided: not significant among several comparisons (Holm)."


def _change(fewer: int) -> str:
    if fewer == 0:
        return "as many"
    return f"{fewer:,} fewer" if fewer > 0 else f"{-fewer:,} more"


def _interval(fewer: int, least: int, most: int) -> str:
    """The interval counted the way the sentence counts, its lesser end first; words where it spans both ways."""
    if least >= 0 and fewer >= 0:
        return f"{least:,} to {most:,}"
    if most <= 0 and fewer < 0:
        return f"{-most:,} to {-least:,}"
    return f"{_change(least)} to {_change(most)}"
