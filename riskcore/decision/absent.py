"""Classes that validation does not hold: no dial can be chosen for their sake, and that has to be said."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from riskcore.decision.judged_run import JudgedRun
from riskcore.predictions import Cases, Member
from riskcore.severity import SeverityMatrix


def absent_classes(judged: JudgedRun) -> tuple[str, ...]:
    """Classes of which at least one member's validation part holds no case: their probability is not calibrated there.

    A member without any validation case does not count, as it is not calibrated at all.

    Returns:
        Names, in class order.

    Example:
        >>> names = np.array(["a", "b"])
        >>> cases = Cases(np.zeros((2, 3)), np.array([0, 2]), names, names)
        >>> from riskcore.predictions import RunPredictions
        >>> run = RunPredictions("demo", ("naevus", "melanoma", "wart"), [Member(cases, cases)])
        >>> M = SeverityMatrix(["naevus", "melanoma", "wart"], [[0, 2, 1], [10, 0, 10], [1, 2, 0]], critical=10)
        >>> absent_classes(JudgedRun(run, M))
        ('melanoma',)
    """
    parts = [member.validation for member in judged.predictions.members if len(member.validation)]
    absent = np.zeros(len(judged.classes), dtype=bool)
    for part in parts:
        absent |= ~_held(part, len(judged.classes))
    return tuple(name for name, gone in zip(judged.classes, absent, strict=True) if gone)


def absent_critical(judged: JudgedRun) -> tuple[str, ...]:
    """The critical classes among `absent_classes`: a dial chosen on such a validation part never saw them missed.

    Returns:
        Names, in class order.

    Example:
        >>> from riskcore.predictions import RunPredictions
        >>> names = np.array(["a", "b"])
        >>> cases = Cases(np.zeros((2, 2)), np.array([0, 0]), names, names)
        >>> run = RunPredictions("demo", ("naevus", "melanoma"), [Member(cases, cases)])
        >>> absent_critical(JudgedRun(run, SeverityMatrix(run.classes, [[0, 2], [10, 0]], critical=10)))
        ('melanoma',)
    """
    critical = _critical_names(judged.matrix)
    return tuple(name for name in absent_classes(judged) if name in critical)


def nothing_to_choose_on(judged: JudgedRun) -> str | None:
    """Why no dial can be chosen: a member without validation cases, or one whose validation holds no critical case.

    On a validation part without a case of a critical class every setting has a CER of 0, so that the most accurate
    one would look best, whatever it misses.

    Returns:
        One sentence, which names seeds and folds where there are several; None where a dial can be chosen.

    Example:
        >>> from riskcore.predictions import RunPredictions
        >>> names = np.array(["a", "b"])
        >>> cases = Cases(np.zeros((2, 2)), np.array([0, 0]), names, names)
        >>> M = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> nothing_to_choose_on(JudgedRun(RunPredictions("demo", M.classes, [Member(cases, cases)]), M))
        'Validation holds no case of a critical class (melanoma), so no dial can be chosen on it.'
        >>> members = [Member(cases, cases, seed=0, fold=fold) for fold in (0, 1)]
        >>> nothing_to_choose_on(JudgedRun(RunPredictions("demo", M.classes, members), M))[:58]
        'Validation of fold 0 and fold 1 holds no case of a critica'
    """
    members = judged.predictions.members
    if empty := [member for member in members if not len(member.validation)]:
        return _no_cases("" if len(empty) == len(members) else _of(empty, members))
    if blind := [member for member in members if not holds_critical(member.validation, judged.matrix)]:
        return no_critical_case(judged.matrix, _of(blind, members))
    return None


def why_no_dial(validation: Cases, matrix: SeverityMatrix) -> str | None:
    """The same of one validation part, with the matrix in the order of its logit columns."""
    if not len(validation):
        return _no_cases("")
    return None if holds_critical(validation, matrix) else no_critical_case(matrix)


def holds_critical(cases: Cases, matrix: SeverityMatrix) -> bool:
    """Whether there is a case of a critical class; True of a matrix that has none, which is refused elsewhere."""
    return bool(matrix.critical_classes[cases.truth].any() or not matrix.critical_classes.any())


def _held(cases: Cases, classes: int) -> NDArray[np.bool_]:
    return np.bincount(cases.truth, minlength=classes) > 0


def _critical_names(matrix: SeverityMatrix) -> list[str]:
    return [name for name, danger in zip(matrix.classes, matrix.critical_classes, strict=True) if danger]


def _no_cases(whose: str) -> str:
    if whose:
        return f"There are no validation cases{whose}, so nothing is calibrated there and no dial can be chosen."
    return "There are no validation cases, so nothing is calibrated and no dial can be chosen."


def no_critical_case(matrix: SeverityMatrix, whose: str = "") -> str:
    """The sentence of a validation part without a case of any critical class.

    Args:
        matrix: whose critical classes.
        whose: " of fold 2" and the like.
    """
    names = ", ".join(_critical_names(matrix))
    return f"Validation{whose} holds no case of a critical class ({names}), so no dial can be chosen on it."


def _of(some: Iterable[Member], members: Iterable[Member]) -> str:
    """Which of several members; "" where there is but one."""
    every = list(members)
    if len(every) == 1:
        return ""
    seeds, folds = len({member.seed for member in every}) > 1, len({member.fold for member in every}) > 1

    def name(member: Member) -> str:
        words = [f"seed {member.seed}"] if seeds else []
        words += [f"fold {member.fold}"] if folds and member.fold is not None else []
        return " ".join(words)

    *first, last = (name(member) for member in some)
    return f" of {' and '.join([', '.join(first), last])}" if first else f" of {last}"
