"""Two runs or pools side by side, and what resampled groups make of every setting of the dial."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from riskcore.decision.dial import Envelope, envelope
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import by_aversion
from riskcore.decision.pooled import CalibratedMember, calibrate
from riskcore.errors import InputError
from riskcore.metrics.intervals import Rate, resampling_interval
from riskcore.metrics.resampling import bootstrap_weights, group_codes
from riskcore.predictions import Cases, RunPredictions
from riskcore.severity import RULES, SeverityMatrix

Counts = NDArray[np.float32]
Measure = Literal["correct", "critical", "over_call", "severity"]


@dataclass(frozen=True)
class Part:
    """One part (validation or test) of one member, with all that counting along the dial needs.

    Attributes:
        truth: (N,) int64, and `matrix` in the same class order.
        codes: (N,) int64 row of each case's group in the weights.
        envelopes: the decisions along `dial_grid()`, one a rule in the order of `RULES`.
    """

    truth: NDArray[np.int64]
    matrix: SeverityMatrix
    codes: NDArray[np.int64]
    envelopes: tuple[Envelope, ...]

    def along_the_dial(self, measure: Measure, weights: Counts) -> Counts:
        """What comes of every setting, in every replicate.

        Args:
            measure: "correct" decisions, "critical" errors, "over_call"s, or the "severity" of all decisions.
            weights: (G, R) how often each group was drawn.

        Returns:
            (2A, R) weighted sums, settings in ascending order of aversion, the rules of `RULES` in turn.
        """
        table = table_of(self.matrix, measure)
        return by_aversion([self._counts(decisions, table, weights) for decisions in self.envelopes])

    def _counts(self, decisions: Envelope, table: NDArray[np.generic], weights: Counts) -> Counts:
        # Few decisions change from one setting to the next, so a sparse product and a running sum do the work
        # of a dense one at a hundredth of the cost. Counts are whole numbers, exact in float32.
        changes = decisions.changes(table[self.truth], self.codes, len(weights)).astype(np.float32).tocsr()
        return np.cumsum(changes @ weights, axis=0)

    def total(self, weights: Counts, table: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
        """(R,) weighted number of cases, or of the cases whose class is marked in `table` (K,)."""
        counted = self.codes if table is None else self.codes[table[self.truth]]
        row = csr_array((np.ones(len(counted), np.float32), (np.zeros_like(counted), counted)), shape=(1, len(weights)))
        return (row @ weights)[0].astype(np.float64)

    def decided(self, setting: int) -> NDArray[np.int64]:
        """(N,) decisions at one of the 2A settings."""
        return self.envelopes[setting % len(RULES)].at(setting // len(RULES))


@dataclass(frozen=True)
class PairedMember:
    """A member of one side: its calibrated predictions and its two parts."""

    member: CalibratedMember
    validation: Part
    test: Part


@dataclass(frozen=True)
class Paired:
    """Two sides with the same folds and test cases.

    Attributes:
        run, baseline: [seed pair][fold] members; the s-th list of one side belongs to the s-th of the other.
        weights: (G, 1 + R) float32: column 0 is the sample itself (ones), the others are bootstrap
            replicates; a group is drawn equally often wherever it occurs (validation, test, any fold, either
            side).
        seed_weights: (S, 1 + R) float32: the same for the pairs of seeds.
    """

    run: list[list[PairedMember]]
    baseline: list[list[PairedMember]]
    weights: Counts
    seed_weights: Counts

    def over_seeds(self, per_seed: list[NDArray[Any]]) -> NDArray[np.float64]:
        """Σ over seed pairs of weight × count, for counts of shape (..., 1 + R)."""
        return np.sum([w * counts for w, counts in zip(self.seed_weights, per_seed, strict=True)], axis=0)

    def distinct_test(self, table: NDArray[np.bool_] | None = None) -> tuple[int, int]:
        """Different test cases and their groups; where `table` (K,) is given, of the classes marked in it."""
        samples, groups = [], []
        for paired in (paired for folds in self.run for paired in folds):
            kept = np.ones(len(paired.test.truth), bool) if table is None else table[paired.test.truth]
            samples.append(paired.member.test.samples[kept])
            groups.append(paired.test.codes[kept])
        return len(np.unique(np.concatenate(samples))), len(np.unique(np.concatenate(groups)))

    def rate(self, values: NDArray[np.float64], n: int, groups: int, *, counted: bool = True) -> Rate:
        """Value (column 0) with the 95 % percentile interval of the replicates; events = value × n."""
        value = float(values[0])
        return resampling_interval(value, values[1:], n, groups, events=value * n if counted else None)


def pair(run: JudgedRun, baseline: JudgedRun, *, resamples: int = 2000, seed: int = 0) -> Paired:
    """Calibrate both sides, match their seeds and folds, and draw the bootstrap replicates.

    Equal seeds are matched; where the two sets of seeds differ they are matched in order, the shorter one
    repeating.

    Raises:
        InputError: folds or test cases differ, one side holds a seed and fold twice or lacks validation
            cases, or a matrix has no critical cell.
    """
    for judged in (run, baseline):
        judged.matrix.require_critical()
    predictions = run.predictions, baseline.predictions
    sides = [_by_seed(side) for side in predictions]
    _check_folds(*predictions, *sides)
    pairs = max(len(side) for side in sides)
    for index in range(pairs):
        for ours, theirs in zip(*(side[index % len(side)] for side in sides), strict=True):
            _check_test(*predictions, ours.test, theirs.test)

    members = [member for side in sides for folds in side for member in folds]
    cases = [part for member in members for part in (member.validation, member.test)]
    codes, groups = group_codes(np.concatenate([part.groups for part in cases]))
    pieces = iter(np.split(codes, np.cumsum([len(part) for part in cases])[:-1]))
    ready = [
        [[_prepared(member, judged.matrix, next(pieces), next(pieces)) for member in folds] for folds in side]
        for side, judged in zip(sides, (run, baseline), strict=True)
    ]
    ours, theirs = ([side[index % len(side)] for index in range(pairs)] for side in ready)
    return Paired(
        run=ours,
        baseline=theirs,
        weights=_with_sample(bootstrap_weights(groups, resamples, seed)),
        seed_weights=_with_sample(bootstrap_weights(pairs, resamples, seed + 1)),
    )


def _prepared(
    member: CalibratedMember, matrix: SeverityMatrix, validation: NDArray[np.int64], test: NDArray[np.int64]
) -> PairedMember:
    def part(cases: Cases, probabilities: NDArray[np.float64], codes: NDArray[np.int64]) -> Part:
        return Part(cases.truth, matrix, codes, tuple(envelope(probabilities, matrix, rule) for rule in RULES))

    return PairedMember(
        member,
        part(member.validation, member.validation_probabilities, validation),
        part(member.test, member.test_probabilities, test),
    )


def table_of(matrix: SeverityMatrix, measure: Measure) -> NDArray[np.generic]:
    """(K, K) what a decision counts for, by truth and decision."""
    match measure:
        case "correct":
            return np.eye(matrix.number_of_classes)
        case "critical":
            return matrix.critical_cells
        case "over_call":
            return np.outer(~matrix.critical_classes, matrix.critical_classes)
        case "severity":
            return matrix.values


def _with_sample(drawn: Counts) -> Counts:
    """(R, G) draws -> (G, 1 + R), the sample itself first; rows contiguous, as sparse products need."""
    weights = np.ones((drawn.shape[1], 1 + len(drawn)), np.float32)
    weights[:, 1:] = drawn.T
    return weights


def _fold(member: CalibratedMember) -> int:
    return -1 if member.fold is None else member.fold


def _by_seed(side: RunPredictions) -> list[list[CalibratedMember]]:
    """[seed][fold], both ascending."""
    members = calibrate(side)
    seen: set[tuple[int, int]] = set()
    for member in members:
        key = member.seed, _fold(member)
        if key in seen:
            where = f"seed {member.seed}" + ("" if member.fold is None else f", fold {member.fold}")
            raise InputError(f"{side.id}: {where} occurs twice; pool runs that differ in seed or fold.")
        if not len(member.validation):
            raise InputError(
                f"{side.id}: there are no validation cases to choose a dial on; compare at argmax instead."
            )
        seen.add(key)
    return [sorted((m for m in members if m.seed == seed), key=_fold) for seed in side.seeds]


def _check_folds(
    run: RunPredictions,
    baseline: RunPredictions,
    ours: list[list[CalibratedMember]],
    theirs: list[list[CalibratedMember]],
) -> None:
    expected = [_fold(member) for member in theirs[0]]
    for side, seeds in ((baseline, theirs), (run, ours)):
        for members in seeds:
            folds = [_fold(member) for member in members]
            if folds != expected:
                raise InputError(
                    f"{run.id} and {baseline.id}: the folds differ ({side.id}, seed {members[0].seed}, has "
                    f"{_named(folds)}, expected {_named(expected)}); compare pools over the same folds."
                )


def _named(folds: list[int]) -> str:
    return "one split" if folds == [-1] else "folds " + " ".join(map(str, folds))


def _check_test(run: RunPredictions, baseline: RunPredictions, ours: Cases, theirs: Cases) -> None:
    mine, other = (
        {
            sample: (side.classes[truth], group)
            for sample, truth, group in zip(cases.samples.tolist(), cases.truth, cases.groups.tolist(), strict=True)
        }
        for side, cases in ((run, ours), (baseline, theirs))
    )
    if mine != other:
        first = min(mine.items() ^ other.items())[0]
        raise InputError(
            f"{run.id} and {baseline.id}: the test cases, their truth or their groups differ (first: '{first}'); "
            "compare runs that were tested on the same cases."
        )
