"""Mistakes that an edit carries across the dangerous threshold: they join or leave the counts, whatever is decided."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from riskcore.decision.judged_run import fit_matrix
from riskcore.formats import count
from riskcore.judging.whatif import WhatifResult
from riskcore.metrics import confusion
from riskcore.severity import SeverityMatrix


@dataclass(frozen=True)
class Crossing:
    """A confusion that was dangerous and is no longer, or the other way round.

    Attributes:
        truth, said: class names.
        mistakes: how often it was made before the edit, summed over seeds.
        dangerous: whether it is dangerous now.
    """

    truth: str
    said: str
    mistakes: int
    dangerous: bool


def crossings(result: WhatifResult, before: SeverityMatrix) -> list[Crossing]:
    """The confusions that an edit carries across the threshold, those made most often first.

    Counted are the decisions as they were before the edit, so no changed decision plays a part.

    Args:
        result: of an update.
        before: the matrix before the edit, classes in any order.

    Example:
        >>> from riskcore.predictions import Cases, Member, RunPredictions
        >>> from riskcore.judging.whatif import Dial, Whatif
        >>> names = np.array(["a.png", "b.png"])
        >>> cases = Cases(np.log([[0.8, 0.2], [0.7, 0.3]]), np.array([0, 1]), names, names)
        >>> before = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> edited = SeverityMatrix(["naevus", "melanoma"], [[0, 10], [5, 0]], critical=10)
        >>> run = RunPredictions("demo", before.classes, [Member(Cases.empty(2), cases)])
        >>> for crossing in crossings(Whatif(run).update(edited, Dial("severity", 0.0)), before):
        ...     print(crossing)
        Crossing(truth='melanoma', said='naevus', mistakes=1, dangerous=False)
        Crossing(truth='naevus', said='melanoma', mistakes=0, dangerous=True)
    """
    classes, is_now = result.judged.classes, result.judged.matrix.critical_cells
    was = fit_matrix(before, classes).critical_cells
    made = confusion(result.truth, result.earlier, len(classes))
    found = [
        Crossing(classes[y], classes[j], int(made[y, j]), bool(is_now[y, j])) for y, j in np.argwhere(was != is_now)
    ]
    return sorted(found, key=lambda crossing: -crossing.mistakes)


def crossing_words(crossed: Sequence[Crossing], seeds: int = 1) -> str:
    """What the crossings alone do to the counts, a sentence for each direction; "" where no mistake crosses.

    Args:
        crossed: as `crossings` gives them; confusions that were never made are left out.
        seeds: of the pool; counts are means over them.

    Example:
        >>> print(crossing_words([Crossing("melanoma", "naevus", 13, dangerous=False)]))
        13 mistakes that were dangerous before your edit no longer count as such (melanoma called naevus): that alone \
makes the counts below fall, without any better decision.
    """
    sentences = []
    for dangerous, what, move in (
        (False, "dangerous before your edit no longer count as such", "fall, without any better decision"),
        (True, "not dangerous before your edit now count as dangerous", "rise, without any worse decision"),
    ):
        these = [crossing for crossing in crossed if crossing.dangerous == dangerous and crossing.mistakes]
        if not these:
            continue
        number = count(sum(crossing.mistakes for crossing in these), seeds)
        subject = f"{number} mistake that was" if number == "1" else f"{number} mistakes that were"
        if number == "1":
            what = what.replace("count", "counts")
        names = ", ".join(f"{crossing.truth} called {crossing.said}" for crossing in these)
        sentences.append(f"{subject} {what} ({names}): that alone makes the counts below {move}.")
    return " ".join(sentences)


def class_words(before: SeverityMatrix, matrix: SeverityMatrix) -> str:
    """Which classes an edit makes dangerous or no longer so, as that changes whose cases are counted; "" for none.

    Example:
        >>> before = SeverityMatrix(["naevus", "melanoma"], [[0, 10], [10, 0]], critical=10)
        >>> edited = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> print(class_words(before, edited))
        Dangerous cases were those of naevus, melanoma and are now those of melanoma, so “Missed dangerous cases” and \
“False alarms” are shares of other cases than before.
    """
    was, now = (
        [name for name, critical in zip(each.classes, each.critical_classes, strict=True) if critical]
        for each in (before.reordered(matrix.classes), matrix)
    )
    if was == now:
        return ""
    return (
        f"Dangerous cases were those of {', '.join(was) or 'no class'} and are now those of {', '.join(now)}, so "
        "“Missed dangerous cases” and “False alarms” are shares of other cases than before."
    )
