"""Judged images kept in the workspace, when someone asks for it."""

import re
import secrets
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from riskcore.files import TEMPORARY, disk_full_is_clear, write_atomic, write_json
from riskcore.words.images.judged import csv
from riskcore.workspace import Workspace

_LONGEST = 60


def save_predictions(
    workspace: Workspace, table: pd.DataFrame, images: Iterable[tuple[int, str, bytes]], about: dict[str, Any]
) -> Path:
    """Write a table and its images into a new folder `predictions/TIME`, complete or not at all.

    The folder holds `predictions.csv` (the table and the column `stored_as`), `about.json` and `images/`. Images are
    the files as they came, with all that is written in them, such as the tags of a DICOM file.

    Args:
        workspace: where to.
        table: one row an image.
        images: (row of the table from 0 on, name that the user gave, content); read one after the other.
        about: what judged them, JSON-ready.

    Returns:
        The folder.

    Raises:
        RunError: the disk is full or writing is denied; nothing is left over.

    Example:
        >>> import tempfile
        >>> workspace = Workspace(Path(tempfile.mkdtemp()))
        >>> table = pd.DataFrame({"image": ["../x.png"]})
        >>> folder = save_predictions(workspace, table, [(0, "../x.png", b"...")], {"run": "r"})
        >>> sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
        ['about.json', 'images', 'images/001-x.png', 'predictions.csv']
    """
    parent = workspace.root / "predictions"
    folder = parent / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    temporary = parent / f"{TEMPORARY}{folder.name}"
    stored: dict[int, str] = {}
    try:
        for row, name, content in images:
            stored[row] = f"images/{row + 1:03}-{safe_name(name)}"
            write_atomic(temporary / stored[row], content)
        named = table.reset_index(drop=True)
        named["stored_as"] = pd.Series(stored, dtype=object)
        write_atomic(temporary / "predictions.csv", csv(named))
        write_json(temporary / "about.json", about)
        with disk_full_is_clear(folder):
            temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return folder


def safe_name(name: str) -> str:
    """A file name out of one that a user gave: its last part, of letters, digits, ".", "_" and "-" only.

    Example:
        >>> safe_name("../../etc/passwd"), safe_name("C:\\\\scans\\\\Ärm links.png"), safe_name("...")
        ('passwd', 'rm_links.png', 'image')
    """
    last = PurePosixPath(name.replace("\\", "/")).name
    return re.sub(r"[^A-Za-z0-9._-]+", "_", last)[-_LONGEST:].lstrip("._-") or "image"
