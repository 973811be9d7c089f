"""riskcore matrix: write, check, keep and compare severity matrices."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from riskcore.cli.output import Json, emit, json_printable, say, table, workspace
from riskcore.errors import InputError
from riskcore.foreign_text import quoted

app = typer.Typer(help="Write, check, keep and compare severity matrices.", no_args_is_help=True)
NAME = Annotated[str, typer.Argument(help="A saved matrix, a preset, or a file.")]
Transpose = Annotated[bool, typer.Option("--transpose", help="The file's rows are what the model says: turn it.")]


@app.command("list")
def list_(json: Json = False) -> None:
    """Saved matrices and presets."""
    from riskcore.severity import PRESETS
    from riskcore.severity.store import list_matrices, load_matrix

    here = workspace()
    rows = [(name, "saved") for name in list_matrices(here)] + [(name, "preset") for name in PRESETS]
    matrices = [(name, kind, load_matrix(here, name)) for name, kind in rows]
    if json:
        emit([{"name": name, "kind": kind, "hash": matrix.hash, **matrix.to_dict()} for name, kind, matrix in matrices])
    else:
        table(
            ["name", "kind", "critical from", "classes"],
            [[name, kind, f"{matrix.critical:g}", _short(matrix.classes)] for name, kind, matrix in matrices],
        )


def _short(classes: Sequence[str]) -> str:
    return ", ".join(classes) if len(classes) < 8 else f"{', '.join(classes[:3])}, … ({len(classes)})"


@app.command()
def show(name: NAME, transpose: Transpose = False, json: Json = False) -> None:
    """One matrix: rows are the truth, columns what the model says."""
    from riskcore.severity.store import load_matrix

    matrix = load_matrix(workspace(), name, transpose)
    if json:
        emit({"name": name, "hash": matrix.hash, **matrix.to_dict()})
        return
    rows = []
    for label, costs, critical in zip(matrix.classes, matrix.values, matrix.critical_cells, strict=True):
        rows.append(
            [label, *(f"{cost:g}{'!' if marked else ''}" for cost, marked in zip(costs, critical, strict=True))]
        )
    table(["truth \\ model says", *matrix.classes], rows)
    say(f"! marks a critical error (severity at least {matrix.critical:g}).")
    if matrix.groups:
        say("Groups: " + ", ".join(f"{label} {group}" for label, group in matrix.groups.items()))


@app.command()
def save(
    name: Annotated[str, typer.Argument(help="What to call it.")],
    file: NAME,
    transpose: Transpose = False,
    note: Annotated[str, typer.Option(help="Why it was changed; kept with the version.")] = "",
    author: Annotated[str, typer.Option(help="Who says so; kept with the version, and never guessed.")] = "",
    json: Json = False,
) -> None:
    """Save a matrix under a name; an older version of that name is kept, a preset as version 0 of a new one."""
    from riskcore.severity.store import is_preset, load_matrix, save_matrix

    here = workspace()
    matrix = load_matrix(here, file, transpose)
    preset = file if is_preset(here, file) else None
    path = save_matrix(here, name, matrix, note=note, author=author, preset=preset)
    if json:
        emit({"name": name, "hash": matrix.hash, "path": str(path)})
    else:
        say(f"Saved {name} ({len(matrix.classes)} classes).")


@app.command()
def versions(name: Annotated[str, typer.Argument(help="A saved matrix.")], json: Json = False) -> None:
    """What is saved under a name, the newest first: when, by whom and why; each can be shown, compared and saved."""
    from riskcore.severity.store import saved_versions

    every = saved_versions(workspace(), name)
    if json:
        emit([each.as_dict() for each in every])
    else:
        table(["version", "saved (UTC)", "author", "note"], [list(each.as_dict().values()) for each in every])


@app.command()
def delete(name: Annotated[str, typer.Argument(help="A saved matrix.")], json: Json = False) -> None:
    """Move a matrix and its versions into the trash; `restore` undoes it, and runs keep the matrix they have."""
    from riskcore.severity.trash import delete_matrix

    delete_matrix(workspace(), name)
    if json:
        emit({"deleted": name})
    else:
        say(f"Deleted {name}. Undo: riskcore matrix restore {name}")


@app.command()
def restore(name: Annotated[str, typer.Argument(help="A deleted matrix.")], json: Json = False) -> None:
    """Bring a deleted matrix back with its versions."""
    from riskcore.severity.trash import restore_matrix

    restore_matrix(workspace(), name)
    if json:
        emit({"restored": name})
    else:
        say(f"Restored {name}.")


@app.command()
def diff(first: NAME, second: NAME, json: Json = False) -> None:
    """The cells in which two matrices differ."""
    from riskcore.severity.store import load_matrix

    here = workspace()
    mine, theirs = load_matrix(here, first), load_matrix(here, second)
    cells = mine.difference(theirs)
    if json:
        emit([{"truth": t, "prediction": p, "first": a, "second": b} for t, p, a, b in cells])
    elif not cells:
        say("The cells are the same.")
    else:
        table(["truth", "model says", first, second], [[t, p, f"{a:g}", f"{b:g}"] for t, p, a, b in cells])


@app.command()
def validate(file: NAME, transpose: Transpose = False, json: Json = False) -> None:
    """Check a matrix file: shape, cells, and that some error is critical."""
    from riskcore.severity.store import load_matrix

    matrix = load_matrix(workspace(), file, transpose).require_critical()
    if json:
        emit({"valid": True, "hash": matrix.hash, "critical_cells": int(matrix.critical_cells.sum())})
    else:
        say(f"Valid: {len(matrix.classes)} classes, {int(matrix.critical_cells.sum())} critical cells.")


@app.command()
def generate(
    group: Annotated[list[str], typer.Option(metavar="CLASS=GROUP", help="Once a class.")],
    order: Annotated[str, typer.Option(help="Groups from harmless to dangerous, separated by commas.")],
    within: Annotated[float, typer.Option(help="Cost of a mistake inside a group.")] = 1,
    over_call: Annotated[float, typer.Option(help="Cost of calling a more dangerous group.")] = 3,
    under_call: Annotated[float, typer.Option(help="Cost of calling a less dangerous group, not critical.")] = 5,
    critical_miss: Annotated[float, typer.Option(help="Cost of a critical miss.")] = 10,
    critical: Annotated[
        list[str] | None,
        typer.Option(metavar="FROM=TO", help="A critical pair of groups; default: the last called the first."),
    ] = None,
    output: Annotated[Path | None, typer.Option("-o", help="Write the JSON here instead of printing it.")] = None,
    json: Json = False,
) -> None:
    """A matrix from clinical groups and four costs."""
    from riskcore.files import write_atomic
    from riskcore.severity import SeverityMatrix

    matrix = SeverityMatrix.from_groups(
        dict(_pair("--group CLASS=GROUP", text) for text in group),
        order=[name.strip() for name in order.split(",")],
        within=within,
        over_call=over_call,
        under_call=under_call,
        critical_miss=critical_miss,
        critical_pairs=None if not critical else [_pair("--critical FROM=TO", text) for text in critical],
    )
    if output is not None:
        write_atomic(output, matrix.to_json())
    if json:
        emit(matrix.to_dict())
    else:
        say(json_printable(matrix.to_json()) if output is None else f"Wrote {output}.")


def _pair(expected: str, text: str) -> tuple[str, str]:
    left, sign, right = text.partition("=")
    if not sign:
        raise InputError(f"Expected {expected}, but got {quoted(text)}.")
    return left.strip(), right.strip()
