"""Runs held to one accuracy as a table: with words for a screen, with numbers for a file."""

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from riskcore.comparing.comparison import Comparison
from riskcore.formats import NOTHING, count, ranged
from riskcore.judging.standings import HeldRun, Standing, by_danger
from riskcore.metrics.intervals import Rate
from riskcore.words.answer import per_thousand, short_answer

RATES = ("accuracy", "cer", "critical_miss_rate", "over_call_rate", "expected_severity")


def shown_table(
    standings: Sequence[Standing],
    held: Mapping[str, HeldRun],
    labels: Mapping[str, str],
    part: str = "test",
    answers: Comparison | None = None,
) -> pd.DataFrame:
    """What a screen shows: each rate with its 95 % interval, the fewest dangerous mistakes on validation first.

    Counts are per 1,000 cases, whatever their class.

    Args:
        standings: at one floor.
        held: id -> the run behind a standing.
        labels: id -> what the run is called.
        part: whose cases were counted.
        answers: which of them is safer at equal accuracy; None where that was not asked.
    """
    safer = {} if answers is None else {run.id: short_answer(run) for run in answers.others}
    return pd.DataFrame(
        [_shown(one, held[one.id], labels[one.id], part, safer.get(one.id, NOTHING)) for one in by_danger(standings)]
    )


def numbers_table(
    standings: Sequence[Standing],
    held: Mapping[str, HeldRun],
    labels: Mapping[str, str],
    floor: float,
    part: str = "test",
) -> pd.DataFrame:
    """The same for a file: shares, not per 1,000; `_low` and `_high` are the ends of the 95 % interval."""
    rows = []
    for one in by_danger(standings):
        run = held[one.id]
        row: dict[str, object] = {
            "loss": labels[one.id],
            "id": one.id,
            "seeds": len(run.seeds),
            "part": part,
            "n": run.cases,
            "critical_cases": run.critical_cases,
            "validation_floor": floor,
            "reached": one.reached,
            "validation_cer": one.validation_cer if math.isfinite(one.validation_cer) else None,
        }
        for name in RATES:
            rate = one.rates[name]
            row |= {name: rate.value, f"{name}_low": rate.low, f"{name}_high": rate.high}
        rows.append(row)
    return pd.DataFrame(rows)


def _shown(one: Standing, run: HeldRun, label: str, part: str, safer: str) -> dict[str, object]:
    found = {name: one.rates[name] for name in RATES}
    harm = found["expected_severity"]
    return {
        "Training": label,
        "Safer at equal accuracy": safer,
        "Dangerous mistakes per 1,000": per_thousand(found["cer"]),
        "Missed dangerous cases": _of(found["critical_miss_rate"], run.critical_cases),
        "False alarms per 1,000": per_thousand(run.false_alarms(one)),
        "Accuracy %": ranged(found["accuracy"]),
        "Average harm": ranged(harm, scale=1, digits=2),
        "Reached": "✓ yes" if one.reached else "✗ no" if math.isfinite(one.validation_cer) else "as delivered",
        "Dangerous on validation": _on_validation(one.validation_cer),
        f"{part.capitalize()} cases": f"{run.cases:,}" + (f" × {len(run.seeds)} seeds" if len(run.seeds) > 1 else ""),
    }


def _on_validation(cer: float) -> str:
    return f"{1000 * cer:.0f} per 1,000" if math.isfinite(cer) else NOTHING


def _of(rate: Rate, cases: int) -> str:
    """Events and the cases they are counted among; of several seeds their mean."""
    return f"{count(rate.events or 0)} of {cases:,}"
