"""riskcore runs name, tag and note: what users write on a run, or on every run of a pool."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from riskcore.cli.output import Json, emit, say, workspace

ID = Annotated[str, typer.Argument(help="Id of a run or a pool (all its runs), or the beginning of a run's.")]


def name(
    id: ID, name: Annotated[str, typer.Argument(help='Up to 80 characters; "" removes it.')], json: Json = False
) -> None:
    """Name a run: screens and lists show the name in place of its training."""
    _written(_store().annotate(id, name=name), json)


def tag(
    id: ID,
    tags: Annotated[list[str], typer.Argument(metavar="TAG...", help="Up to 40 characters each.")],
    remove: Annotated[bool, typer.Option("--remove", help="Take these tags away.")] = False,
    json: Json = False,
) -> None:
    """Put tags on a run; `riskcore runs list --tag TAG` lists those that have it."""
    _written(_store().annotate(id, **{"remove" if remove else "add": tags}), json)


def note(
    id: ID, text: Annotated[str, typer.Argument(help='Up to 2,000 characters; "" removes it.')], json: Json = False
) -> None:
    """Write a note on a run, in place of the one it has."""
    _written(_store().annotate(id, note=text), json)


def annotation_document(run: Any) -> dict[str, Any]:
    """What users wrote on a run, as JSON gives it."""
    found = run.annotation
    return {"name": found.name, "tags": list(found.tags), "note": found.note, "error": found.wrong or None}


def annotation_lines(run: Any) -> list[str]:
    """The same for people; nothing where nothing is written."""
    found = run.annotation
    parts = [("name", found.name), ("tags", ", ".join(found.tags)), ("note", found.note.replace("\n", "\n    "))]
    return [f"  {what}: {text}" for what, text in parts if text] + ([f"  Note: {found.wrong}"] if found.wrong else [])


def _store() -> Any:
    from riskcore.runs.store import RunStore

    return RunStore(workspace())


def _written(runs: Sequence[Any], json: bool) -> None:
    if json:
        emit([{"id": run.id, "annotation": annotation_document(run)} for run in runs])
        return
    for run in runs:
        say("\n".join([f"Run {run.id}", *(annotation_lines(run) or ["  no name, tags or note"])]))
