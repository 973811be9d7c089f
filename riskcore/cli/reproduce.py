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
    from riskcore.protocol import Protocol, configs, queue, read_protocol, tabulate
    from riskcore.protocol_output import markdown, write
    from riskcore.runs import RunStore

    here = workspace()
    plan: Protocol = read_protocol(protocol)
    if dry_run:
        runs = configs(plan)
        if json:
            emit({"runs": len(runs)})
        else:
            say(f"{plan.title}: {len(runs)} runs; every setting is valid.")
        return
    queued = queue(here, plan)
    start_workers(here)
    note(f"{plan.title}: {len(queued)} runs, {sum(run.state == 'finished' for run in queued)} of them finished before.")
    wait_for(RunStore(here), [run.id for run in queued])
    result = tabulate(here, plan, [run.id for run in queued])
    write(result, output)
    if json:
        emit(result)
    else:
        say(markdown(result))
        say(f"Wrote table and figures to {output}.")
