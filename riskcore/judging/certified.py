"""The certificate of a run: which cases it may answer, on what that rests, and what it means on its test part."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcore.decision.absent import nothing_to_choose_on
from riskcore.decision.certificate import AnswerRule, Cap, Certificate, Scored, certify, scored
from riskcore.decision.dial import Dial, decide
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.decision.pooled import CalibratedMember, calibrate
from riskcore.errors import InputError
from riskcore.metrics import Rate, proportion, rates
from riskcore.predictions import Cases, Member

CURVE_POINTS = 100
"""Most points of the curve of risk against the share answered."""


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
        certificate: the threshold and its claims; losses as shares of the matrix's greatest cost where `per` is harm.
        per, cap: what was asked, the cap in the units of the matrix where `per` is harm.
        answered: share of the test cases that are answered.
        cer, answered_cer: critical error rate of all test cases, and of the answered ones; by case, not certified.
        classes: of the test cases, one entry a class.
        curve: (share answered, CER of those) on test along the score.
    """

    seed: int
    fold: int | None
    dial: Dial
    certificate: Certificate
    per: Cap
    cap: float
    answered: Rate
    cer: Rate
    answered_cer: Rate
    classes: tuple[AnsweredClass, ...]
    curve: tuple[tuple[float, float], ...]

    @property
    def rule(self) -> AnswerRule | None:
        """What a bundle keeps of it; None where nothing is certified."""
        if self.certificate.threshold is None:
            return None
        return AnswerRule(self.certificate.threshold, self.cap, self.certificate.confidence, self.per)

    def as_dict(self) -> dict[str, Any]:
        """The JSON form; what is not a number becomes None where it is written."""
        return {
            "seed": self.seed,
            "fold": self.fold,
            "dial": {"rule": self.dial.rule, "aversion": self.dial.aversion},
            "per": self.per,
            "cap": self.cap,
            "confidence": self.certificate.confidence,
            "threshold": self.certificate.threshold,
            "claims": [asdict(claim) for claim in self.certificate.claims],
            "why": self.certificate.why,
            "answered": self.answered.as_dict(),
            "cer": self.cer.as_dict(),
            "answered_cer": self.answered_cer.as_dict(),
            "classes": [asdict(each) for each in self.classes],
            "curve": [{"answered": answered, "cer": cer} for answered, cer in self.curve],
        }


def certificates(
    judged: JudgedRun,
    caution: Wish | Dial,
    *,
    cap: float,
    confidence: float = 0.95,
    per: Cap = "answered",
    by_class: bool = True,
) -> tuple[Certified, ...]:
    """The certificate of each member: one belongs to one bundle and its groups, so a pool has none of its own.

    Args:
        judged: whose members have a certify part.
        caution: the dial, or what it is chosen for on validation.
        cap: critical errors per answered case, or per case, as a share; for harm mean severity per answered case, in
            the units of the matrix.
        by_class: the cap has to hold for the cases of each critical class, too.

    Raises:
        InputError: no certify part, groups of it in another part, no dial to be chosen, or a cap out of range.
    """
    if isinstance(caution, Wish) and (note := nothing_to_choose_on(judged)):
        raise InputError(f"{judged.id}: {note}")
    greatest = float(judged.matrix.values.max())
    share = cap / greatest if per == "harm" else cap
    return tuple(
        _certified(
            judged, member, own, caution, share=share, cap=cap, confidence=confidence, per=per, by_class=by_class
        )
        for member, own in zip(judged.predictions.members, calibrate(judged.predictions), strict=True)
    )


def _certified(
    judged: JudgedRun,
    member: Member,
    own: CalibratedMember,
    caution: Wish | Dial,
    *,
    share: float,
    cap: float,
    confidence: float,
    per: Cap,
    by_class: bool,
) -> Certified:
    kept = _kept(judged, member)
    dial = own.dial(judged.matrix, caution)

    def part(cases: Cases, probabilities: NDArray[np.float64]) -> Scored:
        found = scored(cases.truth, probabilities, judged.matrix, dial, cases.groups, harm=per == "harm")
        return found if by_class else Scored(found.scores, found.losses, found.groups)

    certificate = certify(
        part(own.validation, own.validation_probabilities),
        part(kept, own.calibration.apply(kept.logits)),
        cap=share,
        confidence=confidence,
        per="case" if per == "case" else "answered",
    )
    scores = part(own.test, own.test_probabilities).scores
    answers = certificate.answers(scores)
    truth, groups = own.test.truth, own.test.groups
    calls = decide(own.test_probabilities, judged.matrix, dial.aversion, dial.rule)
    wrong = judged.matrix.critical_cells[truth, calls]
    return Certified(
        seed=member.seed,
        fold=member.fold,
        dial=dial,
        certificate=certificate,
        per=per,
        cap=cap,
        answered=proportion(answers, np.ones(len(answers), dtype=bool), groups),
        cer=rates(truth, calls, judged.matrix, groups)["cer"],
        answered_cer=rates(truth[answers], calls[answers], judged.matrix, groups[answers])["cer"],
        classes=tuple(
            AnsweredClass(
                name, int((truth == k).sum()), int(answers[truth == k].sum()), int(wrong[answers & (truth == k)].sum())
            )
            for k, name in enumerate(judged.classes)
        ),
        curve=_curve(scores, wrong),
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


def _curve(scores: NDArray[np.float64], wrong: NDArray[np.bool_]) -> tuple[tuple[float, float], ...]:
    """CER of the answered cases as more are answered, the least risky first; equal scores go together."""
    order = np.argsort(scores, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(scores[order]) > 0, True)) + 1
    shown = ends[np.unique(np.linspace(0, len(ends) - 1, CURVE_POINTS).astype(int))]
    errors = np.cumsum(wrong[order])
    return tuple((float(n / len(scores)), float(errors[n - 1] / n)) for n in shown)
