"""riskcore runs: list, watch, stop, resume, order, name, delete, restore, export and seal runs."""

import time
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from riskcore.cli.annotate import annotation_document, annotation_lines, name, note, tag
from riskcore.cli.output import Json, emit, say, table, workspace
from riskcore.cli.seal import seal
from riskcore.errors import InputError
from riskcore.formats import NOTHING, percent

app = typer.Typer(
    help="List, watch, stop, resume, order, name, delete, restore, export and seal runs.", no_args_is_help=True
)
QUIET_SECONDS = 10.0
"""After so long without a line a followed log says what the run does."""

ID = Annotated[str, typer.Argument(help="A run's id, or its beginning if that is unique.")]


def _store() -> Any:
    from riskcore.runs.store import RunStore

    return RunStore(workspace())


def _brief(run: Any) -> dict[str, Any]:
    return {
        "id": run.id,
        "state": run.state,
        "data": run.data,
        "loss": run.loss,
        "seed": run.seed,
        "fold": run.fold,
        "pool": run.pool,
        "created": run.record["created"],
        "progress": run.record["progress"],
        "result": run.record["result"],
        "error": run.record["error"],
        "left": None,
        "annotation": annotation_document(run),
    }


def _brief_unread(run: Any) -> dict[str, Any]:
    nothing = dict.fromkeys(("data", "loss", "seed", "fold", "pool", "created", "progress", "result", "annotation"))
    return {"id": run.id, "state": run.state, **nothing, "error": run.reason, "left": list(run.left)}


def _done(run: Any, json: bool) -> None:
    if json:
        emit({"id": run.id, "state": run.state})
    else:
        say(f"Run {run.id} is {run.state}.")


@app.command("list")
def list_(
    state: Annotated[str | None, typer.Option(help="Only runs in this state; also damaged and newer.")] = None,
    data: Annotated[str | None, typer.Option(help="Only runs on this data set.")] = None,
    tag: Annotated[str | None, typer.Option(help="Only runs with this tag.")] = None,
    pools: Annotated[bool, typer.Option("--pools", help="One line a pool: runs that differ in seed and fold.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many runs, newest first.")] = 50,
    json: Json = False,
) -> None:
    """The runs, newest first, and after them those that cannot be read."""
    store = _store()
    if pools:
        _list_pools(store, data, tag, json)
        return
    unread = [run for run in store.unread() if data is tag is None and state in (None, run.state)][:limit]
    runs = [] if state in ("damaged", "newer") else store.list(state=state, data=data, tag=tag, limit=limit)
    none = "No runs yet: riskcore train CONFIG.yaml, or riskcore demo to try riskcore."
    _listed(runs, unread, json, none if state is data is tag is None else "No run is like that.")


def _listed(runs: Sequence[Any], unread: Sequence[Any], json: bool, none: str) -> None:
    """Runs and those that cannot be read; `none` is said where there are neither."""
    from riskcore.words.run_states import unread_words

    if json:
        emit([*map(_brief, runs), *map(_brief_unread, unread)])
        return
    if not (runs or unread):
        say(none)
    if runs:
        _table(runs)
    for run in unread:
        say(unread_words(run))


def _table(runs: Sequence[Any]) -> None:
    from riskcore.words.missing_cases import beside_table

    written = [run.annotation for run in runs]
    columns = {"name": [found.name or "" for found in written], "tags": [", ".join(found.tags) for found in written]}
    shown = [column for column, cells in columns.items() if any(cells)]
    rows = [[*_line(run), *(columns[column][place] for column in shown)] for place, run in enumerate(runs)]
    table(["id", "state", "loss", "accuracy", "CER", *shown], rows)
    for found in written:
        if found.wrong:
            say(found.wrong)
    if any((found := _on_test(run)) is not None and found["cer"] is None for run in runs):
        say(beside_table("CER", "test"))


def _line(run: Any) -> list[str]:
    found = _on_test(run)
    figures = [NOTHING, NOTHING] if found is None else [percent(found[name]) for name in ("accuracy", "cer")]
    return [run.id, run.state, run.loss, *figures]


def _on_test(run: Any) -> dict[str, Any] | None:
    """The figures of the likeliest class, where there are any yet."""
    test = (run.record["result"] or {}).get("test")
    return None if test is None else test["argmax"]


def _list_pools(store: Any, data: str | None, tag: str | None, json: bool) -> None:
    """Pools of a data set, of whose runs one or more have a tag."""
    from riskcore.runs.choices import Choice

    kept = {run.pool for run in store.list(data=data, tag=tag)}
    pools = {pool: runs for pool, runs in store.pools().items() if pool in kept}
    rows = [
        {
            "pool": pool,
            "name": Choice(pool, tuple(runs)).name,
            "data": runs[0].data,
            "loss": runs[0].loss,
            "runs": len(runs),
            "finished": sum(run.state == "finished" for run in runs),
            "seeds": sorted({run.seed for run in runs}),
            "folds": sorted({run.fold for run in runs if run.fold is not None}),
        }
        for pool, runs in pools.items()
    ]
    named = any(row["name"] for row in rows)
    if json:
        emit(rows)
    else:
        table(
            ["pool", "data", "loss", "finished", "runs", "seeds", "folds", *(["name"] if named else [])],
            [
                [
                    *(row[key] for key in ("pool", "data", "loss", "finished", "runs")),
                    len(row["seeds"]),
                    len(row["folds"]) or NOTHING,
                    *([row["name"] or ""] if named else []),
                ]
                for row in rows
            ],
        )


@app.command()
def show(id: ID, json: Json = False) -> None:
    """One run: its state, settings, progress and results."""
    from riskcore.words.missing_cases import caution_note, cer_words, figures_words
    from riskcore.words.run_states import left_out_lines

    run = _store().get(id)
    metrics, damaged = run.read_metrics()
    if json:
        annotation = annotation_document(run)
        found = {"state": run.state, "annotation": annotation, "metrics": metrics, "damaged_metrics": damaged}
        emit({**run.record, **found})
        return
    say(f"Run {run.id} is {run.state}." + (f" {run.record['error']}" if run.record["error"] else ""))
    say(f"  data {run.data}, matrix {run.record['matrix']}, model {run.record['model']}, loss {run.loss}")
    say(f"  seed {run.seed}, fold {'–' if run.fold is None else run.fold}, pool {run.pool}")
    for line in annotation_lines(run):
        say(line)
    if doing := _doing(run):
        say(f"  {doing}")
    if damaged:
        say(f"  Note: {left_out_lines(damaged)}")
    epochs = [line for line in metrics if line.get("kind") == "epoch"]
    if epochs:
        last = epochs[-1]
        say(
            f"  epoch {last['epoch']}/{last['epochs']}: "
            f"validation accuracy {percent(last.get('validation_accuracy'))}, "
            f"{cer_words(last.get('validation_cer'), 'validation')}, {last.get('images_per_second') or 0:.0f} images/s"
        )
    result = run.record["result"] or {}
    for part in ("validation", "test"):
        if part in result:
            at = result[part]
            figures = [f"argmax {figures_words(at['argmax'], part)}"]
            figures += [f"operating point {figures_words(at['dial'], part)}"] if at["dial"] else []
            figures.append(f"majority baseline {percent(at['majority_accuracy'])}")
            say(f"  {part}, {at['n']:,} cases: {'; '.join(figures)}")
    if said := caution_note(result.get("absent", ()), result.get("note")):
        say(f"  {said}")
    for warning in result.get("warnings", []):
        if warning != result.get("note"):
            say(f"  Note: {warning}")


@app.command()
def log(
    id: ID,
    lines: Annotated[int, typer.Option(min=1, help="The last so many lines.")] = 40,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the run ends.")] = False,
    json: Json = False,
) -> None:
    """What the training process printed, and what it does now."""
    from riskcore.words.run_states import empty_log

    run = _store().get(id)
    text = _lines(run)
    if json:
        emit({"id": run.id, "log": text[-lines:]})
        return
    say("\n".join(text[-lines:]) if text else empty_log(run))
    doing = _doing(run)
    if doing:
        say(doing)
    if follow:
        _follow(run, len(text), doing)


def _lines(run: Any) -> list[str]:
    return run.log.read_text(errors="replace").splitlines() if run.log.exists() else []


def _doing(run: Any) -> str:
    """What a running run does now; "" for others."""
    from riskcore.runs.progress import doing_now

    doing = doing_now(run, run.metrics(), time.time())
    return f"Now: {doing}." if doing else ""


def _follow(run: Any, known: int, doing: str) -> None:
    """Say each new line until the run ends, and what it does where there was none for a while."""
    said, active = time.monotonic(), True
    while active:
        time.sleep(1)
        run = run.reload()
        active = run.state in (
            "queued",
            "running",
        )  # asked first: the last lines must not be missed
        new = _lines(run)[known:]
        known += len(new)
        if not new and time.monotonic() - said >= QUIET_SECONDS and (now := _doing(run)) not in ("", doing):
            doing, new = now, [now]
        for line in new:
            say(line)
        if new:
            said = time.monotonic()


@app.command()
def stop(id: ID, json: Json = False) -> None:
    """Ask a running run to stop at its next step; it can be resumed."""
    run = _store().stop(id)
    if json:
        emit({"id": run.id, "state": run.state})
    else:
        say(f"Run {run.id} was asked to stop.")


@app.command()
def resume(
    id: ID, wait: Annotated[bool, typer.Option("--wait", help="Stay until it has ended.")] = False, json: Json = False
) -> None:
    """Queue a stopped or interrupted run again; it goes on from its last finished epoch."""
    from riskcore.cli.waiting import wait_for
    from riskcore.jobs.queue import start_workers

    store = _store()
    run = store.requeue(id)
    start_workers(store.workspace)
    if wait:
        (run,) = wait_for(store, [run.id])
    _done(run, json)
    if run.state not in ("queued", "finished", "stopped"):
        raise typer.Exit(1)


@app.command()
def cancel(id: ID, json: Json = False) -> None:
    """Take a queued run out of the queue."""
    _done(_store().cancel(id), json)


@app.command()
def move(
    id: ID,
    place: Annotated[str, typer.Argument(help="first, last, or the id of the queued run to go before.")],
    json: Json = False,
) -> None:
    """Change the place of a queued run."""
    _done(_store().move(id, place), json)


@app.command()
def delete(id: ID, json: Json = False) -> None:
    """Move a run into the trash."""
    run = _store().delete(id)
    if json:
        emit({"id": run.id, "state": run.state, "trashed": True})
    else:
        say(f"Run {run.id} is in the trash: riskcore runs restore {run.id} brings it back.")


@app.command()
def trash(
    empty: Annotated[bool, typer.Option("--empty", help="Remove the runs in it for good.")] = False,
    json: Json = False,
) -> None:
    """The deleted runs, which can be restored; or empty the trash."""
    store = _store()
    if empty:
        removed = store.empty_trash()
        if json:
            emit({"removed": removed})
        else:
            say(f"Removed {removed} run{'' if removed == 1 else 's'} for good.")
        return
    _listed(store.trashed(), store.trashed_unread(), json, "The trash is empty.")


@app.command()
def restore(id: ID, json: Json = False) -> None:
    """Bring a run back from the trash."""
    _done(_store().restore(id), json)


@app.command()
def export(id: ID, mlflow: Annotated[str, typer.Option(help="URI of an MLflow server.")], json: Json = False) -> None:
    """Write a run to an MLflow server (needs `pip install mlflow-skinny`)."""
    from riskcore.reports.mlflow import export as export_run

    run = _store().get(id)
    if run.state != "finished":
        raise InputError(f"Run {run.id} is {run.state}: only a finished run can be exported.")
    exported = export_run(run, mlflow)
    if json:
        emit({"id": run.id, "mlflow_run": exported})
    else:
        say(f"Exported {run.id} as MLflow run {exported}.")


for command in (name, tag, note, seal):
    app.command()(command)
