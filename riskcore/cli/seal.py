"""riskcore runs seal: checksums for bundles from before bundles carried them."""

from pathlib import Path
from typing import Annotated, Any

import typer

from riskcore.cli.output import Json, emit, note, say, workspace
from riskcore.errors import InputError


def seal(
    sources: Annotated[
        list[str], typer.Argument(metavar="ID_OR_BUNDLE...", help="Finished runs, pools, or bundle folders.")
    ],
    json: Json = False,
) -> None:
    """Check bundles, and add checksums to those from before they carried them; damaged ones are refused."""
    from riskcore.runs.store import RunStore

    store = RunStore(workspace())
    bundles = list(dict.fromkeys(bundle for source in sources for bundle in _bundles(store, source)))
    rows = [_sealed(bundle) for bundle in bundles]
    if json:
        emit(rows)
    for row in rows:
        if row["error"] is not None:
            note(f"Error: {row['error']}")
        elif not json:
            say(f"{row['bundle']}: {'checksums were added' if row['added'] else 'was sealed already and is intact'}.")
    if any(row["error"] is not None for row in rows):
        raise typer.Exit(2)


def _bundles(store: Any, source: str) -> list[Path]:
    from riskcore.runs.results import bundle_folder, finished

    if Path(source).is_dir():
        return [bundle_folder(store, source)]
    return [run.folder / "bundle" for run in finished(store, source)]


def _sealed(bundle: Path) -> dict[str, Any]:
    from riskcore.jobs.sealing import seal as seal_bundle

    try:
        return {"bundle": str(bundle), "added": seal_bundle(bundle), "error": None}
    except InputError as error:
        return {"bundle": str(bundle), "added": False, "error": str(error)}
