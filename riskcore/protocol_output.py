"""A protocol's result on paper: Markdown, CSV, LaTeX and JSON tables, and the frontier figure."""

import csv
import io
import json
from pathlib import Path
from typing import Any

from riskcore.plots import frontier_figure, save_figure
from riskcore.workspace import write_atomic, write_json

HEADERS = ("loss", "argmax acc. %", "argmax CER %", "dial acc. %", "dial CER %", "dial over-calls %")


def write(result: dict[str, Any], folder: Path) -> None:
    """Write `table.md`, `.csv`, `.tex`, `results.json` and a frontier figure a table (HTML, PNG, PDF).

    Raises:
        RunError: the folder cannot be written.
    """
    write_atomic(folder / "table.md", markdown(result))
    write_atomic(folder / "table.csv", _csv(result))
    write_atomic(folder / "table.tex", _latex(result))
    write_json(folder / "results.json", json.loads(json.dumps(result)))
    for table in result["tables"]:
        stem = "frontier" if len(result["tables"]) == 1 else f"frontier-{table['data']}-{table['model']['name']}"
        title = f"{result['title']}: {table['data']}, {table['model']['name']}"
        write_atomic(folder / f"{stem}.html", frontier_figure(table["frontiers"], title).to_html(include_plotlyjs="cdn"))
        for suffix in ("png", "pdf"):
            save_figure(table["frontiers"], title, folder / f"{stem}.{suffix}")


def _number(rate: dict[str, Any], spread: dict[str, Any] | None = None) -> str:
    """A rate in percent: mean ± deviation over seeds where there are several, else with its interval."""
    if spread is not None and spread["sd"] is not None:
        return f"{100 * spread['mean']:.1f} ± {100 * spread['sd']:.1f}"
    return f"{100 * rate['value']:.1f} ({100 * rate['low']:.1f}–{100 * rate['high']:.1f})"


def _signed(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:+.0f} %"


def _points(rate: dict[str, Any]) -> str:
    return f"{100 * rate['value']:+.1f} ({100 * rate['low']:+.1f} to {100 * rate['high']:+.1f})"


def _rows(table: dict[str, Any]) -> list[list[str]]:
    rows = []
    for row in table["rows"]:
        spread = row["over_seeds"]
        rows.append(
            [
                row["loss"],
                _number(row["argmax"]["accuracy"], spread["argmax_accuracy"]),
                _number(row["argmax"]["cer"], spread["argmax_cer"]),
                _number(row["dial"]["accuracy"], spread["dial_accuracy"]),
                _number(row["dial"]["cer"], spread["dial_cer"]),
                _number(row["dial"]["over_call_rate"]),
            ]
        )
    return rows


def _against_rows(table: dict[str, Any], baseline: str) -> list[list[str]]:
    rows = []
    for row in table["rows"]:
        found = row["against"].get(baseline)
        if found is None:
            continue
        argmax, equal = found["argmax"], found["equal_accuracy"]
        rows.append(
            [
                row["loss"],
                _signed(argmax["relative_cer_change"]),
                f"{100 * argmax['accuracy_difference']:+.1f}",
                _p(argmax["p_value"]),
                _number(equal["accuracy"], equal["over_seeds"]["accuracy"]),
                _number(equal["cer"], equal["over_seeds"]["cer"]),
                _signed(equal["relative_cer_change"]),
                _points(equal["difference"]["cer"]),
                _points(equal["difference"]["accuracy"]),
                _p(equal["p_value"]),
                equal["safer"],
            ]
        )
    return rows


AGAINST = (
    "loss",
    "argmax: CER change",
    "accuracy, points",
    "p",
    "equal acc.: accuracy %",
    "CER %",
    "CER change",
    "CER difference, points",
    "accuracy difference, points",
    "p",
    "safer?",
)


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _describe(table: dict[str, Any]) -> str:
    folds = "one split" if table["folds"] is None else f"{table['folds']} folds, pooled"
    kind = ", synthetic images" if table["synthetic"] else ""
    return (
        f"{table['data']}{kind}, {table['model']['name']} at {table['model']['size']} px, {folds}: "
        f"{table['n']:,} test cases of {table['groups']:,} groups, {table['critical_cases']:,} of critical classes; "
        f"majority baseline {table['majority_accuracy']:.1%}."
    )


def markdown(result: dict[str, Any]) -> str:
    """The tables for reading."""
    lines = [f"# {result['title']}", ""]
    if result["note"]:
        lines += [result["note"].strip(), ""]
    lines += [
        f"{len(result['seeds'])} seeds; figures are mean ± standard deviation over seeds, or a 95 % interval where "
        f"there is one seed. Operating point (dial) chosen on validation for `{result['wish']}`. At equal accuracy both "
        "sides' dials are held to the baseline's validation accuracy minus 1 point; intervals resample groups and seeds; "
        "p values are corrected (Holm). Research use only; not a medical device.",
        "",
    ]
    for table in result["tables"]:
        lines += [f"## {table['data']}", "", _describe(table), ""]
        lines += [f"- {warning}" for warning in table["warnings"]] + ([""] if table["warnings"] else [])
        lines += _markdown_table(HEADERS, _rows(table))
        for baseline in result["baselines"]:
            lines += [f"### Against {baseline}", "", *_markdown_table(AGAINST, _against_rows(table, baseline))]
            lines += [f"- {row['against'][baseline]['sentence']}" for row in table["rows"] if baseline in row["against"]]
            lines.append("")
    return "\n".join(lines)


def _markdown_table(headers: tuple[str, ...], rows: list[list[str]]) -> list[str]:
    return [
        "| " + " | ".join(headers) + " |",
        "|" + " --- |" * len(headers),
        *("| " + " | ".join(row) + " |" for row in rows),
        "",
    ]


def _csv(result: dict[str, Any]) -> str:
    """One line a row and baseline, shares between 0 and 1."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    points = ("argmax_accuracy", "argmax_cer", "dial_accuracy", "dial_cer")
    writer.writerow(
        ["data", "model", "loss", "seeds", "n", *(f"{point}_{what}" for point in points for what in ("mean", "sd"))]
        + ["baseline", "argmax_relative_cer_change", "argmax_p", "equal_floor", "equal_accuracy", "equal_cer"]
        + ["equal_relative_cer_change", "cer_difference", "cer_difference_low", "cer_difference_high"]
        + ["accuracy_difference", "accuracy_difference_low", "accuracy_difference_high", "equal_p", "safer"]
    )
    for table in result["tables"]:
        for row in table["rows"]:
            start = [table["data"], table["model"]["name"], row["loss"], row["seeds"], table["n"]]
            start += [row["over_seeds"][point][what] for point in points for what in ("mean", "sd")]
            for baseline, found in row["against"].items() or [("", None)]:
                if found is None:
                    writer.writerow(start)
                    continue
                equal, difference = found["equal_accuracy"], found["equal_accuracy"]["difference"]
                writer.writerow(
                    [
                        *start,
                        baseline,
                        found["argmax"]["relative_cer_change"],
                        found["argmax"]["p_value"],
                        equal["floor"],
                        equal["accuracy"]["value"],
                        equal["cer"]["value"],
                        equal["relative_cer_change"],
                        *(difference[name][end] for name in ("cer", "accuracy") for end in ("value", "low", "high")),
                        equal["p_value"],
                        equal["safer"],
                    ]
                )
    return text.getvalue()


def _latex(result: dict[str, Any]) -> str:
    lines = [f"% {result['title']}: \\usepackage{{booktabs}}"]
    for table in result["tables"]:
        blocks = [(HEADERS, _rows(table), _describe(table))]
        blocks += [(AGAINST, _against_rows(table, name), f"Against {name}.") for name in result["baselines"]]
        for headers, rows, caption in blocks:
            lines += ["\\begin{table}", f"\\caption{{{_escape(caption)}}}"]
            lines += [f"\\begin{{tabular}}{{l{'r' * (len(headers) - 1)}}}", "\\toprule"]
            lines += [" & ".join(map(_escape, headers)) + r" \\", "\\midrule"]
            lines += [" & ".join(map(_escape, row)) + r" \\" for row in rows]
            lines += ["\\bottomrule", "\\end{tabular}", "\\end{table}", ""]
    return "\n".join(lines)


def _escape(text: str) -> str:
    for plain, escaped in (("%", r"\%"), ("_", r"\_"), ("±", r"$\pm$"), ("<", "$<$"), ("–", "--"), ("&", r"\&")):
        text = text.replace(plain, escaped)
    return text
