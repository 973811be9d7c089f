"""Numbers in words: what tables and sentences show, the same on the terminal, in protocols and on screens."""

import math
from typing import Any, Protocol

NOTHING = "–"
RESEARCH_USE = "Research use only; not a medical device."
SYNTHETIC = "SYNTHETIC images: the figures show how riskcore works, not how well a model does on patients."


class Interval(Protocol):
    """What is shown of a rate: its value and the ends of its interval; nan where there is nothing to show."""

    @property
    def value(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


def percent(share: float | None) -> str:
    """A share with its sign, one decimal.

    Example:
        >>> percent(0.7412), percent(None)
        ('74.1 %', '–')
    """
    return NOTHING if share is None or math.isnan(share) else f"{100 * share:.1f} %"


def thousandths(share: float, high: float) -> str:
    """A share per 1,000, whole; with one decimal where the upper end of its interval is below 10.

    Example:
        >>> thousandths(0.0661, 0.08), thousandths(0.0044, 0.0074)
        ('66', '4.4')
    """
    return f"{1000 * share:.{0 if 1000 * high >= 10 else 1}f}"


def ranged(rate: Interval, scale: float = 100, digits: int = 1) -> str:
    """A rate with its interval, in percent unless told otherwise; the sign stands in the heading.

    Example:
        >>> from types import SimpleNamespace
        >>> ranged(SimpleNamespace(value=0.0661, low=0.0541, high=0.0799))
        '6.6 (5.4–8.0)'
    """
    if math.isnan(rate.value):
        return NOTHING
    value, low, high = (f"{scale * share:.{digits}f}" for share in (rate.value, rate.low, rate.high))
    return value if math.isnan(rate.low) else f"{value} ({low}–{high})"


def points(rate: Interval) -> str:
    """A difference of shares in percentage points with its interval.

    Example:
        >>> from types import SimpleNamespace
        >>> points(SimpleNamespace(value=-0.012, low=-0.0204, high=0.0))
        '-1.2 (-2.0 to 0.0)'
    """
    if math.isnan(rate.value):
        return NOTHING
    return f"{signed(rate.value)} ({signed(rate.low)} to {signed(rate.high)})"


def signed(share: float | None) -> str:
    """A change in percent or points, one decimal; what rounds to nothing has no sign.

    Example:
        >>> signed(0.0004), signed(-0.0004), signed(0.25), signed(-0.0112)
        ('0.0', '0.0', '+25.0', '-1.1')
    """
    if share is None or math.isnan(share):
        return NOTHING
    rounded = round(100 * share, 1)
    return f"{rounded:+.1f}" if rounded else "0.0"


def count(total: float, seeds: int = 1) -> str:
    """Cases, or their mean over the seeds that repeat them.

    Example:
        >>> count(1203.0), count(25.5), count(51, seeds=2), count(50, seeds=2)
        ('1,203', '25.5', '25.5', '25.0')
    """
    whole = seeds == 1 and float(total).is_integer()
    return f"{total / seeds:,.{0 if whole else 1}f}"


def finite(value: Any) -> Any:
    """A document with null (None) in place of each number that is not finite, which JSON cannot hold.

    Example:
        >>> finite({"cer": float("nan"), "per_class": [0.5, float("inf")]})
        {'cer': None, 'per_class': [0.5, None]}
    """
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inner) for inner in value]
    return value
