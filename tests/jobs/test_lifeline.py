"""Children that end with their parent: real processes, real kills."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

PARENT = """
import os, sys
from riskcore.jobs.lifeline import tied_child

held, _ = os.pipe()
with tied_child(sys.argv[1:], os.environ, sys.stdout.buffer, held) as child:
    child.wait()
"""

CHILD = """
import os, sys, time
from riskcore.jobs.lifeline import end_with_parent

time.sleep(float(sys.argv[1]))
end_with_parent()
print(os.getpid(), flush=True)
time.sleep(60)
"""


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "waited too long"
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    # Not reaped yet where nothing adopts orphans.
    return "\nState:\tZ" in open(f"/proc/{pid}/status").read() if sys.platform == "linux" else False


def started(*command: str, **options: object) -> subprocess.Popen[str]:
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)


def told(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


@pytest.mark.parametrize("between", [[], ["/bin/sh", "-c", '"$@"; true', "sh"]], ids=["directly", "through a shell"])
def test_a_child_ends_with_its_killed_parent(between):
    parent = started(sys.executable, "-c", PARENT, *between, sys.executable, "-c", CHILD, "0")
    child = told(parent)
    assert not is_gone(child)
    parent.kill()
    parent.wait()
    until(lambda: is_gone(child), seconds=5)


def test_a_parent_that_is_gone_before_the_child_looks(tmp_path):
    """Killed while the child still imports: it must end before it begins anything."""
    parent = started(sys.executable, "-c", PARENT, sys.executable, "-c", CHILD, "2")
    time.sleep(1.0)
    parent.kill()
    parent.wait()
    assert parent.stdout is not None
    assert parent.stdout.read() == "", "it ended, and printed nothing"


def test_a_process_that_someone_started_by_hand_is_left_alone():
    shell = started("/bin/sh", "-c", f"echo | {sys.executable} -c '{CHILD}' 0; true")
    child = told(shell)
    time.sleep(0.5)
    assert not is_gone(child)
    os.kill(child, signal.SIGKILL)
    shell.wait()


def test_a_process_of_torchrun_ends_with_it():
    environment = {**os.environ, "TORCHELASTIC_RUN_ID": "none"}
    torchrun = started("/bin/sh", "-c", f"{sys.executable} -c '{CHILD}' 0; true", env=environment)
    child = told(torchrun)
    torchrun.kill()
    torchrun.wait()
    until(lambda: is_gone(child), seconds=5)
