"""riskcore mistakes: the images that runs call wrong as a list, and marks on labels that look wrong."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from riskcore.cli.output import Json, emit, note, say, table, workspace
from riskcore.errors import InputError, nearest

if TYPE_CHECKING:
    from riskcore.data.manifest import Manifest

app = typer.Typer(help="Images that runs call wrong, and labels that look wrong.", no_args_is_help=True)


@app.command()
def export(
    runs: Annotated[list[str], typer.Argument(metavar="RUN [RUN]", help="One or two finished runs or pools.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The CSV file; default: to stdout.")] = None,
    matrix: Annotated[str | None, typer.Option(help="Another matrix than the first run's own.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All mistakes, not only the dangerous ones.")] = False,
    split: Annotated[Literal["test", "validation"], typer.Option(help="Whose images.")] = "test",
    aversion: Annotated[float | None, typer.Option(min=0, max=1, help="A fixed dial instead of a wish.")] = None,
    rule: Annotated[str, typer.Option(help="Rule of the fixed dial: severity or critical.")] = "severity",
    wish: Annotated[str, typer.Option(help="What the dial is chosen for on validation.")] = "accuracy_loss=0.01",
    json: Json = False,
) -> None:
    """The images that a run calls dangerously wrong, worst first, with what each run says of them."""
    from riskcore.decision.dial import Dial
    from riskcore.decision.judged_run import JudgedRun
    from riskcore.decision.operating import Wish
    from riskcore.decision.pooled import pooled_decisions
    from riskcore.files import write_atomic
    from riskcore.judging.side_by_side import mistaken_cases, shared_cases
    from riskcore.marks import marks
    from riskcore.runs import results
    from riskcore.runs.looks import Question, looked
    from riskcore.runs.store import RunStore
    from riskcore.severity.store import load_matrix
    from riskcore.words.images.judged import csv
    from riskcore.words.looks import VALIDATION, looks_words
    from riskcore.words.mistake_table import mistake_rows, mistake_table

    if len(runs) > 2:
        raise InputError(f"Expected one run or two, but got {len(runs)}.")
    here = workspace()
    store = RunStore(here)
    found = {run.id: run for run in (results.predictions(store, id) for id in runs)}
    severity = load_matrix(here, matrix) if matrix is not None else results.own_matrix(store, runs[0])
    severity.require_critical()
    caution: Wish | Dial = Wish.parse(wish) if aversion is None else Dial(rule, aversion)
    sides = [
        pooled_decisions(JudgedRun(run if split == "test" else run.on_validation(), severity), caution)
        for run in found.values()
    ]
    shared = len(shared_cases(sides))
    if not shared:
        raise InputError(f"{' and '.join(found)}: they have no {split} image in common, by name.")
    cases = mistaken_cases(sides, range(len(sides)), critical_only=not every)
    data = store.resolve(runs[0])[0].data
    marked = marks(here, data)
    looks = looked(store, list(found), Question(severity, caution)) if split == "test" else None
    if output is not None or not json:
        content = csv(mistake_table(cases, list(results.labels(store, list(found)).values()), marked))
        if output is None:
            print(content, end="")
        else:
            write_atomic(output, content)
    if json:
        emit(
            {
                "runs": list(found),
                "data": data,
                "matrix": severity.to_dict(),
                "split": split,
                "dials": [[{"rule": dial.rule, "aversion": dial.aversion} for dial in side.dials] for side in sides],
                "n": shared,
                "looks": looks,
                "mistakes": mistake_rows(cases, list(found), marked),
            }
        )
    kind = "wrong" if every else "dangerously wrong"
    whose = "" if len(sides) == 1 else " by at least one of the two"
    where = f"; the list is in {output}" if output is not None else ""
    note(f"{len(cases):,} of {shared:,} {split} images are called {kind}{whose}{where}.")
    if any(side.distinct > shared for side in sides):
        note("Only images that both runs judged are listed.")
    if split == "test":
        note(looks_words(looks))
    else:
        note(VALIDATION)


@app.command()
def mark(
    data: Annotated[str, typer.Argument(help="A registered data set.")],
    sample: Annotated[str, typer.Argument(help="The image, as lists of mistakes and data sets name it.")],
    text: Annotated[str, typer.Option("--note", help="Why.")] = "",
    remove: Annotated[bool, typer.Option("--remove", help="Take the mark away.")] = False,
    json: Json = False,
) -> None:
    """Mark an image as one that looks mislabelled; that changes no label and no figure."""
    from riskcore.marks import mark, marks, unmark

    here, manifest = workspace(), _manifest(data)
    if not (manifest.table["sample"] == sample).any():
        raise InputError(f"{data} has no image {sample!r}: {nearest(sample, manifest.table['sample'])}")
    if remove:
        unmark(here, manifest.name, sample)
    else:
        mark(here, manifest.name, sample, text)
    number = len(marks(here, manifest.name))
    if json:
        emit({"data": manifest.name, "sample": sample, "looks_mislabelled": not remove, "marked": number})
        return
    say(f"{sample} is {'no longer ' if remove else ''}marked; {number:,} in {manifest.name} are.")


@app.command()
def marked(data: Annotated[str, typer.Argument(help="A registered data set.")], json: Json = False) -> None:
    """The images of a data set that were marked as mislabelled."""
    from riskcore.marks import marks

    found = marks(workspace(), _manifest(data).name)
    rows: list[dict[str, Any]] = [
        {"sample": name, "note": one.note, "marked": one.marked} for name, one in found.items()
    ]
    if json:
        emit(rows)
    elif not rows:
        say("No image is marked; see `riskcore mistakes mark --help`.")
    else:
        table(["sample", "marked", "note"], [[row["sample"], row["marked"], row["note"]] for row in rows])


def _manifest(data: str) -> "Manifest":
    from riskcore.data.registry import load_dataset

    return load_dataset(workspace(), data)
