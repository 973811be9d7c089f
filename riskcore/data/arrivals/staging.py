"""From what arrived to a data set in the workspace: a temporary folder until it is recognised and named.

A failure or a kill on the way leaves nothing under the final name; what lies in temporary folders is swept after a day.
"""

import errno
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from riskcore.data.arrivals.heads import readable
from riskcore.data.arrivals.names import Places, placed, why_left_out
from riskcore.data.arrivals.temporary import new_temporary
from riskcore.data.arrivals.zip_file import GB, MOST_PACKED, LeftOut, unpack
from riskcore.data.finding import Found
from riskcore.data.manifest import Manifest, register
from riskcore.data.registry import save_dataset
from riskcore.errors import InputError
from riskcore.files import disk_full_is_clear, purge_temporary
from riskcore.progress import OnProgress
from riskcore.versions import check_name
from riskcore.workspace import Workspace

MOST_DROPPED = 2_000
"""Files of a folder that is dropped in a browser, which sends each by itself and slows down with their number."""

_TAKEN = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR)


@dataclass(frozen=True)
class Arrival:
    """Images that have no name yet.

    Attributes:
        source: what their user calls them, such as "skin.zip".
        folder: where they lie, without symbolic links.
        notes: what was left out of them, a sentence each.
    """

    source: str
    folder: Path
    notes: tuple[str, ...]


def unpacked(workspace: Workspace, path: Path, source: str, progress: OnProgress | None = None) -> Arrival:
    """Unpack a zip file into the workspace; raises as `riskcore.data.arrivals.zip_file.unpack`.

    Args:
        path: of the zip file. source: what to call it in messages.
    """
    with _new_folder(workspace) as folder:
        left = unpack(path, folder, source, progress)
    return Arrival(source, folder, tuple(Found((), left).notes()))


def gathered(workspace: Workspace, files: Sequence[tuple[str, Path | BinaryIO]]) -> Arrival:
    """Put the files of a folder that a browser sent into the workspace.

    Args:
        files: each with its name, which holds the folders it lies in. A file of the workspace is moved, a
            stream is copied.

    Raises:
        InputError: too many or too large files, two of one place, or a name that leads out of the folder.
        RunError: the disk is full.
    """
    source = files[0][0].replace("\\", "/").split("/")[0] if files else "the folder"
    if len(files) > MOST_DROPPED:
        raise InputError(
            f"{source}: {len(files):,} files, more than the {MOST_DROPPED:,} of a dropped folder; drop it as a zip."
        )
    places, left, wanted = Places(source), LeftOut(), list[tuple[str, Path | BinaryIO]]()
    for name, content in files:
        place = placed(name, source)
        if (reason := why_left_out(place)) is not None:
            left.setdefault(reason, Counter())[place.rsplit("/", 1)[-1]] += 1
        else:
            places.take(place)
            wanted.append((place, content))
    if (total := sum(_size(content) for _, content in wanted)) > MOST_PACKED:
        raise InputError(
            f"{source}: the files take {total / GB:.1f} GB, more than the {MOST_PACKED / GB:.1f} GB of a dropped "
            "folder; choose it on the computer where the dashboard runs."
        )
    with _new_folder(workspace) as folder:
        for place, content in wanted:
            path = folder / place
            with disk_full_is_clear(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                if isinstance(content, Path):
                    os.replace(content, path)
                else:
                    content.seek(0)
                    with path.open("xb") as file:
                        shutil.copyfileobj(content, file)
    return Arrival(source, folder, tuple(Found((), left).notes()))


def recognised(
    arrival: Arrival,
    name: str,
    format: str = "auto",
    groups: str | Path | None = None,
    allow_missing: bool = False,
    merge_names: bool = False,
) -> Manifest:
    """The data set in what arrived, not yet kept; arguments and errors as of `riskcore.data.manifest.register`."""
    try:
        manifest = readable(register(name, arrival.folder, format, groups, allow_missing, merge_names))
    except InputError as error:
        raise InputError(str(error).replace(str(arrival.folder), arrival.source)) from None
    return replace(manifest, notes=(*manifest.notes, *arrival.notes))


def keep(workspace: Workspace, manifest: Manifest, arrival: Arrival) -> Manifest:
    """Move what arrived to `uploads/NAME` of the workspace and save the data set under its name.

    Where older images lie under that name they stay, and the new ones get a number.

    Args:
        manifest: from `recognised`, with the name that it shall have.

    Raises:
        InputError: the name is not one, or what arrived was swept since. RunError: it cannot be written.
    """
    check_name(manifest.name)
    inner = manifest.root.relative_to(arrival.folder)
    home = _moved(arrival, workspace.uploads / manifest.name)
    kept = replace(manifest, root=home / inner)
    try:
        save_dataset(workspace, kept)
    except BaseException:
        with suppress(OSError):
            os.rename(home, arrival.folder)
        raise
    return kept


def discard(arrival: Arrival) -> None:
    """Remove what arrived, unless it is kept by now."""
    shutil.rmtree(arrival.folder, ignore_errors=True)


@contextmanager
def _new_folder(workspace: Workspace) -> Iterator[Path]:
    """A temporary folder, which is removed where the block fails."""
    folder = new_temporary(workspace)
    purge_temporary(workspace.uploads)
    try:
        with disk_full_is_clear(folder):
            folder.mkdir()
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _size(content: Path | BinaryIO) -> int:
    return content.stat().st_size if isinstance(content, Path) else content.seek(0, os.SEEK_END)


def _moved(arrival: Arrival, home: Path) -> Path:
    """Give the folder its final name, or with a number the first that is free."""
    number, target = 1, home
    with disk_full_is_clear(home):
        while True:
            try:
                if not os.path.lexists(target):
                    os.rename(arrival.folder, target)
                    return target.resolve()
            except FileNotFoundError:
                raise InputError(f"{arrival.source}: what was unpacked is no longer there; drop it again.") from None
            except OSError as error:  # somebody else took the name in the meantime
                if error.errno not in _TAKEN:
                    raise
            number += 1
            target = home.with_name(f"{home.name}-{number}")
