"""The certificate of a run: which cases it may answer, on what that rests, and what it means on its test part."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcore.decision.absent import nothing_to_choose_on
from riskcore.decision.certificate import AnswerRule, Cap, Certificate, Guarantee, certify, is_harm, is_per_case
from riskcore.decision.dial import Dial, decide
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.on_average import keep_on_average
from riskcore.decision.operating import Wish
from riskcore.decision.pooled import CalibratedMember, Caution, calibrate, dials_for
from riskcore.decision.scored import Per, Scored, scored
from riskcore.errors import InputError
from riskcore.metrics import Rate, mean_interval, proportion, rates
from riskcore.predictions import Cases, Member

CURVE_POINTS = 100
"""Most points of a curve of risk against the share answered."""

CAUTION_0 = Dial("severity", 0.0)
"""The dial beside whose curve that of a more cautious one is shown."""

Curve = tuple[tuple[float, float], ...]
"""Share answered, and what the cap is about among the cases, the least risky answered first."""


@dataclass(frozen=True)
class AnsweredClass:
    """Test cases of one class, by whether they are answered.

    Attributes:
        name: of the class. cases, answered: different counts. errors: critical errors among the answered.
    """

    name: str
    cases: int
    answered: int
    errors: int


@dataclass(frozen=True)
class Certified:
    """A certificate with what it means on test, which played no part in it.

    Attributes:
        seed, fold: of the run it belongs to.
        dial: at which the calls are made.
        certificate: the threshold and its claims; losses as shares of `greatest` where the cap is about harm.
        per, cap: what was asked, the cap in the units of the matrix where it is about harm.
        greatest: cost in the matrix.
        answered: share of the test cases that are answered.
        cer, answered_cer: critical error rate of all test cases, and of the answered ones; by case, not certified.
        risk: what the cap is about, in its units: on test, by case, not certified.
        classes: of the test cases, one entry a class.
        curve: of `risk` on test along the score.
        curve_caution_0: the same with calls at `CAUTION_0`; empty where that is the dial.
    """

    seed: int
    fold: int | None
    dial: Dial
    certificate: Certificate
    per: Cap
    cap: float
    greatest: float
    answered: Rate
    cer: Rate
    answered_cer: Rate
    risk: Rate
    classes: tuple[AnsweredClass, ...]
    curve: Curve
    curve_caution_0: Curve

    @property
    def rule(self) -> AnswerRule | None:
        """What a bundle keeps of it; None where nothing is certified."""
        if self.certificate.threshold is None:
            return None
        sure = self.certificate.confidence
        return AnswerRule(self.certificate.threshold, self.cap, sure, self.per, self.guarantee)

    @property
    def guarantee(self) -> Guarantee:
        """How the cap is kept."""
        return "average" if self.certificate.confidence is None else "confidence"

    def as_dict(self) -> dict[str, Any]:
        """The JSON form; what is not a number becomes None where it is written."""
        return {
            "seed": self.seed,
            "fold": self.fold,
            "dial": {"rule": self.dial.rule, "aversion": self.dial.aversion},
            "per": self.per,
            "cap": self.cap,
            "guarantee": self.guarantee,
            "confidence": self.certificate.confidence,
            "threshold": self.certificate.threshold,
            "claims": [asdict(claim) for claim in self.certificate.claims],
            "why": self.certificate.why,
            "answered": self.answered.as_dict(),
            "cer": self.cer.as_dict(),
            "answered_cer": self.answered_cer.as_dict(),
            "risk": self.risk.as_dict(),
            "classes": [asdict(each) for each in self.classes],
            "curve": _points(self.curve),
            "curve_caution_0": _points(self.curve_caution_0),
        }


def certificates(
    judged: JudgedRun,
    caution: Caution,
    *,
    cap: float,
    confidence: float | None = 0.95,
    per: Cap = "answered",
    by_class: bool = True,
) -> tuple[Certified, ...]:
    """The certificate of each member: one belongs to one bundle and its groups, so a pool has none of its own.

    Args:
        judged: whose members have a certify part.
        caution: as for `pooled_decisions`.
        cap: critical errors per answered case, or per case, as a share; for harm mean severity, in the units of the
            matrix.
        confidence: with which the cap is certified; None: it is kept on average (`riskcore.decision.on_average`), which
            is for caps per case only.
        by_class: the cap has to hold for the cases of each critical class, too.

    Raises:
        InputError: no certify part, groups of it in another part, no dial to be chosen, a cap or confidence out of
            range, or on average what is per answered case.
    """
    greatest = float(judged.matrix.values.max())
    _check(cap, confidence, per, greatest)
    if isinstance(caution, Wish) and (note := nothing_to_choose_on(judged)):
        raise InputError(f"{judged.id}: {note}")
    members = calibrate(judged.predictions)
    dials = dials_for(members, judged.matrix, caution)
    return tuple(
        _certified(judged, member, own, dial, cap=cap, confidence=confidence, per=per, by_class=by_class)
        for member, own, dial in zip(judged.predictions.members, members, dials, strict=True)
    )


def _check(cap: float, confidence: float | None, per: Cap, greatest: float) -> None:
    if is_harm(per):
        if not 0 < cap < greatest:
            raise InputError(
                f"Expected as the cap of harm a mean severity above 0 and below {greatest:g}, the greatest cost in the "
                f"matrix, but got {cap:g}."
            )
    elif not 0 < cap < 1:
        raise InputError(
            "Expected a cap of more than 0 and fewer than 1,000 critical errors per 1,000, such as 50 (in Python a "
            f"share, 0.05), but got {1000 * cap:g}."
        )
    if confidence is None:
        if not is_per_case(per):
            raise InputError(
                "Only a cap per case (case, harm-case) can be kept on average: among answered cases the loss may fall "
                "as more are answered."
            )
    elif not 0 < confidence < 1:
        raise InputError(f"Expected a confidence between 0 and 1, such as 0.95, but got {confidence:g}.")


def _certified(
    judged: JudgedRun,
    member: Member,
    own: CalibratedMember,
    dial: Dial,
    *,
    cap: float,
    confidence: float | None,
    per: Cap,
    by_class: bool,
) -> Certified:
    kept, matrix = _kept(judged, member), judged.matrix
    harm, greatest = is_harm(per), float(matrix.values.max())

    def part(cases: Cases, probabilities: NDArray[np.float64], dial: Dial = dial) -> Scored:
        found = scored(cases.truth, probabilities, matrix, dial, cases.groups, harm=harm, strange=cases.strange)
        return found if by_class else Scored(found.scores, found.losses, found.groups)

    asked = (part(own.validation, own.validation_probabilities), part(kept, own.calibration.apply(kept.logits)))
    share, unit = (cap / greatest, greatest) if harm else (cap, None)
    if confidence is None:
        certificate = keep_on_average(*asked, cap=share, greatest=unit)
    else:
        of: Per = "case" if is_per_case(per) else "answered"
        certificate = certify(*asked, cap=share, confidence=confidence, per=of, greatest=unit)
    test = part(own.test, own.test_probabilities)
    answers = certificate.answers(test.scores)
    truth, groups = own.test.truth, own.test.groups
    calls = decide(own.test_probabilities, matrix, dial.aversion, dial.rule)
    wrong = matrix.critical_cells[truth, calls]
    bare = part(own.test, own.test_probabilities, CAUTION_0)
    return Certified(
        seed=member.seed,
        fold=member.fold,
        dial=dial,
        certificate=certificate,
        per=per,
        cap=cap,
        greatest=greatest,
        answered=proportion(answers, np.ones(len(answers), dtype=bool), groups),
        cer=rates(truth, calls, matrix, groups)["cer"],
        answered_cer=rates(truth[answers], calls[answers], matrix, groups[answers])["cer"],
        risk=_risk(test.losses, answers, groups, per, greatest),
        classes=tuple(
            AnsweredClass(
                name, int((truth == k).sum()), int(answers[truth == k].sum()), int(wrong[answers & (truth == k)].sum())
            )
            for k, name in enumerate(judged.classes)
        ),
        curve=_curve(test, per, greatest),
        curve_caution_0=() if dial.aversion == CAUTION_0.aversion else _curve(bare, per, greatest),
    )


def _kept(judged: JudgedRun, member: Member) -> Cases:
    if member.certify is None:
        raise InputError(
            f"{judged.id}: there is no certify part; train with data.certify=0.2, or mark rows of the predictions file "
            "with the split certify."
        )
    elsewhere = member.training_groups.union(member.validation.groups.tolist(), member.test.groups.tolist())
    if shared := elsewhere.intersection(member.certify.groups.tolist()):
        raise InputError(
            f"{judged.id}: {len(shared):,} group{' stands' if len(shared) == 1 else 's stand'} in the certify part and "
            "in another one, so nothing could be certified; move all cases of a group into one part."
        )
    return member.certify


def _risk(
    losses: NDArray[np.float64], answers: NDArray[np.bool_], groups: NDArray[Any], per: Cap, greatest: float
) -> Rate:
    """What a cap is about, in its units: over the answered cases, or over all with nothing lost by the others."""
    counted = np.ones_like(answers) if is_per_case(per) else answers
    lost = (losses * answers)[counted]
    if is_harm(per):
        return mean_interval(lost * greatest, groups[counted], greatest)
    return proportion(lost > 0, np.ones(len(lost), dtype=bool), groups[counted])


def _curve(test: Scored, per: Cap, greatest: float) -> Curve:
    """The risk as more cases are answered, the least risky first; equal scores go together."""
    order = np.argsort(test.scores, kind="stable")[: np.isfinite(test.scores).sum()]
    if not len(order):
        return ()
    ends = np.flatnonzero(np.append(np.diff(test.scores[order]) > 0, True)) + 1
    shown = ends[np.unique(np.linspace(0, len(ends) - 1, CURVE_POINTS).astype(int))]
    lost, cases = np.cumsum(test.losses[order]) * (greatest if is_harm(per) else 1), len(test.scores)
    return tuple((float(n / cases), float(lost[n - 1] / (cases if is_per_case(per) else n))) for n in shown)


def _points(curve: Curve) -> list[dict[str, float]]:
    return [{"answered": answered, "risk": risk} for answered, risk in curve]
