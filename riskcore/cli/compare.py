"""riskcore compare: which run makes fewer critical errors at the same accuracy."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from riskcore.cli.output import Json, emit, say, table, workspace
from riskcore.cli.rates import HEADERS, RESEARCH, rate_row, say_cases
from riskcore.formats import SYNTHETIC, percent

EQUAL = ("accuracy", "cer", "critical_miss_rate")


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
    from riskcore.decision.operating import Wish
    from riskcore.judging import comparison
    from riskcore.runs import results
    from riskcore.runs.store import RunStore
    from riskcore.severity.store import load_matrix

    here = workspace()
    store = RunStore(here)
    reference = results.predictions(store, baseline)
    runs = [results.predictions(store, id) for id in ids]
    judged = load_matrix(here, matrix) if matrix is not None else results.own_matrix(store, baseline)
    found = comparison.compare(
        runs,
        reference,
        results.fit_matrix(judged, reference.classes),
        labels=results.labels(store, [run.id for run in [reference, *runs]]),
        wish=Wish.parse(wish),
        floor=floor,
    )
    found["synthetic"] = results.synthetic(results.finished(store, baseline))
    if json:
        emit(found)
    else:
        print_comparison(found)


def print_comparison(found: dict[str, Any]) -> None:
    """The comparison as a table, and a sentence for each run."""
    if found["synthetic"]:
        say(SYNTHETIC)
    first = found["runs"][0]
    equal = next(run["equal_accuracy"] for run in found["runs"] if run["equal_accuracy"] is not None)
    say_cases(found, first["seeds"])
    say(f"dial: chosen on validation for {found['wish']}")
    say(f"equal accuracy: both dials held to {percent(equal['floor'])} accuracy on validation")
    say("")
    rows: list[list[str]] = []
    for run in found["runs"]:
        seeds = len(run["seeds"])
        rows.append([f"{run['loss']}  {run['id']}" + ("  (baseline)" if run is first else "")])
        rows += [rate_row(f"  {at}", run[at], seeds)[:-1] for at in ("argmax", "dial")]
        rows.append(rate_row("  equal accuracy", _equal(run, equal), seeds)[:-1])
    table(HEADERS[:-1], rows)
    say("")
    for run in found["runs"][1:]:
        say(run["sentence"])
    if unreached := [run["loss"] for run in found["runs"] if not run["dial"]["reached"]]:
        losses = ", ".join(unreached)
        say(f"Note: no dial fulfils {found['wish']} on validation for {losses}; the most accurate is shown.")
    say(RESEARCH)


def _equal(run: Mapping[str, Any], any_other: Mapping[str, Any]) -> dict[str, Any]:
    """A run's rates at equal accuracy; the baseline's stand beside those of every other run."""
    own = run["equal_accuracy"]
    return {name: any_other[f"baseline_{name}"] if own is None else own[name] for name in EQUAL}
