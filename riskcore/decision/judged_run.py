"""A run and the severity matrix that judges it, in one order of classes."""

from collections.abc import Sequence
from dataclasses import dataclass

from riskcore.predictions import RunPredictions
from riskcore.severity import SeverityMatrix


@dataclass(frozen=True, eq=False)
class JudgedRun:
    """Stored predictions with their severity matrix, which is put into the order of the run's classes here.

    Compares by identity, as the predictions do.

    Args:
        predictions: of a run or pool.
        matrix: classes in any order; merged into its groups where the run knows only those (`fit_matrix`).

    Attributes:
        matrix: in the order of `predictions.classes`.

    Raises:
        InputError: the matrix is for other classes.

    Example:
        >>> import numpy as np
        >>> from riskcore.predictions import Cases, Member
        >>> run = RunPredictions("demo", ("melanoma", "naevus"), [Member(Cases.empty(2), Cases.empty(2))])
        >>> JudgedRun(run, SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]])).matrix.values.tolist()
        [[0.0, 10.0], [2.0, 0.0]]
    """

    predictions: RunPredictions
    matrix: SeverityMatrix

    def __post_init__(self) -> None:
        object.__setattr__(self, "matrix", fit_matrix(self.matrix, self.predictions.classes))

    @property
    def id(self) -> str:
        """Of the run or pool."""
        return self.predictions.id

    @property
    def classes(self) -> tuple[str, ...]:
        """In the order of the class indices, of the matrix too."""
        return self.predictions.classes

    @property
    def seeds(self) -> tuple[int, ...]:
        """Of the run's members."""
        return self.predictions.seeds


def fit_matrix(matrix: SeverityMatrix, classes: Sequence[str]) -> SeverityMatrix:
    """A matrix in the order of `classes`; merged into its groups where `classes` are those.

    Raises:
        InputError: it is for other classes.

    Example:
        >>> fit_matrix(SeverityMatrix.preset("isic2018"), ["malignant", "benign"]).values.tolist()
        [[0.0, 10.0], [3.0, 0.0]]
    """
    if matrix.groups is not None and set(matrix.groups.values()) == set(classes) != set(matrix.classes):
        matrix = matrix.merged_groups()
    return matrix.reordered(classes)
