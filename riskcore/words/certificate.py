"""A certificate in words: what is guaranteed, for whom, and what it means on test."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from riskcore.decision.certificate import AnswerRule, is_harm, is_per_case
from riskcore.formats import NOTHING, percent, ranged

if TYPE_CHECKING:
    from riskcore.decision.certificate import Cap
    from riskcore.judging.certified import AnsweredClass, Certified, Curve
    from riskcore.learning.prediction import Call
    from riskcore.metrics import Rate

FOR_WHOM = (
    "It holds for a patient (slide, lesion) drawn like those of the certify part, as the mean over that patient's "
    "images, with these very weights, calibration and dial; not for a single image, and not where patients, devices or "
    "the share of diseases differ."
)
ON_AVERAGE = (
    "On average means over certify parts drawn like this one, those that allow no answer included: with this very part "
    "it may be more. A cap with a confidence promises more and takes more patients."
)
BEFOREHAND = (
    "Choose cap and caution before you look: of many that were tried the best holds with less than the stated "
    "confidence."
)
NO_PART = (
    "This training run kept no patients for a certificate. Train one with a “Share for a certificate”, such as 0.2, "
    "under Images on the Train screen; nothing is trained or chosen on these patients."
)
NO_PART_COMMAND = "riskcore train CONFIG.yaml data.certify=0.2"
POOL = "A certificate belongs to one run, so a pool has one a run and none of its own."


def certified(rule: AnswerRule) -> str:
    """What is certified or kept on average, and which cases may be answered for that.

    Example:
        >>> certified(AnswerRule(0.031, 0.05, 0.95, "answered"))
        'Certified with 95 % confidence: at most 50 dangerous mistakes per 1,000 answered cases, if the model \
answers up to a chance of a dangerous mistake of 3.1 %.'
        >>> certified(AnswerRule(0.031, 0.05, None, "case", "average"))
        'Kept on average, without a confidence: at most 50 dangerous mistakes per 1,000 cases, if the model answers \
up to a chance of a dangerous mistake of 3.1 %.'
    """
    if rule.confidence is None:
        kept = "Kept on average, without a confidence"
    else:
        kept = f"Certified with {100 * rule.confidence:g} % confidence"
    return f"{kept}: at most {_cap(rule)}, if the model answers up to {_limit(rule)}."


def promise(found: "Certified") -> str:
    """What is certified, or why nothing is."""
    return certified(found.rule) if found.rule else found.certificate.why or ""


def handover(prediction: "Call", rule: AnswerRule | None) -> str | None:
    """Whether a case is within the certificate or for a person, and why; None without a certificate.

    Example:
        >>> from types import SimpleNamespace
        >>> judged = SimpleNamespace(answered=False, critical_probability=0.062)
        >>> handover(judged, AnswerRule(0.031, 0.05, 0.95, "answered"))
        'For a person: 6.2 % is beyond the certified limit, a chance of a dangerous mistake of 3.1 %.'
        >>> judged.answered, judged.critical_probability = True, 0.02
        >>> handover(judged, AnswerRule(0.031, 0.05, 0.95, "answered"))
        'Within the certified limit: at most 50 dangerous mistakes per 1,000 answered cases.'
        >>> handover(judged, AnswerRule(0.031, 0.05, None, "case", "average"))
        'Within the limit: on average at most 50 dangerous mistakes per 1,000 cases.'
    """
    if rule is None or prediction.answered is None:
        return None
    average = rule.confidence is None
    limit = "limit" if average else "certified limit"
    if prediction.answered:
        return f"Within the {limit}: {'on average ' if average else ''}at most {_cap(rule)}."
    risk = "this" if is_harm(rule.per) else percent(prediction.critical_probability)
    return f"For a person: {risk} is beyond the {limit}, {_limit(rule)}."


def _limit(rule: AnswerRule) -> str:
    if is_harm(rule.per):
        return f"an expected harm of {rule.threshold:.3g} of the greatest"
    return f"a chance of a dangerous mistake of {percent(rule.threshold)}"


def _cap(rule: AnswerRule) -> str:
    if is_harm(rule.per):
        over = "all cases, those for a person counting none" if is_per_case(rule.per) else "answered cases"
        return f"a mean severity of {rule.cap:g} over {over}"
    return f"{1000 * rule.cap:g} dangerous mistakes per 1,000 {'cases' if is_per_case(rule.per) else 'answered cases'}"


def whose(found: "Certified") -> str:
    """Which run of a pool it belongs to.

    Example:
        >>> from types import SimpleNamespace
        >>> whose(SimpleNamespace(seed=2, fold=None)), whose(SimpleNamespace(seed=0, fold=3))
        ('seed 2', 'seed 0, fold 3')
    """
    return f"seed {found.seed}{'' if found.fold is None else f', fold {found.fold}'}"


def keep_command(id: str, found: "Certified", by_class: bool) -> str:
    """What keeps the like of a certificate in a run's bundle, at the bundle's own dial.

    Example:
        >>> from types import SimpleNamespace
        >>> asked = SimpleNamespace(cap=0.05, per="case", certificate=SimpleNamespace(confidence=0.9))
        >>> keep_command("ce-1", asked, by_class=False)
        'riskcore evaluate ce-1 --certify 50 --per case --confidence 0.9 --overall-only --keep'
    """
    sure = found.certificate.confidence
    options = [f"--certify {found.cap if is_harm(found.per) else 1000 * found.cap:g}"]
    options += [] if found.per == "answered" else [f"--per {found.per}"]
    options += ["--on-average"] if sure is None else [] if sure == 0.95 else [f"--confidence {sure:g}"]
    return " ".join(["riskcore evaluate", id, *options, *([] if by_class else ["--overall-only"]), "--keep"])


def claim_headers(found: "Certified") -> list[str]:
    """Of `claim_rows`."""
    shown = "bound on average" if found.certificate.confidence is None else "p of the cap or more"
    return ["claim", "groups", "seen, mean severity" if is_harm(found.per) else "seen, per 1,000", shown]


def claim_rows(found: "Certified") -> list[list[str]]:
    """Claim, groups, the mean that was seen, and p or bound, at the threshold or where the search ended."""

    def shown(share: float) -> str:
        return f"{share * found.greatest:.3f}" if is_harm(found.per) else f"{1000 * share:.1f}"

    rows = []
    for claim in found.certificate.claims:
        if claim.p_value is None:
            tested = shown(claim.bound or 0)
        else:
            tested = "< 0.001" if claim.p_value < 0.001 else f"{claim.p_value:.3f}"
        name = "all cases" if claim.name == "all" else claim.name
        rows.append([name, f"{claim.groups:,}", shown(claim.loss) if claim.groups else NOTHING, tested])
    return rows


CLASS_HEADERS = ["class", "cases", "answered", "for a person", "critical errors answered"]


def class_rows(classes: "tuple[AnsweredClass, ...]") -> list[list[str]]:
    """Test cases of each class: how many are answered, and how many of these are critical errors.

    Example:
        >>> from riskcore.judging.certified import AnsweredClass
        >>> class_rows((AnsweredClass("melanoma", 40, 30, 2),))
        [['melanoma', '40', '30', '10', '2']]
    """
    return [
        [each.name, *(f"{n:,}" for n in (each.cases, each.answered, each.cases - each.answered, each.errors))]
        for each in classes
    ]


def not_certified(part: str = "test") -> str:
    """Heads what is counted by case."""
    return f"By case, on {part}; not certified:"


def on_part(found: "Certified", part: str = "test") -> list[str]:
    """Share answered, and the rates of answered and of all cases."""
    harm = [] if not is_harm(found.per) else [f"{risk_name(found.per)}: {ranged(found.risk, 1, 2)}"]
    return [
        f"answered: {_share(found.answered)} of the {part} cases",
        f"critical errors among the answered: {_share(found.answered_cer)}",
        *harm,
        f"critical errors if all were answered: {_share(found.cer)}",
    ]


def risk_name(per: "Cap") -> str:
    """What a cap is about, as the title of an axis.

    Example:
        >>> risk_name("answered"), risk_name("harm-case")
        ('dangerous mistakes per 1,000 answered', 'average harm per case')
    """
    if is_harm(per):
        return "average harm per case" if is_per_case(per) else "average harm per answered case"
    return f"dangerous mistakes per 1,000 {'cases' if is_per_case(per) else 'answered'}"


SHARES = (0.25, 0.5, 0.75, 0.9, 1.0)
"""Of the cases that are answered, in the table of a curve."""


def curve_words(found: "Certified") -> str:
    """How the figure of the curves is read."""
    said = ["A line: what is left where the least risky cases are answered and the others handed to a person."]
    if found.curve_caution_0:
        said.append("Between the lines lies what caution alone does, from right to left what handing over does.")
    if found.rule is not None:
        said.append("The diamond is the threshold, with 95 % intervals by case.")
    return " ".join(said)


def about(every: Sequence["Certified"]) -> str:
    """For whom certificates hold, where any does, and what takes from them."""
    kept = [found for found in every if found.rule is not None]
    average = any(found.certificate.confidence is None for found in kept)
    return " ".join([*([FOR_WHOM] if kept else []), *([ON_AVERAGE] if average else []), BEFOREHAND])


def curve_headers(found: "Certified") -> list[str]:
    """Of `curve_rows`."""
    return ["answered", *([risk_name(found.per)] if not found.curve_caution_0 else ["at the dial", "at caution 0"])]


def curve_rows(found: "Certified") -> list[list[str]]:
    """What the cap is about where the least risky of the cases are answered, at the dial and at caution 0."""
    curves = [found.curve, *([found.curve_caution_0] if found.curve_caution_0 else [])]
    return [[percent(share), *(_at(curve, share, found) for curve in curves)] for share in SHARES]


def _at(curve: "Curve", share: float, found: "Certified") -> str:
    """At the most answers that are at most this share; nothing where even the fewest are more."""
    risks = [risk for answered, risk in curve if answered <= share + 1e-9]
    if not risks:
        return NOTHING
    return f"{risks[-1]:.2f}" if is_harm(found.per) else f"{1000 * risks[-1]:.1f}"


def _share(rate: "Rate") -> str:
    return rate.method if math.isnan(rate.value) else f"{ranged(rate)} %"
