"""The end of what a training process printed."""

import os
import re
from pathlib import Path

_BYTES = 64_000
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")


def log_tail(path: Path, lines: int) -> list[str]:
    """The last lines of a log, without terminal colours; only its end is read, however long it is.

    Of a line that was written over, as progress bars do, the last version counts.

    Args:
        path: the log; none there gives no lines.
        lines: how many at most.

    Example:
        >>> import tempfile
        >>> log = Path(tempfile.mkdtemp()) / "log.txt"
        >>> _ = log.write_bytes(b"starts\\n10 %\\r20 %\\nends\\n")
        >>> log_tail(log, 2)
        ['20 %', 'ends']
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _BYTES))
            text = file.read().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return []
    found = text.split("\n")
    if size > _BYTES:
        del found[0]  # begins in the midst of a line
    shown = [_CONTROL.sub("", line.rstrip("\r").rsplit("\r", 1)[-1]) for line in found]
    return (shown[:-1] if shown and not shown[-1] else shown)[-lines:]
