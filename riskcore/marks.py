"""Images whose label looks wrong to a reader: marks by data set and sample, kept in the workspace.

A mark changes nothing by itself: no label, no figure, no training. It goes into the lists of mistakes, so that someone
can look the images up and correct the data set at its source.
"""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from riskcore.errors import InputError
from riskcore.files import write_json
from riskcore.foreign_text import quoted
from riskcore.readers import read_json
from riskcore.versions import DOCUMENT_MOST, check_name, locked, saved
from riskcore.workspace import Workspace

NOTE_MOST = 1_000
"""Characters of a note."""


@dataclass(frozen=True)
class Mark:
    """That the label of an image looks wrong.

    Attributes:
        note: why, in the reader's words; may be empty.
        marked: when, as ISO 8601 in UTC.
    """

    note: str
    marked: str


def marks(workspace: Workspace, data: str) -> dict[str, Mark]:
    """Sample -> its mark, of a data set; empty where nothing is marked.

    Raises:
        InputError: the file is damaged.
    """
    path = saved(workspace.marks, data)
    return {} if path is None else _read(path)


def mark(workspace: Workspace, data: str, sample: str, note: str = "") -> Mark:
    """Mark the label of an image as one that looks wrong; a new note takes the place of an earlier one.

    Args:
        workspace: where it is kept.
        data: name of the data set.
        sample: names the image, as in the data set's manifest.
        note: why; spaces around it are dropped.

    Raises:
        InputError: the note is too long, the data set's name is not one, or its file of marks is damaged.
        RunError: it cannot be written.

    Example:
        >>> import tempfile
        >>> workspace = Workspace(Path(tempfile.mkdtemp()))
        >>> _ = mark(workspace, "clinic", "a.png", "mirrored slide")
        >>> marks(workspace, "clinic")["a.png"].note
        'mirrored slide'
        >>> unmark(workspace, "clinic", "a.png")
        >>> marks(workspace, "clinic")
        {}
    """
    text = note.strip()
    if len(text) > NOTE_MOST:
        raise InputError(f"The note on {quoted(sample)} has {len(text):,} characters; keep to {NOTE_MOST:,}.")
    new = Mark(text, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
    _change(workspace, data, sample, new)
    return new


def unmark(workspace: Workspace, data: str, sample: str) -> None:
    """Take the mark of an image away; nothing happens where there is none. Raises as `mark` does."""
    _change(workspace, data, sample, None)


def marked_words(number: int) -> str:
    """How many images of a data set are marked, as a sentence.

    Example:
        >>> marked_words(1), marked_words(1200)
        ('1 image is marked as mislabelled.', '1,200 images are marked as mislabelled.')
    """
    return f"{number:,} {'image is' if number == 1 else 'images are'} marked as mislabelled."


def _change(workspace: Workspace, data: str, sample: str, new: Mark | None) -> None:
    """Put a mark in force, or take it away, while no other process does either."""
    check_name(data)
    path = workspace.marks / f"{data}.json"
    with locked(path):
        known = marks(workspace, data)
        known.pop(sample, None)
        if new is not None:
            known[sample] = new
        write_json(path, {"marks": [{"sample": name, **asdict(each)} for name, each in known.items()]})


def _read(path: Path) -> dict[str, Mark]:
    document = read_json(path, DOCUMENT_MOST)
    rows = document.get("marks") if isinstance(document, dict) else None
    if not isinstance(rows, list) or not all(_is_mark(row) for row in rows):
        raise InputError(f"{path}: this is no list of marks; move the file away, or put a good copy in its place.")
    return {row["sample"]: Mark(row["note"], row["marked"]) for row in rows}


def _is_mark(row: Any) -> bool:
    return isinstance(row, dict) and all(isinstance(row.get(key), str) for key in ("sample", "note", "marked"))
