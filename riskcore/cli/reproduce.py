"""riskcore reproduce: a protocol becomes runs, then a table and a figure."""

from pathlib import Path
from typing import Annotated

import typer

from riskcore.cli.output import Json, emit, note, say, workspace


def reproduce(
    protocol: Annotated[Path, typer.Argument(help="A protocol (YAML): data sets × backbones × losses × seeds.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for table and figure.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything short of training.")] = False,
    json: Json = False,
) -> None:
    """Train what is missing, then write table (Markdown, CSV, LaTeX, JSON) and frontiers (HTML, PNG, PDF)."""
    from riskcore.cli.waiting import wait_for
    from riskcore.launch import start_workers
    from riskcore.protocol import outlook, plan, read_protocol
    from riskcore.protocol_output import markdown, write
    from riskcore.protocol_result import tabulate
    from riskcore.runs import RunStore
    from riskcore.submit import enqueue
    from riskcore.workspace import write_atomic

    here = workspace()
    wanted = read_protocol(protocol)
    plans = plan(here, wanted)
    ahead = outlook(here, plans)
    estimate = "" if ahead.seconds is None else f", about {_duration(ahead.seconds)} on one device"
    text = f"{wanted.title}: {ahead.runs} runs, {ahead.finished} of them finished before{estimate}."
    if dry_run:
        if json:
            emit({"runs": ahead.runs, "finished": ahead.finished, "seconds": ahead.seconds})
        else:
            say(f"{text} Data sets, matrices, backbones and settings are all there.")
        return
    write_atomic(output / "protocol.yaml", protocol.read_bytes())  # before hours of training: can it be written?
    note(text)
    runs = enqueue(here, plans, reuse=True)
    start_workers(here)
    wait_for(RunStore(here), [run.id for run in runs])
    result = tabulate(here, wanted, [run.id for run in runs])
    write(result, output)
    if json:
        emit(result)
    else:
        say(markdown(result))
        say(f"Wrote tables and figures to {output}.")


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 90 else f"{seconds:.0f} seconds"
