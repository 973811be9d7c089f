"""Rates as rows of one table: how `evaluate`, `compare` and `demo` show what a set of decisions costs."""

from collections.abc import Mapping, Sequence
from typing import Any

from riskcore.cli.output import say
from riskcore.formats import NOTHING, RESEARCH_USE, count, percent, ranged

HEADERS = ("", "accuracy %", "CER %", "missed", "miss rate %", "over-call %", "harm")
"""The columns of `rate_row`; CER stands beside the misses among the cases of critical classes."""


def rate_row(name: str, rates: Mapping[str, Any], seeds: int) -> list[str]:
    """One set of decisions; counts are means over the seeds that repeat the cases."""
    miss, over_call, severity = rates["critical_miss_rate"], rates.get("over_call_rate"), rates.get("expected_severity")
    return [
        name,
        ranged(rates["accuracy"]),
        ranged(rates["cer"]),
        count(miss["events"] or 0, seeds),
        ranged(miss),
        NOTHING if over_call is None else percent(over_call["value"]).removesuffix(" %"),
        NOTHING if severity is None else f"{severity['value']:.2f}",
    ]


def say_cases(found: Mapping[str, Any], seeds: Sequence[int]) -> None:
    """How many cases the rates speak of, and what always calling the commonest class would reach."""
    repeated = f"; {len(seeds)} seeds, of which rates and counts are means" if len(seeds) > 1 else ""
    say(
        f"{found['n']:,} cases, {found['groups']:,} groups, {found['critical_cases']:,} cases of critical classes; "
        f"majority baseline {percent(found['majority_accuracy'])}{repeated}"
    )


RESEARCH = f"{RESEARCH_USE} Ranges are 95 % intervals."
