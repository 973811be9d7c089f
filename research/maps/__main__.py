"""The whole table: `OMP_NUM_THREADS=1 python -m research.maps -o research/results/maps`, some minutes."""

import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import torch
import typer

from research.maps.measure import DRAWN, Row, measured, pictures
from riskcore.config import RunConfig
from riskcore.data.manifest import register
from riskcore.data.registry import save_dataset
from riskcore.data.synthetic import write_synthetic
from riskcore.files import write_atomic
from riskcore.jobs import job
from riskcore.jobs.submit import check, enqueue
from riskcore.learning.predictor import Predictor
from riskcore.runs.predictions_file import PREDICTIONS, read_predictions
from riskcore.workspace import Workspace

IMAGES = 30
"""Validation images on which the methods are compared; the chosen one is judged on all test images."""

ONE_CORE = {"threads": 1, "device": "cpu"}

MODELS: dict[str, dict[str, Any]] = {
    "frozen": {
        "model": {"name": "tf_efficientnet_lite0", "size": 96},
        "train": {"backbone": "frozen", "views": 2},
    },
    "last:2": {
        "model": {"name": "tf_efficientnet_lite0", "size": 96},
        "train": {"backbone": "last:2", "epochs": 4, **ONE_CORE},
    },
    "full, test_vit": {
        "model": {"name": "test_vit", "weights": "none", "size": 96},
        "train": {"backbone": "full", "epochs": 15, **ONE_CORE},
    },
}
"""The first as the demo trained it, the others so that another stage and a transformer are seen."""


def main(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for table.md and table.csv.")],
    workspace: Annotated[
        Path | None, typer.Option(help="Workspace to train in; what it holds already is not trained again.")
    ] = None,
) -> None:
    """Measure class maps on models of synthetic images; the tables grow with each model."""
    with tempfile.TemporaryDirectory() as temporary:
        here = Workspace((workspace or Path(temporary)).absolute())
        save_dataset(here, register("demo", write_synthetic(here.root / "synthetic", images=DRAWN).parent))
        rows: list[Row] = []
        for model, settings in MODELS.items():
            config = RunConfig.build({"data": "demo", "matrix": "demo", "loss": "ce"} | settings)
            predictor, parts = trained(here, config)
            if config.train.backbone == "frozen":
                order = np.random.default_rng(0).permutation(len(parts["validation"]))[:IMAGES]
                few = [parts["validation"][place] for place in order]
                rows += measured(predictor, model, "validation", pictures(few, predictor.size), False)
            rows += measured(predictor, model, "test", pictures(parts["test"], predictor.size), True)
            write(rows, output)
            print(f"{model}: done", flush=True)


def write(rows: Sequence[Row], output: Path) -> None:
    """The tables, as numbers and for reading."""
    output.mkdir(parents=True, exist_ok=True)
    pd.DataFrame([asdict(row) for row in rows]).round(4).to_csv(output / "table.csv", index=False)
    write_atomic(output / "table.md", markdown(rows))


def trained(workspace: Workspace, config: RunConfig) -> tuple[Predictor, dict[str, list[str]]]:
    """A model, and the names of its validation and test images."""
    (run,) = enqueue(workspace, check(workspace, [config]), reuse=True)
    assert run.state == "finished" or job.main(run.folder) == 0
    torch.set_num_threads(1)  # a training takes all cores, and several threads wait for each other on a busy machine
    _, parts = read_predictions(run.folder / PREDICTIONS)
    return Predictor.load(run.folder / "bundle"), {name: list(cases.samples) for name, cases in parts.items()}


def markdown(rows: Sequence[Row]) -> str:
    """The table with its explanation."""
    head = (
        "| model | part | method | images | nothing to see | on lesion | area | ratio (95 %) | other image's map | "
        "displaced | displaced, other's map | weights shuffled | seconds |"
    )
    lines = [
        f"| {row.model} | {row.part} | {row.method} | {row.images} | {row.nothing} | {row.share:.2f} | {row.area:.2f} "
        f"| {row.ratio:.2f} ({row.low:.2f} to {row.high:.2f}) | {row.other:.2f} | {row.displaced:.2f} "
        f"| {row.displaced_other:.2f} | {row.randomised:.2f} | {row.seconds:.2f} |"
        for row in rows
    ]
    return "\n".join(["# Class maps on drawn lesions", "", ABOUT, "", head, f"|{' --- |' * 13}", *lines]) + "\n"


ABOUT = (
    "SYNTHETIC images, whose lesions we drew; the class is the one that the model finds likeliest. Ratio: mean share "
    "of the map that falls on the lesion, divided by the mean share of the area that is lesion, with its interval "
    "resampled by lesion; 2 was asked for. Lesions lie in the middle, so a map of another image falls on them too; in "
    "displaced images, moved by a fifth of the side towards a corner, it does not. Weights shuffled: mean rank "
    "correlation with the maps of the same model whose weights were shuffled within each tensor (Adebayo et al., "
    "2018). Seconds for an image and class of 96 pixels on one core. Methods were compared on validation images, the "
    "chosen one, the first, judged on test images. Written by `OMP_NUM_THREADS=1 python -m research.maps -o "
    "research/results/maps`."
)


if __name__ == "__main__":
    typer.run(main)
