"""riskcore evaluate: judge a run, a pool, or any model's predictions."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskcore.cli.output import Json, emit, progress_bar, say, table, workspace
from riskcore.cli.rates import HEADERS, RESEARCH, rate_row, say_cases
from riskcore.errors import InputError
from riskcore.formats import SYNTHETIC, count, percent, ranged

if TYPE_CHECKING:
    from riskcore.judging.report import DialReport, Report
    from riskcore.judging.subgroups import SubgroupRates

MEASURES = {
    "macro_auroc": "AUROC, mean over classes",
    "critical_auroc": "AUROC, critical classes against the others",
    "ece": "expected calibration error (ECE)",
    "brier": "Brier score",
}
COSTLIEST = 5


def evaluate(
    id: Annotated[str | None, typer.Argument(help="A finished run or pool.")] = None,
    predictions: Annotated[Path | None, typer.Option(help="Instead of a run: any model's predictions (CSV).")] = None,
    data: Annotated[str | None, typer.Option(help="Judge the run on another registered data set.")] = None,
    matrix: Annotated[str | None, typer.Option(help="Another matrix: a saved name, a preset or a file.")] = None,
    aversion: Annotated[float | None, typer.Option(min=0, max=1, help="A fixed dial instead of a wish.")] = None,
    rule: Annotated[str, typer.Option(help="Rule of the fixed dial: severity or critical.")] = "severity",
    wish: Annotated[str, typer.Option(help="What the dial is chosen for on validation.")] = "accuracy_loss=0.01",
    split: Annotated[str | None, typer.Option(help="test or validation; with --data also train or all.")] = None,
    prevalence: Annotated[
        float | None, typer.Option(help="Re-weight the rates to this share of critical classes.")
    ] = None,
    json: Json = False,
) -> None:
    """Rates with intervals at argmax and at the dial, the costliest mistakes, and subgroups."""
    from riskcore.data.registry import load_dataset
    from riskcore.decision.dial import Dial
    from riskcore.decision.judged_run import JudgedRun
    from riskcore.decision.operating import Wish
    from riskcore.judging import foreign
    from riskcore.judging.report import report_on
    from riskcore.runs import results
    from riskcore.runs.store import RunStore
    from riskcore.severity.store import load_matrix

    if (id is None) == (predictions is None):
        raise InputError("Expected either the id of a run or --predictions FILE.csv.")
    if data is None and split not in (None, "test", "validation"):
        raise InputError(f"Expected --split test or validation, but got {split!r}.")
    choice: Wish | Dial = Wish.parse(wish) if aversion is None else Dial(rule, aversion)
    here = workspace()
    synthetic = False
    if predictions is not None:
        if matrix is None or data is not None:
            raise InputError("--predictions needs --matrix (a saved name, a preset or a file) and takes no --data.")
        severity = load_matrix(here, matrix)
        run, name = foreign.read_foreign(predictions, severity), predictions.name
    else:
        assert id is not None
        store = RunStore(here)
        severity = load_matrix(here, matrix) if matrix is not None else results.own_matrix(store, id)
        if data is None:
            run, name = results.predictions(store, id), store.resolve(id)[0].data
            synthetic = results.synthetic(results.finished(store, id))
        else:
            from riskcore.jobs.external import evaluate_on

            members, manifest = results.finished(store, id), load_dataset(here, data)
            with progress_bar() as progress:
                shown = results.shown_id(id, members)
                run, split = evaluate_on(members, here, manifest, id=shown, split=split, progress=progress)
            name, synthetic = manifest.name, manifest.synthetic
    report = report_on(
        JudgedRun(run, severity),
        choice,
        data=name,
        split=split or "test",
        prevalence=prevalence,
        synthetic=synthetic,
    )
    if json:
        emit(report.as_dict())
    else:
        _print(report)


def _print(report: "Report") -> None:
    if report.synthetic:
        say(SYNTHETIC)
    dial, seeds = report.dial, len(report.seeds)
    say(f"{report.run} on {report.data}, {report.split} part")
    say_cases(report, report.seeds)
    if report.prevalence is not None:
        say(f"re-weighted to a prevalence of {percent(report.prevalence)} of critical classes")
    if report.note is not None:
        say(report.note)
    if dial is not None:
        say(f"dial: {_setting(dial)}")
    say("")
    rows = [rate_row("argmax", report.argmax, seeds)]
    if dial is not None:
        rows.append(rate_row("dial", dial.rates, seeds))
    rows += [rate_row(f"{at.rule} {at.aversion:g}", found, seeds) for at, found in report.fixed_dials]
    table(HEADERS, rows)
    say("")
    say(f"balanced accuracy, argmax: {ranged(report.argmax['balanced_accuracy'])} %")
    if dial is not None:
        say(f"balanced accuracy, dial: {ranged(dial.rates['balanced_accuracy'])} %")
    for measure, rate in report.probability_measures.items():
        if not math.isnan(rate.value):
            say(f"{MEASURES[measure]}: {ranged(rate, scale=1, digits=3)}")
    shown = "argmax" if dial is None else "the dial"
    say(f"\nRecall of each class at {shown}:")
    table(
        ["class", "cases", "recall %"],
        [[name, count(rate.n, seeds), ranged(rate)] for name, rate in report.recall.items()],
    )
    _print_costliest(report, seeds, shown)
    _print_subgroups(report)
    say(RESEARCH)


def _setting(dial: "DialReport") -> str:
    setting = f"{dial.rule} rule, aversion {dial.aversion:.3f}" if dial.aversion is not None else "one a run"
    if dial.wish is None:
        return setting
    chosen = f"{setting}, chosen on validation for {dial.wish}"
    return chosen if dial.reached else f"{chosen}, which no setting fulfils: the most accurate is shown"


def _print_costliest(report: "Report", seeds: int, shown: str) -> None:
    classes, costs, critical = report.classes, report.matrix.values, report.matrix.critical_cells
    harms = report.severity_confusion
    mistakes = sorted(
        ((harms[y, j], y, j) for y in range(len(classes)) for j in range(len(classes)) if harms[y, j]), reverse=True
    )
    total = sum(harm for harm, _, _ in mistakes)
    if mistakes:
        say(f"\nCostliest mistakes at {shown}:")
        table(
            ["truth", "called", "cases", "cost of each", "share of harm %"],
            [
                [
                    classes[y],
                    classes[j],
                    count(report.confusion[y, j], seeds),
                    f"{costs[y, j]:g}{'!' if critical[y, j] else ''}",
                    f"{100 * harm / total:.1f}",
                ]
                for harm, y, j in mistakes[:COSTLIEST]
            ],
        )
        say("! marks a critical error.")


def _print_subgroups(report: "Report") -> None:
    from riskcore.words.subgroups import NOTHING_CLAIMED, too_few

    def claim(row: "SubgroupRates", name: str) -> str:
        return ranged(row.rates[name]) if name in row.rates else too_few(row.cases[name])

    enough = [row for row in report.subgroups if row.found]
    if enough:
        say("\nSubgroups:")
        table(
            ["", "value", "cases", "accuracy %", "miss rate %", "over-calls %"],
            [
                [
                    row.column,
                    row.value,
                    f"{row.cases['accuracy']:,}",
                    *(claim(row, name) for name in ("accuracy", "critical_miss_rate", "over_call_rate")),
                ]
                for row in enough
            ],
        )
    if report.subgroups:
        few = len(report.subgroups) - len(enough)
        say(NOTHING_CLAIMED + (f" Subgroups left out: {few}." if few else ""))
