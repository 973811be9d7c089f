"""Which cell of the severity matrix matters most: how many decisions hang on each."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskcore.decision.dial import Dial
from riskcore.decision.operating import Wish
from riskcore.judging.changes import Effect, changes, effects
from riskcore.judging.whatif import Whatif
from riskcore.severity import SeverityMatrix

FACTORS = (2.0, 0.5)


@dataclass(frozen=True)
class CellSensitivity:
    """How many test decisions change when one cell's severity changes, all else kept.

    Attributes:
        doubled, halved: (K, K) int64, decisions that are others when that severity is doubled or halved, rows the
            truth; 0 where halving would leave no dangerous mistake in the matrix, or none of a class that validation
            holds, so that it cannot be asked.
        n: number of decisions; a pool's seeds each decide every case.
    """

    doubled: NDArray[np.int64]
    halved: NDArray[np.int64]
    n: int

    @property
    def changed(self) -> NDArray[np.int64]:
        """(K, K) int64, the greater of the two."""
        return np.maximum(self.doubled, self.halved)

    @property
    def top(self) -> tuple[int, int] | None:
        """(truth, prediction) of the cell that changes most, the first of equals; None where none changes anything."""
        changed = self.changed
        place = int(changed.argmax())
        return None if not changed.flat[place] else divmod(place, len(changed))

    @property
    def equals(self) -> list[tuple[int, int]]:
        """(truth, prediction) of the other cells that change as many as the top one."""
        changed = self.changed
        if self.top is None:
            return []
        return [divmod(int(place), len(changed)) for place in np.flatnonzero(changed == changed.max())[1:]]


def cell_sensitivity(
    whatif: Whatif,
    matrix: SeverityMatrix,
    caution: Wish | Dial | None = None,
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> CellSensitivity:
    """Double and halve each cell alone, choose the dial anew, and count the decisions that change.

    changed[i, j] = max over f in {2, ½} of #{n : ŷ(M with M[i, j]·f)ₙ ≠ ŷ(M)ₙ}, the dial chosen for the same wish
    under each matrix. The critical threshold stays, so doubling can make a confusion critical and halving can end
    that. A cell of 0 stays 0 and changes nothing.

    Args:
        whatif: a run or pool, ready to be asked.
        matrix: the severity matrix, classes in any order, which rows and columns of the result follow.
        caution: a wish (default `Wish()`), or a fixed dial.
        progress: told (done, total) after each cell.

    Returns:
        The counts.

    Raises:
        InputError: the matrix is for other classes or has no critical cell, or a wish meets no validation case.

    Example:
        >>> from riskcore.predictions import Cases, Member, RunPredictions
        >>> names = np.array(["a.png", "b.png"])
        >>> cases = Cases(np.log([[0.8, 0.2], [0.7, 0.3]]), np.array([0, 1]), names, names)
        >>> matrix = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=5)
        >>> run = RunPredictions("demo", matrix.classes, [Member(Cases.empty(2), cases)])
        >>> found = cell_sensitivity(Whatif(run), matrix, Dial("severity", 1.0))
        >>> found.doubled.tolist(), found.halved.tolist(), found.top, found.n
        ([[0, 1], [0, 0]], [[0, 0], [1, 0]], (0, 1), 2)
    """
    matrix.require_critical()
    now = whatif.decide(matrix, whatif.choose(matrix, caution))
    counts = np.zeros((len(FACTORS), *matrix.values.shape), dtype=np.int64)
    cells = np.argwhere(matrix.values > 0)
    for done, cell in enumerate(cells, start=1):
        for number, factor in enumerate(FACTORS):
            values = matrix.values.copy()
            values[tuple(cell)] *= factor
            edited = SeverityMatrix(matrix.classes, values, matrix.critical)
            if edited.critical_cells.any() and not whatif.unable(edited, caution):
                then = whatif.decide(edited, whatif.choose(edited, caution))
                counts[(number, *cell)] = (then != now).sum()
        progress(done, len(cells))
    return CellSensitivity(counts[0], counts[1], len(now))


@dataclass(frozen=True)
class TopChange:
    """What the change of the cell that matters most does.

    Attributes:
        truth, said: class names.
        severity, edited: of the cell, and doubled or halved, whichever changes more decisions.
        critical: the threshold, from which on a mistake is dangerous.
        effects: how many of the changed decisions do more harm, less, or as much, by the matrix with that change.
    """

    truth: str
    said: str
    severity: float
    edited: float
    critical: float
    effects: dict[Effect, int]

    @property
    def crosses(self) -> bool:
        """Whether the mistake becomes dangerous by it, or ceases to be."""
        return (self.severity >= self.critical) != (self.edited >= self.critical)


def top_change(
    sensitivity: CellSensitivity, whatif: Whatif, matrix: SeverityMatrix, caution: Wish | Dial | None = None
) -> TopChange | None:
    """Make the change that matters most once more, and tell its direction; None where no cell matters.

    Args:
        sensitivity: as `cell_sensitivity` gives it for the same run, matrix and caution.
        whatif, matrix, caution: as for `cell_sensitivity`.

    Example:
        >>> from riskcore.predictions import Cases, Member, RunPredictions
        >>> names = np.array(["a.png", "b.png"])
        >>> cases = Cases(np.log([[0.8, 0.2], [0.7, 0.3]]), np.array([0, 1]), names, names)
        >>> matrix = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=5)
        >>> whatif = Whatif(RunPredictions("demo", matrix.classes, [Member(Cases.empty(2), cases)]))
        >>> found = cell_sensitivity(whatif, matrix, Dial("severity", 1.0))
        >>> change = top_change(found, whatif, matrix, Dial("severity", 1.0))
        >>> change.truth, change.said, change.edited, change.effects, change.crosses
        ('naevus', 'melanoma', 4.0, {'worse': 0, 'better': 1, 'equal': 0}, False)
    """
    if sensitivity.top is None:
        return None
    values = matrix.values.copy()
    values[sensitivity.top] *= (
        FACTORS[0] if sensitivity.doubled[sensitivity.top] >= sensitivity.halved[sensitivity.top] else FACTORS[1]
    )
    edited = SeverityMatrix(matrix.classes, values, matrix.critical)
    result = whatif.update(edited, caution, whatif.choose(matrix, caution), matrix)
    truth, said = (matrix.classes[place] for place in sensitivity.top)
    return TopChange(
        truth=truth,
        said=said,
        severity=float(matrix.values[sensitivity.top]),
        edited=float(values[sensitivity.top]),
        critical=matrix.critical,
        effects=effects(changes(result)),
    )
