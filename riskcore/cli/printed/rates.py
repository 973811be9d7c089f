"""Rates as rows of one table: how `evaluate`, `compare` and `demo` show what a set of decisions costs."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from riskcore.cli.output import say
from riskcore.formats import NOTHING, RESEARCH_USE, count, percent, ranged

if TYPE_CHECKING:
    from riskcore.metrics.intervals import Rate

HEADERS = ("", "accuracy %", "CER %", "missed", "miss rate %", "over-call %", "harm")
"""The columns of `rate_row`; CER stands beside the misses among the cases of critical classes."""

RESEARCH = f"{RESEARCH_USE} Ranges are 95 % intervals."


class Cases(Protocol):
    """What a comparison and a report know of the cases that they speak of."""

    @property
    def n(self) -> int: ...
    @property
    def groups(self) -> int: ...
    @property
    def critical_cases(self) -> int: ...
    @property
    def majority_accuracy(self) -> float: ...


def rate_row(name: str, rates: "Mapping[str, Rate]") -> list[str]:
    """One set of decisions; counts are means over the seeds that repeat the cases."""
    miss, over_call, severity = rates["critical_miss_rate"], rates.get("over_call_rate"), rates.get("expected_severity")
    return [
        name,
        ranged(rates["accuracy"]),
        ranged(rates["cer"]),
        NOTHING if math.isnan(miss.value) else count(miss.events or 0),
        ranged(miss),
        NOTHING if over_call is None else percent(over_call.value).removesuffix(" %"),
        NOTHING if severity is None else f"{severity.value:.2f}",
    ]


def say_cases(cases: Cases, seeds: Sequence[int]) -> None:
    """How many cases the rates speak of, and what always calling the commonest class would reach."""
    repeated = f"; {len(seeds)} seeds, of which rates and counts are means" if len(seeds) > 1 else ""
    say(
        f"{cases.n:,} cases, {cases.groups:,} groups, {cases.critical_cases:,} cases of critical classes; "
        f"majority baseline {percent(cases.majority_accuracy)}{repeated}"
    )
