"""A certificate in words: what is guaranteed, for whom, and what it means on test."""

import math

from riskcore.formats import NOTHING, ranged
from riskcore.judging.certified import AnsweredClass, Certified
from riskcore.metrics import Rate

FOR_WHOM = (
    "It holds for a patient (slide, lesion) drawn like those of the certify part, as the mean over that patient's "
    "images, with these very weights, calibration and dial; not for a single image, and not where patients, devices or "
    "the share of diseases differ."
)
NOT_CERTIFIED = "By case, on test; not certified:"
POOL = "A certificate belongs to one run, so a pool has one a run and none of its own."


def promise(found: Certified) -> str:
    """What is certified, or why nothing is.

    Example:
        >>> from types import SimpleNamespace
        >>> certificate = SimpleNamespace(threshold=0.031, confidence=0.95, why=None)
        >>> promise(SimpleNamespace(certificate=certificate, cap=0.05, per="answered"))
        'Certified with 95 % confidence: at most 50 critical errors per 1,000 answered cases; a case is answered if \
the probability that its call is a critical error is at most 3.1 %.'
    """
    certificate = found.certificate
    if certificate.why is not None or certificate.threshold is None:
        return certificate.why or ""
    if found.per == "harm":
        rule = f"its expected harm is at most {certificate.threshold:.3g} of the greatest cost"
    else:
        rule = f"the probability that its call is a critical error is at most {100 * certificate.threshold:.1f} %"
    return (
        f"Certified with {100 * certificate.confidence:g} % confidence: at most {_cap(found)}; a case is answered if "
        f"{rule}."
    )


def _cap(found: Certified) -> str:
    if found.per == "harm":
        return f"a mean severity of {found.cap:g} over answered cases"
    return f"{1000 * found.cap:g} critical errors per 1,000 {'answered cases' if found.per == 'answered' else 'cases'}"


def claim_rows(found: Certified) -> list[list[str]]:
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


def class_rows(classes: tuple[AnsweredClass, ...]) -> list[list[str]]:
    """Test cases of each class: how many are answered, and how many of these are critical errors.

    Example:
        >>> class_rows((AnsweredClass("melanoma", 40, 30, 2),))
        [['melanoma', '40', '30', '10', '2']]
    """
    return [
        [each.name, *(f"{n:,}" for n in (each.cases, each.answered, each.cases - each.answered, each.errors))]
        for each in classes
    ]


def on_test(found: Certified) -> list[str]:
    """Share answered, and the rates of answered and of all cases."""
    return [
        f"answered: {_share(found.answered)} of the test cases",
        f"critical errors among the answered: {_share(found.answered_cer)}",
        f"critical errors if all were answered: {_share(found.cer)}",
    ]


def _share(rate: Rate) -> str:
    return rate.method if math.isnan(rate.value) else f"{ranged(rate)} %"
