"""What a reader of a report must know first: classes that validation or the judged part does not hold."""

from collections.abc import Sequence

import numpy as np

from riskcore.decision.absent import absent_classes, nothing_to_choose_on
from riskcore.decision.judged_run import JudgedRun
from riskcore.metrics.error_rates import NO_DANGEROUS_CASE
from riskcore.severity import SeverityMatrix

FIXED_ONLY = "The rates are those of argmax and of fixed dials."


def reader_note(judged: JudgedRun, split: str, *, wished: bool) -> str | None:
    """Why no dial was chosen, whose probability is not calibrated, and what was not tested; None where all is well.

    Args:
        judged: the run; its test part is what is judged.
        split: what that part is called.
        wished: whether a dial was to be chosen.

    Example:
        >>> from riskcore.predictions import Cases, Member, RunPredictions
        >>> names = np.array(["a", "b"])
        >>> full, half = (Cases(np.zeros((2, 2)), np.array(truth), names, names) for truth in ([0, 1], [0, 0]))
        >>> M = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> reader_note(JudgedRun(RunPredictions("demo", M.classes, [Member(full, half)]), M), "test", wished=True)
        'There is no dangerous case in test (none of melanoma): no critical error is possible there.'
    """
    sentences = []
    if why := nothing_to_choose_on(judged):
        sentences += [why, FIXED_ONLY] if wished else [why]
    if absent := absent_classes(judged):
        where = "Validation" if len(judged.predictions.members) == 1 else "Validation of at least one seed or fold"
        probability = "its probability is" if len(absent) == 1 else "their probabilities are"
        sentences.append(f"{where} holds no case of {', '.join(absent)}: {probability} not calibrated.")
    part = "the data" if split == "all" else split
    sentences += untested_words(untested(judged), judged.matrix, part)
    return " ".join(sentences) or None


def untested(judged: JudgedRun) -> tuple[str, ...]:
    """Classes of which no member's test part holds a case.

    Returns:
        Names, in class order.
    """
    truth = np.concatenate([member.test.truth for member in judged.predictions.members])
    held = np.bincount(truth, minlength=len(judged.classes)) > 0
    return tuple(name for name, there in zip(judged.classes, held, strict=True) if not there)


def untested_words(missing: Sequence[str], matrix: SeverityMatrix, part: str) -> list[str]:
    """That classes without a case are not tested, and that no critical error is possible without any critical case.

    Args:
        missing: classes of which a part holds no case.
        matrix: whose critical classes.
        part: what the part is called.

    Example:
        >>> M = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> untested_words(["naevus"], M, "test")
        ['No case of naevus is in test: it is not tested.']
    """
    critical = [name for name, danger in zip(matrix.classes, matrix.critical_classes, strict=True) if danger]
    found, others = [], list(missing)
    if critical and set(critical) <= set(missing):
        names = ", ".join(critical)
        found.append(f"There is {NO_DANGEROUS_CASE} in {part} (none of {names}): no critical error is possible there.")
        others = [name for name in missing if name not in critical]
    if others:
        tested = "it is" if len(others) == 1 else "they are"
        found.append(f"No case of {', '.join(others)} is in {part}: {tested} not tested.")
    return found
