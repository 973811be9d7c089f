"""riskcore compare: which run makes fewer critical errors at the same accuracy."""

from typing import Annotated, Any

import typer

from riskcore.cli.output import Json, emit, percent, say, table, workspace


def compare(
    ids: Annotated[list[str], typer.Argument(help="Finished runs or pools.")],
    baseline: Annotated[str, typer.Option(help="The run or pool that the others are compared with.")],
    matrix: Annotated[str | None, typer.Option(help="Another matrix than the baseline's own.")] = None,
    wish: Annotated[str, typer.Option(help="What the dial is chosen for on validation.")] = "accuracy_loss=0.01",
    floor: Annotated[
        float | None, typer.Option(min=0, max=1, help="Accuracy to compare at; default: the baseline's minus 1 point.")
    ] = None,
    json: Json = False,
) -> None:
    """Compare runs at argmax, at their operating points, and at equal accuracy with the baseline."""
    from riskcore import comparison, results
    from riskcore.operating import Wish
    from riskcore.runs import RunStore

    here = workspace()
    store = RunStore(here)
    reference = results.predictions(store, baseline)
    runs = [results.predictions(store, id) for id in ids]
    judged = here.load_matrix(matrix) if matrix is not None else results.own_matrix(store, baseline)
    labels = {run.id: results.label(store, run.id) for run in [reference, *runs]}
    found = comparison.compare(
        runs,
        reference,
        results.fit_matrix(judged, reference.classes),
        labels=labels,
        wish=Wish.parse(wish),
        floor=floor,
    )
    if json:
        emit(found)
    else:
        print_comparison(found)


def print_comparison(found: dict[str, Any]) -> None:
    """The comparison as a table and a sentence for each run."""
    say(
        f"{found['n']:,} test cases, {found['groups']:,} groups; majority baseline {found['majority_accuracy']:.1%}; "
        f"operating points chosen on validation for {found['wish']}"
    )
    rows = []
    for run in found["runs"]:
        equal = run["equal_accuracy"]
        held = ["(baseline)", "", ""]
        if equal is not None:
            held = [percent(equal["accuracy"]), percent(equal["cer"]), equal["safer"]]
        rows.append(
            [
                run["loss"],
                percent(run["argmax"]["accuracy"]),
                percent(run["argmax"]["cer"]),
                percent(run["dial"]["accuracy"]),
                percent(run["dial"]["cer"]),
                percent(run["dial"]["over_call_rate"]),
                *held,
            ]
        )
    headers = ["loss", "argmax acc.", "argmax CER", "dial acc.", "dial CER", "dial over-calls", "equal acc.", "CER", "safer?"]
    table(headers, rows)
    for run in found["runs"]:
        if run["equal_accuracy"] is not None:
            say(run["sentence"])
