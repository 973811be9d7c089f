"""What users write on a run - a name, tags, a note - kept in one small file of its folder.

The file travels with the folder. One that cannot be read says so and hides nothing: its run is listed without a name.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from riskcore.errors import InputError
from riskcore.files import acquired, disk_full_is_clear, write_json
from riskcore.foreign_text import printable, quoted
from riskcore.readers import read_json

ANNOTATION = "annotation.json"
"""Name of the file in a run's folder."""

DAMAGED = "annotation.damaged.json"
"""What a file that cannot be read is renamed to when its run is annotated anew."""

SCHEMA = 1
NAME_MOST, TAG_MOST, TAGS_MOST, NOTE_MOST = 80, 40, 20, 2_000
"""So many characters may a name, a tag and a note have, and so many tags a run."""

_BYTES_MOST = 64 * 1024
_LOCK_SECONDS = 5.0


@dataclass(frozen=True)
class Annotation:
    """What users wrote on a run.

    Attributes:
        name: None where the run was given none.
        tags: in the order in which they were given, each once.
        note: "" for none; may have several lines.
        wrong: why the file cannot be read, in one line; "" where it can, or there is none.
    """

    name: str | None = None
    tags: tuple[str, ...] = ()
    note: str = ""
    wrong: str = ""

    @property
    def words(self) -> str:
        """All of it, for a search; casefolded."""
        return "\n".join([self.name or "", *self.tags, self.note]).casefold()


class _NewerError(InputError):
    """A newer version of riskcore wrote the file."""


def read_annotation(folder: Path) -> Annotation:
    """What users wrote on the run in a folder; it never raises.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp()) / "run"
        >>> folder.mkdir()
        >>> annotate(folder, name=" First  try ", add=["for the board"]).name
        'First try'
        >>> read_annotation(folder).tags
        ('for the board',)
        >>> (folder / "annotation.json").write_text("{}") and read_annotation(folder).wrong.partition(": ")[2]
        'damaged, schema is missing; name the run anew and the file is set aside as annotation.damaged.json.'
    """
    try:
        status = os.stat(f"{folder}/{ANNOTATION}")
    except (FileNotFoundError, NotADirectoryError):
        return Annotation()
    except (OSError, ValueError):
        return _read(folder / ANNOTATION, (0, 0, 0))
    return _read(folder / ANNOTATION, (status.st_mtime_ns, status.st_size, status.st_ino))


def annotate(
    folder: Path,
    *,
    name: str | None = None,
    note: str | None = None,
    add: Iterable[str] = (),
    remove: Iterable[str] = (),
) -> Annotation:
    """Change what is written on the run in a folder, whatever state it is in; what is not given stays.

    Args:
        folder: of the run.
        name, note: "" removes what was written.
        add, remove: tags. One that is there already, or not there, changes nothing.

    Raises:
        InputError: a text is too long or holds signs that act or hide, there are too many tags, or a newer version
            wrote the file; nothing is changed.
        RunError: the file cannot be written, e.g. on a full disk.
    """
    if not folder.is_dir():
        raise _gone(folder)
    lock = acquired(folder.with_name(".annotations"), _LOCK_SECONDS)
    if lock is None:
        raise InputError(f"Run {folder.name} is being annotated by another process; try again.")
    try:
        before = _readable(folder)
        removed = set(map(_line, remove))
        after = Annotation(
            before.name if name is None else _checked_name(name),
            _checked_tags([*(tag for tag in before.tags if tag not in removed), *add]),
            before.note if note is None else _checked_note(note),
        )
        own = os.stat(folder).st_ino
        _write(folder, after)
        if os.stat(folder).st_ino != own:  # the run was deleted meanwhile, and writing made its folder anew
            (folder / ANNOTATION).unlink()
            folder.rmdir()
            raise _gone(folder)
    finally:
        lock.release()
    return after


def _readable(folder: Path) -> Annotation:
    """What is written already; a damaged file is set aside."""
    path = folder / ANNOTATION
    try:
        return _checked(path)
    except _NewerError:
        raise
    except InputError:
        with disk_full_is_clear(path):
            path.rename(folder / DAMAGED)
        return Annotation()


def _write(folder: Path, annotation: Annotation) -> None:
    path = folder / ANNOTATION
    if annotation == Annotation():
        with disk_full_is_clear(path):
            path.unlink(missing_ok=True)
        return
    kept = {"name": annotation.name, "tags": list(annotation.tags), "note": annotation.note}
    write_json(path, {"schema": SCHEMA, **kept})


def _gone(folder: Path) -> InputError:
    return InputError(f"Run {folder.name} is gone; list the runs to see which there are.")


@lru_cache(maxsize=5_000)
def _read(path: Path, signature: tuple[int, int, int]) -> Annotation:
    """`signature`: time, size and inode of the file; a file is read again when it has changed."""
    try:
        return _checked(path)
    except InputError as error:
        return Annotation(wrong=str(error))


def _checked(path: Path) -> Annotation:
    """The content of the file; an empty one where it is not there.

    Raises:
        _NewerError: a newer version wrote it.
        InputError: it cannot be read, or does not hold an annotation.
    """
    if not os.path.lexists(path):
        return Annotation()
    document = read_json(path, _BYTES_MOST)
    if isinstance(document, dict) and isinstance(schema := document.get("schema"), int) and schema > SCHEMA:
        raise _NewerError(f"{path}: its layout is unknown here; use the version of riskcore that wrote it.")
    try:
        return _parsed(document)
    except InputError as error:
        why = str(error).rstrip(".")
        raise InputError(
            f"{path}: damaged, {why[:1].lower()}{why[1:]}; name the run anew and the file is set aside as {DAMAGED}."
        ) from error


def _parsed(document: Any) -> Annotation:
    """InputError says what is wrong, without saying where."""
    if not isinstance(document, dict):
        raise InputError("it is no JSON object")
    if missing := [key for key in ("schema", "name", "tags", "note") if key not in document]:
        raise InputError(f"{missing[0]} is missing")
    schema, name, tags, note = (document[key] for key in ("schema", "name", "tags", "note"))
    if schema != SCHEMA:
        raise InputError(f"schema must be {SCHEMA}, but is {quoted(schema)}")
    if not (name is None or isinstance(name, str)):
        raise InputError(f"name must be a text or null, but is {quoted(name)}")
    if not (isinstance(tags, list) and all(isinstance(tag, str) for tag in tags)):
        raise InputError(f"tags must be a list of texts, but is {quoted(tags)}")
    if not isinstance(note, str):
        raise InputError(f"note must be a text, but is {quoted(note)}")
    return Annotation(_checked_name(name or ""), _checked_tags(tags), _checked_note(note))


def _checked_name(text: str) -> str | None:
    return _short(text, "A name", NAME_MOST) or None


def _checked_tags(tags: Iterable[str]) -> tuple[str, ...]:
    kept = tuple(dict.fromkeys(filter(None, (_short(tag, "A tag", TAG_MOST) for tag in tags))))
    if len(kept) > TAGS_MOST:
        raise InputError(f"A run can have {TAGS_MOST} tags, but got {len(kept)}: remove some first.")
    return kept


def _checked_note(note: str) -> str:
    return _plain("\n".join(line.rstrip() for line in note.strip().splitlines()), "A note", NOTE_MOST)


def _short(text: str, what: str, most: int) -> str:
    return _plain(_line(text), what, most)


def _line(text: str) -> str:
    return " ".join(text.split())


def _plain(text: str, what: str, most: int) -> str:
    if len(text) > most:
        raise InputError(f"{what} can have {most:,} characters, but this one has {len(text):,}: shorten it.")
    if printable(text.replace("\n", " ")) != text.replace("\n", " "):
        raise InputError(f"{what} must be plain text, but {quoted(text)} holds signs that act or hide: remove them.")
    return text
