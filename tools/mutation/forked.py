"""pytest in forked children of one process that has imported what takes long, so that a mutant costs only its tests."""

import contextlib
import importlib
import json
import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest

HEAVY = (
    "numpy", "scipy.stats", "scipy.optimize", "scipy.special", "pandas", "pyarrow.parquet", "sklearn.metrics",
    "sklearn.isotonic", "sklearn.calibration", "sklearn.linear_model", "pydantic", "PIL.Image", "yaml", "filelock",
    "torch", "_hypothesis_pytestplugin", "pytest_timeout", "_pytest.doctest",
)  # fmt: skip
MOST_BYTES = 8 * 2**30
"""Memory of a child: a mutant that asks for more gets a MemoryError, not the machine."""

CPU_FACTOR, CPU_SECONDS = 4, 10
WALL_FACTOR, WALL_SECONDS = 12, 120
"""A mutant may take this many times as long as the unmutated code, and so many seconds more; processor time is what
counts, since it depends little on what else runs."""


@dataclass(frozen=True)
class Job:
    """One child: tests, in a copy of the tree where files have this text for so long."""

    targets: tuple[str, ...]
    texts: dict[str, str]
    cpu_limit: float | None = None
    wall_limit: float | None = None
    durations: str | None = None
    """A JSON file of seconds a test: an unmutated run writes it, a mutated one reads it and runs quick tests first."""
    writes: bool = False


@dataclass(frozen=True)
class Result:
    """How a child ended: "passed", "failed", "timeout" or "error" (no tests ran), and what it took."""

    outcome: str
    cpu: float
    wall: float
    log: str


class Quick:
    """A plugin: quick tests first, so that most mutants are killed soon."""

    def __init__(self, path: str | None, writes: bool) -> None:
        self._path, self._writes = path, writes
        self._seconds: dict[str, float] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self._path and not self._writes:
            seconds = json.loads(Path(self._path).read_text())
            items.sort(key=lambda item: seconds.get(item.nodeid, 0.0))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds[report.nodeid] = self._seconds.get(report.nodeid, 0.0) + report.duration

    def pytest_sessionfinish(self) -> None:
        if self._path and self._writes:
            Path(self._path).write_text(json.dumps(self._seconds))


def preload() -> None:
    """Imports what the tests import and the mutants do not change; nothing of riskcore."""
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = "1"
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.dont_write_bytecode = True
    for name in HEAVY:
        importlib.import_module(name)
    assert "riskcore" not in sys.modules


def run_all(copies: Iterable[Path], jobs: Iterable[Job]) -> Iterator[tuple[Job, Result]]:
    """Runs jobs, one at a time in each copy of the tree, and yields them as they end."""
    free = list(copies)
    waiting = iter(jobs)
    running: dict[int, tuple[Job, Path, dict[Path, str], float]] = {}
    more = True
    try:
        while more or running:
            while more and free:
                job = next(waiting, None)
                if job is None:
                    more = False
                    break
                copy = free.pop()
                old = {copy / name: (copy / name).read_text() for name in job.texts}
                for name, text in job.texts.items():
                    _write(copy / name, text)
                running[_start(copy, job)] = job, copy, old, time.monotonic()
            for pid, (job, copy, old, since) in list(running.items()):
                result = _ended(pid, job, copy, time.monotonic() - since)
                if result is not None:
                    del running[pid]
                    for path, text in old.items():
                        _write(path, text)
                    free.append(copy)
                    yield job, result
            time.sleep(0.02)
    finally:
        for pid in running:
            os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _write(path: Path, text: str) -> None:
    """The compiled file goes: one of the same second and size would be taken for that of the new text."""
    path.write_text(text)
    for compiled in path.parent.glob(f"__pycache__/{path.stem}.*"):
        compiled.unlink()


def _log(copy: Path) -> Path:
    return copy.parent / f"{copy.name}.log"


def _start(copy: Path, job: Job) -> int:
    pid = os.fork()
    if pid:
        while os.getpgid(pid) != pid:  # a group of its own, so that what it starts ends with it
            time.sleep(0.001)
        return pid
    code = 70
    try:
        os.setsid()
        code = _inside(copy, job)
    finally:
        os._exit(code)


def _inside(copy: Path, job: Job) -> int:
    """What the child does; its exit code is pytest's."""
    log = os.open(_log(copy), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(log, stream)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if job.cpu_limit is not None:
        limit = int(time.process_time() + job.cpu_limit) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
    os.chdir(copy)
    temporary = copy.parent / f"{copy.name}.tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    os.environ["TMPDIR"] = str(temporary)
    os.environ["PYTHONPATH"] = str(copy)
    sys.path[:] = [str(copy), *(entry for entry in sys.path if entry not in ("", os.environ.get("PWD", "")))]
    sys.dont_write_bytecode = not job.writes
    hypothesis.settings.register_profile("mutants", derandomize=True, database=None, deadline=None)
    hypothesis.settings.load_profile("mutants")
    import riskcore

    assert Path(riskcore.__file__).is_relative_to(copy), f"{riskcore.__file__} is not the copy"
    arguments = ["-x", "-q", "--no-header", "--tb=line", "-p", "no:cacheprovider", "-p", "_hypothesis_pytestplugin"]
    arguments += ["-p", "pytest_timeout", "--basetemp", str(temporary / "pytest"), *job.targets]
    return int(pytest.main(arguments, plugins=[Quick(job.durations, job.writes)]))


def _ended(pid: int, job: Job, copy: Path, wall: float) -> Result | None:
    done, status, usage = os.wait4(pid, os.WNOHANG)
    late = not done and job.wall_limit is not None and wall > job.wall_limit
    if not done and not late:
        return None
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)  # also what the tests started and left
    if late:
        _, status, usage = os.wait4(pid, 0)
    cpu = usage.ru_utime + usage.ru_stime
    if late or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU):
        outcome = "timeout"
    elif os.WIFSIGNALED(status):
        outcome = "failed"
    else:
        outcome = {0: "passed", 5: "error"}.get(os.WEXITSTATUS(status), "failed")
    return Result(outcome, cpu, wall, _log(copy).read_text(errors="replace"))
