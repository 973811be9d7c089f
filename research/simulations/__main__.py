"""The whole table: `python -m research.simulations -o research/results/simulations`; goes on where it was stopped."""

import os
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from research.simulations.cells import CELLS, Cell
from research.simulations.draws import draw, large
from research.simulations.refit import refit_table
from research.simulations.table import frame, markdown, rows
from riskcore.files import write_atomic

RESAMPLES = 300
CHUNK = 20


def main(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for table.md, table.csv, and what was drawn.")],
    workers: Annotated[int, typer.Option(help="Processes.")] = 2,
) -> None:
    """Judge answers and intervals on simulated models with known truth."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    started = time.monotonic()
    found = []
    with ProcessPoolExecutor(workers) as pool:
        for place, cell in enumerate(CELLS, start=1):
            draws, values = drawn(cell, output / "draws", pool)
            found += rows(cell, draws, values)
            passed = time.monotonic() - started
            print(f"{place} of {len(CELLS)}: {cell.name}, {cell.truth}; {passed / 60:.0f} minutes", flush=True)
        refit = refit_table(pool)
    frame(found).to_csv(output / "table.csv", index=False)
    write_atomic(output / "table.md", f"{markdown(found)}\n\n{refit}\n")


def drawn(cell: Cell, folder: Path, pool: ProcessPoolExecutor) -> tuple[pd.DataFrame, dict[str, float]]:
    """The draws of a cell, and its values on many cases; kept, so that a stopped table goes on."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"{CELLS.index(cell):02}.parquet"
    settings = f"{cell!r}, {RESAMPLES}"
    if kept.exists():
        table = pd.read_parquet(kept)
        if table.attrs.get("settings") == settings:
            return table, table.attrs["large"]
    values = pool.submit(large, cell)
    numbers = range(cell.draws)
    table = pd.DataFrame(pool.map(draw, [cell] * cell.draws, numbers, [RESAMPLES] * cell.draws, chunksize=CHUNK))
    table.attrs |= {"settings": settings, "large": dict(values.result())}
    table.to_parquet(kept)
    return table, table.attrs["large"]


if __name__ == "__main__":
    typer.run(main)
