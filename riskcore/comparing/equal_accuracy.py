"""Better at equal accuracy: is the model better, whatever its dial? The one answer by which a run may be called safer.

`chosen` has the other question, what one would get with the dial that validation chose.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskcore.comparing.held import argmax_counts
from riskcore.comparing.paired import Counts, Lineup, Paired, Part, Side, check_floor, joined, line_up
from riskcore.comparing.rate_differences import counted_tables, rate_differences
from riskcore.decision.judged_run import JudgedRun
from riskcore.errors import InputError
from riskcore.metrics.differences import Difference, simultaneous_z
from riskcore.metrics.error_rates import class_indices
from riskcore.metrics.intervals import Rate
from riskcore.predictions import LEAST_PROBABILITY, Cases, Member, RunPredictions
from riskcore.severity import SeverityMatrix

Answer = Literal["yes", "no", "cannot tell", "unreachable"]
Floats = NDArray[np.float64]

GIVEN_UP = (0.03, 0.01)
"""Accuracy given up for caution, most and least, where two sides are compared: nearer to the likeliest class's own
accuracy the curves are steep and the interval is half as wide again."""

AROUND_A_FLOOR = 0.01
"""Half the window around a stated accuracy."""


@dataclass(frozen=True)
class EqualAccuracy:
    """Two runs at the same accuracies of their test curves.

    Attributes:
        safer: "yes": the interval of `gap` lies below 0; "no": above 0; "cannot tell": otherwise; "unreachable": one
            side's curve ends below the window, so that `gap` is that at `top` and answers nothing.
        window: lowest and highest accuracy compared at.
        top: the smaller of the highest accuracies of both curves; what of the window lies beyond counts with its value
            there.
        gap: CER, run − baseline, mean over the window.
        over_call_gap, balanced_accuracy_gap: of the settings with that CER, mean over the window.
        cer, baseline_cer: mean over the window, of each side.
        could_show: the smallest difference that these cases and seeds could have shown with 80 % power.
        calibrated: False where a side has no validation cases: then both sides' probabilities are taken as they are.
    """

    safer: Answer
    window: tuple[float, float]
    top: float
    gap: Rate
    over_call_gap: Rate
    balanced_accuracy_gap: Rate
    cer: float
    baseline_cer: float
    could_show: float
    calibrated: bool

    def as_dict(self) -> dict[str, Any]:
        """The JSON form of `compare`."""
        return {
            "safer": self.safer,
            "window": list(self.window),
            "top": self.top,
            "gap": self.gap.as_dict(),
            "over_call_gap": self.over_call_gap.as_dict(),
            "balanced_accuracy_gap": self.balanced_accuracy_gap.as_dict(),
            "cer": self.cer,
            "baseline_cer": self.baseline_cer,
            "could_show": self.could_show,
            "calibrated": self.calibrated,
        }


def better_at_equal_accuracy(
    y_true: ArrayLike,
    probabilities: Floats | Sequence[Floats],
    baseline_probabilities: Floats | Sequence[Floats],
    matrix: SeverityMatrix,
    *,
    groups: ArrayLike | None = None,
    floor: float | None = None,
    resamples: int = 2000,
    seed: int = 0,
) -> EqualAccuracy:
    """Does a model make fewer critical errors than a baseline at the same accuracy, whatever its dial?

    c(x) = least CER among the settings of the dial (both rules) with test accuracy ≥ x, of each side;
    a = the baseline's accuracy at its likeliest class; top = the smaller of the curves' highest accuracies;
    gap = mean over x in [a − 0.03, a − 0.01] of c_run(min(x, top)) − c_baseline(min(x, top)).

    Accuracy is equal by construction. Each bootstrap replicate draws groups, and seeds where there are several, and
    makes a, both curves and top anew; the probabilities stay as they are. The interval is of percentiles, at 95 %.

    Args:
        y_true: (N,) int, class indices in the order of the matrix.
        probabilities, baseline_probabilities: (N, K) in 0..1, rows sum to 1, columns in the order of the matrix; or a
            list of them, one a training seed.
        matrix: the severity matrix.
        groups: (N,) patient, slide or lesion of each case; default: each case is its own.
        floor: compare at floor ± 0.01 instead, a share in 0..1.
        resamples: replicates R.
        seed: of the bootstrap; equal seeds give equal intervals.

    Returns:
        The comparison.

    Raises:
        InputError: shapes that do not fit, the matrix has no critical cell, or the floor is outside 0 to 1.

    Source: docs/statistics.md, with its coverage and power by simulation.

    Example:
        >>> matrix = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> rng, truth = np.random.default_rng(0), np.arange(400) % 2
        >>> def model(noise):  # probability of the truth, from sure to a coin's
        ...     right = 1 / (1 + np.exp(noise * rng.normal(size=400) - 2))
        ...     return np.where(truth[:, None] == np.arange(2), right[:, None], 1 - right[:, None])
        >>> result = better_at_equal_accuracy(truth, model(1.0), model(3.0), matrix, resamples=200)
        >>> result.safer, result.gap.high < 0
        ('yes', True)
    """
    given = {"probabilities": probabilities, "baseline_probabilities": baseline_probabilities}
    ours, theirs = (JudgedRun(_as_run(name, y_true, own, matrix, groups), matrix) for name, own in given.items())
    return equal_accuracies(line_up([ours], theirs, resamples=resamples, seed=seed), floor)[0]


def equal_accuracies(lineup: Lineup, floor: float | None = None) -> list[EqualAccuracy]:
    """Each run of a lineup beside its baseline; intervals of several are simultaneous.

    Args:
        lineup: the runs.
        floor: as for `better_at_equal_accuracy`.

    Raises:
        InputError: the floor is outside 0 to 1.
    """
    check_floor(floor)
    baselines: dict[int, Curve] = {}
    found = []
    for index, run in enumerate(lineup.runs):
        paired = lineup.beside(run)
        pairs = len(paired.baseline)
        if pairs not in baselines:
            baselines[pairs] = curve_on_test(paired.baseline, paired)
        rng = np.random.default_rng([lineup.seed, index])
        found.append(_beside(paired, curve_on_test(paired.run, paired), baselines[pairs], floor, rng))
    z = [simultaneous_z(family) for family in zip(*(each.differences for each in found), strict=True)]
    return [each.result(z, lineup.calibrated) for each in found]


@dataclass(frozen=True)
class Curve:
    """What every setting of the dial brings on test, folds and resampled seeds added.

    Attributes:
        parts: the test part of each seed.
        counts: one (P, 1 + R) for each of `counted_tables`, at each of the P settings.
    """

    parts: tuple[Part, ...]
    counts: tuple[Counts, ...]

    @property
    def critical(self) -> Counts:
        return self.counts[0]

    @property
    def over_call(self) -> Counts:
        return self.counts[1]

    @cached_property
    def correct(self) -> Counts:
        """(P, 1 + R) correct decisions."""
        return np.sum(self.counts[2:], axis=0)

    def served(self, lengths: Floats) -> Floats:
        """(2 + K, 1 + R) the counts where each setting serves so much of the window."""
        return np.stack([np.einsum("pr,pr->r", own, lengths, dtype=np.float64) for own in self.counts])

    def by_group(self, shares: Floats, groups: int) -> Floats:
        """(2 + K, G) what each group adds in the sample, where each setting serves a share (P,) of the window."""
        settings = {int(place): float(shares[place]) for place in np.flatnonzero(shares)}
        tables = counted_tables(self.parts[0].matrix)
        return np.sum([part.by_group(tables, settings, groups) for part in self.parts], axis=0)


def curve_on_test(side: Side, paired: Paired) -> Curve:
    """The curve of one side of a pair."""
    parts = tuple(joined([member.test for member in folds]) for folds in side)

    def added(table: Floats) -> Counts:
        curves = (part.along_the_dial(table, paired.weights) for part in parts)
        return np.sum([w * own for w, own in zip(paired.seed_weights, curves, strict=True)], axis=0, dtype=np.float32)

    return Curve(parts, tuple(added(table) for table in counted_tables(paired.matrix)))


def stays(
    correct: NDArray[Any], critical: NDArray[Any], over_call: NDArray[Any], low: Floats, high: Floats, top: Floats
) -> Floats:
    """How much of a window of accuracies each setting of the dial serves.

    At an accuracy x the setting of least CER among those with at least that accuracy serves (ties: fewer over-calls,
    then more accuracy); beyond `top` the one that serves there.

    Args:
        correct: (P, R) accuracy of each setting, in any unit.
        critical, over_call: (P, R) whole numbers.
        low, high, top: (R,) in the unit of `correct`; no setting serves above its own accuracy, so top must be at most
            the highest of `correct`.

    Returns:
        (P, R) float64, columns sum to high − low.

    Example:
        >>> column = lambda *values: np.array(values, float)[:, None]
        >>> ends = [np.array([value]) for value in (0.6, 0.8, 0.75)]
        >>> stays(column(0.75, 0.7, 0.5), column(9, 4, 1), column(0, 0, 0), *ends).ravel().round(2).tolist()
        [0.1, 0.1, 0.0]
    """
    order = np.argsort(-correct.T, axis=1, kind="stable")
    replicates = np.arange(len(order))[:, None]
    accuracy = correct.T[replicates, order].astype(np.float64)
    # One number that orders by critical errors, then by over-calls: both are whole.
    rank = critical.T.astype(np.float64) * (float(over_call.max(initial=0.0)) + 1.0) + over_call.T
    rank = rank[replicates, order]
    least = np.minimum.accumulate(rank, axis=1)
    first = np.ones_like(least, bool)
    first[:, 1:] = least[:, 1:] < least[:, :-1]
    serves = np.maximum.accumulate(np.where(first, np.arange(accuracy.shape[1]), 0), axis=1)
    below = np.full_like(accuracy, -np.inf)
    below[:, :-1] = accuracy[:, 1:]
    low, high, top = (end[:, None] for end in (low, high, top))
    length = np.clip(np.minimum(accuracy, np.minimum(high, top)) - np.maximum(below, low), 0.0, None)
    length += np.where((below < top) & (top <= accuracy), np.clip(high - np.maximum(low, top), 0.0, None), 0.0)
    flat = (np.take_along_axis(order, serves, axis=1) * len(order) + replicates).ravel()
    served = np.bincount(flat, length.ravel(), minlength=correct.size)
    return np.asarray(served.reshape(correct.shape), np.float64)


@dataclass(frozen=True)
class _Beside:
    """A comparison before it is known how many others stand beside it."""

    window: tuple[float, float]
    top: float
    cers: tuple[float, float]
    differences: tuple[Difference, ...]

    def result(self, z: Sequence[float], calibrated: bool) -> EqualAccuracy:
        gap, over_calls, balanced = (each.rate(own) for each, own in zip(self.differences, z, strict=True))
        return EqualAccuracy(
            safer=_answer(gap) if self.top >= self.window[0] else "unreachable",
            window=self.window,
            top=self.top,
            gap=gap,
            over_call_gap=over_calls,
            balanced_accuracy_gap=balanced,
            cer=self.cers[0],
            baseline_cer=self.cers[1],
            could_show=self.differences[0].could_show(z[0]),
            calibrated=calibrated,
        )


def _answer(gap: Rate) -> Answer:
    if gap.high < 0:
        return "yes"
    return "no" if gap.low > 0 else "cannot tell"


def _beside(paired: Paired, run: Curve, baseline: Curve, floor: float | None, rng: np.random.Generator) -> _Beside:
    cases = paired.cases()
    if floor is None:
        own = paired.over_seeds(argmax_counts(paired.baseline, "correct", paired.weights))
        low, high = (own - given_up * cases for given_up in GIVEN_UP)
    else:
        low, high = (floor - AROUND_A_FLOOR) * cases, (floor + AROUND_A_FLOOR) * cases
    top = np.minimum(run.correct.max(axis=0), baseline.correct.max(axis=0)).astype(np.float64)
    lengths = [
        stays(side.correct, side.critical, side.over_call, low, high, top) / (high - low) for side in (run, baseline)
    ]
    ours, theirs = (side.served(own) for side, own in zip((run, baseline), lengths, strict=True))
    groups = len(paired.weights)
    by_group = run.by_group(lengths[0][:, 0], groups) - baseline.by_group(lengths[1][:, 0], groups)
    found = rate_differences(paired, ours, theirs, by_group, rng)
    dangerous = paired.distinct_test(paired.matrix.critical_classes)[0]

    def cer(counts: Floats) -> float:
        return float(counts[0, 0] / cases[0]) if dangerous else float("nan")

    return _Beside(
        window=(float(low[0] / cases[0]), float(high[0] / cases[0])),
        top=float(top[0] / cases[0]),
        cers=(cer(ours), cer(theirs)),
        differences=(found["cer"], found["over_call_rate"], found["balanced_accuracy"]),
    )


def _as_run(
    name: str, y_true: ArrayLike, given: Floats | Sequence[Floats], matrix: SeverityMatrix, groups: ArrayLike | None
) -> RunPredictions:
    """Probabilities as predictions that need no calibration."""
    every = [np.asarray(given, np.float64)] if isinstance(given, np.ndarray) else [np.asarray(one) for one in given]
    truth = class_indices("y_true", y_true, matrix.number_of_classes)
    shape = (len(truth), matrix.number_of_classes)
    for probabilities in every:
        if probabilities.shape != shape or not np.allclose(probabilities.sum(axis=1), 1.0, atol=1e-2):
            raise InputError(
                f"{name}: expected shares of shape {shape} whose rows sum to 1, but got shape {probabilities.shape}."
            )
    samples = np.arange(len(truth)).astype(np.str_)
    owners = samples if groups is None else np.asarray(groups).astype(np.str_)
    if owners.shape != truth.shape:
        raise InputError(f"groups: {owners.size} for {len(truth)} cases; give one a case.")
    nothing = Cases.empty(shape[1])
    members = [
        Member(nothing, Cases(np.log(np.maximum(each, LEAST_PROBABILITY)), truth, samples, owners), seed)
        for seed, each in enumerate(every)
    ]
    return RunPredictions(name, matrix.classes, members)
