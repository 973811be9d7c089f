"""Two runs or pools side by side, and what resampled groups make of every setting of the dial."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from riskcore.dial import Envelope, envelope
from riskcore.errors import InputError
from riskcore.intervals import Rate, resampling_interval
from riskcore.operating import by_aversion
from riskcore.pooled import CalibratedMember, calibrate
from riskcore.predictions import Cases, RunPredictions
from riskcore.resampling import bootstrap_weights, group_codes
from riskcore.severity import RULES, SeverityMatrix

Counts = NDArray[np.float32]


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

    def curves(self, weights: Counts) -> tuple[Counts, Counts]:
        """Correct decisions and critical errors at every setting, in every replicate.

        Args:
            weights: (G, R) how often each group was drawn.

        Returns:
            two (2A, R) weighted counts, settings in ascending order of aversion, the rules of `RULES` in
            turn.
        """
        tables = np.eye(self.matrix.number_of_classes), self.matrix.critical_cells
        correct, critical = (
            by_aversion([self._counts(decisions, table, weights) for decisions in self.envelopes])
            for table in tables
        )
        return correct, critical

    def _counts(self, decisions: Envelope, table: NDArray[np.generic], weights: Counts) -> Counts:
        # Few decisions change from one setting to the next, so a sparse product and a running sum do the work
        # of a dense one at a hundredth of the cost. The counts are whole numbers, exact in float32.
        changes = decisions.changes(table[self.truth], self.codes, len(weights)).astype(np.float32).tocsr()
        return np.cumsum(changes @ weights, axis=0)

    def total(self, weights: Counts, table: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
        """(R,) weighted number of cases, or of the cases whose class is marked in `table` (K,)."""
        counted = self.codes if table is None else self.codes[table[self.truth]]
        row = csr_array(
            (np.ones(len(counted), np.float32), (np.zeros_like(counted), counted)), shape=(1, len(weights))
        )
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


def pair(
    run: RunPredictions,
    baseline: RunPredictions,
    matrix: SeverityMatrix,
    *,
    resamples: int = 2000,
    seed: int = 0,
) -> Paired:
    """Calibrate both sides, match their seeds and folds, and draw the bootstrap replicates.

    Equal seeds are matched; where the two sets of seeds differ they are matched in order, the shorter one
    repeating.

    Raises:
        InputError: folds or test cases differ, one side holds a seed and fold twice or lacks validation
            cases, or the matrix does not fit.
    """
    matrix.require_critical()
    matrices = [matrix.reordered(side.classes) for side in (run, baseline)]
    sides = [_by_seed(side) for side in (run, baseline)]
    _check_folds(run, baseline, *sides)
    pairs = max(len(side) for side in sides)
    matched = [[list(side.values())[index % len(side)] for index in range(pairs)] for side in sides]
    for ours, theirs in zip(*matched, strict=True):
        for fold in ours:
            _check_test(run, baseline, ours[fold].test, theirs[fold].test)

    members = [member for side in sides for folds in side.values() for member in folds.values()]
    parts = [part for member in members for part in (member.validation, member.test)]
    codes, groups = group_codes(np.concatenate([part.groups for part in parts]))
    split = dict(
        zip(map(id, parts), np.split(codes, np.cumsum([len(part) for part in parts])[:-1]), strict=True)
    )

    def prepared(member: CalibratedMember, matrix: SeverityMatrix) -> PairedMember:
        made = [
            Part(
                cases.truth,
                matrix,
                split[id(cases)],
                tuple(envelope(probabilities, matrix, rule) for rule in RULES),
            )
            for cases, probabilities in (
                (member.validation, member.validation_probabilities),
                (member.test, member.test_probabilities),
            )
        ]
        return PairedMember(member, *made)

    ready = {
        id(m): prepared(m, matrices[i])
        for i, side in enumerate(sides)
        for f in side.values()
        for m in f.values()
    }
    run_members, baseline_members = [
        [[ready[id(folds[f])] for f in sorted(folds)] for folds in side] for side in matched
    ]
    return Paired(
        run=run_members,
        baseline=baseline_members,
        weights=_with_sample(bootstrap_weights(groups, resamples, seed)),
        seed_weights=_with_sample(bootstrap_weights(pairs, resamples, seed + 1)),
    )


def _with_sample(drawn: Counts) -> Counts:
    """(R, G) draws -> (G, 1 + R), the sample itself first."""
    return np.concatenate([np.ones((drawn.shape[1], 1), np.float32), drawn.T], axis=1)


def _by_seed(side: RunPredictions) -> dict[int, dict[int, CalibratedMember]]:
    """seed -> fold (-1 for a single split) -> member, seeds ascending."""
    seeds: dict[int, dict[int, CalibratedMember]] = {seed: {} for seed in side.seeds}
    for member in calibrate(side):
        fold = -1 if member.fold is None else member.fold
        if fold in seeds[member.seed]:
            where = f"seed {member.seed}" + (f", fold {fold}" if fold >= 0 else "")
            raise InputError(f"{side.id}: {where} occurs twice; pool runs that differ in seed or fold.")
        if not len(member.validation):
            raise InputError(
                f"{side.id}: there are no validation cases to choose a dial on; compare at argmax instead."
            )
        seeds[member.seed][fold] = member
    return seeds


def _check_folds(
    run: RunPredictions,
    baseline: RunPredictions,
    ours: dict[int, dict[int, CalibratedMember]],
    theirs: dict[int, dict[int, CalibratedMember]],
) -> None:
    expected = set(next(iter(theirs.values())))
    for side, seeds in ((baseline, theirs), (run, ours)):
        for seed, folds in seeds.items():
            if set(folds) != expected:
                raise InputError(
                    f"{run.id} and {baseline.id}: the folds differ ({side.id}, seed {seed}, has "
                    f"{_folds(folds)}, expected {_folds(expected)}); compare pools over the same folds."
                )


def _folds(folds: set[int] | dict[int, CalibratedMember]) -> str:
    return "one split" if set(folds) == {-1} else "folds " + " ".join(map(str, sorted(folds)))


def _check_test(run: RunPredictions, baseline: RunPredictions, ours: Cases, theirs: Cases) -> None:
    mine = dict(zip(ours.samples.tolist(), (run.classes[y] for y in ours.truth), strict=True))
    other = dict(zip(theirs.samples.tolist(), (baseline.classes[y] for y in theirs.truth), strict=True))
    if mine != other:
        first = min(mine.items() ^ other.items())[0]
        raise InputError(
            f"{run.id} and {baseline.id}: the test cases differ (first: '{first}'); "
            "compare runs that were tested on the same cases."
        )
