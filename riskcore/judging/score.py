"""How good the validation frontier is near a wish: one number for a search of settings to minimise."""

from collections.abc import Callable

import numpy as np

from riskcore.decision.absent import nothing_to_choose_on
from riskcore.decision.frontier import Floats, frontier, step_curve
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.decision.pooled import calibrate
from riskcore.errors import InputError
from riskcore.predictions import RunPredictions
from riskcore.severity import RULES

BAND = 0.01
"""How far to either side of the wished bound the frontier is averaged: a single point would reward luck."""
POINTS = 9


def frontier_score(judged: JudgedRun, reference: RunPredictions, wish: Wish) -> float:
    """What the dial can be made to do on validation, near a wish; lower is better.

    The mean over bounds b within ±1 point of the wished one of

    =================  ===========================================================
    accuracy_loss      least CER with accuracy ≥ b; b is counted from the argmax of the *reference*, so that
                       a run gains nothing by being less accurate itself
    accuracy_floor     least CER with accuracy ≥ b
    over_call_ceiling  least CER with over-call rate ≤ b
    cer_ceiling        least error rate (1 − accuracy) with CER ≤ b
    least_severity     least expected severity (no bound)
    =================  ===========================================================

    both rules of the dial searched, weighted by validation cases over the members of a pool. A bound that no setting
    fulfils counts as a model would that finds no critical case at all (CER: their share), or is never right.

    Args:
        judged: stored predictions and their matrix.
        reference: what `accuracy_loss` counts from, with the same seeds and folds; cross-entropy as a rule.
        wish: what the dial is for.

    Returns:
        A share in 0..1, or for `least_severity` a mean severity.

    Raises:
        InputError: no dial can be chosen on the validation cases, folds differ, or the matrix has no critical cell.

    Example:
        >>> from riskcore.predictions import Cases, Member
        >>> from riskcore.severity import SeverityMatrix
        >>> matrix = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]])
        >>> truth, names = np.arange(200) % 2, np.arange(200).astype(str)
        >>> said = np.where(np.arange(200) % 20 == 1, 0, truth)  # every tenth melanoma is missed
        >>> cases = Cases(4.0 * np.eye(2)[said], truth, names, names)
        >>> run = RunPredictions("run", matrix.classes, [Member(cases, cases)])
        >>> round(frontier_score(JudgedRun(run, matrix), run, Wish("over_call_ceiling", 0.0)), 3)
        0.05
    """
    run, matrix = judged.predictions, judged.matrix
    if why := nothing_to_choose_on(judged):
        raise InputError(f"{run.id}: {why}")
    own, theirs = calibrate(run), {(member.seed, member.fold): member for member in reference.members}
    scores, sizes = [], []
    for member in own:
        cases = member.validation
        if (member.seed, member.fold) not in theirs:
            raise InputError(f"{run.id} and {reference.id}: seeds or folds differ; train both over the same.")
        curves = [frontier(cases.truth, member.validation_probabilities, matrix, rule) for rule in RULES]
        accuracy, cer, over_call, severity = (
            np.concatenate([getattr(curve, name) for curve in curves])
            for name in ("accuracy", "cer", "over_call_rate", "expected_severity")
        )
        missed_all = float(matrix.critical_classes[cases.truth].mean())
        match wish.kind:
            case "accuracy_loss":
                floor = theirs[member.seed, member.fold].validation.argmax_accuracy - wish.value
                score = _mean(lambda bound: bound, accuracy, cer, floor, missed_all)
            case "accuracy_floor":
                score = _mean(lambda bound: bound, accuracy, cer, wish.value, missed_all)
            case "over_call_ceiling":
                score = _mean(lambda bound: -bound, -np.nan_to_num(over_call), cer, wish.value, missed_all)
            case "cer_ceiling":
                score = _mean(lambda bound: -bound, -cer, 1 - accuracy, wish.value, 1.0)
            case "least_severity":
                score = float(severity.min())
        scores.append(score)
        sizes.append(len(cases))
    return float(np.average(scores, weights=sizes))


def _mean(level: Callable[[Floats], Floats], reached: Floats, values: Floats, bound: float, worst: float) -> float:
    """Mean over the band of the least value among settings whose `reached` is at least level(b)."""
    levels, least = step_curve(reached, values)
    wanted = level(np.linspace(max(0.0, bound - BAND), bound + BAND, POINTS)) - 1e-9
    places = np.searchsorted(levels, wanted)
    return float(np.append(least, worst)[places].mean())
