"""What a clinician should look at again in a severity matrix that is valid but may not be meant."""

import numpy as np

from riskcore.severity.groups import group_order
from riskcore.severity.matrix import SeverityMatrix


def advice(matrix: SeverityMatrix) -> list[str]:
    """Warnings in words, one sentence or two each; none where nothing is unusual.

    Example:
        >>> advice(SeverityMatrix(["a", "b"], [[0, 1], [1, 0]], critical=5))[0][:52]
        'No mistake is dangerous: the largest severity is 1 a'
        >>> advice(SeverityMatrix.preset("isic2018"))
        []
    """
    found = [_danger(matrix), _equal(matrix), _free(matrix), *_by_groups(matrix)]
    return [sentence for sentence in found if sentence]


def _danger(matrix: SeverityMatrix) -> str | None:
    wrong, critical = _wrong(matrix), matrix.critical_cells
    if not critical.any():
        return (
            f"No mistake is dangerous: the largest severity is {matrix.values.max():g} and the threshold "
            f"{matrix.critical:g}. Lower the threshold or raise a severity; until then dangerous mistakes cannot be "
            "counted."
        )
    if critical[wrong].all():
        return "Every mistake counts as dangerous, so dangerous mistakes are no more than all mistakes."
    return None


def _equal(matrix: SeverityMatrix) -> str | None:
    costs = matrix.values[_wrong(matrix)]
    if len(costs) > 2 and np.ptp(costs) <= 1e-12 * costs.max():
        return "Every mistake has the same severity, so the matrix changes neither training nor decisions."
    return None


def _free(matrix: SeverityMatrix) -> str | None:
    cells = np.argwhere((matrix.values == 0) & _wrong(matrix))
    return _listed(
        matrix, cells, "has severity 0: it counts as no harm at all", "have severity 0: they count as no harm"
    )


def _by_groups(matrix: SeverityMatrix) -> list[str | None]:
    order, groups = group_order(matrix), matrix.groups
    if groups is None or len(order) < 2:
        return []
    rank = np.array([order.index(groups[name]) for name in matrix.classes])
    over_call = rank[:, None] < rank[None, :]
    dearer = np.argwhere(over_call & (matrix.values > matrix.values.T))
    alarms = np.argwhere(over_call & matrix.critical_cells)
    quiet = [name for name, row in zip(matrix.classes, matrix.critical_cells, strict=True) if not row.any()]
    worst = [name for name in quiet if groups[name] == order[-1]] if matrix.critical_cells.any() else []
    return [
        _listed(
            matrix,
            dearer,
            "is a false alarm, yet it is worse than the miss the other way round",
            "are false alarms, yet each is worse than the miss the other way round",
        ),
        _listed(
            matrix,
            alarms,
            "is a false alarm, yet it counts as a dangerous mistake",
            "are false alarms, yet they count as dangerous mistakes",
        ),
        f"{', '.join(worst)}: in the most dangerous group ({order[-1]}), yet no mistake about it is dangerous."
        if worst
        else None,
    ]


def _wrong(matrix: SeverityMatrix) -> np.ndarray:
    return ~np.eye(matrix.number_of_classes, dtype=bool)


def _listed(matrix: SeverityMatrix, cells: np.ndarray, one: str, many: str) -> str | None:
    """A sentence about cells: the first by name, the others as a number."""
    if not len(cells):
        return None
    truth, prediction = (matrix.classes[index] for index in cells[0])
    named = f"Truth {truth}, model says {prediction}"
    return f"{named} {one}." if len(cells) == 1 else f"{len(cells)} mistakes {many}, e.g.: {named}."
