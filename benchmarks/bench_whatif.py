"""How fast a what-if answers and two pools compare, on simulated logits.

    python benchmarks/bench_whatif.py

Prints the median and the 95th percentile of 20 what-if updates (10,000 test cases of 7 classes, once as one
run and once as a pool of five folds) and the time of the search for the cell that matters most; then the times of
what `compare` does at 2,000 resamples: the draws, each of its two answers and `--details`, for two pools of five folds
and one or five seeds, and for ten pools of one seed beside each other.
"""

import resource
import time

import numpy as np

from riskcore.comparing.chosen import all_at_chosen_dials
from riskcore.comparing.details import compared_details
from riskcore.comparing.equal_accuracy import equal_accuracies
from riskcore.comparing.paired import line_up
from riskcore.decision.dial import Dial
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.judging.sensitivity import cell_sensitivity
from riskcore.judging.whatif import Whatif
from riskcore.predictions import Cases, Member, RunPredictions
from riskcore.severity import SeverityMatrix

CASES, LESIONS, UPDATES = 10_000, 7_470, 20
MATRIX = SeverityMatrix.preset("isic2018")
SHARES = np.array([0.11, 0.67, 0.05, 0.03, 0.11, 0.01, 0.02])  # about ISIC 2018


def pool(name: str, seeds: int, folds: int, skill: float) -> RunPredictions:
    """Lesion-wise folds over the same images for every seed; validation is a seventh of the rest."""
    fixed = np.random.default_rng(0)
    lesion = fixed.integers(0, LESIONS, CASES)
    truth = fixed.choice(7, CASES, p=SHARES)
    fold_of = fixed.permutation(LESIONS)[lesion] % max(folds, 5)

    def cases(chosen: np.ndarray, rng: np.random.Generator) -> Cases:
        logits = rng.normal(size=(len(chosen), 7)) * 1.3 + np.log(SHARES)
        logits[np.arange(len(chosen)), truth[chosen]] += skill
        names = np.char.add("ISIC_", chosen.astype(str))
        return Cases(logits, truth[chosen], names, np.char.add("HAM_", lesion[chosen].astype(str)))

    members = []
    for seed in range(seeds):
        for fold in range(folds):
            rng = np.random.default_rng([seed, fold, int(skill * 100)])
            test = np.flatnonzero(fold_of == fold) if folds > 1 else np.arange(CASES)
            rest = np.flatnonzero(fold_of != fold)
            members.append(Member(cases(rest[rest % 7 == 0], rng), cases(test, rng), seed, fold if folds > 1 else None))
    return RunPredictions(name, MATRIX.classes, members)


def bench_whatif(folds: int) -> None:
    start = time.perf_counter()
    whatif = Whatif(pool("run", 1, folds, 2.5))
    prepared = time.perf_counter() - start
    rng, times = np.random.default_rng(1), []
    for update in range(UPDATES):
        values = MATRIX.values * rng.uniform(0.5, 1.5, MATRIX.values.shape)
        edited = SeverityMatrix(MATRIX.classes, values, critical=5)
        start = time.perf_counter()
        whatif.update(edited, Wish("accuracy_loss", 0.001 * update), Dial("severity", 0.5))
        times.append(1000 * (time.perf_counter() - start))
    print(
        f"what-if, {CASES:,} cases, {folds} fold(s): median {np.median(times):.0f} ms, "
        f"p95 {np.percentile(times, 95):.0f} ms (prepared once in {prepared:.1f} s, simulation included)"
    )
    start = time.perf_counter()
    cell_sensitivity(whatif, MATRIX)
    print(f"which cell matters most, {folds} fold(s): {time.perf_counter() - start:.1f} s")


def bench_comparison(pools: int, seeds: int) -> None:
    baseline, *runs = (pool(f"pool{place}", seeds, 5, 2.5 + 0.02 * place) for place in range(pools))
    start = time.perf_counter()
    lineup = line_up([JudgedRun(run, MATRIX) for run in runs], JudgedRun(baseline, MATRIX))
    print(
        f"compare, {pools} pools of {seeds} seed(s) × 5 folds: lined up and drawn {time.perf_counter() - start:.1f} s"
    )
    for name, answer in (
        ("better at equal accuracy", lambda: equal_accuracies(lineup)),
        ("chosen dials", lambda: all_at_chosen_dials(lineup)),
        ("--details", lambda: compared_details(runs, baseline, MATRIX)),
    ):
        start = time.perf_counter()
        answer()
        print(f"  {name}: {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    for number in (1, 5):
        bench_whatif(number)
    for pools, seeds in ((2, 1), (2, 5), (10, 1)):
        bench_comparison(pools, seeds)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")
