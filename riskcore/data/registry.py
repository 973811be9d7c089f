"""Registered data sets by name, with older versions kept; or a file or folder that is read as one."""

from pathlib import Path

from riskcore import versions
from riskcore.data.manifest import Manifest, register
from riskcore.errors import InputError, nearest
from riskcore.foreign_text import quoted
from riskcore.readers import read_json
from riskcore.workspace import Workspace


def save_dataset(workspace: Workspace, manifest: Manifest) -> Path:
    """Save a registered data set under its own name; other content already there stays as `NAME.v1`, …

    Raises:
        InputError: the name is not one. RunError: it cannot be written.
    """
    return versions.save(workspace.datasets, manifest.name, manifest.to_dict())


def load_dataset(workspace: Workspace, name_or_file: str | Path) -> Manifest:
    """A data set by saved name, or by file or folder: a saved manifest (.json), a CSV, a tree of images.

    Raises:
        InputError: there is none of that name, or it cannot be read.
    """
    name = str(name_or_file)
    if saved := versions.saved(workspace.datasets, name):
        return Manifest.from_dict(read_json(saved, versions.DOCUMENT_MOST))
    path = Path(name)
    if path.suffix == ".json" and path.is_file():
        return Manifest.from_dict(read_json(path, versions.DOCUMENT_MOST))
    if path.exists():
        return register(path.stem, path)
    raise InputError(
        f"No data set named or stored in the file {quoted(name)}: {nearest(name, list_datasets(workspace))} "
        "Register one with `riskcore data add NAME PATH`."
    )


def list_datasets(workspace: Workspace) -> list[str]:
    """Names of the registered data sets, sorted."""
    return versions.names(workspace.datasets)


def dataset_versions(workspace: Workspace, name: str) -> list[str]:
    """Older versions kept under a name, oldest first: `["NAME.v1", "NAME.v2"]`."""
    return versions.versions(workspace.datasets, name)
