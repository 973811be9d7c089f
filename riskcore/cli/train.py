"""riskcore train: queue a training run and, if asked, wait for it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskcore.cli.output import Json, emit, note, say, workspace

if TYPE_CHECKING:
    from riskcore.runs.folder import Run


def train(
    config: Annotated[Path, typer.Argument(help="A training file (YAML).")],
    overrides: Annotated[
        list[str] | None, typer.Argument(metavar="[key=value ...]", help="Settings that replace the file's.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Stay until the run has ended.")] = False,
    json: Json = False,
) -> None:
    """Queue a training run; the device's worker carries it out, whether or not this terminal stays open."""
    from riskcore.cli.waiting import wait_for
    from riskcore.config import RunConfig
    from riskcore.jobs.queue import start_workers
    from riskcore.jobs.submit import check, check_backbone, enqueue
    from riskcore.runs.store import RunStore

    settings = RunConfig.from_file(config, overrides or [])
    here = workspace()
    plans = check(here, [settings])
    check_backbone(settings)
    (run,) = enqueue(here, plans)
    start_workers(here)
    if not json:
        say(f"Run {run.id} is queued.")
    if wait:
        (run,) = wait_for(RunStore(here), [run.id])
    if json:
        emit({"id": run.id, "state": run.state})
    elif not wait:
        say(f"Watch it: riskcore runs show {run.id}")
    elif run.state in ("finished", "stopped"):
        _print(run)
    if run.state in ("failed", "interrupted"):
        note(f"Error: run {run.id} {run.state}: {run.record['error'] or 'its process was killed; resume it.'}")
        raise typer.Exit((run.record["result"] or {}).get("exit_code", 1))


def _print(run: "Run") -> None:
    from riskcore.words.missing_cases import caution_note, figures_words

    say(f"Run {run.id} is {run.state}.")
    if run.state == "finished":
        result = run.record["result"]
        for name, words in (("argmax", "argmax"), ("dial", "operating point")):
            if figures := result["test"][name]:
                say(f"  test, {words}: {figures_words(figures, 'test')}")
        if said := caution_note(result["absent"], result["note"]):
            say(f"  {said}")
        for warning in result["warnings"]:
            if warning != result["note"]:
                say(f"  Note: {warning}")
        say(f"Intervals and more: riskcore evaluate {run.id}")
