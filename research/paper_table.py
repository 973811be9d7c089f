"""The paper's table: `python -m research.paper_table FOLDER -o research/results/paper_here`, a few seconds.

FOLDER is what `python -m research.kept research/protocols/paper_here.yaml -o FOLDER` wrote. A line a loss: what the
paper reports (the likeliest class, critical errors against focal loss), and whether it is better at equal accuracy.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any

import numpy as np
import pyarrow.parquet as pq
import typer

from riskcore.files import write_atomic
from riskcore.formats import NOTHING, RESEARCH_USE, percent, points, ranged, signed
from riskcore.jobs.protocol import Protocol, read_protocol
from riskcore.metrics import proportion
from riskcore.metrics.intervals import Rate
from riskcore.plots.frontier import argmax_point, mean_curve, shown_range
from riskcore.plots.palette import COLOURS
from riskcore.readers import read_json
from riskcore.reports.markdown import markdown_table
from riskcore.runs.predictions_file import read_predictions
from riskcore.severity import SeverityMatrix

HEADS = (
    "loss",
    "accuracy %",
    "balanced accuracy %",
    "right group %",
    "over-calls %",
    "CER %",
    "CER against focal %",
    "p",
    "equal accuracy, against focal: CER, points",
    "safer?",
    "equal accuracy, against ce: CER, points",
    "safer?",
    "could show",
)
NETWORKS = {"tf_efficientnet_lite0": "CNN", "vit_small_patch14_dinov2": "transformer"}
DRAWN = ("focal", "ce", "log_harm s=3")
PANELS = ("isic2018", "brain_mri", "breakhis", "gleason_tma")
ABOUT = (
    "Likeliest class: accuracy, balanced accuracy, the share called into the right group (benign or malignant), "
    "over-calls (others called critical) and critical errors of all cases (CER), each with its 95 % interval; then the "
    "relative change of CER against focal loss, as the paper reports it, with p corrected over the losses. Then the "
    "question that counts: held to the same accuracy on test by the dial, how many points of CER more or fewer, and is "
    "it safer? Could show: the smallest difference against cross-entropy that four such comparisons of five would have "
    "shown. ‡: accuracy no better than calling everything the commonest class."
)


def main(
    folder: Annotated[Path, typer.Argument(help="What research.kept wrote.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for table.md and frontiers.png.")],
) -> None:
    """Write the table and a figure of four panels."""
    result, protocol = read_json(folder / "results.json"), read_protocol(folder / "protocol.yaml")
    write_atomic(output / "table.md", markdown(result, protocol, right_groups(folder / "runs")))
    write_atomic(output / "frontiers.png", figure(result["tables"]))


def right_groups(folder: Path) -> dict[str, Rate]:
    """Pool -> share of the test cases whose likeliest class lies in the group of the true one."""
    calls: dict[str, list[tuple[np.ndarray, np.ndarray, np.ndarray]]] = {}
    for path in sorted(folder.glob("*.parquet")):
        about = pq.read_schema(path).metadata
        classes, parts = read_predictions(path)
        matrix = SeverityMatrix.from_dict(json.loads(about[b"matrix.json"]))
        if matrix.groups is None:
            continue
        codes = np.unique([matrix.groups.get(label, label) for label in classes], return_inverse=True)[1]
        test = parts["test"]
        right = codes[test.truth] == codes[test.logits.argmax(1)]
        calls.setdefault(json.loads(about[b"run.json"])["pool"], []).append((right, test.groups, test.samples))
    found = {}
    for pool, members in calls.items():
        right, groups, samples = (np.concatenate(column) for column in zip(*members, strict=True))
        found[pool] = proportion(right, np.ones(len(right), bool), groups, distinct=len(np.unique(samples)))
    return found


def markdown(result: Mapping[str, Any], protocol: Protocol, right: Mapping[str, Rate]) -> str:
    """The tables of what is trained, and what is not."""
    lines = [f"# {result['title']}", "", result["note"].strip(), "", ABOUT, "", RESEARCH_USE, ""]
    found = {(t["data"], t["folds"], t["drop_leaks"], t["model"]["name"]): t for t in result["tables"]}
    for data in protocol.data:
        for model in protocol.of(data)[0]:
            table = found.get((data.name, data.folds, data.drop_leaks, model.name))
            network = f"{NETWORKS.get(model.name, 'network')} ({model.name}, {model.size} px)"
            lines += [f"## {data.name}, {division(data.folds)}: {network}", ""]
            lines += ["Not trained yet: time did not allow."] if table is None else block(table, right)
            lines += [""]
    return "\n".join(lines)


def division(folds: Any) -> str:
    """How the images are divided, in words."""
    return "published split" if folds is None else f"{folds} folds, pooled"


def block(table: Mapping[str, Any], right: Mapping[str, Rate]) -> list[str]:
    """One data set and network."""
    seeds = table["rows"][0]["seeds"]
    head = (
        f"{table['n']:,} test cases in {table['groups']:,} groups, "
        f"{table['critical_cases']:,} of critical classes; {len(seeds)} seeds; "
        f"commonest class {percent(table['majority_accuracy'])}."
    )
    rows = [cells(row, table["majority_accuracy"], right.get(row["id"])) for row in table["rows"]]
    return [head, "", *markdown_table(HEADS, rows), "", *(f"- {warning}" for warning in table["warnings"])]


def cells(row: Mapping[str, Any], majority: float, right: Rate | None) -> list[str]:
    """One loss."""
    at = {name: SimpleNamespace(**rate) for name, rate in row["argmax"].items()}
    chance = " ‡" if at["accuracy"].low <= majority else ""
    focal, ce = (row["against"].get(name) for name in ("focal", "ce"))
    return [
        row["loss"],
        ranged(at["accuracy"]) + chance,
        ranged(at["balanced_accuracy"]),
        NOTHING if right is None else ranged(right),
        ranged(at["over_call_rate"]),
        ranged(at["cer"]),
        *(
            (signed(focal["argmax"]["relative_cer_change"]), f"{focal['argmax']['p_value']:.3f}")
            if focal
            else (NOTHING, NOTHING)
        ),
        *answer(focal),
        *answer(ce),
        NOTHING if ce is None else signed(ce["equal_accuracy"]["could_show"]).lstrip("+"),
    ]


def answer(against: Mapping[str, Any] | None) -> tuple[str, str]:
    """The difference at equal accuracy, and what it says."""
    if against is None:
        return NOTHING, NOTHING
    equal = against["equal_accuracy"]
    return points(SimpleNamespace(**equal["gap"])), equal["safer"]


def figure(tables: Sequence[Mapping[str, Any]]) -> bytes:
    """A panel a data set: CER against accuracy, a colour a loss; solid: CNN, dashed: transformer."""
    import io

    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.ticker import FuncFormatter

    drawing = Figure(figsize=(10, 7), layout="constrained")
    FigureCanvasAgg(drawing)
    for axes, name in zip(drawing.subplots(2, 2).flat, PANELS, strict=True):
        axes.set_title(name)
        axes.set(xlabel="accuracy on test", ylabel="critical error rate (CER)")
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.3)
        curves: dict[str, Any] = {}
        for table in (own for own in tables if own["data"] == name and own["folds"] is not None):
            network = NETWORKS[table["model"]["name"]]
            for colour, loss in zip(COLOURS, DRAWN, strict=False):
                own = curves[f"{network} {loss}"] = table["frontiers"][loss]
                style = "-" if network == "CNN" else "--"
                axes.step(*mean_curve(own)[:2], where="pre", color=colour, linestyle=style)
                if (dot := argmax_point(own)) is not None:
                    axes.plot(*dot, "o", color=colour, fillstyle="full" if style == "-" else "none", zorder=5)
        if not curves:
            axes.text(0.5, 0.5, "not trained yet", ha="center", transform=axes.transAxes)
            continue
        accuracies, rates = shown_range(curves)
        axes.set(xlim=accuracies, ylim=rates)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.4g} %"))
    handles = [Line2D([], [], color=colour) for colour in COLOURS[: len(DRAWN)]]
    handles += [Line2D([], [], color="grey", linestyle=style) for style in ("-", "--")]
    drawing.legend(handles, [*DRAWN, *NETWORKS.values()], loc="outside lower center", ncols=5, frameon=False)
    stream = io.BytesIO()
    drawing.savefig(stream, format="png", dpi=120, metadata={"Software": None})
    return stream.getvalue()


if __name__ == "__main__":
    typer.run(main)
