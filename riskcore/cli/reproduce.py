"""riskcore reproduce: a protocol becomes runs, then a table and a figure."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskcore.cli.output import Json, emit, note, progress_bar, say, workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from riskcore.jobs.protocol import Outlook
    from riskcore.jobs.submit import Plan


def reproduce(
    protocol: Annotated[Path, typer.Argument(help="A protocol (YAML): data sets × backbones × losses × seeds.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for table and figure.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything short of training.")] = False,
    json: Json = False,
) -> None:
    """Train what is missing, then write table (Markdown, CSV, LaTeX, JSON) and frontiers (HTML, PNG, PDF)."""
    from riskcore.cli.waiting import wait_for
    from riskcore.files import write_atomic
    from riskcore.jobs.estimates import duration
    from riskcore.jobs.protocol import outlook, plan, read_protocol
    from riskcore.jobs.queue import start_workers
    from riskcore.jobs.submit import enqueue
    from riskcore.reports.protocol import markdown, write
    from riskcore.reports.protocol_table import tabulate
    from riskcore.runs.store import RunStore

    here = workspace()
    wanted = read_protocol(protocol)
    plans = plan(here, wanted)
    ahead = outlook(here, plans)
    if dry_run and ahead.seconds is None:
        ahead = _timed(plans)
    estimate = f", about {duration(ahead.seconds)} on one device" if ahead.seconds else ""
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
        emit(result.as_dict())
    else:
        say(markdown(result))
        say(f"Wrote tables and figures to {output}.")


def _timed(plans: "Sequence[Plan]") -> "Outlook":
    """The outlook once a few real batches were timed, where no finished run tells."""
    from riskcore.jobs.protocol import outlook
    from riskcore.jobs.speed_job import measure_unknown

    with progress_bar() as progress:
        measure_unknown(workspace(), plans, progress)
    return outlook(workspace(), plans)
