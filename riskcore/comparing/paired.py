"""Runs or pools beside a baseline, and what resampled groups make of every setting of the dial."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from riskcore.decision.dial import Envelope, envelope, join_envelopes
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import by_aversion
from riskcore.decision.pooled import CalibratedMember, calibrate
from riskcore.errors import InputError
from riskcore.metrics.resampling import group_codes, group_sums, unit_weights
from riskcore.predictions import Cases, RunPredictions
from riskcore.severity import RULES, SeverityMatrix

RECIPE = 5
"""Seeds from which on they are resampled, so that an interval speaks of the recipe; of fewer, of these trainings."""

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

    def along_the_dial(self, counted: Measure | NDArray[Any], weights: Counts) -> Counts:
        """What comes of every setting, in every replicate.

        Args:
            counted: "correct" decisions, "critical" errors, "over_call"s, or the "severity" of all decisions; or a
                table (K, K) of what a decision counts for, by truth and decision.
            weights: (G, R) how often each group was drawn.

        Returns:
            (2A, R) weighted sums, settings in ascending order of aversion, the rules of `RULES` in turn.
        """
        table = table_of(self.matrix, counted) if isinstance(counted, str) else counted
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

    def at_settings(self, tables: NDArray[Any], settings: NDArray[np.int64], weights: Counts) -> NDArray[np.float64]:
        """What comes of one setting a replicate.

        Args:
            tables: (M, K, K) what a decision counts for, by truth and decision.
            settings: (R,) one of the 2A settings for each replicate.
            weights: (G, R) how often each group was drawn.

        Returns:
            (M, R) weighted sums.
        """
        rows, codes = np.unique(self.codes, return_inverse=True)
        order = np.argsort(settings, kind="stable")
        drawn = weights[np.ix_(rows, order)]
        found = np.empty((len(tables), len(settings)))
        distinct, starts = np.unique(settings[order], return_index=True)
        for setting, start, end in zip(distinct, starts, [*starts[1:], len(order)], strict=True):
            values = tables[:, self.truth, self.decided(int(setting))]
            sums = group_sums(values.T, codes, len(rows)).astype(np.float32)
            found[:, order[start:end]] = sums.T @ drawn[:, start:end]
        return found

    def by_group(self, tables: NDArray[Any], shares: Mapping[int, float], groups: int) -> NDArray[np.float64]:
        """What each group adds when every setting counts for its share.

        Args:
            tables: as for `at_settings`.
            shares: setting -> share.
            groups: G.

        Returns:
            (M, G) sums.
        """
        values = sum(share * tables[:, self.truth, self.decided(setting)] for setting, share in shares.items())
        return group_sums(np.transpose(values), self.codes, groups).T

    def decided(self, setting: int) -> NDArray[np.int64]:
        """(N,) decisions at one of the 2A settings."""
        return self.envelopes[setting % len(RULES)].at(setting // len(RULES))


def joined(parts: Sequence[Part]) -> Part:
    """The folds of a seed as one part: at each setting of the dial their decisions stand together."""
    first = parts[0]
    return Part(
        np.concatenate([part.truth for part in parts]),
        first.matrix,
        np.concatenate([part.codes for part in parts]),
        tuple(join_envelopes(rule) for rule in zip(*(part.envelopes for part in parts), strict=True)),
    )


@dataclass(frozen=True)
class PairedMember:
    """A member of one side: its calibrated predictions and its two parts."""

    member: CalibratedMember
    validation: Part
    test: Part


Side = list[list[PairedMember]]
"""[seed][fold] members of a run or pool, both ascending."""


@dataclass(frozen=True)
class Paired:
    """Two sides with the same folds and test cases.

    Attributes:
        run, baseline: [seed pair][fold] members; the s-th list of one side belongs to the s-th of the other.
        weights: (G, 1 + R) float32: column 0 is the sample itself (ones), the others are bootstrap
            replicates; a group is drawn equally often wherever it occurs (validation, test, any fold, any side).
        seed_weights: (S, 1 + R) float32: the same for the pairs of seeds; ones where there are fewer than `RECIPE`.
        seed: of the draws.
    """

    run: Side
    baseline: Side
    weights: Counts
    seed_weights: Counts
    seed: int = 0

    def over_seeds(self, per_seed: Sequence[NDArray[Any]]) -> NDArray[np.float64]:
        """Σ over seed pairs of weight × count, for counts of shape (..., 1 + R)."""
        return np.sum([w * counts for w, counts in zip(self.seed_weights, per_seed, strict=True)], axis=0)

    @property
    def matrix(self) -> SeverityMatrix:
        """Of both sides."""
        return self.baseline[0][0].test.matrix

    @cached_property
    def test(self) -> Part:
        """The test cases of one seed, which are those of every other."""
        return joined([member.test for member in self.baseline[0]])

    @cached_property
    def class_totals(self) -> NDArray[np.float64]:
        """(K, 1 + R) test cases of each class, over resampled groups and seeds."""
        of_class = self.test.truth[:, None] == np.arange(self.matrix.number_of_classes)
        sums = group_sums(of_class, self.test.codes, len(self.weights)).astype(np.float32)
        return np.asarray((sums.T @ self.weights) * self.seed_weights.sum(axis=0), np.float64)

    def cases(self, marked: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
        """(1 + R,) test cases over resampled groups and seeds; of the classes marked in `marked` (K,)."""
        return np.asarray((self.class_totals if marked is None else self.class_totals[marked]).sum(axis=0))

    def distinct_test(self, marked: NDArray[np.bool_] | None = None) -> tuple[int, int]:
        """Different test cases and their groups; of the classes marked in `marked` (K,)."""
        kept = np.ones(len(self.test.truth), bool) if marked is None else marked[self.test.truth]
        return int(kept.sum()), len(np.unique(self.test.codes[kept]))


@dataclass(frozen=True)
class Lineup:
    """Runs beside one baseline, all drawn together.

    Attributes:
        baseline, runs: [seed][fold] members of each.
        weights: as in `Paired`, the same for all.
        calibrated: whether every member has validation cases to be calibrated on; where one lacks them, none is.
        seed: of the draws.
    """

    baseline: Side
    runs: tuple[Side, ...]
    weights: Counts
    calibrated: bool
    seed: int

    def beside(self, run: Side) -> Paired:
        """A run and the baseline with their seeds matched: in order, the shorter list repeating."""
        pairs = max(len(run), len(self.baseline))
        ours, theirs = ([side[index % len(side)] for index in range(pairs)] for side in (run, self.baseline))
        resamples = self.weights.shape[1] - 1
        drawn = unit_weights(pairs, resamples, self.seed + 1) if pairs >= RECIPE else np.ones((resamples, pairs))
        return Paired(ours, theirs, self.weights, _with_sample(drawn), self.seed)


def pair(run: JudgedRun, baseline: JudgedRun, *, resamples: int = 2000, seed: int = 0) -> Paired:
    """One run and its baseline, both with validation cases; otherwise as `line_up`."""
    for judged in (run, baseline):
        require_validation(judged.predictions)
    lineup = line_up([run], baseline, resamples=resamples, seed=seed)
    return lineup.beside(lineup.runs[0])


def line_up(runs: Sequence[JudgedRun], baseline: JudgedRun, *, resamples: int = 2000, seed: int = 0) -> Lineup:
    """Calibrate all sides, match their folds, and draw the bootstrap replicates.

    Raises:
        InputError: folds or test cases differ, one side holds a seed and fold twice, or a matrix has no critical cell.
    """
    every = [baseline, *(JudgedRun(run.predictions.in_order(baseline.classes), run.matrix) for run in runs)]
    for judged in every:
        judged.matrix.require_critical()
    calibrated = all(len(member.validation) for judged in every for member in judged.predictions.members)
    sides = [
        _by_seed(judged.predictions if calibrated else judged.predictions.without_validation()) for judged in every
    ]
    for judged, side in zip(every[1:], sides[1:], strict=True):
        _check_pair(judged.predictions, baseline.predictions, side, sides[0])

    members = [member for side in sides for folds in side for member in folds]
    cases = [part for member in members for part in (member.validation, member.test)]
    codes, groups = group_codes(np.concatenate([part.groups for part in cases]))
    pieces = iter(np.split(codes, np.cumsum([len(part) for part in cases])[:-1]))
    ready = [
        [[_prepared(member, judged.matrix, next(pieces), next(pieces)) for member in folds] for folds in side]
        for side, judged in zip(sides, every, strict=True)
    ]
    return Lineup(ready[0], tuple(ready[1:]), _with_sample(unit_weights(groups, resamples, seed)), calibrated, seed)


def check_floor(floor: float | None) -> None:
    """Refuse a stated accuracy that is no share."""
    if floor is not None and not 0.0 <= floor <= 1.0:
        raise InputError(f"floor: {floor} is outside 0 to 1; give an accuracy such as 0.77.")


def require_validation(run: RunPredictions) -> None:
    """Refuse a run of which a member has no validation cases."""
    if not all(len(member.validation) for member in run.members):
        raise InputError(f"{run.id}: there are no validation cases to choose a dial on; compare at argmax instead.")


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


def class_tables(matrix: SeverityMatrix) -> NDArray[np.float64]:
    """(K, K, K): the k-th counts correct decisions of class k, so that all together count those of `correct`."""
    tables = np.zeros((matrix.number_of_classes,) * 3)
    for k in range(matrix.number_of_classes):
        tables[k, k, k] = 1.0
    return tables


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
        seen.add(key)
    return [sorted((m for m in members if m.seed == seed), key=_fold) for seed in side.seeds]


def _check_pair(
    run: RunPredictions,
    baseline: RunPredictions,
    ours: list[list[CalibratedMember]],
    theirs: list[list[CalibratedMember]],
) -> None:
    """Both sides have the same folds, and every fold the same test cases."""
    expected = [_fold(member) for member in theirs[0]]
    for side, seeds in ((baseline, theirs), (run, ours)):
        for members in seeds:
            folds = [_fold(member) for member in members]
            if folds != expected:
                raise InputError(
                    f"{run.id} and {baseline.id}: the folds differ ({side.id}, seed {members[0].seed}, has "
                    f"{_named(folds)}, expected {_named(expected)}); compare pools over the same folds."
                )
            for member, reference in zip(members, theirs[0], strict=True):
                _check_test(run, baseline, member.test, reference.test)


def _named(folds: list[int]) -> str:
    return "one split" if folds == [-1] else "folds " + " ".join(map(str, folds))


def _check_test(run: RunPredictions, baseline: RunPredictions, ours: Cases, theirs: Cases) -> None:
    if run.classes == baseline.classes and all(
        np.array_equal(getattr(ours, name), getattr(theirs, name)) for name in ("samples", "truth", "groups")
    ):
        return
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
