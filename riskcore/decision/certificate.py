"""Which cases a model may answer by itself, with a certified bound on its critical errors; the others go to a person.

A case is answered where its score is at most a threshold. The threshold is chosen on cases that nothing else was chosen
on, by *Learn then Test* in a fixed order: from few answers to many, up to the first threshold that is not shown to keep
the cap. Groups (patients, slides, lesions) are the unit: a group's loss is the mean over its cases, so what is
certified holds for a patient drawn like these, averaged over that patient's images, and not for a single image.

Source: Angelopoulos, Bates, Candès, Jordan, Lei, Learn then Test, arXiv 2110.01052 (fixed-sequence testing); Bates,
Angelopoulos, Lei, Malik, Jordan, Distribution-free risk-controlling prediction sets, JACM 2021 (Hoeffding–Bentkus).
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr

from riskcore.decision.scored import GroupLosses, Per, Scored, grid
from riskcore.errors import InputError

Cap = Literal["answered", "case", "harm", "harm-case"]
"""What a cap is about: critical errors per answered case or per case, or mean severity per answered case or per case.

Per case, one that is handed over counts 0."""

Guarantee = Literal["confidence", "average"]
"""How a cap is kept: with a stated confidence, or on average over certify parts (`riskcore.decision.on_average`)."""

_SPARE = 2
"""The first threshold is one at which so many times the groups are expected that a sample without an error needs."""


def is_harm(per: Cap) -> bool:
    """Whether a cap is a mean severity."""
    return per in ("harm", "harm-case")


def is_per_case(per: Cap) -> bool:
    """Whether a case that is handed over counts, as one without loss; only such a cap can be kept on average."""
    return per in ("case", "harm-case")


@dataclass(frozen=True)
class Claim:
    """What was seen of one claim at the threshold that was tested last.

    Attributes:
        name: "all", or that of the cases it is about.
        groups: with a case that counts.
        loss: mean over these groups, in 0..1; nan without any.
        p_value: of a true mean at or above the cap; None where the cap is kept on average.
        bound: of the expected loss, where the cap is kept on average.
    """

    name: str
    groups: int
    loss: float
    p_value: float | None
    bound: float | None = None


@dataclass(frozen=True)
class Certificate:
    """The outcome.

    Attributes:
        threshold: cases with a score at most this are answered; None where nothing could be certified.
        cap, confidence, per: what was asked; no confidence where the cap is kept on average.
        claims: at the threshold, or where there is none at the first that was tried.
        why: one sentence where nothing could be certified, with what would help.
    """

    threshold: float | None
    cap: float
    confidence: float | None
    per: Per
    claims: tuple[Claim, ...]
    why: str | None

    def answers(self, scores: ArrayLike) -> NDArray[np.bool_]:
        """(N,) bool: which cases the model may answer; none without a certificate."""
        given = np.asarray(scores, dtype=np.float64)
        return np.zeros(given.shape, dtype=bool) if self.threshold is None else given <= self.threshold


@dataclass(frozen=True)
class AnswerRule:
    """What a bundle keeps of a certificate: which cases the model may answer.

    Attributes:
        threshold: on the probability that the call is a critical error; for harm on the expected severity of the call
            as a share of the matrix's greatest cost.
        cap: a share, or for harm a mean severity.
        confidence: with which it is certified; None where it is kept on average.
        per: what the cap is about.
        guarantee: "average" where there is no confidence.
    """

    threshold: float
    cap: float
    confidence: float | None
    per: Cap
    guarantee: Guarantee = "confidence"

    def answers(self, critical_probability: float, expected_severity: float, greatest: float) -> bool:
        """Whether the model may answer a case; the others are for a person.

        Args:
            critical_probability: that the call is a critical error. expected_severity: of the call.
            greatest: cost in the matrix.

        Example:
            >>> rule = AnswerRule(0.031, 0.05, 0.95, "answered")
            >>> rule.answers(0.03, 4.0, 10), rule.answers(0.04, 0.1, 10)
            (True, False)
        """
        return (expected_severity / greatest if is_harm(self.per) else critical_probability) <= self.threshold


def certify(
    validation: Scored,
    certification: Scored,
    *,
    cap: float,
    confidence: float = 0.95,
    per: Per = "answered",
    greatest: float | None = None,
) -> Certificate:
    """The threshold with the most answers whose mean loss is certified to be below the cap.

    Args:
        validation: on which the dial was chosen; gives the thresholds and where they begin. Its losses are not looked
            at.
        certification: groups on which nothing was trained, calibrated or chosen, drawn like those the model will meet.
        cap: of the mean loss, in 0..1: 0.05 are 50 critical errors per 1,000.
        confidence: with which all claims hold together.
        per: what a group's loss is the mean over.
        greatest: cost in the matrix where losses are shares of it; what cannot be certified is told in its units then.

    Raises:
        InputError: a cap or confidence that is no share, or no case on either side.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> def drawn(cases):
        ...     risk = rng.beta(1, 30, cases)
        ...     return Scored(risk, (rng.random(cases) < risk).astype(float), np.arange(cases))
        >>> found = certify(drawn(500), drawn(500), cap=0.05)
        >>> found.why is None, found.claims[0].groups > 59, found.claims[0].p_value <= 0.05
        (True, True, True)
        >>> certify(drawn(500), drawn(20), cap=0.05).why
        'Not certifiable: with 20 groups the smallest cap that could be certified at 95 % is 139.1 per 1,000; for 50 \
per 1,000 bring at least 39 more.'
    """
    if not (0 < cap < 1 and 0 < confidence < 1):
        raise InputError("Expected a cap and a confidence between 0 and 1, such as 0.05 and 0.95.")
    if not len(validation.scores) or not len(certification.scores):
        raise InputError("Expected cases of validation and of certification.")
    thresholds = grid(validation)
    names = ["all", *certification.claims]
    known = [GroupLosses(validation, name) for name in names]
    found = [GroupLosses(certification, name) for name in names]
    first = _first(thresholds, known, found[0].every, needed_groups(cap, confidence))
    certified: float | None = None
    claims: tuple[Claim, ...] = ()
    for threshold in thresholds[first:]:
        tested = tuple(_tested(each, threshold, cap, per) for each in found)
        shown = max(_p(each) for each in tested) <= 1 - confidence
        claims = tested if shown or not claims else claims
        if not shown:
            break
        certified = float(threshold)
    why = None if certified is not None else _why(claims, cap, confidence, greatest)
    return Certificate(certified, cap, confidence, per, claims, why)


def needed_groups(cap: float, confidence: float = 0.95) -> int:
    """The fewest groups that certify a cap when none of them has an error.

    Example:
        >>> [needed_groups(cap) for cap in (0.1, 0.05, 0.02, 0.01)]
        [29, 59, 149, 299]
    """
    return math.ceil(math.log(1 - confidence) / math.log1p(-cap))


def p_value(losses: NDArray[np.float64], cap: float) -> float:
    """Of a true mean at or above the cap; exact binomial where every loss is 0 or 1, else Hoeffding–Bentkus.

    Args:
        losses: (n,) in 0..1, independent.

    Example:
        >>> round(p_value(np.zeros(59), 0.05), 4), p_value(np.zeros(0), 0.05)
        (0.0485, 1.0)
    """
    n = len(losses)
    if not n:
        return 1.0
    total = float(losses.sum())
    if np.isin(losses, (0.0, 1.0)).all():
        return float(bdtr(round(total), n, cap))
    mean = min(total / n, cap)
    hoeffding = math.exp(-n * (_plogq(mean, cap) + _plogq(1 - mean, 1 - cap)))
    bentkus = math.e * float(bdtr(math.ceil(total - 1e-9), n, cap))
    return min(1.0, hoeffding, bentkus)


def _plogq(p: float, q: float) -> float:
    return p * math.log(p / q) if p > 0 else 0.0


def _tested(of: GroupLosses, threshold: float, cap: float, per: Per) -> Claim:
    losses = of.at(threshold, per)
    return Claim(of.name, len(losses), float(losses.mean()) if len(losses) else math.nan, p_value(losses, cap))


def _p(claim: Claim) -> float:
    assert claim.p_value is not None
    return claim.p_value


def _first(thresholds: NDArray[np.float64], known: list[GroupLosses], groups: int, needed: int) -> int:
    """Where every claim may expect groups to spare, by validation's share of answered groups; else the last place."""
    for place, threshold in enumerate(thresholds):
        if all(groups * each.answered(threshold) / each.every >= _SPARE * needed for each in known):
            return place
    return len(thresholds) - 1


def _why(claims: tuple[Claim, ...], cap: float, confidence: float, greatest: float | None) -> str:
    worst = max(claims, key=lambda claim: (_p(claim), -claim.groups))
    whose, needed = of_claim(worst), needed_groups(cap, confidence)
    if worst.groups < needed:
        smallest = 1 - (1 - confidence) ** (1 / worst.groups) if worst.groups else 1.0
        return (
            f"Not certifiable: with {worst.groups:,} groups{whose} the smallest cap that could be certified at "
            f"{100 * confidence:g} % is {amount(smallest, greatest)}; for {amount(cap, greatest)} bring at least "
            f"{needed - worst.groups:,} more."
        )
    return (
        f"Not certifiable: at the most careful threshold the {worst.groups:,} groups{whose} have a mean of "
        f"{amount(worst.loss, greatest)}, too near to {amount(cap, greatest)} or above it."
    )


def of_claim(claim: Claim) -> str:
    """Whose groups a claim is about, after the word."""
    return "" if claim.name == "all" else f" of {claim.name}"


def amount(share: float, greatest: float | None) -> str:
    """A mean loss in words: per 1,000, or a mean severity where losses are shares of the matrix's greatest cost.

    Example:
        >>> amount(0.05, None), amount(0.1391, None), amount(0.05, 10)
        ('50 per 1,000', '139.1 per 1,000', 'a mean severity of 0.5')
    """
    if greatest is None:
        return f"{round(1000 * share, 1 if share >= 0.001 else 4):g} per 1,000"
    return f"a mean severity of {share * greatest:.3g}"
