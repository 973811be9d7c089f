"""One run at a stated share of critical classes: its frontier there, and decisions made for that share."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from riskcore.decision.absent import why_no_dial
from riskcore.decision.dial import Dial
from riskcore.decision.frontier import Floats, Frontier, frontier
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish, point_on
from riskcore.decision.pooled import CalibratedMember, PooledDecisions, calibrate, decide_tests, pooled_decisions
from riskcore.errors import InputError
from riskcore.metrics.prevalence import case_weights, check_prevalence, critical_share, shift
from riskcore.severity import RULES, SeverityMatrix


def frontier_at(
    prevalence: float, y_true: ArrayLike, probabilities: Floats, matrix: SeverityMatrix, rule: str = "severity"
) -> Frontier:
    """The rates as the dial turns, at a stated prevalence π of critical classes: `frontier` with re-weighted cases.

    accuracy, CER and expected severity = π·(that among critical classes) + (1−π)·(that among the others); the critical
    miss rate and the over-call rate do not depend on π.

    Args:
        prevalence: π in (0, 1).
        y_true, probabilities, matrix, rule: as for `frontier`.

    Raises:
        InputError: as `frontier`, π outside 0 to 1, or no case of critical or none of other classes.

    Example:
        >>> M = SeverityMatrix(classes=["naevus", "melanoma"], values=[[0, 1], [10, 0]], critical=10)
        >>> points = frontier_at(0.1, [0, 1], np.array([[0.8, 0.2], [0.6, 0.4]]), M)
        >>> float(points.cer[0]), float(points.accuracy[0])
        (0.1, 0.9)
    """
    check_prevalence(prevalence)
    truth = np.asarray(y_true, dtype=np.int64)
    critical_share(truth, matrix)
    critical = matrix.critical_classes[truth]
    sick, well = (frontier(truth[inside], probabilities[inside], matrix, rule) for inside in (critical, ~critical))
    mixed = {
        name: prevalence * getattr(sick, name) + (1 - prevalence) * getattr(well, name)
        for name in ("accuracy", "cer", "expected_severity")
    }
    return replace(sick, **mixed, over_call_rate=well.over_call_rate)


def decisions_at(judged: JudgedRun, caution: Wish | Dial, prevalence: float) -> PooledDecisions:
    """Decisions for a stated prevalence: probabilities shifted to it, the dial chosen and decided on them.

    Each member's calibrated probabilities mean what they say at the share of critical classes in its validation part,
    and are shifted from there (`riskcore.metrics.prevalence.shift`). A wish is served at the stated prevalence, too:
    accuracy, CER and severity of its validation part are re-weighted to it. Without validation cases of both kinds the
    share is that of the test part.

    Args:
        judged: the stored predictions and their matrix.
        caution: a wish, for which each member chooses its dial, or a fixed dial.
        prevalence: share of critical classes.

    Returns:
        As `pooled_decisions`, with shifted probabilities. `argmax`, of the raw logits, is not shifted.

    Raises:
        InputError: as `pooled_decisions`, a prevalence outside 0 to 1, or no cases of both kinds to shift from.
    """
    matrix = judged.matrix.require_critical()
    members = [_shifted(member, matrix, prevalence) for member in calibrate(judged.predictions)]
    dials = [_dial(member, matrix, caution, prevalence) for member in members]
    return replace(
        pooled_decisions(judged, Dial("severity", 0.0)),
        dial=decide_tests(members, dials, matrix),
        probabilities=np.concatenate([member.test_probabilities for member in members]),
        dials=tuple(dials),
    )


def _shifted(member: CalibratedMember, matrix: SeverityMatrix, prevalence: float) -> CalibratedMember:
    try:
        share = critical_share(member.validation.truth, matrix)
    except InputError:
        share = critical_share(member.test.truth, matrix)
    return replace(
        member,
        validation_probabilities=shift(member.validation_probabilities, matrix, share, prevalence),
        test_probabilities=shift(member.test_probabilities, matrix, share, prevalence),
    )


def _dial(member: CalibratedMember, matrix: SeverityMatrix, caution: Wish | Dial, prevalence: float) -> Dial:
    if isinstance(caution, Dial):
        return caution
    cases = member.validation
    if why := why_no_dial(cases, matrix):
        raise InputError(f"{why.removesuffix('.')}; give a rule and an aversion instead.")
    curves = [frontier_at(prevalence, cases.truth, member.validation_probabilities, matrix, rule) for rule in RULES]
    right = cases.logits.argmax(axis=1) == cases.truth
    accuracy = float(np.average(right, weights=case_weights(cases.truth, matrix, prevalence)))
    return point_on(curves, caution, accuracy)
