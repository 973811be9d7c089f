"""The workspace: where everything lives on disk, and how it is written.

Every write that matters is atomic: a temporary file in the same folder, fsync, then `os.replace`. A reader
sees the old content or the new, never a half of either, and a full disk leaves the old file as it was.
"""

import difflib
import errno
import fcntl
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from riskcore.errors import InputError, RunError

if TYPE_CHECKING:
    from riskcore.data.manifest import Manifest
    from riskcore.severity import SeverityMatrix

TEMPORARY = ".tmp-"
"""Temporary files and folders start with this; no reader looks at them."""

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_VERSION = re.compile(r"(?P<name>.+)\.v(?P<number>[0-9]+)")


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


def read_json(path: Path) -> Any:
    """The JSON document in a file; InputError when there is none or it cannot be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path.") from error
    except ValueError as error:
        raise InputError(f"{path}: not valid JSON ({error}); restore or delete the file.") from error


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


def nearest(name: str, known: Iterable[str]) -> str:
    """A half sentence that helps after an unknown name.

    Example:
        >>> nearest("isic2081", ["breakhis", "isic2018"])
        "did you mean 'isic2018'?"
        >>> nearest("x", ["breakhis", "isic2018"])
        'known are breakhis, isic2018.'
        >>> nearest("x", [])
        'there are none yet.'
    """
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    shown = ", ".join(names[:10]) + (", …" if len(names) > 10 else "")
    return f"known are {shown}." if names else "there are none yet."


def check_name(name: str) -> None:
    """InputError where a matrix or data set cannot be saved under this name.

    Example:
        >>> check_name("clinic-2")
    """
    if not _NAME.fullmatch(name) or _VERSION.fullmatch(name):
        raise InputError(
            "Expected a name of at most 100 letters, digits, '.', '_' and '-', not starting with '.' or '-' "
            f"and not ending like '.v1', but got {name!r}."
        )


@dataclass(frozen=True)
class Workspace:
    """The folders of one workspace; each is made when something is first written into it.

    Attributes:
        root: absolute path of the workspace.
    """

    root: Path

    @classmethod
    def default(cls) -> "Workspace":
        """The workspace that `RISKCORE_HOME` names, else `./workspace`."""
        return cls(Path(os.environ.get("RISKCORE_HOME") or "workspace").expanduser().absolute())

    @property
    def matrices(self) -> Path:
        return self.root / "matrices"

    @property
    def datasets(self) -> Path:
        return self.root / "datasets"

    @property
    def cache(self) -> Path:
        """Decoded images and features: safe to delete."""
        return self.root / "cache"

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    @property
    def trash(self) -> Path:
        """Deleted runs, until the trash is emptied."""
        return self.root / "trash"

    @property
    def workers(self) -> Path:
        """Lock and log of each host's worker for each device."""
        return self.root / "workers"

    @property
    def studies(self) -> Path:
        """Searches for settings (`riskcore.tuning`), a folder each."""
        return self.root / "studies"

    @property
    def index(self) -> Path:
        """SQLite index of the runs: safe to delete."""
        return self.root / "index.db"

    def save_matrix(self, name: str, matrix: "SeverityMatrix") -> Path:
        """Save a matrix under a name; other content already there stays as `NAME.v1`, `NAME.v2`, …

        Raises:
            InputError: the name is not one. RunError: it cannot be written.
        """
        return _save(self.matrices, name, matrix.to_dict())

    def load_matrix(self, name_or_file: str | Path) -> "SeverityMatrix":
        """A matrix by saved name (or `NAME.v1` for an older version), by file (.json, .csv), or by preset.

        Raises:
            InputError: there is none of that name, or it cannot be read.
        """
        from riskcore.severity import PRESETS, SeverityMatrix

        name = str(name_or_file)
        if saved := _saved(self.matrices, name):
            return SeverityMatrix.load(saved)
        if Path(name).is_file():
            return SeverityMatrix.load(Path(name))
        if name in PRESETS:
            return SeverityMatrix.preset(name)
        known = {*self.list_matrices(), *PRESETS}
        raise InputError(f"No matrix named or stored in the file {name!r}: {nearest(name, known)}")

    def list_matrices(self) -> list[str]:
        """Names of the saved matrices, sorted; presets are not among them."""
        return _names(self.matrices)

    def save_dataset(self, manifest: "Manifest") -> Path:
        """Save a registered data set under its own name; other content already there stays as `NAME.v1`, …

        Raises:
            InputError: the name is not one. RunError: it cannot be written.
        """
        return _save(self.datasets, manifest.name, manifest.to_dict())

    def load_dataset(self, name_or_file: str | Path) -> "Manifest":
        """A data set by saved name, or by file or folder: a saved manifest (.json), a CSV, a tree of images.

        Raises:
            InputError: there is none of that name, or it cannot be read.
        """
        from riskcore.data.manifest import Manifest, register

        name = str(name_or_file)
        if saved := _saved(self.datasets, name):
            return Manifest.from_dict(read_json(saved))
        path = Path(name)
        if path.suffix == ".json" and path.is_file():
            return Manifest.from_dict(read_json(path))
        if path.exists():
            return register(path.stem, path)
        raise InputError(
            f"No data set named or stored in the file {name!r}: {nearest(name, self.list_datasets())} "
            "Register one with `riskcore data add NAME PATH`."
        )

    def list_datasets(self) -> list[str]:
        """Names of the registered data sets, sorted."""
        return _names(self.datasets)

    def list_versions(self, kind: Literal["matrices", "datasets"], name: str) -> list[str]:
        """Older versions kept under a name, oldest first: `["NAME.v1", "NAME.v2"]`."""
        return _versions(self.root / kind, name)

    def purge_temporary(self, older_than: float = 3600.0) -> int:
        """Remove what interrupted writes left behind more than so many seconds ago; return how many."""
        limit, removed = time.time() - older_than, 0
        for path in self.root.glob(f"**/{TEMPORARY}*"):
            with suppress(OSError):
                if path.stat().st_mtime < limit:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
                    removed += 1
        return removed


def _save(folder: Path, name: str, document: dict[str, Any]) -> Path:
    from filelock import FileLock

    check_name(name)
    path = folder / f"{name}.json"
    with disk_full_is_clear(path):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".lock", timeout=10)
        lock.acquire()
    try:  # two writers at once must not both become the same version
        if path.exists():
            if read_json(path) == json.loads(json.dumps(document)):
                return path
            number = len(_versions(folder, name)) + 1
            write_atomic(folder / f"{name}.v{number}.json", path.read_bytes())
        write_json(path, document)
    finally:
        lock.release()
    return path


def _saved(folder: Path, name: str) -> Path | None:
    path = folder / f"{name}.json"
    return path if _NAME.fullmatch(name) and path.is_file() else None


def _names(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("[!.]*.json") if not _VERSION.fullmatch(path.stem))


def _versions(folder: Path, name: str) -> list[str]:
    matches = [_VERSION.fullmatch(path.stem) for path in folder.glob(f"{name}.v*.json")]
    return [
        match[0] for match in sorted((m for m in matches if m and m["name"] == name), key=lambda m: int(m["number"]))
    ]
