"""A protocol's result on paper: Markdown, CSV, LaTeX and JSON tables, and the frontier figure."""

import csv
import io
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from riskcore.comparing.paired import RECIPE
from riskcore.comparing.rate_differences import RATES as BESIDE
from riskcore.files import write_atomic, write_json
from riskcore.foreign_text import spreadsheet_safe
from riskcore.formats import NOTHING, RESEARCH_USE, percent, points, ranged, signed
from riskcore.metrics.intervals import Rate
from riskcore.plots import frontier_figure, save_figure
from riskcore.reports.markdown import markdown_table
from riskcore.reports.protocol_table import Against, ProtocolResult, ProtocolTable, Spread

RATES = {
    "accuracy": "accuracy %",
    "cer": "CER %",
    "critical_miss_rate": "miss rate %",
    "over_call_rate": "over-call %",
    "expected_severity": "harm",
}
AT_ARGMAX = ("loss", "accuracy, points", "CER change %", "p")
AT_EQUAL = (
    "loss",
    "CER %",
    "CER change %",
    "CER, points (95 %)",
    "over-calls, points (95 %)",
    "balanced accuracy, points (95 %)",
    "could show, points",
    "safer?",
)
AT_CHOSEN = (
    "loss",
    "accuracy %",
    "CER %",
    "over-call %",
    "CER, points (95 %)",
    "accuracy, points (95 %)",
    "over-calls, points (95 %)",
    "balanced accuracy, points (95 %)",
)
Block = tuple[str, tuple[str, ...], list[list[str]]]


def write(result: ProtocolResult, folder: Path) -> None:
    """Write `table.md`, `.csv`, `.tex`, `results.json`, and a frontier figure for each table (HTML, PNG, PDF).

    Raises:
        RunError: the folder cannot be written.
    """
    write_atomic(folder / "table.md", markdown(result))
    write_atomic(folder / "table.csv", csv_table(result))
    write_atomic(folder / "table.tex", latex(result))
    write_json(folder / "results.json", result.as_dict())
    for stem, table in zip(figure_stems(result), result.tables, strict=True):
        title = result.protocol.title
        if len(result.tables) > 1:
            title = f"{title}: {_subject(table)}"
        figure = frontier_figure(table.frontiers, title)
        write_atomic(folder / f"{stem}.html", figure.to_html(include_plotlyjs=True, div_id=stem))
        for suffix in ("png", "pdf"):
            save_figure(table.frontiers, title, folder / f"{stem}.{suffix}")


def figure_stems(result: ProtocolResult) -> list[str]:
    """File names of the figures without suffix, one a table, each different."""
    if len(result.tables) == 1:
        return ["frontier"]
    stems = [f"frontier-{Path(table.data.name).stem}-{Path(table.model.name).stem}" for table in result.tables]
    counts = Counter(stems)
    return [stem if counts[stem] == 1 else f"{stem}-{place}" for place, stem in enumerate(stems, start=1)]


def _subject(table: ProtocolTable) -> str:
    return f"{table.data.name}, {table.model.name}"


def _describe(table: ProtocolTable) -> str:
    found = table.comparison
    folds = "one split" if table.data.folds is None else f"{table.data.folds} folds, pooled"
    kind = " (SYNTHETIC images)" if found.synthetic else ""
    return (
        f"{table.data.name}{kind}, {table.model.name} at {table.model.size} px, {folds}: "
        f"{found.n:,} test cases of {found.groups:,} groups, {found.critical_cases:,} of critical classes; "
        f"majority baseline {percent(found.majority_accuracy)}."
    )


def _spread(rate: Rate, spread: Spread, scale: float = 100) -> str:
    """Mean ± deviation over seeds where there are several, else the value with its interval."""
    digits = 1 if scale == 100 else 2
    if math.isnan(spread.mean):
        return NOTHING
    if spread.sd is not None:
        return f"{scale * spread.mean:.{digits}f} ± {scale * spread.sd:.{digits}f}"
    return ranged(rate, scale, digits)


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _blocks(table: ProtocolTable, baselines: Sequence[str]) -> Iterator[Block]:
    """The tables to print for one data set and backbone: heading, column names, rows."""
    for at, heading in (("argmax", "At argmax"), ("dial", "At the operating point")):
        rows = []
        for row in table.rows:
            found = row.run.argmax if at == "argmax" else row.run.dial
            if found is None:
                rows.append([row.run.loss, *[NOTHING] * len(RATES)])
                continue
            cells = [
                _spread(found[name], row.over_seeds[at][name], 1 if name == "expected_severity" else 100)
                for name in RATES
            ]
            rows.append([row.run.loss, *cells])
        yield heading, ("loss", *RATES.values()), rows
    for baseline in baselines:
        compared = [(row.run.loss, row.against[baseline]) for row in table.rows if baseline in row.against]
        rows = [
            [
                loss,
                signed(beside.argmax_accuracy_difference),
                signed(beside.argmax_cer_change),
                _p(beside.argmax.p_value),
            ]
            for loss, beside in compared
        ]
        yield f"Against {baseline}, at argmax", AT_ARGMAX, rows
        yield f"Against {baseline}: better at equal accuracy?", AT_EQUAL, _equal_rows(baseline, compared)
        if any(beside.chosen.floor is not None for _, beside in compared):
            yield f"Against {baseline}, with dials chosen on validation", AT_CHOSEN, _chosen_rows(baseline, compared)


def _equal_rows(baseline: str, compared: Sequence[tuple[str, Against]]) -> list[list[str]]:
    first = compared[0][1]
    held = _spread_only(first.equal_over_seeds["baseline_cer"], first.equal.baseline_cer)
    rows = [[f"{baseline} (baseline)", held, *[""] * (len(AT_EQUAL) - 2)]]
    for loss, beside in compared:
        equal = beside.equal
        rows.append(
            [
                loss,
                _spread_only(beside.equal_over_seeds["cer"], equal.cer),
                signed(beside.cer_change),
                points(equal.gap),
                points(equal.over_call_gap),
                points(equal.balanced_accuracy_gap),
                percent(equal.could_show).removesuffix(" %"),
                equal.safer,
            ]
        )
    return rows


def _spread_only(spread: Spread, value: float) -> str:
    """Mean ± deviation over seeds where there are several, else the value, in per cent."""
    if math.isnan(value):
        return NOTHING
    return f"{100 * value:.1f}" if spread.sd is None else f"{100 * spread.mean:.1f} ± {100 * spread.sd:.1f}"


def _chosen_rows(baseline: str, compared: Sequence[tuple[str, Against]]) -> list[list[str]]:
    """The baseline's own dials are those beside any run that has some to stand beside."""
    shown = ("accuracy", "cer", "over_call_rate")
    first = next(beside for _, beside in compared if beside.chosen.floor is not None)
    held = [_spread(first.chosen.baseline_rates[name], first.chosen_over_seeds[f"baseline_{name}"]) for name in shown]
    rows = [[f"{baseline} (baseline)", *held, *[""] * (len(AT_CHOSEN) - 4)]]
    for loss, beside in compared:
        if beside.chosen.floor is None:
            rows.append([loss, *[NOTHING] * (len(AT_CHOSEN) - 1)])
            continue
        differences = beside.chosen.difference
        rows.append(
            [
                loss,
                *(_spread(beside.chosen.rates[name], beside.chosen_over_seeds[name]) for name in shown),
                *(points(differences[name]) for name in ("cer", "accuracy", "over_call_rate", "balanced_accuracy")),
            ]
        )
    return rows


def _method(result: ProtocolResult) -> str:
    seeds = len(result.protocol.seeds)
    figures = (
        f"{seeds} seeds; figures are mean ± standard deviation over seeds."
        if seeds > 1
        else "One seed; ranges are 95 % intervals over groups."
    )
    resampled = "groups and seeds" if seeds >= RECIPE else "groups, not seeds: they speak of these trainings"
    return (
        f"{figures} The operating point is chosen on validation for {result.protocol.wish}. Better at equal accuracy: "
        "both test curves where one to three points of the baseline's accuracy are given up for caution, whatever the "
        "dial. Chosen dials: both held to the baseline's validation accuracy minus 1 point; that decides nothing. "
        f"Intervals hold for all losses of a table together and resample {resampled}; p values at argmax are corrected "
        "for the number of losses (Holm) and speak of these runs only. Could show: the smallest difference that would "
        "have been shown four times in five. CER: critical errors of all cases; miss rate: "
        f"critical errors of the cases of critical classes; harm: mean severity. {RESEARCH_USE}"
    )


def markdown(result: ProtocolResult) -> str:
    """The tables for reading, with a sentence for each comparison."""
    lines = [f"# {result.protocol.title}", ""]
    if result.protocol.note:
        lines += [result.protocol.note.strip(), ""]
    lines += [_method(result), ""]
    for stem, table in zip(figure_stems(result), result.tables, strict=True):
        lines += [f"## {_subject(table)}", "", _describe(table), ""]
        if table.warnings:
            lines += [*(f"- {warning}" for warning in table.warnings), ""]
        for heading, headers, rows in _blocks(table, result.protocol.baselines):
            lines += [f"### {heading}", "", *markdown_table(headers, rows), ""]
        for baseline in result.protocol.baselines:
            lines += [f"- {row.against[baseline].sentence}" for row in table.rows if baseline in row.against]
        lines += ["", f"![Critical error rate against accuracy as the risk dial turns]({stem}.png)", ""]
    return "\n".join(lines)


ENDS = ("value", "low", "high")
CSV_START = ("data", "model", "loss", "pool", "seeds", "n", "groups", "critical_cases")
CSV_EQUAL = ("gap", "over_call_gap", "balanced_accuracy_gap")
CSV_AGAINST = (
    *("baseline", "argmax_accuracy_difference", "argmax_relative_cer_change", "argmax_p"),
    *("equal_low", "equal_high", "equal_cer", "equal_baseline_cer", "equal_relative_cer_change"),
    *(f"equal_{name}{suffix}" for name in CSV_EQUAL for suffix in ("", "_low", "_high")),
    *("could_show", "safer", "chosen_floor"),
    *(f"chosen_{side}{name}" for side in ("", "baseline_") for name in BESIDE),
    *(f"chosen_{name}_difference{suffix}" for name in BESIDE for suffix in ("", "_low", "_high")),
)


def csv_table(result: ProtocolResult) -> str:
    """One line a loss and baseline; rates are shares between 0 and 1, `sd` is empty for one seed."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    spreads = [(at, name, what) for at in ("argmax", "dial") for name in RATES for what in ("mean", "sd")]
    writer.writerow([*CSV_START, *("_".join(spread) for spread in spreads), *CSV_AGAINST])
    for table in result.tables:
        found = table.comparison
        for row in table.rows:
            start = [table.data.name, table.model.name, row.run.loss, row.run.id, len(row.run.seeds)]
            start += [found.n, found.groups, found.critical_cases]
            start += [getattr(row.over_seeds[at].get(name), what, None) for at, name, what in spreads]
            for baseline, beside in row.against.items():
                writer.writerow(map(spreadsheet_safe, [*start, baseline, *_csv_against(beside)]))
            if not row.against:  # the only baseline
                writer.writerow(map(spreadsheet_safe, [*start, *[""] * len(CSV_AGAINST)]))
    return text.getvalue()


def _csv_against(beside: Against) -> list[Any]:
    plain = beside.as_dict()
    equal, chosen = plain["equal_accuracy"], plain["chosen"]

    def value(rate: dict[str, Any] | None, end: str = "value") -> Any:
        return None if rate is None else rate[end]

    return [
        beside.argmax_accuracy_difference,
        beside.argmax_cer_change,
        beside.argmax.p_value,
        *equal["window"],
        equal["cer"],
        equal["baseline_cer"],
        beside.cer_change,
        *(equal[name][end] for name in CSV_EQUAL for end in ENDS),
        equal["could_show"],
        equal["safer"],
        chosen["floor"],
        *(value(chosen[f"{side}{name}"]) for side in ("", "baseline_") for name in BESIDE),
        *(value((chosen["difference"] or {}).get(name), end) for name in BESIDE for end in ENDS),
    ]


def latex(result: ProtocolResult) -> str:
    """The tables for a paper, to be included as they are; they need the package booktabs."""
    lines = [f"% {result.protocol.title}. Needs \\usepackage{{booktabs}}.", f"% {_method(result)}"]
    for table in result.tables:
        for heading, headers, rows in _blocks(table, result.protocol.baselines):
            lines += ["", r"\begin{table}", r"\centering", rf"\caption{{{_escape(f'{heading}. {_describe(table)}')}}}"]
            lines += [rf"\begin{{tabular}}{{l{'r' * (len(headers) - 1)}}}", r"\toprule"]
            lines += [" & ".join(map(_escape, headers)) + r" \\", r"\midrule"]
            lines += [" & ".join(map(_escape, row)) + r" \\" for row in rows]
            lines += [r"\bottomrule", r"\end{tabular}", r"\end{table}"]
    return "\n".join(lines) + "\n"


_LATEX = str.maketrans(
    {
        **{sign: f"\\{sign}" for sign in "%_&#$"},
        **{"±": r"$\pm$", "<": "$<$", ">": "$>$", "–": "--", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"},
        **{"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}"},
    }
)


def _escape(text: str) -> str:
    return text.translate(_LATEX)
