"""The whole table: `OMP_NUM_THREADS=1 nice -n 10 python -m research.demo -o research/results/demo`, some minutes."""

import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import torch
import typer

from research.demo.decided import Change, changes
from riskcore.config import RunConfig
from riskcore.data.cache import decoded
from riskcore.data.prepare import Prepared, prepare
from riskcore.files import write_atomic
from riskcore.jobs.demo import demo_protocol, prepare_demo
from riskcore.jobs.protocol import configs
from riskcore.learning.loop import Callbacks, Task, predict_logits
from riskcore.learning.trainer import Trainer
from riskcore.predictions import Cases, Member
from riskcore.reports.markdown import markdown_table
from riskcore.severity.store import load_matrix
from riskcore.workspace import Workspace

SEEDS = 20


def main(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for table.md and table.csv.")],
    workspace: Annotated[
        Path | None, typer.Option(help="Workspace of the demo; what it holds already is not made again.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1)] = SEEDS,
) -> None:
    """Train the demo's plain classifier once a seed on its cached features, and ask of each what changes."""
    torch.set_num_threads(1)  # of several threads each waits for the others on a busy machine
    with tempfile.TemporaryDirectory() as temporary:
        here = Workspace((workspace or Path(temporary)).absolute())
        prepare_demo(here)
        config = configs(here, demo_protocol())[0]
        prepared = prepare(here, config.data, load_matrix(here, config.matrix))
        trainer = _trainer(here, config, prepared)
        found: list[Change] = []
        for seed in range(seeds):
            found += changes(_trained(trainer, prepared, seed, Path(temporary)), prepared.matrix)
            write(found, output)
            print(f"seed {seed}: done", flush=True)


def _trainer(here: Workspace, config: RunConfig, prepared: Prepared) -> Trainer:
    samples = prepared.manifest.table["sample"].tolist()
    images = decoded(prepared.manifest, samples, config.model.size, here.cache, _silent)
    return Trainer.of(config, here, images, len(prepared.manifest.classes), _silent)


def _silent(done: int, total: int, label: str) -> None:
    pass


def _trained(trainer: Trainer, prepared: Prepared, seed: int, folder: Path) -> Member:
    targets = prepared.manifest.targets
    task = Task(targets, prepared.rows("train"), prepared.rows("validation"), prepared.matrix, seed)
    model = trainer.train(task, 1, folder / f"{seed}.pt", Callbacks(lambda values: None))

    def cases(part: str) -> Cases:
        rows = prepared.rows(part)
        table = prepared.manifest.table.iloc[rows]
        names, groups = (table[column].to_numpy(dtype=np.str_) for column in ("sample", "group"))
        return Cases(predict_logits(model, trainer.source, rows), targets[rows], names, groups)

    return Member(cases("validation"), cases("test"), seed)


def write(found: Sequence[Change], output: Path) -> None:
    """All changes as numbers, and for reading in how many seeds each is decided."""
    output.mkdir(parents=True, exist_ok=True)
    rows = [asdict(change) | {"decided": change.decided} for change in found]
    write_atomic(output / "table.csv", pd.DataFrame(rows).round(2).to_csv(index=False))
    write_atomic(output / "table.md", markdown(found))


def markdown(found: Sequence[Change]) -> str:
    """The table with its explanation."""
    seeds = len({change.seed for change in found})
    lines = []
    for question in dict.fromkeys(change.question for change in found):
        cells = [question]
        for part in ("validation", "test"):
            asked = [change for change in found if (change.question, change.part) == (question, part)]
            before, after = (float(np.mean([getattr(each, side) for each in asked])) for side in ("before", "after"))
            cells += [f"{before:.1f} → {after:.1f}", f"{sum(each.decided for each in asked)} of {seeds}"]
        lines.append(cells)
    heads = ("what changes what", "on validation", "decided", "on test", "decided")
    return "\n".join(["# What the demo decides", "", ABOUT, "", *markdown_table(heads, lines)]) + "\n"


ABOUT = (
    "SYNTHETIC images. The demo's plain classifier, trained as Quick does, once a seed on the same features. Caution: "
    "the calibrated likeliest class before, the default wish (at most 1 point less accuracy, chosen on validation) "
    "after. First edit: a melanoma called naevus becomes 30 instead of 10; the dial is chosen anew or stays, as the "
    "row says. The default wish often looks at dangerous mistakes alone, and then no number above the threshold moves "
    "anything. Cases are means over seeds; decided: the paired 95 % interval, 2,000 resamples of lesions, holds no 0. "
    "Written by `OMP_NUM_THREADS=1 nice -n 10 python -m research.demo -o research/results/demo`."
)


if __name__ == "__main__":
    typer.run(main)
