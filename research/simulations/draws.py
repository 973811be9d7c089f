"""One draw of a cell: what both answers, claims and single rates say of it."""

import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from research.simulations.cells import Cell
from research.simulations.models import MATRIX, Design, simulate, trainings
from riskcore.comparing.chosen import all_at_chosen_dials
from riskcore.comparing.claims import claims
from riskcore.comparing.equal_accuracy import equal_accuracies
from riskcore.comparing.paired import line_up
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.pooled import pooled_decisions
from riskcore.metrics import rates
from riskcore.metrics.intervals import Rate
from riskcore.predictions import RunPredictions

SINGLE = ("accuracy", "cer", "critical_miss_rate")
LARGE = 200_000
"""Cases of the value that the mean of the estimates is compared with."""


def sides(cell: Cell, number: int, design: Design | None = None) -> list[RunPredictions]:
    """The runs and, last, the baseline of one draw; equal numbers give equal draws."""
    key = zlib.crc32(f"{cell.name}, {cell.truth}".encode())
    rng = np.random.default_rng([key, number])
    models = [cell.run] * cell.family + [cell.baseline]
    by_chance = rng if cell.truth == "new trainings too" else np.random.default_rng(key)
    trained = [trainings(model, cell.design.seeds, by_chance) for model in models]
    made = simulate(design or cell.design, models, trained, rng)
    return [RunPredictions(f"run {place}", side.classes, side.members) for place, side in enumerate(made)]


def draw(cell: Cell, number: int, resamples: int) -> dict[str, Any]:
    """One row: for each quantity its value, interval and standard error, and the answer."""
    *runs, baseline = sides(cell, number)
    judged, reference = [JudgedRun(run, MATRIX) for run in runs], JudgedRun(baseline, MATRIX)
    lineup = line_up(judged, reference, resamples=resamples, seed=number)
    equal, chosen = equal_accuracies(lineup), all_at_chosen_dials(lineup)
    first, dials = equal[0], chosen[0]
    errors = [side["cer"].events or 0 for side in (dials.rates, dials.baseline_rates)]
    row: dict[str, Any] = {
        "number": number,
        "yes": any(each.safer == "yes" for each in equal),
        "no": any(each.safer == "no" for each in equal),
        "unreachable": any(each.safer == "unreachable" for each in equal),
        "could_show": first.could_show,
        "baseline_cer": first.baseline_cer,
        "critical_errors": min(errors) / cell.design.seeds,
    }
    row |= _columns("better: CER", first.gap)
    for name in ("cer", "accuracy", "over_call_rate"):
        row |= _columns(f"chosen: {name}", dials.difference[name])
    decided = pooled_decisions(reference)
    single = rates(decided.truth, decided.argmax, MATRIX, decided.groups, samples=decided.samples)
    for name in SINGLE:
        row |= _columns(f"single: {name}", single[name])
    if cell.claims:
        for claim in claims(runs[0], baseline, MATRIX, resamples=resamples, seed=number):
            row |= _columns(f"claims: {'change of CER' if claim.relative else claim.measure}", claim.change)
    return row


def large(cell: Cell) -> Mapping[str, float]:
    """The values of the quantities on as many cases as make chance negligible, with the same trainings."""
    groups = None if cell.design.groups is None else LARGE * cell.design.groups // cell.design.test
    design = replace(cell.design, test=LARGE, validation=LARGE // cell.design.folds, groups=groups)
    big = draw(replace(cell, design=design, claims=False, family=1), 0, 1)
    return {name.removesuffix(" value"): value for name, value in big.items() if name.endswith(" value")}


def _columns(name: str, rate: Rate) -> dict[str, float]:
    return {f"{name} value": rate.value, f"{name} low": rate.low, f"{name} high": rate.high}
