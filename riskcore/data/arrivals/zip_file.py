"""Unpacking a zip file that somebody else made: all of it is judged before anything is written."""

import io
import shutil
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from riskcore.data.arrivals.names import Places, placed, why_left_out
from riskcore.errors import InputError
from riskcore.files import TEMPORARY, disk_full_is_clear
from riskcore.foreign_text import cut, quoted
from riskcore.progress import OnProgress

MOST_PACKED = 4 * 2**30
"""Bytes of a zip file."""
MOST_BYTES = 16 * 2**30
"""Bytes of what is in it."""
MOST_FILES = 200_000
MOST_TIMES = 100
"""So many times its own size a zip file may unpack to; images hardly shrink. Asked beyond `SMALL` bytes."""
SMALL = 100 * 2**20
MOST_CONTENTS = 32 * 2**20
"""Bytes of a zip file's table of contents, which is read into memory."""

GB = 10**9
_BLOCK = 2**20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_LOCKED = 0x1 | 0x40 | 0x2000  # flags of a file that needs a password, or whose name does
DAMAGED_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, struct.error, ValueError, OverflowError)

LeftOut = dict[str, Counter[str]]
"""Why something was left out -> what -> how often, as `riskcore.data.finding.Found` takes it."""


def is_zip(path: Path) -> bool:
    """Whether a path is a file that calls itself a zip file."""
    return path.suffix.lower() == ".zip" and path.is_file()


def unpack(path: Path, folder: Path, source: str, progress: OnProgress | None = None) -> LeftOut:
    """Unpack a zip file into a folder; one that holds a single other zip file is looked through.

    Args:
        path: of the zip file. folder: an empty one; after an error what lies in it is of no use.
        source: what messages call the file. progress: files that were unpacked.

    Raises:
        InputError: it is no whole zip file, is larger or holds more than the limits above, or holds what leads out of
            the folder, links, files with a password, or two files of one place. RunError: the disk is full.

    Example:
        >>> import tempfile
        >>> here = Path(tempfile.mkdtemp())
        >>> with zipfile.ZipFile(here / "skin.zip", "w") as archive:
        ...     archive.writestr("benign/1.png", b"...")
        ...     archive.writestr("benign/.DS_Store", b"...")
        >>> (here / "new").mkdir()
        >>> unpack(here / "skin.zip", here / "new", "skin.zip")
        {'hidden files and folders, and those that systems make': Counter({'.DS_Store': 1})}
        >>> [file.name for file in (here / "new" / "benign").iterdir()]
        ['1.png']
    """
    inner = folder / f"{TEMPORARY}inner"  # no name from an archive begins so
    with path.open("rb") as stream, _opened(stream, source) as archive:
        wanted, left = _judged(archive, source)
        size = stream.seek(0, io.SEEK_END)
        _check_size([entry for entry, _ in wanted], size, folder, source)
        files = [entry for entry, _ in wanted if not entry.is_dir()]
        if len(files) != 1 or not files[0].filename.lower().endswith(".zip"):
            _write(archive, wanted, folder, source, progress)
            return left
        _write(archive, [(files[0], inner.name)], folder, source, None)
    with inner.open("rb") as stream, _opened(stream, source) as archive:
        wanted, more = _judged(archive, source)
        _check_size([entry for entry, _ in wanted], inner.stat().st_size, folder, source)
        _write(archive, wanted, folder, source, progress)
    inner.unlink()
    return {reason: left.get(reason, Counter()) + more.get(reason, Counter()) for reason in {**left, **more}}


class _Bounded:
    """A stream of which nobody reads a large piece at once: the table of contents is one."""

    def __init__(self, stream: BinaryIO, source: str) -> None:
        self._stream, self._source = stream, source
        self.seek, self.tell, self.seekable = stream.seek, stream.tell, stream.seekable

    def read(self, size: int = -1) -> bytes:
        content = self._stream.read(MOST_CONTENTS + 1 if size < 0 else min(size, MOST_CONTENTS + 1))
        if len(content) > MOST_CONTENTS:
            raise InputError(
                f"{self._source}: the table of contents takes more than {MOST_CONTENTS // 2**20} MiB; "
                "pack fewer files in one."
            )
        return content


@contextmanager
def _opened(stream: BinaryIO, source: str) -> Iterator[zipfile.ZipFile]:
    """The archive in a stream; InputError for whatever goes wrong while it is read."""
    size, head = stream.seek(0, io.SEEK_END), (stream.seek(0), stream.read(2))[1]
    if size > MOST_PACKED:
        raise InputError(
            f"{source}: the file takes {size / GB:.1f} GB, more than the {MOST_PACKED / GB:.1f} GB that are taken in; "
            "unpack it where the dashboard runs, and choose the folder."
        )
    try:
        with zipfile.ZipFile(_Bounded(stream, source)) as archive:
            yield archive
    except InputError:
        raise
    except DAMAGED_ZIP as error:
        if head != b"PK" and isinstance(error, zipfile.BadZipFile):
            raise InputError(f"{source}: this is no zip file; pack the folder as a zip.") from None
        raise InputError(
            f"{source}: the zip file is damaged, cut short or one part of several; copy it or pack it again."
        ) from None


def _judged(archive: zipfile.ZipFile, source: str) -> tuple[list[tuple[zipfile.ZipInfo, str]], LeftOut]:
    """The entries that are unpacked with their places, and what is left out."""
    entries = archive.infolist()
    if len(entries) > MOST_FILES:
        raise InputError(f"{source}: it holds {len(entries):,} files, more than the {MOST_FILES:,} that are unpacked.")
    places, wanted, left = Places(source), list[tuple[zipfile.ZipInfo, str]](), LeftOut()
    for entry in entries:
        place = placed(_name(entry), source)
        if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise InputError(f"{source}: {quoted(place)} is a link or no ordinary file; pack the files themselves.")
        if (reason := why_left_out(place)) is not None:
            if not entry.is_dir():
                left.setdefault(reason, Counter())[cut(place.rsplit("/", 1)[-1])] += 1
            continue
        if entry.flag_bits & _LOCKED:
            raise InputError(f"{source}: {quoted(place)} is locked with a password; pack it without one.")
        if entry.compress_type not in _METHODS:
            raise InputError(
                f"{source}: {quoted(place)} is packed in a way that is not read; pack it in the usual one (deflate)."
            )
        if place:
            places.take(place, folder=entry.is_dir())
            wanted.append((entry, place))
    return wanted, left


def _name(entry: zipfile.ZipInfo) -> str:
    """The name of an entry; macOS writes UTF-8 without saying so."""
    name = entry.orig_filename.partition("\0")[0]
    if entry.flag_bits & 0x800:
        return name
    try:
        return name.encode("cp437").decode()
    except UnicodeError:
        return name


def _check_size(entries: list[zipfile.ZipInfo], packed: int, folder: Path, source: str) -> None:
    """InputError where the entries take too much; no more than they claim is ever written."""
    total = sum(entry.file_size for entry in entries)
    if total > MOST_BYTES:
        raise InputError(
            f"{source}: unpacked it takes {total / GB:,.1f} GB, more than the {MOST_BYTES / GB:.1f} GB that are "
            "unpacked; pack fewer images in one."
        )
    if total > SMALL and total > MOST_TIMES * packed:
        raise InputError(
            f"{source}: unpacked it takes {total / packed:,.0f} times its size, as no images do; pack them again."
        )
    free = shutil.disk_usage(folder).free
    if total > free:
        raise InputError(
            f"{source}: unpacked it takes {total / GB:,.1f} GB, and {free / GB:,.1f} GB are free in the workspace; "
            "free some space."
        )


def _write(
    archive: zipfile.ZipFile,
    wanted: list[tuple[zipfile.ZipInfo, str]],
    folder: Path,
    source: str,
    progress: OnProgress | None,
) -> None:
    for number, (entry, place) in enumerate(wanted, 1):
        path = folder / place
        with disk_full_is_clear(path):
            (path if entry.is_dir() else path.parent).mkdir(parents=True, exist_ok=True)
        if not entry.is_dir():
            with archive.open(entry) as stream, disk_full_is_clear(path), path.open("xb") as file:
                while block := stream.read(_BLOCK):
                    file.write(block)
        if progress is not None and (number % 50 == 0 or number == len(wanted)):
            progress(number, len(wanted), f"unpacking {source}")
