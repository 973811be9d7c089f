"""A certificate in words: what is guaranteed, for whom, and what it means on test."""

import math
from typing import TYPE_CHECKING

from riskcore.decision.certificate import AnswerRule
from riskcore.formats import NOTHING, percent, ranged

if TYPE_CHECKING:
    from riskcore.judging.certified import AnsweredClass, Certified
    from riskcore.learning.predictor import RiskPrediction
    from riskcore.metrics import Rate

FOR_WHOM = (
    "It holds for a patient (slide, lesion) drawn like those of the certify part, as the mean over that patient's "
    "images, with these very weights, calibration and dial; not for a single image, and not where patients, devices or "
    "the share of diseases differ."
)
NOT_CERTIFIED = "By case, on test; not certified:"
POOL = "A certificate belongs to one run, so a pool has one a run and none of its own."


def certified(rule: AnswerRule) -> str:
    """What is certified, and which cases may be answered for that.

    Example:
        >>> certified(AnswerRule(0.031, 0.05, 0.95, "answered"))
        'Certified with 95 % confidence: at most 50 dangerous mistakes per 1,000 answered cases, if the model \
answers up to a chance of a dangerous mistake of 3.1 %.'
    """
    sure = f"Certified with {100 * rule.confidence:g} % confidence"
    return f"{sure}: at most {_cap(rule)}, if the model answers up to {_limit(rule)}."


def promise(found: "Certified") -> str:
    """What is certified, or why nothing is."""
    return certified(found.rule) if found.rule else found.certificate.why or ""


def handover(prediction: "RiskPrediction", rule: AnswerRule | None) -> str | None:
    """Whether a case is within the certificate or for a person, and why; None without a certificate.

    Example:
        >>> from types import SimpleNamespace
        >>> judged = SimpleNamespace(answered=False, critical_probability=0.062)
        >>> handover(judged, AnswerRule(0.031, 0.05, 0.95, "answered"))
        'For a person: 6.2 % is beyond the certified limit, a chance of a dangerous mistake of 3.1 %.'
        >>> judged.answered, judged.critical_probability = True, 0.02
        >>> handover(judged, AnswerRule(0.031, 0.05, 0.95, "answered"))
        'Within the certified limit: at most 50 dangerous mistakes per 1,000 answered cases.'
    """
    if rule is None or prediction.answered is None:
        return None
    if prediction.answered:
        return f"Within the certified limit: at most {_cap(rule)}."
    risk = "this" if rule.per == "harm" else percent(prediction.critical_probability)
    return f"For a person: {risk} is beyond the certified limit, {_limit(rule)}."


def _limit(rule: AnswerRule) -> str:
    if rule.per == "harm":
        return f"an expected harm of {rule.threshold:.3g} of the greatest"
    return f"a chance of a dangerous mistake of {percent(rule.threshold)}"


def _cap(rule: AnswerRule) -> str:
    if rule.per == "harm":
        return f"a mean severity of {rule.cap:g} over answered cases"
    return f"{1000 * rule.cap:g} dangerous mistakes per 1,000 {'answered cases' if rule.per == 'answered' else 'cases'}"


def claim_rows(found: "Certified") -> list[list[str]]:
    """Claim, groups, what was seen per 1,000, and p, at the threshold or where the search ended."""
    return [
        [
            "all cases" if claim.name == "all" else claim.name,
            f"{claim.groups:,}",
            f"{1000 * claim.loss:.1f}" if claim.groups else NOTHING,
            "< 0.001" if claim.p_value < 0.001 else f"{claim.p_value:.3f}",
        ]
        for claim in found.certificate.claims
    ]


CLAIM_HEADERS = ["claim", "groups", "seen, per 1,000", "p of the cap or more"]
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


def on_test(found: "Certified") -> list[str]:
    """Share answered, and the rates of answered and of all cases."""
    return [
        f"answered: {_share(found.answered)} of the test cases",
        f"critical errors among the answered: {_share(found.answered_cer)}",
        f"critical errors if all were answered: {_share(found.cer)}",
    ]


def _share(rate: "Rate") -> str:
    return rate.method if math.isnan(rate.value) else f"{ranged(rate)} %"
