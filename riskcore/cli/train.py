"""riskcore train: queue a training run and, if asked, wait for it."""

from pathlib import Path
from typing import Annotated

import typer

from riskcore.cli.output import Json, emit, note, say, workspace


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
    from riskcore.launch import start_workers
    from riskcore.runs import RunStore
    from riskcore.submit import check_backbone, submit

    settings = RunConfig.from_file(config, overrides or [])
    here = workspace()
    check_backbone(settings)
    run = submit(here, settings)
    start_workers(here)
    code = 0
    if wait:
        note(f"Run {run.id}")
        (run,) = wait_for(RunStore(here), [run.id])
        code = 0 if run.state in ("finished", "stopped") else (run.record["result"] or {}).get("exit_code", 1)
    if json:
        emit({"id": run.id, "state": run.state})
    elif code == 0:
        say(f"Run {run.id} is {run.state}.")
        if run.state == "finished":
            test = run.record["result"]["test"]
            for name, words in (("argmax", "likeliest class"), ("dial", "operating point")):
                say(f"  test, {words}: accuracy {test[name]['accuracy']:.1%}, CER {test[name]['cer']:.1%}")
        else:
            say(f"Watch it: riskcore runs show {run.id}")
    if code:
        note(f"Error: run {run.id} {run.state}: {run.record['error'] or 'its process was killed; resume it.'}")
        raise typer.Exit(code)
