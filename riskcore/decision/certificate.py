"""Which cases a model may answer by itself, with a certified bound on its critical errors; the others go to a person.

A case is answered where its score is at most a threshold. The threshold is chosen on cases that nothing else was chosen
on, by *Learn then Test* in a fixed order: from few answers to many, up to the first threshold that is not shown to keep
the cap. Groups (patients, slides, lesions) are the unit: a group's loss is the mean over its cases, so what is
certified holds for a patient drawn like these, averaged over that patient's images, and not for a single image.

Source: Angelopoulos, Bates, Candès, Jordan, Lei, Learn then Test, arXiv 2110.01052 (fixed-sequence testing); Bates,
Angelopoulos, Lei, Malik, Jordan, Distribution-free risk-controlling prediction sets, JACM 2021 (Hoeffding–Bentkus).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr

from riskcore.decision.dial import Dial, decide
from riskcore.errors import InputError
from riskcore.metrics.resampling import group_codes
from riskcore.severity import SeverityMatrix

Per = Literal["answered", "case"]
Cap = Literal["answered", "case", "harm"]
"""What a cap is about: critical errors per answered case, per case, or mean severity of answered cases."""

THRESHOLDS = 200
"""Most thresholds that are tried: the scores of validation, or this many quantiles of them."""

_SPARE = 2
"""The first threshold is one at which so many times the groups are expected that a sample without an error needs."""


@dataclass(frozen=True)
class Scored:
    """Cases with what is known of each before (score) and after (loss) its truth is seen.

    Attributes:
        scores: (N,) float64; the lower, the safer.
        losses: (N,) float64 in 0..1.
        groups: (N,) labels.
        claims: name of a further claim -> (N,) bool, the cases that it is about.
    """

    scores: NDArray[np.float64]
    losses: NDArray[np.float64]
    groups: NDArray[Any]
    claims: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        cases = (len(self.scores),)
        if any(part.shape != cases for part in (self.losses, self.groups, *self.claims.values())):
            raise InputError("Expected one score, loss, group and claim a case.")
        if not (np.isfinite(self.scores).all() and ((self.losses >= 0) & (self.losses <= 1)).all()):
            raise InputError("Expected finite scores, and losses from 0 to 1.")


def scored(
    y_true: ArrayLike,
    probabilities: ArrayLike,
    matrix: SeverityMatrix,
    dial: Dial,
    groups: ArrayLike,
    *,
    harm: bool = False,
) -> Scored:
    """Cases with the calibrated probability that their call is a critical error, and whether it is one.

    Args:
        y_true: (N,) int, places in the matrix's order. probabilities: (N, K), calibrated.
        dial: at which the calls are made. groups: (N,) labels.
        harm: the expected harm and the harm instead, as shares of the matrix's greatest cost.

    Returns: a claim for each critical class, also where there is no case of it, as then nothing can be certified.

    Example:
        >>> matrix = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]])
        >>> found = scored([0, 1], [[0.9, 0.1], [0.6, 0.4]], matrix, Dial("severity", 0.0), ["p1", "p2"])
        >>> found.scores.tolist(), found.losses.tolist(), found.claims["melanoma"].tolist()
        ([0.1, 0.4], [0.0, 1.0], [False, True])
    """
    truth, p = np.asarray(y_true, dtype=np.int64), np.asarray(probabilities, dtype=np.float64)
    calls = decide(p, matrix, dial.aversion, dial.rule)
    cost = matrix.values / matrix.values.max() if harm else matrix.critical_cells.astype(np.float64)
    danger = zip(matrix.classes, matrix.critical_classes, strict=True)
    return Scored(
        scores=(p * cost[:, calls].T).sum(axis=1),
        losses=cost[truth, calls],
        groups=np.asarray(groups),
        claims={name: truth == place for place, (name, critical) in enumerate(danger) if critical},
    )


@dataclass(frozen=True)
class Claim:
    """What was seen of one claim at the threshold that was tested last.

    Attributes:
        name: "all", or that of the cases it is about.
        groups: with a case that counts.
        loss: mean over these groups, in 0..1; nan without any.
        p_value: of a true mean at or above the cap.
    """

    name: str
    groups: int
    loss: float
    p_value: float


@dataclass(frozen=True)
class Certificate:
    """The outcome.

    Attributes:
        threshold: cases with a score at most this are answered; None where nothing could be certified.
        cap, confidence, per: what was asked.
        claims: at the threshold, or where there is none at the first that was tried.
        why: one sentence where nothing could be certified, with what would help.
    """

    threshold: float | None
    cap: float
    confidence: float
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
        cap: that is certified: a share, or for harm a mean severity. confidence: with which.
        per: what the cap is about.
    """

    threshold: float
    cap: float
    confidence: float
    per: Cap

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
        score = expected_severity / greatest if self.per == "harm" else critical_probability
        return score <= self.threshold


def certify(
    validation: Scored, certification: Scored, *, cap: float, confidence: float = 0.95, per: Per = "answered"
) -> Certificate:
    """The threshold with the most answers whose mean loss is certified to be below the cap.

    Args:
        validation: on which the dial was chosen; gives the thresholds and where they begin. Its losses are not looked
            at.
        certification: groups on which nothing was trained, calibrated or chosen, drawn like those the model will meet.
        cap: of the mean loss, in 0..1: 0.05 are 50 critical errors per 1,000.
        confidence: with which all claims hold together.
        per: a group's loss is the mean over its "answered" cases, or over each "case" of it, an unanswered one being 0.

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
    thresholds = np.unique(np.quantile(validation.scores, np.linspace(0, 1, THRESHOLDS), method="higher"))
    names = ["all", *certification.claims]
    known = [_Losses(validation, name) for name in names]
    found = [_Losses(certification, name) for name in names]
    first = _first(thresholds, known, found[0].every, needed_groups(cap, confidence))
    certified: float | None = None
    claims: tuple[Claim, ...] = ()
    for threshold in thresholds[first:]:
        tested = tuple(each.claim(threshold, cap, per) for each in found)
        shown = max(each.p_value for each in tested) <= 1 - confidence
        claims = tested if shown or not claims else claims
        if not shown:
            break
        certified = float(threshold)
    return Certificate(
        certified, cap, confidence, per, claims, None if certified is not None else _why(claims, cap, confidence)
    )


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


class _Losses:
    """The cases that one claim is about, numbered by group."""

    def __init__(self, part: Scored, name: str) -> None:
        everything = np.ones(len(part.scores), dtype=bool)
        inside = everything if name == "all" else part.claims.get(name, ~everything)
        self.name = name
        self.every = len(np.unique(part.groups))
        self._scores, self._losses = part.scores[inside], part.losses[inside]
        self._codes, self._groups = group_codes(part.groups[inside])
        self._cases = np.bincount(self._codes, minlength=self._groups)

    def answered(self, threshold: float) -> int:
        """Groups with an answered case."""
        return len(np.unique(self._codes[self._scores <= threshold]))

    def claim(self, threshold: float, cap: float, per: Per) -> Claim:
        inside = self._scores <= threshold
        lost = np.bincount(self._codes[inside], self._losses[inside], self._groups)
        cases = np.bincount(self._codes[inside], minlength=self._groups) if per == "answered" else self._cases
        losses = lost[cases > 0] / cases[cases > 0]
        mean = float(losses.mean()) if len(losses) else math.nan
        return Claim(self.name, len(losses), mean, p_value(losses, cap))


def _first(thresholds: NDArray[np.float64], known: list[_Losses], groups: int, needed: int) -> int:
    """Where every claim may expect groups to spare, by validation's share of answered groups; else the last place."""
    for place, threshold in enumerate(thresholds):
        if all(groups * each.answered(threshold) / each.every >= _SPARE * needed for each in known):
            return place
    return len(thresholds) - 1


def _why(claims: tuple[Claim, ...], cap: float, confidence: float) -> str:
    worst = max(claims, key=lambda claim: (claim.p_value, -claim.groups))
    whose = "" if worst.name == "all" else f" of {worst.name}"
    asked, needed = f"{1000 * cap:g} per 1,000", needed_groups(cap, confidence)
    if worst.groups < needed:
        smallest = 1 - (1 - confidence) ** (1 / worst.groups) if worst.groups else 1.0
        return (
            f"Not certifiable: with {worst.groups:,} groups{whose} the smallest cap that could be certified at "
            f"{100 * confidence:g} % is {1000 * smallest:.1f} per 1,000; for {asked} bring at least "
            f"{needed - worst.groups:,} more."
        )
    return (
        f"Not certifiable: at the most careful threshold the {worst.groups:,} groups{whose} have a mean of "
        f"{1000 * worst.loss:.1f} per 1,000, too near to {asked} or above it."
    )
