"""The comparison in a sentence: does training with the severity matrix beat turning the dial on plain cross-entropy?"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from riskcore.formats import NOTHING, percent
from riskcore.judging.equal_accuracy import SIGNIFICANCE, TOLERATED_LOSS, Answer

BEST_FIRST: tuple[Answer, ...] = ("yes", "undecided", "no", "unreachable")
"""One loss that wins answers yes for all; a no needs that none of them may still win."""


@dataclass(frozen=True)
class Verdict:
    """An answer in words.

    Attributes:
        answer: of the best-supported run.
        run: its id.
        headline: the answer and the question in a few words.
        sentence: the difference with its interval, and the conditions that it holds under.
        note: what is compared instead where that is not training with the matrix against plain cross-entropy.
        each: id -> the sentence of each run that the answer is about, where there are several.
    """

    answer: Answer
    run: str
    headline: str
    sentence: str
    note: str | None
    each: dict[str, str]


def verdict(found: Mapping[str, Any], *, severity: Collection[str], plain: Collection[str], data: str) -> Verdict:
    """What a comparison says about the question that matters.

    Args:
        found: as `riskcore.judging.comparison.compare` gives it.
        severity: ids of the runs that were trained with a severity matrix.
        plain: ids of the runs that were trained with plain cross-entropy.
        data: name of the data set.

    Returns:
        The verdict about the runs trained with the matrix; where there are none but the baseline, about all others.
        Of several the best-supported one leads: yes before undecided before no, then the least p value.
    """
    baseline, *others = found["runs"]
    trained = [row for row in others if row["id"] in severity]
    asked = sorted(
        trained or others,
        key=lambda row: (BEST_FIRST.index(row["equal_accuracy"]["safer"]), row["equal_accuracy"]["p_value"]),
    )
    best = asked[0]
    equal = best["equal_accuracy"]
    ours = f"training with the severity matrix ({best['loss']})" if trained else f"training with {best['loss']}"
    theirs = (
        "turning caution on plain cross-entropy"
        if baseline["id"] in plain
        else f"turning caution on {baseline['loss']}"
    )
    return Verdict(
        answer=equal["safer"],
        run=best["id"],
        headline=_headline(equal, ours, theirs, data),
        sentence=_sentence(found, equal, best["loss"], baseline["loss"], len(others)),
        note=_note(best, baseline, bool(trained), severity, plain),
        each={row["id"]: row["sentence"] for row in asked} if len(asked) > 1 else {},
    )


def _headline(equal: Mapping[str, Any], ours: str, theirs: str, data: str) -> str:
    match equal["safer"]:
        case "yes":
            return f"Yes: on {data}, {ours} beats {theirs} at equal accuracy."
        case "no":
            return f"No: on {data}, {ours} does not beat {theirs} at equal accuracy."
        case "undecided":
            return f"Undecided: {data} cannot tell whether {ours} beats {theirs} at equal accuracy."
    return f"Unreachable: {ours} and {theirs} do not both reach the accuracy they are compared at, on {data}."


def _sentence(found: Mapping[str, Any], equal: Mapping[str, Any], loss: str, baseline: str, compared: int) -> str:
    if equal["safer"] == "unreachable":
        return f"The accuracy asked for on validation was {percent(equal['floor'])}; ask for less below."
    accuracies = (
        f"{loss} {percent(equal['accuracy']['value'])}, {baseline} {percent(equal['baseline_accuracy']['value'])}"
    )
    held = f"both held to at least {percent(equal['floor'])} on validation"
    said = f"{more_or_fewer(equal['difference']['cer'], baseline)} at equal accuracy ({held}; on test {accuracies})"
    reason = _reason(equal, compared)
    return f"{said}{f'; {reason}' if reason else ''}. {cases(found)}"


def _reason(equal: Mapping[str, Any], compared: int) -> str | None:
    """What besides the difference in dangerous mistakes made the answer."""
    accuracy, cer = equal["difference"]["accuracy"], equal["difference"]["cer"]
    if equal["safer"] == "no" and accuracy["high"] < -TOLERATED_LOSS:
        lower, least, most = (-100 * accuracy[name] for name in ("value", "high", "low"))
        return f"but its accuracy is {lower:.1f} points lower (95 % interval {least:.1f} to {most:.1f})"
    if equal["safer"] == "undecided" and cer["high"] < 0:
        if accuracy["low"] <= -TOLERATED_LOSS:
            return f"but its accuracy may be more than {100 * TOLERATED_LOSS:g} points lower"
        if compared > 1 and equal["p_value"] > SIGNIFICANCE:
            return f"but that may be chance among {compared} comparisons (Holm)"
    return None


def _note(
    best: Mapping[str, Any],
    baseline: Mapping[str, Any],
    trained: bool,
    severity: Collection[str],
    plain: Collection[str],
) -> str | None:
    missing = []
    if not trained:
        other = "other " if baseline["id"] in severity else ""
        missing.append(f"no {other}run compared here was trained with the severity matrix")
    if baseline["id"] not in plain:
        missing.append("the baseline is not plain cross-entropy")
    if not missing:
        return None
    reason = " and ".join(missing)
    return f"{reason[0].upper()}{reason[1:]}, so {best['loss']} is compared with {baseline['loss']} instead."


def more_or_fewer(difference: Mapping[str, Any], baseline: str) -> str:
    """A difference of the critical error rate from a baseline's in words, per 1,000 cases, with its interval.

    Example:
        >>> more_or_fewer({"value": -0.0124, "low": -0.0204, "high": 0.0033}, "ce")
        '12.4 fewer dangerous mistakes per 1,000 cases than ce (95 % interval 20.4 fewer to 3.3 more)'
        >>> more_or_fewer({"value": 0.0, "low": 0.0, "high": 0.0}, "ce")
        'As many dangerous mistakes per 1,000 cases as ce (95 % interval no fewer to no more)'
    """
    value, low, high = (round(1000 * difference[name], 1) for name in ("value", "low", "high"))
    lead = "As many" if not value else f"{abs(value):g} {'fewer' if value < 0 else 'more'}"
    mistakes = "mistake" if abs(value) == 1 else "mistakes"
    ends = f"{_end(low, 'fewer')} to {_end(high, 'more')}"
    return f"{lead} dangerous {mistakes} per 1,000 cases {'than' if value else 'as'} {baseline} (95 % interval {ends})"


def _end(value: float, at_zero: str) -> str:
    if not value:
        return f"no {at_zero}"
    return f"{abs(value):g} {'fewer' if value < 0 else 'more'}"


def cases(found: Mapping[str, Any]) -> str:
    """How many cases a comparison speaks of.

    Example:
        >>> cases({"n": 1512, "groups": 1200, "critical_cases": 394, "runs": [{"seeds": [0, 1]}]})
        '1,512 test cases of 1,200 patients, slides or lesions, 394 of them dangerous; mean of 2 seeds.'
    """
    seeds = len(found["runs"][0]["seeds"])
    owners = "" if found["groups"] == found["n"] else f" of {found['groups']:,} patients, slides or lesions"
    mean = f"mean of {seeds} seeds" if seeds > 1 else "one seed, which proves little"
    return f"{found['n']:,} test cases{owners}, {found['critical_cases']:,} of them dangerous; {mean}."


def per_thousand(rate: Mapping[str, Any] | Any) -> str:
    """A rate per 1,000 with its interval; of no event what it may be at most.

    Args:
        rate: a `riskcore.metrics.Rate` or its JSON form.

    Example:
        >>> per_thousand({"value": 0.0661, "low": 0.0541, "high": 0.0799, "events": 25})
        '66 (54–80)'
        >>> per_thousand({"value": 0.0, "low": 0.0, "high": 0.0074, "events": 0})
        '0 (at most 7.4)'
        >>> per_thousand({"value": None, "low": None, "high": None, "events": 0})
        '–'
    """
    plain = rate if isinstance(rate, Mapping) else rate.as_dict()
    if plain["value"] is None:
        return NOTHING
    value, low, high = (1000 * plain[name] for name in ("value", "low", "high"))
    digits = 0 if high >= 10 else 1
    if not value:
        return f"0 (at most {high:.{digits}f})"
    return f"{value:.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"
