"""Which decisions an edit changes, what is at stake most first, and the confusions before and after."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

import numpy as np

from riskcore.judging.mistakes import HarmTable, weighed
from riskcore.judging.whatif import WhatifResult

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


def changes(result: WhatifResult) -> list[Change]:
    """The changed decisions of a what-if, those with most at stake first.

    At stake is the greater harm of the decision before and now, so that a dangerous mistake made and one avoided
    both come first; of equal ones the more harmful new decision does, then the name of the sample.

    Args:
        result: of an update.

    Returns:
        One entry for each different (image, earlier decision, decision now).

    Example:
        >>> from riskcore.predictions import Cases, Member, RunPredictions
        >>> from riskcore.judging.whatif import Dial, Whatif
        >>> from riskcore.severity import SeverityMatrix
        >>> names = np.array(["a.png", "b.png"])
        >>> cases = Cases(np.log([[0.8, 0.2], [0.7, 0.3]]), np.array([0, 1]), names, names)
        >>> matrix = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> run = RunPredictions("demo", matrix.classes, [Member(Cases.empty(2), cases)])
        >>> for change in changes(Whatif(run).update(matrix, Dial("severity", 1.0))):
        ...     print(change.sample, change.earlier, "->", change.now, change.effect)
        b.png naevus -> melanoma better
        a.png naevus -> melanoma worse
    """
    rows = np.flatnonzero(result.changed)
    columns = (result.samples, result.truth, result.earlier, result.decisions)
    counted = Counter(zip(*(column[rows].tolist() for column in columns), strict=True))
    classes, costs = result.judged.classes, result.judged.matrix.values.tolist()
    found = [
        Change(sample, classes[y], classes[old], classes[new], costs[y][old], costs[y][new], times)
        for (sample, y, old, new), times in counted.items()
    ]
    return sorted(found, key=lambda c: (-max(c.harm, c.earlier_harm), -c.harm, c.sample))


def mixed(changed: Sequence[Change], number: int) -> list[Change]:
    """The first of the changes that do less harm and of those that do more in turn, so that both sides are seen.

    Args:
        changed: as `changes` gives them.
        number: how many at most.

    Example:
        >>> harms = {"a": (9, 0), "b": (8, 0), "c": (0, 3), "d": (2, 2)}
        >>> found = [Change(sample, "x", "y", "z", before, now, times=1) for sample, (before, now) in harms.items()]
        >>> [change.sample for change in mixed(found, 3)]
        ['a', 'c', 'd']
    """
    kinds: tuple[Effect, ...] = ("better", "worse", "equal")
    sides = [[change for change in changed if change.effect == kind] for kind in kinds]
    return [change for row in zip_longest(*sides) for change in row if change is not None][:number]


def effects(changed: list[Change]) -> dict[Effect, int]:
    """How many of the changed decisions do more harm, less, or as much.

    Example:
        >>> effects([Change("a", "naevus", "naevus", "melanoma", 0, 2, times=2)])
        {'worse': 2, 'better': 0, 'equal': 0}
    """
    counts: dict[Effect, int] = {"worse": 0, "better": 0, "equal": 0}
    for change in changed:
        counts[change.effect] += change.times
    return counts


def harm_tables(result: WhatifResult, order: Sequence[str] | None = None) -> tuple[HarmTable, HarmTable]:
    """The confusions of the earlier decisions and of those now, both weighed by the edited matrix.

    Args:
        result: of an update.
        order: class names as rows and columns shall follow each other; default the run's.

    Example:
        >>> from riskcore.predictions import Cases, Member, RunPredictions
        >>> from riskcore.judging.whatif import Dial, Whatif
        >>> from riskcore.severity import SeverityMatrix
        >>> names = np.array(["a.png", "b.png"])
        >>> cases = Cases(np.log([[0.8, 0.2], [0.7, 0.3]]), np.array([0, 1]), names, names)
        >>> matrix = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> run = RunPredictions("demo", matrix.classes, [Member(Cases.empty(2), cases)])
        >>> result = Whatif(run).update(matrix, Dial("severity", 1.0))
        >>> [table.harm.tolist() for table in harm_tables(result)]
        [[[0.0, 0.0], [5.0, 0.0]], [[0.0, 1.0], [0.0, 0.0]]]
    """
    judged, cases = result.judged, len(result.truth) // len(result.judged.seeds)
    return (
        weighed(judged, result.truth, result.earlier, result.earlier_rates["expected_severity"], cases, order),
        weighed(judged, result.truth, result.decisions, result.after["expected_severity"], cases, order),
    )
