"""How long the dashboard's server works over 1,000 finished runs: ``python benchmarks/bench_dashboard.py 2>/dev/null``.

Cold start: from the command to the first heading in a fresh browser. Screens: a whole script run through app.py, after
one that filled the caches. Edit, caution and floor: from the change to the updated screen, for 10,000 test cases of 7
classes. First figure: from going to Compare until it stands. Live fragment: what is drawn every two seconds while a run
trains. Those in a browser need Debian's chromium.

Each line shows the least, median and greatest time on the wall, and the median of the processor's time, which is what
to look at where other work shares the machine.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import psutil
from many_runs import DATA, SEEDS, Made, ManyRuns
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from pages import SCREENS  # noqa: E402
from riskcore.decision.stops import STOPS  # noqa: E402
from riskcore.runs.store import RunStore  # noqa: E402
from riskcore.severity import SeverityMatrix  # noqa: E402
from tests.helpers.browsers import chromium, launched, settle  # noqa: E402
from tests.helpers.screens import opened  # noqa: E402
from tests.helpers.servers import Server  # noqa: E402

RUNS, REPEATS = 1_000, 9
COMPARED = 40
LIVE_SECONDS = 20

Value = TypeVar("Value")


@dataclass
class Times:
    """Seconds of the wall's clock and of the processor, one of each for every repetition."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @contextmanager
    def add(self, cpu: Callable[[], float] = time.process_time) -> Iterator[None]:
        """Measure the block; `cpu` tells the processor's time so far, by default this process's."""
        began, used = time.perf_counter(), cpu()
        yield
        self.wall.append(time.perf_counter() - began)
        self.cpu.append(cpu() - used)

    def report(self, what: str, limit: float) -> None:
        """Print a line, in milliseconds."""
        figures = (min(self.wall), statistics.median(self.wall), max(self.wall), statistics.median(self.cpu), limit)
        print(f"{what:<50}" + "".join(f"{1000 * figure:8.0f}" for figure in figures), flush=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        makes = ManyRuns(Path(folder) / "home")
        made = makes.make(RUNS)
        assert "torch" not in sys.modules
        print(f"{RUNS:,} finished runs; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; milliseconds")
        columns = ("least", "median", "most", "CPU", "limit")
        print(f"{'':<50}" + "".join(f"{column:>8}" for column in columns))
        screens(made)
        for what, ids in (("10,000 cases", made.one), ("5 folds of 2,000", made.folds)):
            edits(made, what, ids[0])
            cautions(made, what, ids)
            floors(made, what, ids)
        if chromium() is None:
            print("Cold start and live fragment: chromium is not installed")
            return
        cold_start(made)
        first_figure(made)
        with makes.queue("focal", size=160).claim():
            live_fragment(made)
        print(f"load {os.getloadavg()[0]:.1f}")


def screens(made: Made) -> None:
    """Every screen, those that may import torch last."""
    with_torch = ("train", "predict")
    for screen in sorted(SCREENS, key=lambda screen: screen.name in with_torch):
        app = opened(screen.name, made.workspace)
        repeated(app, range(REPEATS), lambda _: None).report(screen.title, 0.3)
        assert screen.name in with_torch or "torch" not in sys.modules, f"{screen.title} imports torch"
    print("torch is imported by:", "Train or Predict" if "torch" in sys.modules else "no screen as it opens")


def edits(made: Made, what: str, id: str) -> None:
    """A cell of the matrix takes another severity, as the grid's answer brings it."""
    app = opened("severity", made.workspace, severity_matrix=DATA, severity_run=id)

    def edit(severity: int) -> None:
        drafts = app.session_state["severity_drafts"]
        history = drafts[DATA].history
        values, now = history.current.values.copy(), history.current
        values[2, 3] = severity
        edited = SeverityMatrix(now.classes, values, now.critical, now.groups)
        drafts[DATA] = replace(drafts[DATA], history=history.push(edited))

    repeated(app, range(4, 4 + REPEATS), edit).report(f"Severity matrix: an edit, {what}", 0.15)


def cautions(made: Made, what: str, ids: Sequence[str]) -> None:
    """Another stop of caution on Compare."""
    app = opened("compare", made.workspace, compare_runs=",".join(ids))

    def turn(stop: str) -> None:
        app.session_state["compare_caution"] = stop

    repeated(app, list(STOPS)[::-1], turn).report(f"Compare: another caution, {what}", 0.15)


def floors(made: Made, what: str, ids: Sequence[str]) -> None:
    """Another accuracy floor on Compare; the answer at it comes on request only."""
    app = opened("compare", made.workspace, compare_runs=",".join(ids))

    def move(floor: float) -> None:
        app.session_state["compare_floor"] = floor

    repeated(app, [60.0 + place for place in range(REPEATS)], move).report(f"Compare: another floor, {what}", 0.15)


def repeated(app: AppTest, values: Sequence[Value], change: Callable[[Value], None]) -> Times:
    """Run a screen once more for the caches, then after each change."""
    app.run()
    times = Times()
    for value in values:
        change(value)
        with times.add():
            app.run()
        assert not app.exception, app.exception
        assert not app.error, [error.value for error in app.error]
    return times


def cold_start(made: Made) -> None:
    """From the command to the heading of the first screen in a browser that is open."""
    times = Times()
    with launched() as browser:
        for _ in range(3):
            page = browser.new_page()
            with ExitStack() as ended, times.add(cpu_of_servers):
                server = ended.enter_context(running(made))
                page.goto(server.address)
                page.locator("h1").first.wait_for()
            page.close()
    times.report("Cold start to the first heading", 3.0)


def first_figure(made: Made) -> None:
    """From the click on Compare to its first figure, for the newest pools that hold `COMPARED` runs together."""
    pools = RunStore(made.workspace).pools()
    chosen = list(pools)[: COMPARED // SEEDS]
    assert sum(len(pools[id]) for id in chosen) == COMPARED
    times = Times()
    with launched() as browser, running(made) as server:
        page = browser.new_page()
        for place in range(1 + REPEATS):
            page.goto(f"{server.address}/compare?compare_runs={','.join(chosen)}")
            settle(page, 600)  # with its answer, which takes long the first time
            page.get_by_role("link", name="Runs").first.click()
            settle(page)
            page.go_back()  # as the click does, but with the runs in the address
            with times.add(cpu_of_servers) if place else nullcontext():  # the first fills the caches
                page.locator(".js-plotly-plot").first.wait_for()
    times.report(f"Compare: first figure, {COMPARED} runs", 1.0)


def live_fragment(made: Made) -> None:
    """What a refresh of Runs takes of the server while a run trains, told by the refreshes that a browser asks for."""
    asked: list[object] = []
    with launched() as browser, running(made) as server:
        page = browser.new_page()
        page.on("websocket", lambda socket: socket.on("framesent", lambda frame: asked.append(frame)))
        page.goto(f"{server.address}/runs")
        settle(page)
        asked.clear()
        used = cpu_of_servers()
        page.wait_for_timeout(1000 * LIVE_SECONDS)
        each = (cpu_of_servers() - used) / len(asked)
    print(f"{f'Runs: live fragment, mean of {len(asked)}':<50}{'':24}{1000 * each:8.0f}{100:8}")


@contextmanager
def running(made: Made) -> Iterator[Server]:
    """A dashboard of its own process; killed afterwards."""
    server = Server(made.workspace.root)
    try:
        yield server
    finally:
        server.kill()


def cpu_of_servers() -> float:
    """The processor's time so far of the dashboards that this process started."""
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if process.cmdline()[:1] == [sys.executable]:  # the others are the browser's
                total += sum(process.cpu_times()[:2])
    return total


if __name__ == "__main__":
    main()
