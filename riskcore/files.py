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
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from riskcore.errors import RunError
from riskcore.formats import finite

TEMPORARY = ".tmp-"
"""Temporary files and folders start with this; no reader looks at them."""


DAY = 86_400.0
"""In seconds."""

_FULL = (errno.ENOSPC, errno.EDQUOT)
_DENIED = (errno.EACCES, errno.EPERM, errno.EROFS)


@contextmanager
def disk_full_is_clear(path: Path) -> Iterator[None]:
    """Turn whatever the system refuses while `path` is written into a RunError of one line: a full disk most often.

    Example:
        >>> with disk_full_is_clear(Path("run.json")):
        ...     raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        Traceback (most recent call last):
        riskcore.errors.RunError: run.json: cannot be written, the file would be larger than this system allows; \
raise the limit and try again.
    """
    try:
        yield
    except Timeout as error:
        raise RunError(
            f"{path}: another process has held its lock for long; wait for its end and try again."
        ) from error
    except OSError as error:
        raise RunError(f"{path}: {_refusal(error)}.") from error


def _refusal(error: OSError) -> str:
    if error.errno in _FULL:
        return "cannot be written, the disk is full; free some space and try again"
    if error.errno in _DENIED:
        return f"{os.strerror(error.errno).lower()}; check the permissions of the folder"
    if error.errno == errno.EFBIG:
        return "cannot be written, the file would be larger than this system allows; raise the limit and try again"
    if error.errno == errno.ENAMETOOLONG:
        return "cannot be written, the name is too long; choose a shorter one"
    return f"cannot be written ({(error.strerror or type(error).__name__).lower()}); check this path and its disk"


def acquired(path: Path, seconds: float) -> FileLock | None:
    """The file lock `path`, held until its `release`; None where another process holds it for longer than so.

    Raises:
        RunError: the lock file cannot be written.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "lock"
        >>> held = acquired(path, 1.0)
        >>> acquired(path, 0.0) is None, is_locked(path)
        (True, True)
        >>> held.release()
    """
    lock = FileLock(path)
    with disk_full_is_clear(path):
        try:
            lock.acquire(timeout=seconds)
        except Timeout:
            return None
    return lock


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
    """Write `document` as indented JSON, atomically, what is no finite number as null; raises as `write_atomic`."""
    write_atomic(path, json.dumps(finite(document), ensure_ascii=False, indent=1, allow_nan=False) + "\n")


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


def purge_temporary(folder: Path, older_than: float = DAY) -> int:
    """Remove what interrupted writes and removals left behind below a folder; return how many.

    Only what was last changed so many seconds ago is taken: a day, since the hosts that share a folder may disagree by
    hours about what time it is, and what another one is writing must stay.
    """
    limit, removed = time.time() - older_than, 0
    for path in folder.glob(f"**/{TEMPORARY}*"):
        with suppress(OSError):
            if path.lstat().st_mtime < limit:
                remove(path)
                removed += 1
    return removed


def remove(path: Path) -> None:
    """Remove a file, a link or a folder with all that is in it. OSError when something is in the way."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def remove_all(trash: Path, names: Iterable[str]) -> None:
    """Remove these folders of a trash for good, and before them what a kill left of earlier ones.

    Each is renamed first: a kill in the midst leaves nothing that looks like a whole one.

    Raises:
        RunError: something in one cannot be removed; what is left of it keeps its name, the others are gone.
    """
    for leftover in trash.glob(f"{TEMPORARY}*"):
        with suppress(OSError):
            remove(leftover)
    failures = []
    for name in names:
        try:
            _remove_folder(trash / name)
        except RunError as error:
            failures.append(error)
    if failures:
        raise failures[0]


def _remove_folder(folder: Path) -> None:
    doomed = folder.with_name(f"{TEMPORARY}{secrets.token_hex(8)}")
    with disk_full_is_clear(folder):
        folder.rename(doomed)
        try:
            remove(doomed)
        except OSError:
            with suppress(OSError):  # what is left is listed again
                doomed.rename(folder)
            raise
