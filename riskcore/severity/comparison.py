"""Two severity matrices cell by cell: costs, dangerous mistakes, threshold, groups and classes."""

from dataclasses import dataclass

from riskcore.severity.matrix import SeverityMatrix


@dataclass(frozen=True)
class Cell:
    """A confusion that two matrices judge differently.

    Attributes:
        truth, prediction: class names.
        costs: severity in the first matrix and in the second.
        critical: whether it is dangerous in the first and in the second.
    """

    truth: str
    prediction: str
    costs: tuple[float, float]
    critical: tuple[bool, bool]

    @property
    def change(self) -> str:
        """From the first to the second, in words.

        Example:
            >>> Cell("melanoma", "naevus", (3, 10), (False, True)).change
            'higher, becomes dangerous'
        """
        words = [] if self.costs[0] == self.costs[1] else ["higher" if self.costs[1] > self.costs[0] else "lower"]
        if self.critical[0] != self.critical[1]:
            words.append("becomes dangerous" if self.critical[1] else "no longer dangerous")
        return ", ".join(words)


@dataclass(frozen=True)
class MatrixComparison:
    """What differs between two matrices.

    Attributes:
        cells: confusions of the classes both have that cost something else or are dangerous in only one.
        compared: number of confusions that both have.
        thresholds: critical threshold of the first and the second.
        groups: class -> its group in the first and the second, where they differ ("–" for none).
        only: classes that only the first has, and those that only the second has.
    """

    cells: tuple[Cell, ...]
    compared: int
    thresholds: tuple[float, float]
    groups: dict[str, tuple[str, str]]
    only: tuple[tuple[str, ...], tuple[str, ...]]

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        return not (self.cells or self.groups or any(self.only)) and self.thresholds[0] == self.thresholds[1]

    def sentences(self) -> list[str]:
        """What differs, in words, from the first matrix to the second."""
        if self.equal:
            return ["Nothing differs."]
        found = [self._costs()]
        for danger, one, many in (
            (True, "becomes dangerous", "become dangerous"),
            (False, "is no longer dangerous", "are no longer dangerous"),
        ):
            if number := sum(cell.critical == (not danger, danger) for cell in self.cells):
                found.append(f"{number} {one if number == 1 else many}.")
        if self.thresholds[0] != self.thresholds[1]:
            found.append(
                f"The threshold of a dangerous mistake goes from {self.thresholds[0]:g} to {self.thresholds[1]:g}."
            )
        for name, (first, second) in self.groups.items():
            found.append(f"The group of {name} goes from {first} to {second}.")
        for names, which in zip(self.only, ("first", "second"), strict=True):
            if names:
                found.append(f"Only the {which} has {', '.join(names)}.")
        return found

    def _costs(self) -> str:
        changed = [cell for cell in self.cells if cell.costs[0] != cell.costs[1]]
        if not changed:
            return (
                f"All {self.compared} mistakes have the same severity." if self.compared else "They share no mistake."
            )
        higher = sum(cell.costs[1] > cell.costs[0] for cell in changed)
        return (
            f"{len(changed)} of {self.compared} mistakes have another severity: "
            f"{higher} higher, {len(changed) - higher} lower."
        )


def compare_matrices(first: SeverityMatrix, second: SeverityMatrix) -> MatrixComparison:
    """What differs from the first matrix to the second; classes are matched by name.

    Example:
        >>> first = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> second = SeverityMatrix(["melanoma", "naevus"], [[0, 8], [2, 0]], critical=10)
        >>> compare_matrices(first, second).sentences()
        ['1 of 2 mistakes have another severity: 0 higher, 1 lower.', '1 is no longer dangerous.']
    """
    common = [name for name in first.classes if name in second.classes]
    places = [{name: index for index, name in enumerate(matrix.classes)} for matrix in (first, second)]
    cells = []
    for truth in common:
        for prediction in common:
            at = [(place[truth], place[prediction]) for place in places]
            costs = (float(first.values[at[0]]), float(second.values[at[1]]))
            critical = (bool(first.critical_cells[at[0]]), bool(second.critical_cells[at[1]]))
            if costs[0] != costs[1] or critical[0] != critical[1]:
                cells.append(Cell(truth, prediction, costs, critical))
    groups = {name: ((first.groups or {}).get(name, "–"), (second.groups or {}).get(name, "–")) for name in common}
    return MatrixComparison(
        tuple(cells),
        len(common) * (len(common) - 1),
        (first.critical, second.critical),
        {name: pair for name, pair in groups.items() if pair[0] != pair[1]},
        (
            tuple(name for name in first.classes if name not in second.classes),
            tuple(name for name in second.classes if name not in first.classes),
        ),
    )
