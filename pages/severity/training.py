"""The link from a matrix to training with it, on images that it is for."""

from pages.kit import cached
from pages.kit.links import link_to
from pages.severity import drafts as matrix_drafts
from riskcore.data.registry import list_datasets
from riskcore.errors import InputError


def train_link(name: str) -> bool:
    """A link that carries data set and matrix; False where no registered data set has the classes of the matrix."""
    classes = set(matrix_drafts.draft(name).history.current.classes)
    fitting = [data for data in list_datasets(cached.workspace()) if _classes(data) == classes]
    if not fitting:
        return False
    link_to("train", "Train with it", train_data=name if name in fitting else fitting[0], train_matrix=name)
    return True


def _classes(data: str) -> set[str] | None:
    try:
        return set(cached.manifest(data).classes)
    except InputError:  # a damaged one; the screen Data sets says so
        return None
