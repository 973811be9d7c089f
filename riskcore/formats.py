"""Numbers in words: what tables and sentences show, the same on the terminal, in protocols and on screens."""

from collections.abc import Mapping
from typing import Any

NOTHING = "–"
RESEARCH_USE = "Research use only; not a medical device."
SYNTHETIC = "SYNTHETIC images: the figures show how riskcore works, not how well a model does on patients."


def percent(share: float | None) -> str:
    """A share with its sign, one decimal.

    Example:
        >>> percent(0.7412), percent(None)
        ('74.1 %', '–')
    """
    return NOTHING if share is None else f"{100 * share:.1f} %"


def ranged(rate: Mapping[str, Any] | None) -> str:
    """A rate in percent with its interval; the sign stands in the heading.

    Example:
        >>> ranged({"value": 0.0661, "low": 0.0541, "high": 0.0799})
        '6.6 (5.4–8.0)'
    """
    if rate is None or rate["value"] is None:
        return NOTHING
    if rate["low"] is None:
        return f"{100 * rate['value']:.1f}"
    return f"{100 * rate['value']:.1f} ({100 * rate['low']:.1f}–{100 * rate['high']:.1f})"


def points(rate: Mapping[str, Any]) -> str:
    """A difference of shares in percentage points with its interval.

    Example:
        >>> points({"value": -0.012, "low": -0.0204, "high": 0.0})
        '-1.2 (-2.0 to 0.0)'
    """
    if rate["value"] is None:
        return NOTHING
    return f"{signed(rate['value'])} ({signed(rate['low'])} to {signed(rate['high'])})"


def signed(share: float | None) -> str:
    """A change in percent or points, one decimal; what rounds to nothing has no sign.

    Example:
        >>> signed(0.0004), signed(-0.0004), signed(0.25), signed(-0.0112)
        ('0.0', '0.0', '+25.0', '-1.1')
    """
    if share is None:
        return NOTHING
    rounded = round(100 * share, 1)
    return f"{rounded:+.1f}" if rounded else "0.0"


def count(total: float, seeds: int = 1) -> str:
    """Cases, or their mean over the seeds that repeat them.

    Example:
        >>> count(1203.0), count(51, seeds=2), count(50, seeds=2)
        ('1,203', '25.5', '25.0')
    """
    return f"{total / seeds:,.{0 if seeds == 1 else 1}f}"
