"""riskcore compare: is a run better at the same accuracy, and what would its chosen dial bring."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskcore.cli.output import Json, emit, say, table, workspace
from riskcore.cli.printed.rates import HEADERS, RESEARCH, rate_row, say_cases
from riskcore.cli.scale import Logits, Percent, scale_of
from riskcore.formats import NOTHING, SYNTHETIC, percent, points

if TYPE_CHECKING:
    from collections.abc import Sequence

    from riskcore.comparing.comparison import ComparedRun, Comparison


def compare(
    ids: Annotated[list[str] | None, typer.Argument(help="Finished runs or pools.")] = None,
    baseline: Annotated[
        str | None, typer.Option(help="What the others are compared with: a run, a pool, or one of the files.")
    ] = None,
    predictions: Annotated[
        list[Path] | None, typer.Option(help="Any model's predictions (CSV), matched by sample; may be given often.")
    ] = None,
    matrix: Annotated[str | None, typer.Option(help="Another matrix than the baseline's own.")] = None,
    wish: Annotated[str, typer.Option(help="What the dial is chosen for on validation.")] = "accuracy_loss=0.01",
    floor: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Accuracy to compare at; default: the baseline's minus one to three points."),
    ] = None,
    common: Annotated[bool, typer.Option("--common", help="Compare the cases that all hold.")] = False,
    allow_overlap: Annotated[
        bool, typer.Option("--allow-overlap", help="Judge a file whose test cases it knew, and say how many.")
    ] = False,
    details: Annotated[
        bool, typer.Option("--details", help="Also AUROC differences and calibration of P(critical): takes longer.")
    ] = False,
    percent: Percent = False,
    logits: Logits = False,
    json: Json = False,
) -> None:
    """Compare with a baseline: better at equal accuracy, and what the chosen dials bring."""
    from riskcore.comparing.comparison import compare as compare_sides
    from riskcore.comparing.details import compared_details
    from riskcore.decision.operating import Wish
    from riskcore.runs.looks import Question, looked
    from riskcore.runs.sides import gather
    from riskcore.runs.store import RunStore
    from riskcore.words.answer import document
    from riskcore.words.looks import NOT_OF_FILES, looks_words

    here = workspace()
    files = predictions or []
    scale = scale_of(percent, logits, bool(files))
    sides = gather(here, ids or [], files, baseline, matrix, common=common, scale=scale, allow_overlap=allow_overlap)
    asked = Wish.parse(wish)
    found = compare_sides(
        sides.others,
        sides.baseline,
        sides.matrix,
        labels=sides.labels,
        wish=asked,
        floor=floor,
        synthetic=sides.synthetic,
    )
    looks = looked(RunStore(here), sides.ids, Question(sides.matrix, asked, floor)) if sides.ids else None
    beside = compared_details(sides.others, sides.baseline, sides.matrix) if details else None
    if json:
        overlap = {id: own.as_dict() for id, own in sides.overlap.items()}
        more: dict[str, Any] = {"looks": looks, "left_out": sides.left_out, "overlap": overlap, "details": None}
        if beside is not None:
            more["details"] = {id: own.as_dict() for id, own in beside.items()}
        emit(document(found) | more)
        return
    print_comparison(found, [looks_words(looks) if sides.ids else NOT_OF_FILES, *sides.notes])
    if beside is not None:
        from riskcore.cli.printed.details import print_compared

        print_compared(beside, sides.labels)


def print_comparison(comparison: "Comparison", notes: "Sequence[str]" = ()) -> None:
    """The comparison as tables, and a sentence for each run."""
    from riskcore.words.answer import NOT_CALIBRATED, sentence, spoken_of

    if comparison.synthetic:
        say(SYNTHETIC)
    for note in notes:
        say(note)
    first = comparison.reference
    say_cases(comparison, first.seeds)
    if not comparison.calibrated:
        say(NOT_CALIBRATED)
    say(f"dial: chosen on validation for {comparison.wish}")
    say("")
    rows: list[list[str]] = []
    for run in comparison.runs:
        names = [*dict.fromkeys((run.loss, run.id)), *(["(baseline)"] if run is first else [])]
        rows.append(["  ".join(names)])
        rows.append(rate_row("  argmax", run.argmax)[:-1])
        if run.dial is not None:
            rows.append(rate_row("  dial", run.dial)[:-1])
    table(HEADERS[:-1], rows)
    say(f"\nDifferences from {first.loss} in points (95 %):")
    rows = []
    for run in comparison.others:
        rows += [[run.loss], *_differences(run)]
    table(("", "at equal accuracy", "with chosen dials"), rows)
    say("")
    for run in comparison.others:
        say(sentence(run, comparison))
    say(spoken_of(comparison))
    if unreached := [run.loss for run in comparison.runs if run.dial is not None and not run.reached]:
        losses = ", ".join(unreached)
        say(f"Note: no dial fulfils {comparison.wish} on validation for {losses}; the most accurate is shown.")
    say(RESEARCH)


def _differences(run: "ComparedRun") -> list[list[str]]:
    """A row a measure: at equal accuracy, and with the dials that validation chose."""
    equal, chosen = run.equal_accuracy, run.chosen
    assert equal is not None
    assert chosen is not None
    beside = {name: points(difference) for name, difference in chosen.difference.items()}
    return [
        ["  CER", points(equal.gap), beside.get("cer", NOTHING)],
        ["  accuracy", "equal", beside.get("accuracy", NOTHING)],
        ["  over-calls", points(equal.over_call_gap), beside.get("over_call_rate", NOTHING)],
        ["  balanced accuracy", points(equal.balanced_accuracy_gap), beside.get("balanced_accuracy", NOTHING)],
        ["  CER: could show", percent(equal.could_show).removesuffix(" %"), NOTHING],
        ["  safer?", equal.safer, NOTHING],
    ]
