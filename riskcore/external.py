"""A finished run judged on another data set: its own preprocessing, calibration and dial, other images."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from riskcore import evaluation
from riskcore.data.cache import decoded
from riskcore.data.manifest import Manifest
from riskcore.errors import InputError
from riskcore.inference import Predictor
from riskcore.predictions import Cases, Member, RunPredictions
from riskcore.run_folder import Run
from riskcore.severity import SeverityMatrix
from riskcore.workspace import Workspace


def evaluate_on(
    run: Run,
    workspace: Workspace,
    data: str,
    split: str | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> tuple[RunPredictions, str]:
    """Predict another data set with a run's bundle and store the predictions beside the run's own.

    Args:
        run: a finished run.
        workspace: where the data set is registered.
        data: its name.
        split: "train", "validation", "test" or "all"; None: "test" where one is published, else "all".
        progress: told (done, total, label).

    Returns:
        Predictions with the run's own validation part (which calibration and dial come from) and the other set's
        cases as test part, and the split that was used. The same images predicted before are read, not predicted again.

    Raises:
        InputError: classes that do not match by name, an empty split, or a run that is not finished.
    """
    if run.state != "finished":
        raise InputError(f"Run {run.id} is {run.state}: only a finished run can judge other images.")
    manifest = workspace.load_dataset(data)
    splits = manifest.table["split"]
    split = split or ("test" if (splits == "test").any() else "all")
    inside = np.ones(len(manifest), dtype=bool) if split == "all" else (splits == split).to_numpy()
    if not inside.any():
        raise InputError(f"{data}: no image stands in the split {split!r}; use --split all.")
    classes, own = evaluation.read_predictions(run.folder / evaluation.PREDICTIONS)
    matrix = SeverityMatrix.load(run.folder / "matrix.json")
    truth = _matched(manifest, classes, matrix)[inside]
    path = run.folder / evaluation.EVALUATIONS / f"{manifest.name}-{split}-{manifest.hash[:12]}.parquet"
    if not path.exists():
        chosen = replace(manifest, table=manifest.table[inside])
        _predict(run, workspace, chosen, truth, classes, path, progress)
    _, parts = evaluation.read_predictions(path)
    member = Member(own["validation"], parts["test"], run.seed, run.fold)
    return RunPredictions(run.id, classes, [member]), split


def _predict(
    run: Run,
    workspace: Workspace,
    manifest: Manifest,
    truth: NDArray[np.int64],
    classes: tuple[str, ...],
    path: Path,
    progress: Callable[[int, int, str], None] | None,
) -> None:
    predictor = Predictor.load(run.folder / "bundle")
    samples = manifest.table["sample"].tolist()
    images = decoded(manifest, samples, predictor.size, workspace.cache, progress)
    cases = Cases(
        logits=predictor.logits(images, progress),
        truth=truth,
        samples=np.asarray(samples, dtype=np.str_),
        groups=manifest.table["group"].to_numpy(dtype=np.str_),
        subgroups={name: manifest.table[name].to_numpy(dtype=np.str_) for name in manifest.subgroups},
    )
    evaluation.write_predictions(path, classes, {"test": cases})


def _matched(manifest: Manifest, classes: tuple[str, ...], matrix: SeverityMatrix) -> NDArray[np.int64]:
    """(N,) class index of each image in the run's order; names match whatever their case and order."""
    code = {label.casefold().strip(): index for index, label in enumerate(classes)}
    if matrix.groups is not None and set(matrix.groups.values()) == set(classes):
        code |= {label.casefold().strip(): code[group.casefold()] for label, group in matrix.groups.items()}
    foreign = [label for label in manifest.classes if label.casefold().strip() not in code]
    if foreign:
        raise InputError(
            f"{manifest.name}: its class {foreign[0]!r} is none of the run's ({', '.join(classes)}); "
            "only a data set with the same classes can be judged."
        )
    return np.array([code[label.casefold().strip()] for label in manifest.table["label"]], dtype=np.int64)
