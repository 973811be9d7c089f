"""Which decisions an edit changes, what is at stake most first, and the confusions before and after."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from riskcore.judging.mistakes import HarmTable
from riskcore.judging.whatif import WhatifResult
from riskcore.metrics import Rate, confusion, severity_confusion
from riskcore.severity import SeverityMatrix

Effect = Literal["worse", "better", "equal"]


@dataclass(frozen=True)
class Change:
    """A decision that is another than before.

    Attributes:
        sample: names the image.
        truth, earlier, now: class names; what was decided before and what is decided now.
        earlier_harm, harm: severity of the two decisions by the edited matrix, 0 where right.
        times: in how many runs of a pool the decision on this image changes so.
    """

    sample: str
    truth: str
    earlier: str
    now: str
    earlier_harm: float
    harm: float
    times: int

    @property
    def effect(self) -> Effect:
        """Whether the new decision does more harm, less, or as much."""
        if self.harm == self.earlier_harm:
            return "equal"
        return "worse" if self.harm > self.earlier_harm else "better"


def changes(result: WhatifResult, classes: Sequence[str], matrix: SeverityMatrix) -> list[Change]:
    """The changed decisions of a what-if, those with most at stake first.

    At stake is the greater harm of the decision before and now, so that a dangerous mistake made and one avoided
    both come first; of equal ones the more harmful new decision does, then the name of the sample.

    Args:
        result: of an update.
        classes: of the run, in the order of the class indices.
        matrix: the edited matrix, classes in any order.

    Returns:
        One entry for each different (image, earlier decision, decision now).

    Example:
        >>> from riskcore.predictions import Cases, Member, RunPredictions
        >>> from riskcore.judging.whatif import Dial, Whatif
        >>> names = np.array(["a.png", "b.png"])
        >>> cases = Cases(np.log([[0.8, 0.2], [0.7, 0.3]]), np.array([0, 1]), names, names)
        >>> matrix = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> run = RunPredictions("demo", matrix.classes, [Member(Cases.empty(2), cases)])
        >>> for change in changes(Whatif(run).update(matrix, Dial("severity", 1.0)), run.classes, matrix):
        ...     print(change.sample, change.earlier, "->", change.now, change.effect)
        b.png naevus -> melanoma better
        a.png naevus -> melanoma worse
    """
    rows = np.flatnonzero(result.changed)
    columns = (result.samples, result.truth, result.earlier, result.decisions)
    counted = Counter(zip(*(column[rows].tolist() for column in columns), strict=True))
    costs = matrix.reordered(classes).values.tolist()
    found = [
        Change(sample, classes[y], classes[old], classes[new], costs[y][old], costs[y][new], times)
        for (sample, y, old, new), times in counted.items()
    ]
    return sorted(found, key=lambda c: (-max(c.harm, c.earlier_harm), -c.harm, c.sample))


def effects(found: list[Change]) -> dict[Effect, int]:
    """How many of the changed decisions do more harm, less, or as much.

    Example:
        >>> effects([Change("a", "naevus", "naevus", "melanoma", 0, 2, times=2)])
        {'worse': 2, 'better': 0, 'equal': 0}
    """
    counts: dict[Effect, int] = {"worse": 0, "better": 0, "equal": 0}
    for change in found:
        counts[change.effect] += change.times
    return counts


def harm_tables(
    result: WhatifResult, classes: Sequence[str], matrix: SeverityMatrix, seeds: int
) -> tuple[HarmTable, HarmTable]:
    """The confusions of the earlier decisions and of those now, both weighed by the edited matrix.

    Args:
        result: of an update.
        classes: of the run, in the order of the class indices; rows and columns follow the matrix.
        matrix: the edited matrix.
        seeds: of the run or pool.

    Example:
        >>> from riskcore.predictions import Cases, Member, RunPredictions
        >>> from riskcore.judging.whatif import Dial, Whatif
        >>> names = np.array(["a.png", "b.png"])
        >>> cases = Cases(np.log([[0.8, 0.2], [0.7, 0.3]]), np.array([0, 1]), names, names)
        >>> matrix = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> run = RunPredictions("demo", matrix.classes, [Member(Cases.empty(2), cases)])
        >>> result = Whatif(run).update(matrix, Dial("severity", 1.0))
        >>> [table.harm.tolist() for table in harm_tables(result, run.classes, matrix, seeds=1)]
        [[[0.0, 0.0], [5.0, 0.0]], [[0.0, 1.0], [0.0, 0.0]]]
    """

    place = np.array([matrix.classes.index(name) for name in classes])

    def table(decisions: NDArray[np.int64], average: Rate) -> HarmTable:
        return HarmTable(
            matrix=matrix,
            counts=confusion(place[result.truth], place[decisions], len(classes)),
            harm=severity_confusion(place[result.truth], place[decisions], matrix),
            average=average,
            seeds=seeds,
            cases=len(result.truth) // seeds,
        )

    earlier = result.argmax if result.before is None else result.before
    return (
        table(result.earlier, earlier["expected_severity"]),
        table(result.decisions, result.after["expected_severity"]),
    )
