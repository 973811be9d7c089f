"""Names that others wrote: every figure shows them as they are, and takes no part of them for markup."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest

import riskcore.plots
from riskcore.data.class_counts import ClassCount
from riskcore.decision.frontier import Frontier
from riskcore.decision.judged_run import JudgedRun
from riskcore.judging.details import risk_curves
from riskcore.judging.frequencies import Frequencies, frequencies
from riskcore.judging.mistakes import HarmTable
from riskcore.judging.sensitivity import CellSensitivity
from riskcore.judging.standings import MEASURES, SeedCurve
from riskcore.judging.subgroups import SubgroupRates
from riskcore.metrics import Rate
from riskcore.plots.before_now import before_now_figure
from riskcore.plots.class_counts import class_counts_figure
from riskcore.plots.confusion import confusion_figure
from riskcore.plots.decision_curve import decision_curve
from riskcore.plots.frequencies import bars_figure, dots_figure
from riskcore.plots.frontier import frontier_figure, save_figure
from riskcore.plots.handing_over import handing_over_figure
from riskcore.plots.names import figure_text
from riskcore.plots.operating_frontier import DrawnRun, operating_frontier, standalone_html
from riskcore.plots.rate_bars import KINDS, RateBars, rate_bars
from riskcore.plots.risk_calibration import calibration_figure
from riskcore.plots.subgroups import subgroups_figure
from riskcore.plots.training_curves import training_figure
from riskcore.plots.whatif import caution_figure, cells_figure
from riskcore.severity import SeverityMatrix
from tests.helpers.simulated import MATRIX, run
from tests.plots.test_handing_over import FOUND as CERTIFIED

if TYPE_CHECKING:
    import plotly.graph_objects as go

SHOWN = {
    '<a href="http://x.example">b</a>': '&lt;a href="http://x.example"&gt;b&lt;/a&gt;',
    "$a$": "&#36;a&#36;",
    "%{evil}": "&#37;{evil}",
    "a & 'b'": "a &amp; 'b'",
    "scan\x1b[31m\u202egnp": "scan\\x1b[31m\\u202egnp",
    "&lt;b&gt;": "&amp;lt;b&amp;gt;",
    "95 %, <5": "95 %, &lt;5",
}
"""Name -> how it must stand in a figure."""

OWN = re.compile('</?(br|extra)>|<span style="color:#[0-9A-F]{6}">[^<]</span>')
MARKUP = re.compile(r"[<$]|%\{evil|&(?!(amp|lt|gt|#36|#37);)")
"""What plotly would read: no tag but a figure's own, no formula, value, or entity that it shows as it is written."""

RISKS = risk_curves(JudgedRun(run("risks", 1.5), MATRIX))
RATE = Rate(0.1, 0.05, 0.2, 3, 60, 60, "made up")


def class_counts(name: str) -> "go.Figure":
    return class_counts_figure([ClassCount(name, 3, 0.3, None, {name: 3}), ClassCount("well", 7, 0.7, None, {name: 7})])


def confusion(name: str) -> "go.Figure":
    table = HarmTable(SeverityMatrix([name, "other"], [[0, 1], [9, 0]]), np.ones((2, 2)), np.ones((2, 2)), RATE, 1, 4)
    return confusion_figure({name: table})


def found() -> Frequencies:
    return frequencies([0] * 50 + [2] * 50, [2] * 40 + [0] * 10 + [0] + [2] * 49, MATRIX, np.arange(100))


def frontier(name: str) -> "go.Figure":
    curves = [{"accuracy": [0.5, 0.8], "cer": [0.0, value], "argmax": [0.7, 0.1]} for value in (0.1, 0.2)]
    return frontier_figure({name: curves}, name)


def operating(name: str) -> "go.Figure":
    rates = {"accuracy": RATE, **dict.fromkeys(MEASURES, RATE)}
    curve = SeedCurve(np.array([0.05, 0.1]), np.array([0.0, 0.1]))
    runs = [DrawnRun(id, name, [curve], rates, rates) for id in ("a", "b")]
    return operating_frontier(runs, "cer", majority=0.4)


def bars(name: str) -> "go.Figure":
    return rate_bars([RateBars("a", name, 0, dict.fromkeys(KINDS, RATE))], "test")


def subgroups(name: str) -> "go.Figure":
    cases = {"accuracy": 60}
    return subgroups_figure([SubgroupRates(name, name, cases, {"accuracy": RATE}, 60, 0.5)], "accuracy", name)


def training(name: str) -> "go.Figure":
    lines = [{"kind": "epoch", "epoch": epoch, "epochs": 2, "validation_loss": 1.0} for epoch in (1, 2)]
    return training_figure(lines, {name: lines})


def caution(name: str) -> "go.Figure":
    shares = np.array([0.5, 0.8])
    return caution_figure({name: [Frontier("severity", *[shares] * 6)]}, {name: (0.7, 0.1)}, title=name)


def cells(name: str) -> "go.Figure":
    changed = np.array([[0, 3], [4, 0]])
    return cells_figure(CellSensitivity(changed, changed, n=100), [name, "other"])


FIGURES: dict[Callable[..., "go.Figure"], Callable[[str], "go.Figure"]] = {
    class_counts_figure: class_counts,
    confusion_figure: confusion,
    bars_figure: lambda name: bars_figure({name: found(), "Caution": found()}),
    dots_figure: lambda name: dots_figure({name: found(), "Caution": found()}),
    frontier_figure: frontier,
    operating_frontier: operating,
    rate_bars: bars,
    subgroups_figure: subgroups,
    training_figure: training,
    caution_figure: caution,
    cells_figure: cells,
    before_now_figure: lambda name: before_now_figure(
        {"critical_miss_rate": (RATE, RATE), "over_call_rate": (RATE, RATE)}, (name, name), cases=60, part=name
    ),
    handing_over_figure: lambda name: handing_over_figure(CERTIFIED, name, name),
    decision_curve: lambda name: decision_curve({name: RISKS.net_benefit}, name, name),
    calibration_figure: lambda name: calibration_figure({name: RISKS.calibration}, name),
}
"""Each function that makes a figure -> one of its figures in which every name is the same."""


def texts(part: Any) -> Iterator[str]:
    """Every piece of text of a figure, or of a part of it."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        for value in part.values():
            yield from texts(value)
    elif isinstance(part, list | tuple) or (isinstance(part, np.ndarray) and part.dtype.kind in "OU"):
        for value in part:
            yield from texts(value)


def test_no_function_that_makes_a_figure_is_left_out() -> None:
    found = pkgutil.iter_modules(riskcore.plots.__path__, "riskcore.plots.")
    modules = [importlib.import_module(module.name) for module in found]
    making = {
        function
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if not name.startswith("_") and "Figure" in str(function.__annotations__.get("return"))
    }
    assert making == set(FIGURES)


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.parametrize("function", FIGURES, ids=lambda function: function.__name__)
def test_names_stand_in_each_figure_only_as_text(function: Callable[..., "go.Figure"], name: str) -> None:
    every = list(texts(FIGURES[function](name).to_plotly_json()))
    assert any(SHOWN[name] in text for text in every)
    assert not [text for text in every if MARKUP.search(OWN.sub("", text)) or not text.isprintable()]


def test_a_pages_title_is_text() -> None:
    title = '<a href="http://x.example">b</a> $a$'
    figure = frontier("loss")
    page = standalone_html(figure, title)
    assert title not in page
    assert "&#36;a&#36;" in page.replace("\\u0026", "&")
    assert figure.layout.title.text == "loss"


def test_names_stand_in_saved_figures_as_they_are(tmp_path: Path) -> None:
    """As SVG with text kept as text; `$\\frac$` as a formula is an error, and a legend leaves out `_hidden`."""
    names = ["$a$", r"$\frac$", "a$b", r"\$", "_hidden", "<a href='x'>b</a>", "a & b", "x\x1by"]
    curve = {"accuracy": [0.5, 0.8], "cer": [0.0, 0.1]}
    with mpl.rc_context({"svg.fonttype": "none"}):
        save_figure({name: [curve] for name in names}, "$\\title$ \x1b", tmp_path / "figure.svg")
    texts = [node.text for node in ElementTree.parse(tmp_path / "figure.svg").iter("{http://www.w3.org/2000/svg}text")]
    assert [text for text in texts if text in {*names, r"x\x1by"}] == [*names[:-1], r"x\x1by"]
    assert r"$\title$ \x1b" in texts


def test_only_what_plotly_would_read_is_changed() -> None:
    for name, shown in SHOWN.items():
        assert figure_text(name) == shown
    for name in ("Größe", "痣", "95 %", 'L\'IA "x"', "a; b", "#36", "{x}"):
        assert figure_text(name) == name
