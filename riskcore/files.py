"""How files are written and locked.

Every write that matters is atomic: a temporary file in the same folder, fsync, then `os.replace`. A reader
sees the old content or the new, never a half of either, and a full disk leaves the old file as it was.
"""

import errno
import fcntl
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from riskcore.errors import RunError

TEMPORARY = ".tmp-"
"""Temporary files and folders start with this; no reader looks at them."""


@contextmanager
def disk_full_is_clear(path: Path) -> Iterator[None]:
    """Turn a full disk or a denied write met while writing `path` into a RunError of one line."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            reason = "cannot be written, the disk is full; free some space and try again"
        elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            reason = f"{os.strerror(error.errno).lower()}; check the permissions of the folder"
        else:
            raise
        raise RunError(f"{path}: {reason}.") from error


def write_atomic(path: Path, data: bytes | str) -> None:
    """Write a file so that it holds either its old content or all of `data`, whatever happens.

    Args:
        path: where to write; missing folders are made.
        data: the whole content; text is written as UTF-8.

    Raises:
        RunError: the disk is full or writing is denied; the old file is intact, nothing is left over.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_atomic(Path(folder) / "a" / "note.txt", "seen")
        ...     (Path(folder) / "a" / "note.txt").read_text()
        'seen'
    """
    content = data.encode() if isinstance(data, str) else data
    temporary = path.with_name(f"{TEMPORARY}{secrets.token_hex(8)}")
    with disk_full_is_clear(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise


def write_json(path: Path, document: Any) -> None:
    """Write `document` as indented JSON, atomically; raises as `write_atomic` does."""
    write_atomic(path, json.dumps(document, ensure_ascii=False, indent=1) + "\n")


def mend_lines(path: Path) -> None:
    """Cut a last line torn by a kill or a full disk, so that the next line starts on its own."""
    with suppress(FileNotFoundError), path.open("r+b") as file:
        file.truncate(file.read().rfind(b"\n") + 1)


def is_locked(path: Path) -> bool:
    """Whether someone holds the file lock `path`; looking keeps others out for a moment only."""
    try:
        with path.open("rb") as file:
            # Shared, so that two who look at once do not take each other for the holder.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # no lock file, or a file system without locks
        return False
    return False


def purge_temporary(folder: Path, older_than: float = 3600.0) -> int:
    """Remove what interrupted writes left behind below a folder more than so many seconds ago; return how many."""
    limit, removed = time.time() - older_than, 0
    for path in folder.glob(f"**/{TEMPORARY}*"):
        with suppress(OSError):
            if path.stat().st_mtime < limit:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
                removed += 1
    return removed
