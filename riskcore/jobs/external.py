"""Finished runs judged on another data set: their own preprocessing, calibration and dial, other images."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from riskcore.data.cache import decoded
from riskcore.data.manifest import Manifest
from riskcore.errors import InputError
from riskcore.jobs.seen import Seen
from riskcore.judging.overlap import Overlap, joined
from riskcore.learning.predictor import Predictor
from riskcore.predictions import Cases, RunPredictions
from riskcore.progress import OnProgress
from riskcore.runs.evaluations import StoredEvaluation, load_evaluation, read_shared, write_shared
from riskcore.runs.folder import Run
from riskcore.runs.predictions_file import PREDICTIONS, read_predictions, write_predictions
from riskcore.severity import SeverityMatrix
from riskcore.workspace import Workspace


class JudgedElsewhere(NamedTuple):
    """Finished runs on another data set.

    Attributes:
        predictions: each run's own validation part, and the other set's cases as test part.
        split: which part of the other set.
        overlap: what the runs knew of its cases.
    """

    predictions: RunPredictions
    split: str
    overlap: Overlap


def evaluate_on(
    runs: Sequence[Run],
    workspace: Workspace,
    manifest: Manifest,
    *,
    id: str,
    split: str | None = None,
    allow_overlap: bool = False,
    progress: OnProgress | None = None,
) -> JudgedElsewhere:
    """Predict another data set with finished runs and store the predictions beside each run's own.

    Args:
        runs: a finished run, or the members of a pool: each of them judges all images.
        workspace: its cache keeps the decoded images.
        manifest: the other data set.
        id: of the run or pool, as shown.
        split: "train", "validation", "test" or "all"; None: "test" where one is published, else "all".
        allow_overlap: judge images that a run was trained on, or its dial was chosen on, all the same.
        progress: told (done, total, label).

    Returns:
        Predictions with each run's own validation part (which calibration and dial come from) and the other set's
        cases as test part. The same images predicted before are read, not predicted again.

    Raises:
        InputError: a class that the run does not know, a split without images, or a run knew some of the images and
            that is not allowed.
    """
    splits = manifest.table["split"]
    split = split or ("test" if (splits == "test").any() else "all")
    inside = np.ones(len(manifest), dtype=bool) if split == "all" else (splits == split).to_numpy()
    if not inside.any():
        raise InputError(f"{manifest.name}: no image stands in the split {split!r}; use --split all.")
    chosen = replace(manifest, table=manifest.table[inside])
    stored = StoredEvaluation.of(manifest, split, runs)
    matched = []
    for run in runs:
        classes, _ = read_predictions(run.folder / PREDICTIONS)
        matched.append((classes, _matched(chosen, classes, SeverityMatrix.load(run.folder / "matrix.json"))))
    seen, shared = Seen(workspace, chosen, progress), []
    for run, path in zip(runs, stored.files, strict=True):
        own = read_shared(path)
        if own is None or own.unknown:  # what could not be told then may be told now
            own = seen.by(run)
            write_shared(path, own)
        shared.append(own)
    overlap = joined(shared, of=len(chosen))
    overlap.check(f"{id} on {manifest.name}", allow_overlap)
    for run, path, (classes, truth) in zip(runs, stored.files, matched, strict=True):
        if not path.exists():
            cases = _predict(run.folder / "bundle", workspace, chosen, truth, progress)
            write_predictions(path, classes, {"test": cases})
    return JudgedElsewhere(load_evaluation(id, runs, stored), split, overlap)


def _predict(
    bundle: Path, workspace: Workspace, manifest: Manifest, truth: NDArray[np.int64], progress: OnProgress | None
) -> Cases:
    predictor = Predictor.load(bundle)
    samples = manifest.table["sample"].tolist()
    images = decoded(manifest, samples, predictor.size, workspace.cache, progress)
    return Cases(
        logits=predictor.logits(images, progress),
        truth=truth,
        samples=np.asarray(samples, dtype=np.str_),
        groups=manifest.table["group"].to_numpy(dtype=np.str_),
        subgroups={name: manifest.table[name].to_numpy(dtype=np.str_) for name in manifest.subgroups},
    )


def _matched(manifest: Manifest, classes: tuple[str, ...], matrix: SeverityMatrix) -> NDArray[np.int64]:
    """(N,) class index of each image in the run's order; names match whatever their case and order.

    Where a run's classes are merged groups, the other set may have either the groups or the classes in them. A class of
    the run that the other set lacks is not tested there (`riskcore.decision.notes`).
    """
    code = {_plain(label): index for index, label in enumerate(classes)}
    if len(code) < len(classes):
        raise InputError(f"The run's classes ({', '.join(classes)}) differ in case only; no other set can be matched.")
    if matrix.groups is not None and set(matrix.groups.values()) == set(classes):
        code |= {_plain(label): code[_plain(group)] for label, group in matrix.groups.items()}
    known = ", ".join(classes)
    if foreign := [label for label in manifest.classes if _plain(label) not in code]:
        raise InputError(
            f"{manifest.name}: its class {foreign[0]!r} is none of the run's ({known}); "
            "only a data set of these classes, or of some of them, can be judged."
        )
    return np.array([code[_plain(label)] for label in manifest.table["label"]], dtype=np.int64)


def _plain(label: str) -> str:
    return label.strip().casefold()
