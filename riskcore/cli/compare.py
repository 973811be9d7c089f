"""riskcore compare: which run makes fewer critical errors at the same accuracy."""

from typing import TYPE_CHECKING, Annotated

import typer

from riskcore.cli.output import Json, emit, say, table, workspace
from riskcore.cli.rates import HEADERS, RESEARCH, rate_row, say_cases
from riskcore.formats import SYNTHETIC, percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from riskcore.judging.comparison import ComparedRun, Comparison
    from riskcore.metrics.intervals import Rate

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
    from riskcore.words.answer import document

    here = workspace()
    store = RunStore(here)
    reference = results.predictions(store, baseline)
    runs = [results.predictions(store, id) for id in ids]
    found = comparison.compare(
        runs,
        reference,
        load_matrix(here, matrix) if matrix is not None else results.own_matrix(store, baseline),
        labels=results.labels(store, [run.id for run in [reference, *runs]]),
        wish=Wish.parse(wish),
        floor=floor,
        synthetic=results.synthetic(results.finished(store, baseline)),
    )
    if json:
        emit(document(found))
    else:
        print_comparison(found)


def print_comparison(comparison: "Comparison") -> None:
    """The comparison as a table, and a sentence for each run."""
    from riskcore.words.answer import sentence

    if comparison.synthetic:
        say(SYNTHETIC)
    first = comparison.reference
    equal = comparison.others[0].equal_accuracy
    assert equal is not None
    say_cases(comparison, first.seeds)
    say(f"dial: chosen on validation for {comparison.wish}")
    say(f"equal accuracy: both dials held to {percent(equal.floor)} accuracy on validation")
    say("")
    rows: list[list[str]] = []
    for run in comparison.runs:
        seeds = len(run.seeds)
        rows.append([f"{run.loss}  {run.id}" + ("  (baseline)" if run is first else "")])
        rows.append(rate_row("  argmax", run.argmax, seeds)[:-1])
        rows.append(rate_row("  dial", run.dial, seeds)[:-1])
        rows.append(rate_row("  equal accuracy", _at_equal_accuracy(run, comparison), seeds)[:-1])
    table(HEADERS[:-1], rows)
    say("")
    for run in comparison.others:
        say(sentence(run, comparison))
    if unreached := [run.loss for run in comparison.runs if not run.reached]:
        losses = ", ".join(unreached)
        say(f"Note: no dial fulfils {comparison.wish} on validation for {losses}; the most accurate is shown.")
    say(RESEARCH)


def _at_equal_accuracy(run: "ComparedRun", comparison: "Comparison") -> "Mapping[str, Rate]":
    """A run's rates at equal accuracy; the baseline's stand beside those of every other run."""
    own, beside = run.equal_accuracy, comparison.others[0].equal_accuracy
    if own is not None:
        return {name: getattr(own, name) for name in EQUAL}
    return {name: getattr(beside, f"baseline_{name}") for name in EQUAL}
