"""From draws to a table: false answers, coverage, widths and power, each with its exact interval, and broken bounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from research.simulations.cells import Cell
from riskcore.metrics.intervals import clopper_pearson
from riskcore.reports.markdown import markdown_table

FALSE_ANSWERS = 0.025
LEAST_COVERAGE, MOST_COVERAGE = 0.935, 0.98
ANSWERS = ("better", "chosen")
"""The two answers: with 50 groups or more and 20 critical errors a side their coverage is bound above, too."""
NORMAL = 2 * 1.959964


@dataclass(frozen=True)
class Share:
    """A share of the draws with its exact 95 % interval."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, events: Any) -> "Share":
        found = np.asarray(events, bool)
        return cls(float(found.mean()), *clopper_pearson(float(found.mean()), len(found)))

    def __str__(self) -> str:
        return f"{100 * self.value:.1f} ({100 * self.low:.1f}–{100 * self.high:.1f})"


@dataclass(frozen=True)
class Row:
    """One quantity of one cell.

    Attributes:
        cell, truth, quantity: what it is.
        draws: how many.
        mean: of the estimates, which is the truth that intervals are held to.
        bias: its distance to the value on 200,000 cases; None where that was not asked for, or trainings change.
        sd: standard deviation of the estimates.
        width: mean width of the intervals over that of a normal interval with the true sd.
        coverage, yes, no: shares of the draws; the last two of the first answer only.
        could_show, errors: means over the draws.
        broken: which bounds are broken, in words.
    """

    cell: str
    truth: str
    quantity: str
    draws: int
    mean: float
    bias: float | None
    sd: float
    width: float
    coverage: Share
    yes: Share | None
    no: Share | None
    could_show: float
    errors: float
    broken: tuple[str, ...]


def rows(cell: Cell, draws: pd.DataFrame, large: Mapping[str, float] | None = None) -> list[Row]:
    """All quantities of a cell."""
    names = [column.removesuffix(" value") for column in map(str, draws) if column.endswith(" value")]
    return [_row(cell, draws, name, (large or {}).get(name)) for name in names]


def _row(cell: Cell, draws: pd.DataFrame, name: str, large: float | None) -> Row:
    value, low, high = (draws[f"{name} {end}"].to_numpy() for end in ("value", "low", "high"))
    mean, sd = float(value.mean()), float(value.std(ddof=1))
    answer = name.startswith("better")
    coverage = Share.of((low <= mean) & (mean <= high))
    yes, no = (Share.of(draws[said]) if answer else None for said in ("yes", "no"))
    errors = float(draws["critical_errors"].mean())
    return Row(
        cell=cell.name,
        truth=cell.truth,
        quantity=name,
        draws=len(draws),
        mean=mean,
        bias=None if large is None or cell.truth == "new trainings too" else mean - large,
        sd=sd,
        width=float((high - low).mean() / (NORMAL * sd)) if sd else float("nan"),
        coverage=coverage,
        yes=yes,
        no=no,
        could_show=float(draws["could_show"].mean()),
        errors=errors,
        broken=_broken(cell, name, coverage, yes, no, errors),
    )


def _broken(
    cell: Cell, name: str, coverage: Share, yes: Share | None, no: Share | None, errors: float
) -> tuple[str, ...]:
    """A bound counts as broken only where the exact interval lies beyond it."""
    found = []
    if cell.bound or (name.startswith("single") and cell.truth == "same trainings, new cases"):
        if coverage.high < LEAST_COVERAGE:
            found.append("coverage too low")
        groups = cell.design.groups or cell.design.test
        bound_above = name.startswith(ANSWERS) and groups >= 50 and errors >= 20
        if bound_above and coverage.low > MOST_COVERAGE:
            found.append("coverage too high")
    for said, share in (("yes", yes), ("no", no)):
        if share is not None and cell.null and cell.bound and share.low > FALSE_ANSWERS:
            found.append(f"false {said} too often")
    if yes is not None and cell.power is not None:
        least, most = cell.power
        if yes.high < least or yes.low > most:
            found.append("power")
    return tuple(found)


HEADERS = (
    *("design", "truth", "quantity", "draws", "mean, points", "bias", "true SD", "width ratio", "coverage %"),
    *("yes %", "no %", "could show", "errors a side", "broken"),
)


def markdown(found: list[Row]) -> str:
    """The table for reading."""
    lines = [[*map(str, _cells(row))] for row in found]
    return "\n".join(markdown_table(HEADERS, lines))


def _cells(row: Row) -> list[Any]:
    return [
        row.cell,
        row.truth,
        row.quantity,
        row.draws,
        f"{100 * row.mean:.2f}",
        "" if row.bias is None else f"{100 * row.bias:+.2f}",
        f"{100 * row.sd:.2f}",
        f"{row.width:.2f}",
        row.coverage,
        row.yes or "",
        row.no or "",
        f"{100 * row.could_show:.2f}" if row.yes is not None else "",
        f"{row.errors:.0f}",
        ", ".join(row.broken),
    ]


def frame(found: list[Row]) -> pd.DataFrame:
    """The same as numbers, shares between 0 and 1."""
    records = []
    for row in found:
        record = {name: value for name, value in vars(row).items() if not isinstance(value, Share)}
        for name in ("coverage", "yes", "no"):
            share = getattr(row, name)
            for end in ("value", "low", "high"):
                record[f"{name}_{end}"] = None if share is None else getattr(share, end)
        record["broken"] = ", ".join(row.broken)
        records.append({key: value for key, value in record.items() if key not in ("coverage", "yes", "no")})
    return pd.DataFrame(records)
