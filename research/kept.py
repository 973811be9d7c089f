"""A protocol in pieces: `python -m research.kept PROTOCOL -o FOLDER --hours 2`, again until nothing is missing.

`riskcore reproduce` goes on from the finished runs of its workspace. Here their logits are kept in FOLDER/runs too,
small enough to be committed, so that another workspace goes on from them. Tables are written of what is complete.
"""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import pyarrow.parquet as pq
import typer

from riskcore.files import write_atomic, write_json
from riskcore.jobs.protocol import Protocol, configs, queue, read_protocol
from riskcore.jobs.queue import start_workers, wait
from riskcore.reports.protocol import markdown
from riskcore.reports.protocol_table import ProtocolResult, ProtocolTable, tabulate
from riskcore.runs.folder import Run
from riskcore.runs.predictions_file import PREDICTIONS, read_predictions, write_predictions
from riskcore.runs.store import RunStore
from riskcore.workspace import Workspace

RECORDS = ("run.json", "matrix.json")
POLL_SECONDS = 5.0
NEEDED = ("split", "sample", "truth", "group")
"""Columns that tables are made of, beside the logits."""


def main(
    protocol: Annotated[Path, typer.Argument(help="The protocol (YAML).")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for runs and tables.")],
    hours: Annotated[float, typer.Option(min=0, help="No run begins or goes on after so long.")] = 2.0,
) -> None:
    """Bring kept runs back, train what is missing while there is time, keep its logits, write the tables."""
    here, wanted = Workspace.default(), read_protocol(protocol)
    store, until = RunStore(here), time.monotonic() + 3600 * hours
    bring_back(here, output / "runs")
    runs = queue(here, wanted)
    start_workers(here)

    def look(now: list[Run]) -> None:
        keep(now, output / "runs")
        if time.monotonic() > until:
            end(store, now)

    runs = wait(store, [run.id for run in runs], poll=POLL_SECONDS, on_progress=look)
    failed = [run.id for run in runs if run.state == "failed"]
    print(f"{sum(run.state == 'finished' for run in runs)} of {len(runs)} runs are finished.", flush=True)
    if failed:
        print(f"{len(failed)} failed, first {failed[0]}: riskcore runs show {failed[0]}", flush=True)
    result = complete(here, wanted, runs)
    write_atomic(output / "protocol.yaml", protocol.read_bytes())
    write_atomic(output / "table.md", markdown(result))
    write_json(output / "results.json", result.as_dict())


def end(store: RunStore, runs: Sequence[Run]) -> None:
    """Take what has not begun out of the queue, and ask the rest to stop."""
    for run in runs:
        if run.state == "queued":
            store.cancel(run.id)
        elif run.state == "running" and not run.stop_requested:
            store.stop(run.id)


def keep(runs: Sequence[Run], folder: Path) -> None:
    """A file a finished run: record, matrix, and float16 logits with what tables need beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    for run in runs:
        path = folder / f"{run.id}.parquet"
        if path.is_file() or run.state != "finished":
            continue
        table = pq.read_table(run.folder / PREDICTIONS)
        columns = {
            name: pa.array(table[name].to_numpy().astype("float16")) if name.startswith("logit ") else table[name]
            for name in table.column_names
            if name.startswith("logit ") or name in NEEDED
        }
        about = {name: (run.folder / name).read_text() for name in RECORDS}
        about |= {"classes": table.schema.metadata[b"classes"], "subgroups": json.dumps([])}
        kept = pa.table(columns).replace_schema_metadata(about)
        pq.write_table(kept, path, compression="zstd", compression_level=19)


def bring_back(workspace: Workspace, folder: Path) -> None:
    """Runs that are kept and not in the workspace, without their networks."""
    for path in sorted(folder.glob("*.parquet")):
        target = workspace.runs / path.stem
        if target.exists():
            continue
        target.mkdir(parents=True)
        write_predictions(target / PREDICTIONS, *read_predictions(path))
        about = pq.read_schema(path).metadata
        for name in reversed(RECORDS):  # a folder is a run once it has its run.json
            (target / name).write_bytes(about[name.encode()])


def complete(workspace: Workspace, protocol: Protocol, runs: Sequence[Run]) -> ProtocolResult:
    """The tables of which every run is finished; `runs` in the order of `queue`."""
    tables: list[ProtocolTable] = []
    for data in protocol.data:
        for model in protocol.of(data)[0]:
            alone = protocol.model_copy(update={"data": (data.model_copy(update={"models": (model,)}),)})
            count = len(configs(workspace, alone))
            own, runs = runs[:count], runs[count:]
            if all(run.state == "finished" for run in own):
                tables += tabulate(workspace, alone, [run.id for run in own]).tables
    return ProtocolResult(protocol, tuple(tables))


if __name__ == "__main__":
    typer.run(main)
