"""Names that no matrix has yet, and the one that is shown first."""

from pages.kit import cached
from pages.severity import drafts as matrix_drafts
from riskcore.data.registry import list_datasets


def free_name(name: str) -> str:
    """The name, or with a number the first that no matrix has."""
    taken = matrix_drafts.names()
    numbered = (f"{name}-{number}" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(other for other in numbered if other not in taken)


def first_name() -> str:
    """The matrix of a data set that is here comes first: runs are trained with it."""
    names, datasets = matrix_drafts.names(), list_datasets(cached.workspace())
    return next((name for name in names if name in datasets), names[0])
