"""Files that were dropped and wait on the disk for a screen; Streamlit holds an empty one in their place."""

import shutil
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from streamlit.typing import UploadedFile

from riskcore.data.arrivals.temporary import new_temporary
from riskcore.files import disk_full_is_clear
from riskcore.workspace import Workspace

_PATHS: dict[str, Path] = {}
_LOCK = Lock()


def wait(file_id: str, path: Path) -> None:
    """Keep a file for the screen that will ask for it by Streamlit's id."""
    with _LOCK:
        earlier = _PATHS.get(file_id)
        _PATHS[file_id] = path
    _remove(earlier)


def forget(file_id: str) -> None:
    """Remove a file that its user took back, or that no screen needs any more."""
    with _LOCK:
        path = _PATHS.pop(file_id, None)
    _remove(path)


def content(file: UploadedFile) -> Path | BinaryIO:
    """What was dropped: a file on the disk, or a small one in memory."""
    with _LOCK:
        return _PATHS.get(file.file_id, file)


def on_disk(file: UploadedFile, workspace: Workspace) -> Path:
    """What was dropped as a file on the disk, of which `forget` rids; RunError where it cannot be written."""
    found = content(file)
    if isinstance(found, Path):
        return found
    path = new_temporary(workspace)
    with disk_full_is_clear(path):
        try:
            with path.open("xb") as target:
                found.seek(0)
                shutil.copyfileobj(found, target)
        except BaseException:
            _remove(path)
            raise
    wait(file.file_id, path)
    return path


def _remove(path: Path | None) -> None:
    if path is not None:
        with suppress(OSError):
            path.unlink(missing_ok=True)
