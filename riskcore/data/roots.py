"""Which folders of this computer the dashboard may show: visitors choose below configured roots, nowhere else."""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from riskcore.data.finding import is_image, is_left_out
from riskcore.errors import InputError
from riskcore.workspace import Workspace

VARIABLE = "RISKCORE_DATA_ROOTS"
"""Folders below which data sets may be registered on the screen, joined by `os.pathsep` (":" on Unix)."""

_SYSTEM = re.compile(
    "bin|boot|dev|etc|home|lib|lib64|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|var|private|"
    "Applications|Library|System|Users|Volumes|Program Files|Program Files \\(x86\\)|ProgramData|Windows"
)
"""Names of folders right below the disk that belong to the system or to all users."""


@dataclass(frozen=True)
class Folder:
    """What lies right in a folder; hidden names, and those that systems make, are left out.

    Attributes:
        path: absolute, without symbolic links.
        folders, tables: names of its subfolders and of its CSV files, sorted; only what lies below the roots.
        images: how many image files there are, as a data set's search would find them.
    """

    path: Path
    folders: tuple[str, ...]
    tables: tuple[str, ...]
    images: int


def data_roots(workspace: Workspace, private: bool = False) -> tuple[Path, ...]:
    """The existing roots: those that `RISKCORE_DATA_ROOTS` names, else the current folder and the workspace.

    Where nothing is named and the server is `private`, for this machine alone, the whole disk is one: whoever runs it
    may register any folder that they can read.

    Else a root that lies below another one is left out. The current folder is one only where somebody will have chosen
    it: not the whole disk, nor a folder of the system or of all users, as a service is started in. Named ones are taken
    as they are.
    """
    if private and not _named_roots():
        return (Path(Path.cwd().anchor),)
    chosen = [] if _is_everyones(Path.cwd()) else [Path.cwd()]
    named = _named_roots() or [*chosen, workspace.root]
    found = list(dict.fromkeys(path.resolve() for path in named if path.is_dir()))
    return tuple(path for path in found if not any(path != other and path.is_relative_to(other) for other in found))


def roots_caution(private: bool = False) -> str | None:
    """What to know about the roots before the dashboard is opened, in a sentence; None where they are as expected.

    `private`: as for `data_roots`.
    """
    wide = next((path for path in _named_roots() if _is_everyones(path)), None)
    if wide is not None:
        return f"Warning: {VARIABLE} names {wide}; whoever opens the dashboard may look through all that lies below."
    if not private and not _named_roots() and _is_everyones(Path.cwd()):
        return f"Data sets below {Path.cwd()} cannot be registered on the screen; name their folders in {VARIABLE}."
    return None


def starting_places(roots: Sequence[Path]) -> tuple[Path, ...]:
    """Folders to begin a search at: the roots; for the whole disk first the home folder and the current one."""
    near = [path.resolve() for path in (Path.home(), Path.cwd()) if path.is_dir()]
    wide = [path for path in near if any(root == Path(root.anchor) for root in roots)]
    return tuple(dict.fromkeys([*wide, *roots]))


def below_roots(path: str | Path, roots: Sequence[Path]) -> Path:
    """A path with its symbolic links and ".." resolved.

    Args:
        path: absolute; "~" is the home folder of whoever runs the server.
        roots: from `data_roots`.

    Raises:
        InputError: it leads out of the roots. Whether something is there is not told.

    Example:
        >>> below_roots("/data/../etc", [Path("/data")])
        Traceback (most recent call last):
        riskcore.errors.InputError: /data/../etc is not below a folder that this server may show (/data); ...
    """
    try:
        resolved = Path(path).expanduser().resolve()
    except (OSError, RuntimeError, ValueError):  # a loop of links, no such user, a zero byte
        resolved = None
    if resolved is None or _is_kernels(resolved) or not any(resolved.is_relative_to(root) for root in roots):
        shown = ", ".join(map(str, roots)) or "there is none"
        raise InputError(
            f"{path} is not below a folder that this server may show ({shown}); to allow it, start the server "
            f"with {VARIABLE}=FOLDER (several are joined by {os.pathsep!r})."
        )
    return resolved


def look_into(path: str | Path, roots: Sequence[Path]) -> Folder:
    """What lies right in a folder below the roots.

    Raises:
        InputError: it leads out of the roots, or is no folder that can be read.
    """
    folder = below_roots(path, roots)
    folders, tables, images = [], [], 0
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if is_left_out(entry.name) or _is_kernels(Path(entry.path)):
                    continue
                if entry.is_symlink() and not _is_below(Path(entry.path), roots):
                    continue
                if entry.is_dir():
                    folders.append(entry.name)
                elif entry.name.lower().endswith(".csv"):
                    tables.append(entry.name)
                elif entry.is_file() and is_image(entry.path):
                    images += 1
    except OSError as error:
        raise InputError(f"{folder}: the folder cannot be shown ({error.strerror}); choose another one.") from None
    return Folder(folder, tuple(sorted(folders)), tuple(sorted(tables)), images)


def check_links(folder: Path, roots: Sequence[Path]) -> None:
    """Refuse a folder in which a link leads out of the roots, before any of its tables is read.

    Hidden names and those that systems make, which no search enters, are not looked at.

    Raises:
        InputError: it names the first such link, or a folder that cannot be read; or the whole disk is open, and the
            folder is all of it, or one of the system or of all users.
    """
    if Path(folder.anchor) in roots and _is_everyones(folder):
        raise InputError(f"{folder} holds far more than a data set; choose the folder of its images.")
    waiting, seen = [folder], set()
    while waiting:
        place = waiting.pop()
        if place in seen:
            continue
        seen.add(place)
        try:
            with os.scandir(place) as entries:
                found = sorted((entry for entry in entries if not is_left_out(entry.name)), key=lambda each: each.name)
        except OSError as error:
            raise InputError(f"{place}: the folder cannot be read ({error.strerror}); choose another one.") from None
        for entry in sorted(found, key=lambda each: each.name):
            if entry.is_symlink():
                target = _target(Path(entry.path), roots)
                waiting += [target] if target.is_dir() else []
            elif entry.is_dir():
                waiting.append(Path(entry.path))


def check_images(root: Path, samples: Iterable[str], roots: Sequence[Path]) -> None:
    """Refuse images that lie outside of the roots, as links on the way to them make possible.

    Args:
        root: the folder that the samples' paths start from. samples: posix paths. roots: from `data_roots`.

    Raises:
        InputError: it names the first such image.
    """
    places: set[Path] = set()
    for sample in samples:
        path = root / sample
        if path.parent not in places:
            _target(path.parent, roots)
            places.add(path.parent)
        if path.is_symlink():
            _target(path, roots)


def trail(path: Path, roots: Sequence[Path]) -> list[Path]:
    """The folders from the root that holds a path down to the path itself.

    Example:
        >>> trail(Path("/data/skin/train"), [Path("/data")])
        [PosixPath('/data'), PosixPath('/data/skin'), PosixPath('/data/skin/train')]
    """
    root = next(root for root in roots if path.is_relative_to(root))
    return [folder for folder in (*reversed(path.parents), path) if folder.is_relative_to(root)]


def suggested_name(path: Path) -> str:
    """A name for the data set in a folder or file, such as a workspace accepts.

    Example:
        >>> suggested_name(Path("/data/Skin lesions (2018)")), suggested_name(Path("/data/list.csv"))
        ('Skin_lesions_2018', 'list')
    """
    stem = path.stem if path.suffix.lower() == ".csv" else path.name
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", stem).strip("_-")
    return name[:100] or "data"


def _named_roots() -> list[Path]:
    return [Path(text).expanduser() for text in os.environ.get(VARIABLE, "").split(os.pathsep) if text]


def _is_kernels(path: Path) -> bool:
    """Whether it lies where the kernel shows itself: to read such a file may wait for ever."""
    return path.is_absolute() and path.parts[1:2] in (("proc",), ("sys",), ("dev",))


def _is_everyones(path: Path) -> bool:
    """Whether a folder is the whole disk, holds the users' homes, or is a folder of the system right below the disk."""
    path, home = path.resolve(), Path.home().resolve()
    if path == home:
        return False
    return (
        home.is_relative_to(path)
        or path == Path(path.anchor)
        or (len(path.parts) == 2 and _SYSTEM.fullmatch(path.name) is not None)
    )


def _target(link: Path, roots: Sequence[Path]) -> Path:
    """What a link leads to; InputError where that lies outside of the roots."""
    try:
        return below_roots(link, roots)
    except InputError:
        raise InputError(
            f"{link} leads out of the folders that this server may show; put the files themselves there, or register "
            "the data set with `riskcore data add`."
        ) from None


def _is_below(path: Path, roots: Sequence[Path]) -> bool:
    try:
        below_roots(path, roots)
    except InputError:
        return False
    return True
