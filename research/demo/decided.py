"""What caution and a first edit of the matrix change in one training, and whether an interval tells it from luck."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from riskcore.decision.dial import Dial
from riskcore.decision.operating import Wish
from riskcore.judging.whatif import Whatif
from riskcore.metrics.differences import Difference, pseudo_groups
from riskcore.metrics.resampling import group_codes, group_sums, unit_weights
from riskcore.predictions import Member, RunPredictions
from riskcore.severity import SeverityMatrix

Decisions = NDArray[np.int64]

NO_CAUTION = Dial("severity", 0.0)
"""The calibrated likeliest class."""

EDITED, WORSE = ("melanoma", "naevus"), 30.0
"""The first edit: this mistake, of severity 10 in the demo's matrix, becomes three times as bad."""

CAUTIONS = {
    "at the default wish": Wish(),
    "for least average harm": Wish("least_severity", 0.0),
    "at caution 0.8 against average harm": Dial("severity", 0.8),
}


@dataclass(frozen=True)
class Change:
    """A count before and after in one training.

    Attributes:
        question: what changed what.
        part: whose cases: "validation" or "test".
        seed: of the training.
        before, after: cases.
        low, high: paired 95 % interval of after − before, resampled by lesion, with the dials as they were chosen.
    """

    question: str
    part: str
    seed: int
    before: int
    after: int
    low: float
    high: float

    @property
    def decided(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.low > 0 or self.high < 0


def changes(member: Member, matrix: SeverityMatrix) -> Iterator[Change]:
    """All that is asked of one training; classes in the order of the matrix.

    Args:
        member: its stored predictions.
        matrix: the demo's.
    """
    edited = with_edit(matrix)
    parts = {"validation": replace(member, test=member.validation), "test": member}
    cell = tuple(matrix.classes.index(name) for name in EDITED)
    for part, own in parts.items():
        whatif = Whatif(RunPredictions("demo", matrix.classes, [own]))
        plain = whatif.decide(matrix, NO_CAUTION)
        cautious = whatif.decide(matrix, whatif.choose(matrix, Wish()))
        malignant = matrix.critical_classes
        counted = {
            "dangerous misses": matrix.critical_cells,
            "false alarms": ~malignant[:, None] & malignant[None, :],
        }
        for name, cells in counted.items():
            yield _change(f"caution, {name}", part, own, plain, cautious, cells)
        named = np.zeros_like(matrix.critical_cells)
        named[cell] = True
        for words, caution in CAUTIONS.items():
            before, after = (whatif.decide(each, whatif.choose(each, caution)) for each in (matrix, edited))
            yield _change(f"first edit {words}, {EDITED[0]}s called {EDITED[1]}", part, own, before, after, named)


def with_edit(matrix: SeverityMatrix) -> SeverityMatrix:
    """The matrix after the first edit."""
    values = matrix.values.copy()
    values[tuple(matrix.classes.index(name) for name in EDITED)] = WORSE
    return SeverityMatrix(matrix.classes, values, critical=matrix.critical, groups=matrix.groups)


def _change(
    question: str, part: str, member: Member, before: Decisions, after: Decisions, cells: NDArray[np.bool_]
) -> Change:
    truth = member.test.truth
    counts = [cells[truth, decisions].astype(np.float64) for decisions in (before, after)]
    codes, groups = group_codes(member.test.groups)
    by_group = group_sums(counts[1] - counts[0], codes, groups)
    weights = unit_weights(groups)
    drawn = weights @ by_group * (groups / weights.sum(axis=1)) / len(truth)
    noise = pseudo_groups(by_group, groups, len(weights), np.random.default_rng(0))
    rate = Difference(float(by_group.sum()) / len(truth), drawn + noise, len(truth), groups).rate()
    ends = (rate.low * len(truth), rate.high * len(truth))
    return Change(question, part, member.seed, int(counts[0].sum()), int(counts[1].sum()), *ends)
