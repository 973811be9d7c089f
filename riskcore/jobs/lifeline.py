"""A child that ends with its parent, however that ends: its standard input is a pipe that only the parent holds open.

Nothing is ever written into the pipe. When the parent is gone, killed or not, its end is closed by the system, and the
child, which waits for that, ends at once and as a killed process does: nothing is written about the end, so that its
run is found interrupted and goes on from its checkpoint. The children of the child inherit its standard input, so those
that run this module's `end_with_parent` end too, such as the processes that torchrun starts.
"""

import os
import select
import stat
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO

_VARIABLE = "RISKCORE_ENDS_WITH_STDIN"
_LOOK_SECONDS = 0.5


@contextmanager
def tied_child(
    command: Sequence[str],
    environment: Mapping[str, str],
    output: IO[bytes] | None = None,
    held: int | None = None,
) -> Iterator["subprocess.Popen[bytes]"]:
    """Start a process that ends with this one, if it calls `end_with_parent`; the block is to wait for it.

    Args:
        command: program and arguments.
        environment: its variables.
        output: where it writes, errors too; None: where this process does.
        held: a file that stays open, with its lock, as long as the process or a child that it forks lives.
    """
    child = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=output,
        env={**environment, _VARIABLE: "1"},
        pass_fds=() if held is None else (held,),
    )
    try:
        yield child
    finally:
        assert child.stdin is not None
        child.stdin.close()


def end_with_parent() -> None:
    """End this process as soon as its parent is gone, from now on; at once where it is gone already.

    The parent is who started it with `tied_child`, directly or through others. A process that torchrun started also
    ends with torchrun. Others are left alone.
    """
    tied = _VARIABLE in os.environ and _is_pipe()
    torchrun = os.getppid() if "TORCHELASTIC_RUN_ID" in os.environ else None
    if not tied and torchrun is None:
        return
    if tied and _is_closed(0.0):
        os._exit(1)
    threading.Thread(target=_watch, args=(tied, torchrun), daemon=True).start()


def _is_pipe() -> bool:
    """Whether the standard input is one still: something in between may have put another in its place."""
    try:
        return stat.S_ISFIFO(os.fstat(0).st_mode)
    except OSError:
        return False


def _watch(tied: bool, torchrun: int | None) -> None:
    while torchrun is None or os.getppid() == torchrun:
        if not tied:
            time.sleep(_LOOK_SECONDS)
        elif _is_closed(None if torchrun is None else _LOOK_SECONDS):
            break
    os._exit(1)


def _is_closed(seconds: float | None) -> bool:
    """Whether the other end of the standard input is closed, waiting for it so long; None: for as long as it takes."""
    return bool(select.select([0], [], [], seconds)[0])
