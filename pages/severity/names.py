"""Names that no matrix has yet."""

from pages.severity import drafts as matrix_drafts


def free_name(name: str) -> str:
    """The name, or with a number the first that no matrix has."""
    taken = matrix_drafts.names()
    numbered = (f"{name}-{number}" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(other for other in numbered if other not in taken)
