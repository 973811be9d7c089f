"""Whether the owner of a run lives, told without trusting anyone's clock.

A living owner holds the run's file lock and touches the run's `heartbeat` every `HEARTBEAT_SECONDS`. A lock that is
seen held means that it lives; on the owner's own host a process that is gone means that it does not. What is left is
an owner on another host whose lock cannot be seen from here, and a heartbeat whose time is that of a clock which may be
wrong by hours. Its time is believed only at the first look, and only where it says "some seconds ago". From then on the
observer's own watch decides: a heart beats while its file's time *moves on* within `STALE_SECONDS` of that watch. Where
the first time cannot be right - in the future, or long ago on another host - the observer looks again for up to
`WATCH_SECONDS` before it answers, once for all such runs in a process. More than a day away it is believed to be old: a
workspace of long ago must not keep every command waiting.
"""

import os
import socket
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from riskcore.files import DAY, is_locked

HEARTBEAT_SECONDS = 2.0
"""How often a live owner touches `heartbeat`."""

STALE_SECONDS = 10.0
"""A heartbeat that has not moved on for so long is old: the owner may be gone."""

WATCH_SECONDS = 5.0
"""How long a doubtful heartbeat is watched: two beats and a moment."""

_LOOK_SECONDS = 0.1
_AHEAD_SECONDS = 2.0  # clocks that are kept in step differ by less

HEARTBEAT, LOCK = "heartbeat", "lock"


@dataclass
class _Seen:
    """What one observer knows of a heartbeat; all but `mtime` and `age` by its own watch.

    Attributes:
        mtime: the heartbeat's time.
        age: how old it was by the clocks when it was first seen.
        first, last: when this time was first and last seen.
        until: until when its owner is held to live.
    """

    mtime: float
    age: float
    first: float
    last: float
    until: float

    def doubtful(self, here: bool) -> bool:
        return -DAY < self.age < -_AHEAD_SECONDS or (not here and STALE_SECONDS <= self.age < DAY)


_seen: dict[Path, _Seen] = {}


def owner_lives(folder: Path, owner: Mapping[str, Any]) -> bool:
    """Whether a run's owner lives.

    Args:
        folder: the run's.
        owner: its host and pid, from run.json.
    """
    if is_locked(folder / LOCK):
        return True
    here = owner["host"] == socket.gethostname()
    if here and _is_dead(owner["pid"]):
        return False
    while (seen := _look(folder / HEARTBEAT)) is not None:
        now = time.monotonic()
        if now < seen.until:
            return True
        if not seen.doubtful(here) or now >= seen.first + WATCH_SECONDS:
            return False
        time.sleep(_LOOK_SECONDS)
    return False


def look(folders: Iterable[Path]) -> None:
    """Look at several runs' heartbeats: whoever asks about each afterwards waits once for all of them."""
    for folder in folders:
        _look(folder / HEARTBEAT)


def _look(path: Path) -> _Seen | None:
    """What is known of a heartbeat after this look; None where there is none."""
    try:
        # Opened, since network file systems may answer a mere stat from memory.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            mtime = os.fstat(descriptor).st_mtime
        finally:
            os.close(descriptor)
    except OSError:
        _seen.pop(path, None)
        return None
    now, before = time.monotonic(), _seen.get(path)
    if before is not None and mtime == before.mtime:
        before.last = now
        return before
    if before is not None and mtime > before.mtime and now - before.last < STALE_SECONDS:
        found = _Seen(mtime, 0.0, now, now, now + STALE_SECONDS)
    else:  # first seen, set back, or moved on at no one knows what time
        age = time.time() - mtime
        young = -_AHEAD_SECONDS <= age < STALE_SECONDS
        found = _Seen(mtime, age, now, now, now + STALE_SECONDS - max(age, 0.0) if young else now)
    _seen[path] = found
    return found


def _is_dead(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    try:  # killed, it is kept by the system (as a zombie, on Linux) until whoever started it asks how it ended
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b") ")[2].startswith(b"Z")
    except OSError:
        return False
