"""Names that archives and browsers give to files, made places below a folder; none is trusted."""

import re
import unicodedata
from pathlib import PurePosixPath

from riskcore.data.finding import HIDDEN, is_left_out
from riskcore.errors import InputError
from riskcore.foreign_text import quoted

UNSHOWN = "names with signs that nobody can see, or too long for a file"

_DRIVE = re.compile("[A-Za-z]:")
_MOST_PART, _MOST_WHOLE = 255, 1_000  # bytes


def placed(name: str, source: str) -> str:
    """The place of a file below the folder that it is put into, as a posix path; "" for the folder itself.

    Args:
        name: as given, with the separators of any system. source: what messages call the archive or folder.

    Raises:
        InputError: it is absolute, or leads out of the folder.

    Example:
        >>> placed("skin\\\\benign/./1.png", "skin.zip")
        'skin/benign/1.png'
        >>> placed("../../.ssh/authorized_keys", "skin.zip")
        Traceback (most recent call last):
        riskcore.errors.InputError: skin.zip: '../../.ssh/authorized_keys' leads out of the folder ...
    """
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or _DRIVE.match(path.as_posix()):
        raise InputError(f"{source}: {quoted(name)} leads out of the folder that it is unpacked into; pack it again.")
    return "" if path == PurePosixPath(".") else path.as_posix()


def why_left_out(place: str) -> str | None:
    """Why a file of this place is left out, as a reason of `riskcore.data.finding`; None for one that is kept.

    Example:
        >>> why_left_out("__MACOSX/skin/._1.png")
        'hidden files and folders, and those that systems make'
        >>> why_left_out("skin/1.png")
    """
    parts = place.split("/")
    if any(map(is_left_out, parts)):
        return HIDDEN
    if not place.isprintable() or len(place.encode(errors="replace")) > _MOST_WHOLE:
        return UNSHOWN
    return UNSHOWN if any(len(part.encode()) > _MOST_PART for part in parts) else None


class Places:
    """The places that are taken: two files that some system takes for one are refused on every system.

    Example:
        >>> places = Places("skin.zip")
        >>> places.take("a/1.png")
        >>> places.take("A/1.PNG")
        Traceback (most recent call last):
        riskcore.errors.InputError: skin.zip: 'A/1.PNG' and 'a/1.png' are one place on some systems; rename one.
    """

    def __init__(self, source: str) -> None:
        """`source`: what messages call the archive or folder."""
        self._source = source
        self._files: dict[str, str] = {}
        self._folders: dict[str, str] = {}

    def take(self, place: str, folder: bool = False) -> None:
        """Take the place of a file, or of a folder, in which others may lie; InputError where it is taken."""
        key = _key(place)
        above = [parent.as_posix() for parent in PurePosixPath(key).parents][:-1]
        if folder:
            above.append(key)
        taken = next((self._files[parent] for parent in above if parent in self._files), None)
        if not folder:
            taken = taken or self._files.get(key) or self._folders.get(key)
            self._files.setdefault(key, place)
        if taken is not None:
            raise InputError(
                f"{self._source}: {quoted(place)} and {quoted(taken)} are one place on some systems; rename one."
            )
        self._folders |= dict.fromkeys(above, place)


def _key(place: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", place).casefold())
