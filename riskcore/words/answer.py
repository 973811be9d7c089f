"""What a comparison says, in words: on the command line, in reports and on screens the same.

Differences are cases per 1,000 and whole cases; accuracies are per cent, their differences points.
"""

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from riskcore.comparing.chosen import ChosenDials
from riskcore.comparing.comparison import ComparedRun, Comparison
from riskcore.comparing.equal_accuracy import Answer, EqualAccuracy
from riskcore.comparing.paired import RECIPE
from riskcore.formats import NOTHING, percent, thousandths
from riskcore.metrics.intervals import Rate
from riskcore.runs.choices import Choice
from riskcore.runs.comparable import plain, severity_trained
from riskcore.words.missing_cases import chosen_without

BEST_FIRST: tuple[Answer, ...] = ("yes", "cannot tell", "no", "unreachable")
"""One loss that wins answers yes for all; a no needs that none of them may still win."""

NOT_CALIBRATED = (
    "Not calibrated: not every side has validation cases, so at equal accuracy all probabilities are taken as they are."
)


def sentence(run: ComparedRun, comparison: Comparison) -> str:
    """Both answers of a run beside the baseline: is it better at equal accuracy, and what its chosen dial brings."""
    return f"{_better(run, comparison.reference)} {_with_chosen_dials(run)}"


def _better(run: ComparedRun, baseline: ComparedRun) -> str:
    result = _equal(run)
    low, high = result.window
    window = f"{100 * low:.1f} to {percent(high)}"
    bare = "" if result.calibrated else ", not calibrated"
    if math.isnan(result.gap.value):
        return f"There is no dangerous case in test, so {run.loss} and {baseline.loss} cannot be compared."
    change = f"{run.loss} makes {more_or_fewer(result.gap)}"
    if result.safer == "unreachable":
        return (
            f"{run.loss} and {baseline.loss} are compared at {window} accuracy on test{bare}, but one of them reaches "
            f"no more than {percent(result.top)}. There {change}. Unreachable: that answers nothing."
        )
    held = f"At the same accuracy on test ({window}{bare}), {change}"
    return f"{held}; {baseline.loss} makes {1000 * result.baseline_cer:.1f}. {_answer(result)}"


def _answer(result: EqualAccuracy) -> str:
    """The answer, and what could have been shown where it is no answer."""
    if result.safer == "yes":
        return "Safer at the same accuracy."
    if result.safer == "no":
        return "Not safer at the same accuracy: it makes more dangerous mistakes."
    return f"Cannot tell: {could_show(result)}."


def could_show(result: EqualAccuracy) -> str:
    """What these cases and seeds could have shown.

    Example:
        >>> rate = Rate(0.0, -0.01, 0.01, 0, 600, 600, "")
        >>> could_show(EqualAccuracy("cannot tell", (0.75, 0.77), 0.8, rate, rate, rate, 0.05, 0.06, 0.014, True))
        'a true difference of 14.0 per 1,000 would have been shown four times in five, a smaller one less often'
    """
    if result.could_show > result.baseline_cer:
        return "with so few cases no improvement, however large, could have been shown"
    shown = f"{1000 * result.could_show:.1f} per 1,000"
    return f"a true difference of {shown} would have been shown four times in five, a smaller one less often"


def _with_chosen_dials(run: ComparedRun) -> str:
    """What one would get; it decides nothing."""
    chosen = _chosen(run)
    if chosen.floor is None:
        return str(chosen.why)
    without = f" ({chosen_without(chosen.absent)})" if chosen.absent else ""
    held = f"With dials chosen on validation for at least {percent(chosen.floor)} accuracy{without}"
    missed = chosen.difference["critical_miss_rate"]
    if math.isnan(missed.value):
        return f"{held}: there is no case of a critical class to miss."
    value, low, high = (round(share * missed.n) for share in (missed.value, missed.low, missed.high))
    ends = f"{_change(low, 'no fewer')} to {_change(high, 'no more')}"
    got = (
        f"{held}, {run.loss} misses {_change(value, 'as many')} of {missed.n:,} dangerous cases ({ends}); its accuracy "
        f"is {lower_or_higher(chosen.difference['accuracy'])}."
    )
    return got if chosen.reachable else f"{got} {chosen.why}"


def document(comparison: Comparison) -> dict[str, Any]:
    """The JSON form of a comparison, with a sentence for each run but the baseline."""
    content = comparison.as_dict()
    sentences = [None, *(sentence(run, comparison) for run in comparison.others)]
    rows = [{**row, "sentence": text} for row, text in zip(content["runs"], sentences, strict=True)]
    return {**content, "runs": rows}


def spoken_of(comparison: Comparison) -> str:
    """Whether intervals are for another training too, and whether they hold for several runs together."""
    several = len(comparison.others)
    together = f" and hold for the {several} comparisons together" if several > 1 else ""
    if comparison.of_recipes:
        return f"Intervals speak of the recipes{together}: patients and training seeds are resampled."
    return (
        f"Intervals speak of these trainings{together}: patients are resampled, training seeds only where there are "
        f"{RECIPE} or more."
    )


@dataclass(frozen=True)
class Verdict:
    """An answer in words.

    Attributes:
        answer: of the best-supported run.
        run: its id.
        line: the answer in one line, which Overview and Compare share.
        alarms: what that costs in false alarms, in one line.
        sentence: the difference with its interval, and on which cases.
        beside: what the chosen dials bring, and whom the intervals speak of.
        note: what is compared instead where that is not training with the matrix against plain cross-entropy.
        asked: the runs that the answer is about, the best-supported first.
    """

    answer: Answer
    run: str
    line: str
    alarms: str
    sentence: str
    beside: str
    note: str | None
    asked: tuple[ComparedRun, ...]


def verdict(comparison: Comparison, *, severity: Collection[str], plain: Collection[str]) -> Verdict:
    """Does training with the severity matrix beat turning the dial on plain cross-entropy, at the same accuracy?

    Args:
        comparison: of runs with a baseline.
        severity: ids of the runs that were trained with a severity matrix.
        plain: ids of the runs that were trained with plain cross-entropy.

    Returns:
        The verdict about the runs trained with the matrix; where there are none but the baseline, about all others.
        Of several the best-supported one leads: yes before cannot tell before no, then the lowest upper end of its
        interval.
    """
    baseline, others = comparison.reference, comparison.others
    trained = [run for run in others if run.id in severity]
    asked = sorted(trained or others, key=lambda run: (BEST_FIRST.index(_equal(run).safer), _equal(run).gap.high))
    best = asked[0]
    return Verdict(
        answer=_equal(best).safer,
        run=best.id,
        line=answer_line(best, baseline.loss),
        alarms=alarms_line(best, 1.0 - comparison.critical_cases / comparison.n),
        sentence=f"{_better(best, baseline)} {cases(comparison)}",
        beside=f"{_with_chosen_dials(best)} {spoken_of(comparison)}",
        note=_note(best, baseline, bool(trained), severity, plain),
        asked=tuple(asked),
    )


_LINES: dict[Answer, str] = {
    "yes": "Yes, safer at equal accuracy",
    "no": "No, not safer at equal accuracy",
    "cannot tell": "Cannot tell which is safer at equal accuracy",
    "unreachable": "Unreachable",
}


def answer_line(run: ComparedRun, baseline: str) -> str:
    """Whether a run beats the baseline at equal accuracy, with the interval of the difference, in one line."""
    result = _equal(run)
    if math.isnan(result.gap.value):
        return "Cannot tell: no test case is dangerous."
    if result.safer == "unreachable":
        return f"{_LINES['unreachable']}: {run.loss} and {baseline} have no accuracy in common to be compared at."
    change = f"{between(result.gap)} dangerous mistakes per 1,000 test cases"
    return f"{_LINES[result.safer]}: {run.loss}, {change} than {baseline}."


def alarms_line(run: ComparedRun, harmless: float) -> str:
    """Its false alarms against the baseline's at the same accuracy, per 1,000 cases of which a share is harmless."""
    result = _equal(run)
    gap = result.over_call_gap
    if math.isnan(gap.value) or math.isnan(result.gap.value) or result.safer == "unreachable":
        return "False alarms: nothing to compare."
    apart = between(replace(gap, low=harmless * gap.low, high=harmless * gap.high))
    return f"False alarms: {'cannot tell, ' if gap.low <= 0 <= gap.high else ''}{apart} per 1,000."


def short_answer(run: ComparedRun) -> str:
    """The same for a cell of a table."""
    result = _equal(run)
    if math.isnan(result.gap.value):
        return "cannot tell"
    return result.safer if result.safer == "unreachable" else f"{result.safer}: {between(result.gap)}"


def between(difference: Rate) -> str:
    """Between what a difference of rates lies, per 1,000 cases.

    Example:
        >>> ends = (-0.0204, -0.0033), (-0.0204, 0.0033), (0.002, 0.02), (-0.0123, 0.0), (0.0, 0.0)
        >>> [between(Rate(0.0, low, high, 0, 1000, 1000, "")) for low, high in ends]
        ['3 to 20 fewer', '20 fewer to 3 more', '2 to 20 more', '0 to 12 fewer', 'no fewer to no more']
        >>> between(Rate(0.0, -0.0004, 0.012, 0, 1000, 1000, ""))
        '0.4 fewer to 12.0 more'
    """
    low, high = 1000 * difference.low, 1000 * difference.high
    digits = 0 if all(round(end) or not round(end, 1) for end in (low, high)) and max(-low, high) >= 9.5 else 1
    least, most = (round(end, digits) for end in (low, high))
    if not least and not most:
        return "no fewer to no more"
    if least < 0 < most:
        return f"{-least:.{digits}f} fewer to {most:.{digits}f} more"
    near, far = sorted((abs(least), abs(most)))
    return f"{near:.{digits}f} to {far:.{digits}f} {'fewer' if least < 0 else 'more'}"


def verdict_of_choices(comparison: Comparison, choices: Iterable[Choice]) -> Verdict:
    """The verdict about finished runs and pools, whose records say how each was trained."""
    compared = tuple(choices)
    return verdict(
        comparison,
        severity={choice.id for choice in compared if severity_trained(choice)},
        plain={choice.id for choice in compared if plain(choice)},
    )


def more_or_fewer(difference: Rate) -> str:
    """A difference of critical error rates in words, per 1,000 cases, with its interval.

    Example:
        >>> more_or_fewer(Rate(-0.0124, -0.0204, 0.0033, -12, 1000, 1000, "bootstrap"))
        '12.4 fewer dangerous mistakes per 1,000 cases (95 % interval 20.4 fewer to 3.3 more)'
        >>> more_or_fewer(Rate(0.0, 0.0, 0.0, 0, 1000, 1000, "bootstrap"))
        'as many dangerous mistakes per 1,000 cases (95 % interval no fewer to no more)'
    """
    value, low, high = (round(1000 * share, 1) for share in (difference.value, difference.low, difference.high))
    mistakes = "mistake" if abs(value) == 1 else "mistakes"
    ends = f"{_change(low, 'no fewer')} to {_change(high, 'no more')}"
    return f"{_change(value, 'as many')} dangerous {mistakes} per 1,000 cases (95 % interval {ends})"


def lower_or_higher(difference: Rate) -> str:
    """A difference of accuracies in words, in percentage points, with its interval.

    Example:
        >>> lower_or_higher(Rate(-0.0042, -0.0101, 0.0018, None, 1000, 1000, "bootstrap"))
        '0.4 points lower (1.0 lower to 0.2 higher)'
        >>> lower_or_higher(Rate(0.0, 0.0, 0.0, None, 1000, 1000, "bootstrap"))
        'as high (no lower to no higher)'
    """
    value, low, high = (round(100 * share, 1) for share in (difference.value, difference.low, difference.high))

    def moved(points: float, at_zero: str, unit: str = "") -> str:
        return at_zero if not points else f"{abs(points):.1f}{unit} {'lower' if points < 0 else 'higher'}"

    return f"{moved(value, 'as high', ' points')} ({moved(low, 'no lower')} to {moved(high, 'no higher')})"


def cases(comparison: Comparison) -> str:
    """How many cases, groups and seeds a comparison speaks of."""
    seeds = len(comparison.reference.seeds)
    owners = "" if comparison.groups == comparison.n else f" of {comparison.groups:,} patients, slides or lesions"
    mean = f"mean of {seeds} seeds" if seeds > 1 else "one seed, which proves little"
    return f"{comparison.n:,} test cases{owners}, {comparison.critical_cases:,} of them dangerous; {mean}."


def per_thousand(rate: Rate) -> str:
    """A rate per 1,000 with its interval; of no event what it may be at most.

    Example:
        >>> per_thousand(Rate(0.0661, 0.0541, 0.0799, 25, 378, 300, ""))
        '66 (54–80)'
        >>> per_thousand(Rate(0.0, 0.0, 0.0074, 0, 500, 500, ""))
        '0 (at most 7.4)'
        >>> per_thousand(Rate(float("nan"), float("nan"), float("nan"), 0, 0, 0, ""))
        '–'
    """
    if math.isnan(rate.value):
        return NOTHING
    value, low, high = (thousandths(share, rate.high) for share in (rate.value, rate.low, rate.high))
    if not rate.value:
        return f"0 (at most {high})"
    return f"{value} ({low}–{high})"


def _equal(run: ComparedRun) -> EqualAccuracy:
    assert run.equal_accuracy is not None, "only the baseline of a comparison has none"
    return run.equal_accuracy


def _chosen(run: ComparedRun) -> ChosenDials:
    assert run.chosen is not None, "only the baseline of a comparison has none"
    return run.chosen


def _change(value: float, at_zero: str) -> str:
    return at_zero if not value else f"{abs(value):,g} {'fewer' if value < 0 else 'more'}"


def _note(
    best: ComparedRun, baseline: ComparedRun, trained: bool, severity: Collection[str], plain: Collection[str]
) -> str | None:
    missing = []
    if not trained:
        other = "other " if baseline.id in severity else ""
        missing.append(f"no {other}run compared here was trained with the severity matrix")
    if baseline.id not in plain:
        missing.append("the baseline is not plain cross-entropy")
    if not missing:
        return None
    reason = " and ".join(missing)
    return f"{reason[0].upper()}{reason[1:]}, so {best.loss} is compared with {baseline.loss} instead."
