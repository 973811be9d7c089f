"""Which data set goes with which severity matrix, so that whoever names one of them gets both."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from riskcore.data.registry import list_datasets
from riskcore.errors import InputError
from riskcore.jobs.recipes import matrices
from riskcore.readers import read_json
from riskcore.severity.store import load_matrix
from riskcore.versions import DOCUMENT_MOST
from riskcore.workspace import Workspace


def matrices_for(workspace: Workspace, data: str) -> list[str]:
    """The matrices for the classes of a registered data set, that of its own name first; none where it is damaged."""
    classes = _classes(workspace, data)
    fits = matrices(workspace, classes) if classes else {}
    return sorted((name for name, fit in fits.items() if fit), key=lambda name: name != data)


def data_for(workspace: Workspace, matrix: str) -> list[str]:
    """The registered data sets of a matrix's classes: that of its own name first, then the newest.

    None of them where the matrix is damaged or unknown.
    """
    try:
        classes = set(load_matrix(workspace, matrix).classes)
    except InputError:
        return []
    return sorted(
        (name for name in _newest_first(workspace) if set(_classes(workspace, name)) == classes),
        key=lambda name: name != matrix,
    )


def pair(workspace: Workspace, data: str | None = None, matrix: str | None = None) -> tuple[str | None, str | None]:
    """A data set and a matrix: what is given stays, and the one that is missing is the first that fits it.

    With none of both the newest data set that has a matrix. None where nothing fits.

    Example:
        >>> pair(Workspace(Path("nowhere")), matrix="isic2018")
        (None, 'isic2018')
    """
    if data is None and matrix is None:
        newest = _newest_first(workspace)
        data = next((name for name in newest if matrices_for(workspace, name)), next(iter(newest), None))
    if data is None and matrix is not None:
        data = next(iter(data_for(workspace, matrix)), None)
    if matrix is None and data is not None:
        matrix = next(iter(matrices_for(workspace, data)), None)
    return data, matrix


def _newest_first(workspace: Workspace) -> list[str]:
    return sorted(list_datasets(workspace), key=lambda name: -_changed(_file(workspace, name)))


def _classes(workspace: Workspace, data: str) -> Sequence[str]:
    file = _file(workspace, data)
    return _classes_in(file, _changed(file))


@lru_cache(maxsize=256)
def _classes_in(file: Path, changed: int) -> tuple[str, ...]:
    try:
        return tuple(read_json(file, DOCUMENT_MOST)["classes"])
    except (InputError, KeyError, TypeError):
        return ()


def _file(workspace: Workspace, data: str) -> Path:
    return workspace.datasets / f"{data}.json"


def _changed(file: Path) -> int:
    return file.stat().st_mtime_ns if file.exists() else 0
