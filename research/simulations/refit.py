"""What keeping the calibration leaves out: spread of both answers with calibration fitted anew in every replicate."""

from concurrent.futures import Executor

import numpy as np
from numpy.typing import NDArray

from research.simulations.cells import CELLS, Cell
from research.simulations.draws import sides
from research.simulations.models import MATRIX
from riskcore.comparing.chosen import all_at_chosen_dials
from riskcore.comparing.equal_accuracy import equal_accuracies
from riskcore.comparing.paired import Lineup, line_up
from riskcore.decision.judged_run import JudgedRun
from riskcore.predictions import Cases, Member, RunPredictions

DRAWS, REPLICATES = 40, 200


def the_cell() -> Cell:
    """Own groups, one seed, one split."""
    return next(cell for cell in CELLS if cell.name == "equal, 600 cases")


def refit_table(pool: Executor) -> str:
    """One sentence an answer."""
    ratios = np.array(list(pool.map(ratio, range(DRAWS))))
    means, errors = ratios.mean(axis=0), ratios.std(axis=0, ddof=1) / DRAWS**0.5
    return "\n".join(
        f"{name}, {the_cell().name}: with calibration fitted anew in every replicate the interval is {mean:.2f} "
        f"times as wide (standard error {error:.2f}; {DRAWS} draws, {REPLICATES} replicates)."
        for name, mean, error in zip(("Better at equal accuracy", "Chosen dials"), means, errors, strict=True)
    )


def ratio(number: int) -> NDArray[np.float64]:
    """(2,) width of both answers' intervals of CER with a refit over that without."""
    pair = sides(the_cell(), number)
    kept = _lined_up(pair, REPLICATES)
    without = [equal_accuracies(kept)[0].gap, all_at_chosen_dials(kept)[0].difference["cer"]]
    rng = np.random.default_rng(number)
    found = []
    for _ in range(REPLICATES):
        rows = [rng.integers(0, count, count) for count in (the_cell().design.validation, the_cell().design.test)]
        lineup = _lined_up([_resampled(side, *rows) for side in pair], 1)
        found.append((equal_accuracies(lineup)[0].gap.value, all_at_chosen_dials(lineup)[0].difference["cer"].value))
    low, high = np.quantile(found, [0.025, 0.975], axis=0)
    return np.asarray((high - low) / [rate.high - rate.low for rate in without])


def _lined_up(pair: list[RunPredictions], resamples: int) -> Lineup:
    run, baseline = (JudgedRun(side, MATRIX) for side in pair)
    return line_up([run], baseline, resamples=resamples)


def _resampled(side: RunPredictions, validation: NDArray[np.int64], test: NDArray[np.int64]) -> RunPredictions:
    (member,) = side.members
    return RunPredictions(
        side.id, side.classes, [Member(_rows(member.validation, validation), _rows(member.test, test))]
    )


def _rows(cases: Cases, rows: NDArray[np.int64]) -> Cases:
    """A case that was drawn twice stands there twice, under two names."""
    names = np.arange(len(rows)).astype(np.str_)
    return Cases(cases.logits[rows], cases.truth[rows], names, names)
