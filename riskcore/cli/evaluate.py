"""riskcore evaluate: judge a run, a pool, or any model's predictions."""

from pathlib import Path
from typing import Annotated, Any

import typer

from riskcore.cli.output import Json, emit, percent, progress_bar, say, table, workspace
from riskcore.errors import InputError

MEASURES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "cer": "critical error rate (CER)",
    "critical_miss_rate": "critical miss rate",
    "over_call_rate": "over-call rate",
}


def evaluate(
    id: Annotated[str | None, typer.Argument(help="A finished run or pool.")] = None,
    predictions: Annotated[
        Path | None, typer.Option(help="Instead of a run: any model's predictions (CSV).")
    ] = None,
    data: Annotated[str | None, typer.Option(help="Judge the run on another registered data set.")] = None,
    matrix: Annotated[str | None, typer.Option(help="Another matrix: a saved name, a preset or a file.")] = None,
    aversion: Annotated[float | None, typer.Option(min=0, max=1, help="A fixed dial instead of a wish.")] = None,
    rule: Annotated[str, typer.Option(help="Rule of the fixed dial: severity or critical.")] = "severity",
    wish: Annotated[str, typer.Option(help="What the dial is chosen for on validation.")] = "accuracy_loss=0.01",
    split: Annotated[
        str | None, typer.Option(help="test or validation; with --data also train or all.")
    ] = None,
    prevalence: Annotated[
        float | None, typer.Option(help="Re-weight the rates to this share of critical classes.")
    ] = None,
    json: Json = False,
) -> None:
    """Rates with intervals at argmax and at the dial, the frontier, and subgroups."""
    from riskcore import evaluation, results
    from riskcore.dial import Dial
    from riskcore.operating import Wish
    from riskcore.runs import RunStore

    if (id is None) == (predictions is None):
        raise InputError("Expected either the id of a run or --predictions FILE.csv.")
    choice: Wish | Dial = Wish.parse(wish) if aversion is None else Dial(rule, aversion)  # type: ignore[arg-type]
    here = workspace()
    if predictions is not None:
        if matrix is None:
            raise InputError("--predictions needs --matrix: a saved name, a preset or a file.")
        judged = here.load_matrix(matrix)
        run = evaluation.read_foreign(predictions, judged)
        name, split = predictions.name, split or "test"
    else:
        assert id is not None
        store = RunStore(here)
        if data is not None:
            from riskcore.external import evaluate_on

            members = results.finished(store, id)
            if len(members) > 1:
                raise InputError(f"{id} is a pool; --data judges one run, e.g. {members[0].id}.")
            with progress_bar() as progress:
                run, split = evaluate_on(members[0], here, data, split, progress)
            name = data
        else:
            run, name, split = results.predictions(store, id), store.resolve(id)[0].data, split or "test"
        judged = here.load_matrix(matrix) if matrix is not None else results.own_matrix(store, id)
    if data is None and split not in ("test", "validation"):
        raise InputError(f"Expected --split test or validation, but got {split!r}.")
    report = evaluation.report(
        run, results.fit_matrix(judged, run.classes), choice, data=name, split=split, prevalence=prevalence
    )
    if json:
        emit(report)
    else:
        _print(report)


def _print(report: dict[str, Any]) -> None:
    say(
        f"{report['run']} on {report['data']} ({report['split']}): {report['n']:,} cases, {report['groups']:,} groups; "
        f"majority baseline {report['majority_accuracy']:.1%}"
        + (f"; at a prevalence of {report['prevalence']:.1%}" if report["prevalence"] else "")
    )
    columns = [("argmax", report["argmax"])]
    dial = report["dial"]
    if dial is not None:
        setting = f"{dial['rule']} {dial['aversion']:.3f}" if dial["aversion"] is not None else "chosen per fold"
        columns.append((f"dial ({setting})", dial))
    else:
        say(report["note"])
        columns += [(f"{at['rule']} {at['aversion']:g}", at) for at in report["fixed_dials"] if at["aversion"]]
    rows = [
        [words, *(percent(rates[measure]) for _, rates in columns)] for measure, words in MEASURES.items()
    ]
    severities = [f"{rates['expected_severity']['value']:.3f}" for _, rates in columns]
    table(["", *(name for name, _ in columns)], [*rows, ["expected severity", *severities]])
    for measure, rate in report["calibrated_probabilities"].items():
        say(f"{measure}: {rate['value']:.3f} ({rate['low']:.3f}–{rate['high']:.3f})")
    if report["dial"] is not None and not report["dial"]["reached"]:
        say("Note: no setting of the dial fulfils the wish on validation; the most accurate one is shown.")
    enough = [row for row in report["subgroups"] if row["rates"] is not None]
    if enough:
        say("Subgroups (at least 20 cases):")
        table(
            ["", "value", "n", "accuracy", "critical miss rate", "over-call rate"],
            [
                [
                    row["column"],
                    row["value"],
                    f"{row['n']:,}",
                    *(percent(row["rates"][name]) for name in ("accuracy", "critical_miss_rate", "over_call_rate")),
                ]
                for row in enough
            ],
        )
