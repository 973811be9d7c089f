"""A what-if in words and numbers: each rate with its cases and interval, what changed, and which dials did it."""

import math
from collections.abc import Mapping, Sequence

from riskcore.comparing.before_now import BARS, decided, whole_cases
from riskcore.decision.dial import Dial
from riskcore.decision.operating import Wish
from riskcore.formats import NOTHING, count, percent
from riskcore.judging.changes import Effect
from riskcore.metrics.error_rates import NO_DANGEROUS_CASE
from riskcore.metrics.intervals import Rate
from riskcore.severity import SeverityMatrix

MEASURES = {
    "cer": "Dangerous mistakes",
    "critical_miss_rate": "Missed dangerous cases",
    "over_call_rate": "False alarms",
    "expected_severity": "Average harm",
    "accuracy": "Right",
}
"""Rate -> the row it stands in; CER is never without the critical miss rate."""

EFFECTS: dict[Effect, str] = {"better": "do less harm", "worse": "do more harm", "equal": "do as much harm"}
"""What became of a changed decision."""

SAME = "same"
CANNOT_TELL = "cannot tell"
RULE_WORDS = {"severity": "average harm", "critical": "dangerous mistakes"}
"""What each rule of the dial avoids."""

_SHOWN = 0.05
"""Points of accuracy that one decimal shows."""


def rate_words(rate: Rate, part: str = "test") -> str:
    """A rate with its cases and 95 % interval; of nothing seen, what it may be at most.

    Args:
        rate: a share with its events, which are means where seeds repeat the cases, or an average without.
        part: whose cases.

    Example:
        >>> rate_words(Rate(0.04, 0.0211, 0.0687, 12, 300, 300, ""))
        '12 of 300: 4.0 % (2.1–6.9)'
        >>> rate_words(Rate(0.025, 0.011, 0.05, 7.5, 301, 301, ""))
        '7.5 of 301: 2.5 % (1.1–5.0)'
        >>> rate_words(Rate(0.854, 0.61, 1.12, None, 300, 300, ""))
        '0.85 (0.61–1.12)'
        >>> rate_words(Rate(math.nan, math.nan, math.nan, 0, 300, 300, NO_DANGEROUS_CASE))
        'no dangerous case in test'
    """
    if math.isnan(rate.value):
        return f"{NO_DANGEROUS_CASE} in {part}" if rate.method == NO_DANGEROUS_CASE else NOTHING
    if rate.events is None:
        return f"{rate.value:.2f} ({rate.low:.2f}–{rate.high:.2f})"
    ends = f"at most {100 * rate.high:.1f}" if not rate.events else f"{100 * rate.low:.1f}–{100 * rate.high:.1f}"
    return f"{count(rate.events)} of {count(rate.n)}: {100 * rate.value:.1f} % ({ends})"


def change_words(before: Rate, after: Rate) -> str:
    """What became of a rate, e.g. "3 fewer": in cases, for average harm in its units.

    Args:
        before, after: of the same cases.

    Example:
        >>> before, after = Rate(0.04, 0.02, 0.07, 12, 300, 300, ""), Rate(0.05, 0.03, 0.08, 15, 300, 300, "")
        >>> change_words(before, after), change_words(before, before)
        ('3 more', 'same')
    """
    gap = after.value - before.value
    if math.isnan(gap):
        return NOTHING
    if before.events is None or after.events is None:
        rounded = f"{abs(gap):.2f}"
        return SAME if not float(rounded) else f"{rounded} {'more' if gap > 0 else 'less'}"
    if before.events == after.events:
        return SAME
    cases = after.events - before.events
    return f"{count(abs(cases))} {'more' if cases > 0 else 'fewer'}"


def told_words(before: Rate, after: Rate, change: Rate) -> str:
    """What became of a rate, with "cannot tell" where the paired interval of its change holds 0.

    Example:
        >>> before, after = Rate(0.04, 0.02, 0.07, 12, 300, 300, ""), Rate(0.03, 0.01, 0.06, 9, 300, 300, "")
        >>> told_words(before, after, Rate(-0.01, -0.02, 0.001, -3, 300, 300, ""))
        '3 fewer: cannot tell'
        >>> told_words(before, after, Rate(-0.01, -0.02, -0.001, -3, 300, 300, ""))
        '3 fewer'
    """
    words = change_words(before, after)
    return words if words in (SAME, NOTHING) or decided(change) else f"{words}: {CANNOT_TELL}"


def change_line(changed: int, seeds: int, counts: Mapping[str, tuple[Rate, Rate]], change: Mapping[str, Rate]) -> str:
    """What becomes of the decisions, on one line, in whole cases.

    Args:
        changed: decisions that are another, summed over seeds.
        seeds: of the pool.
        counts: rates of `BARS` -> before and now.
        change: the same -> now − before, with its paired interval.

    Example:
        >>> misses = Rate(0.04, 0.02, 0.07, 12, 300, 300, ""), Rate(0.03, 0.01, 0.06, 9, 300, 300, "")
        >>> alarms = Rate(0.1, 0.05, 0.2, 20, 200, 200, ""), Rate(0.15, 0.1, 0.2, 30, 200, 200, "")
        >>> counts = {"critical_miss_rate": misses, "over_call_rate": alarms}
        >>> more = Rate(0.05, 0.01, 0.09, 10, 200, 200, "")
        >>> perhaps, fewer = (Rate(-0.01, -0.02, high, -3, 300, 300, "") for high in (0.001, -0.001))
        >>> change_line(13, 1, counts, {"critical_miss_rate": perhaps, "over_call_rate": more})
        '13 calls change: 10 more false alarms; dangerous misses: cannot tell'
        >>> change_line(13, 1, counts, {"critical_miss_rate": fewer, "over_call_rate": more})
        '13 calls change: 3 fewer dangerous misses, 10 more false alarms'
        >>> change_line(13, 1, counts, dict.fromkeys(counts, perhaps))
        '13 calls change; dangerous misses and false alarms: cannot tell'
        >>> change_line(0, 1, counts, {})
        'No call changes'
    """
    if not changed:
        return "No call changes"
    number = max(round(changed / seeds), 1)
    told, untold = [], []
    for kind, name in BARS.items():
        before, now = (whole_cases(rate) for rate in counts[kind])
        if math.isnan(change[kind].value):
            told.append(f"no case for {name.lower()}")
        elif decided(change[kind]):
            gap = now - before
            told.append(f"{abs(gap):,} {'fewer' if gap < 0 else 'more'} {name.lower()}")
        else:
            untold.append(name.lower())
    said = "; ".join(
        [*([", ".join(told)] if told else []), *([f"{' and '.join(untold)}: {CANNOT_TELL}"] if untold else [])]
    )
    return f"{number:,} {'call changes' if number == 1 else 'calls change'}{':' if told else ';'} {said}"


def dial_words(dials: Sequence[Dial]) -> str:
    """The caution of a run or pool's dials, and what it avoids.

    Example:
        >>> dial_words([Dial("critical", 0.16), Dial("critical", 0.434)])
        '0.16 to 0.43 against dangerous mistakes'
        >>> dial_words([Dial("severity", 0.912), Dial("critical", 0.685)])
        '0.91 against average harm and 0.69 against dangerous mistakes'
    """
    parts = []
    for rule in dict.fromkeys(dial.rule for dial in dials):
        aversions = sorted({f"{dial.aversion:.2f}" for dial in dials if dial.rule == rule})
        span = aversions[0] if len(aversions) == 1 else f"{aversions[0]} to {aversions[-1]}"
        parts.append(f"{span} against {RULE_WORDS[rule]}")
    return " and ".join(parts)


def wish_words(wish: Wish) -> str:
    """What a caution was chosen for.

    Example:
        >>> wish_words(Wish()), wish_words(Wish("accuracy_loss", 0.005))
        ('at most 1 point less accuracy', 'at most 0.5 points less accuracy')
        >>> wish_words(Wish("least_severity", 0.0)), wish_words(Wish("over_call_ceiling", 0.2))
        ('least average harm', 'at most 20 % false alarms')
    """
    number = f"{100 * wish.value:g}"
    return {
        "accuracy_loss": f"at most {number} point{'' if number == '1' else 's'} less accuracy",
        "accuracy_floor": f"at least {number} % accuracy",
        "over_call_ceiling": f"at most {number} % false alarms",
        "cer_ceiling": f"at most {number} % dangerous mistakes",
        "least_severity": "least average harm",
    }[wish.kind]


def broken_words(wish: Wish | None, without: Rate, now: Rate) -> str:
    """That test cases lose more accuracy than was accepted on validation; "" where they do not, or none was bounded.

    Args:
        wish: what was accepted; None for a fixed caution.
        without, now: accuracy on test without caution, which `accuracy_loss` counts from, and with the chosen one.

    Example:
        >>> without, now = Rate(0.8, 0.75, 0.84, 240, 300, 300, ""), Rate(0.742, 0.69, 0.79, 223, 300, 300, "")
        >>> print(broken_words(Wish(), without, now))
        You accepted 1 point on validation; on test it costs 5.8 points.
        >>> broken_words(Wish("accuracy_loss", 0.06), without, now)
        ''
    """
    if wish is None:
        return ""
    accepted = f"{100 * wish.value:g}"
    if wish.kind == "accuracy_loss":
        lost = 100 * (without.value - now.value)
        if lost < 100 * wish.value + _SHOWN:
            return ""
        points = "point" if accepted == "1" else "points"
        return f"You accepted {accepted} {points} on validation; on test it costs {lost:.1f} points."
    if wish.kind == "accuracy_floor" and 100 * now.value <= 100 * wish.value - _SHOWN:
        return f"You asked for at least {accepted} % accuracy on validation; on test it is {percent(now.value)}."
    return ""


def unmoved_words(dials: Sequence[Dial], before: SeverityMatrix, edited: SeverityMatrix) -> str:
    """Why an edit changed no decision, where that follows from what the caution looks at; "" elsewhere.

    Args:
        dials: in use under the edited matrix.
        before, edited: the matrices, classes in any order.

    Example:
        >>> before = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> edited = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [20, 0]], critical=10)
        >>> unmoved_words([Dial("critical", 0.4)], before, edited)[:52]
        'The caution in use weighs all dangerous mistakes ali'
        >>> unmoved_words([Dial("severity", 0.4)], before, edited)
        ''
    """
    same_danger = (before.reordered(edited.classes).critical_cells == edited.critical_cells).all()
    if not same_danger or any(dial.rule != "critical" for dial in dials):
        return ""
    return (
        "The caution in use weighs all dangerous mistakes alike and looks at no other number; with “Least average "
        "harm” as what you accept, every number counts."
    )
