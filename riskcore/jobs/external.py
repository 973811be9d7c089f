"""Finished runs judged on another data set: their own preprocessing, calibration and dial, other images."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.data.audit import Sizes
from riskcore.data.cache import decoded
from riskcore.data.images import declared, decode
from riskcore.data.manifest import Manifest
from riskcore.data.prepare import stored_audit
from riskcore.errors import InputError
from riskcore.foreign_text import listed, quoted
from riskcore.jobs.seen import Seen
from riskcore.judging.left_out import LeftOut, class_counts
from riskcore.judging.overlap import Overlap, joined
from riskcore.learning.predictor import Predictor
from riskcore.predictions import Cases, RunPredictions
from riskcore.progress import OnProgress
from riskcore.readers import meant_names
from riskcore.runs.evaluations import StoredEvaluation, load_evaluation, read_shared, write_left_out, write_shared
from riskcore.runs.folder import Run
from riskcore.runs.predictions_file import PREDICTIONS, read_predictions, write_predictions
from riskcore.severity import SeverityMatrix
from riskcore.workspace import Workspace


class JudgedElsewhere(NamedTuple):
    """Finished runs on another data set.

    Attributes:
        predictions: each run's own validation part, and the other set's cases as test part; those that are not of the
            kind that the run knows are marked, and have logits all the same.
        split: which part of the other set.
        overlap: what the runs knew of its cases.
        left_out: which of its images are not judged.
    """

    predictions: RunPredictions
    split: str
    overlap: Overlap
    left_out: LeftOut


def evaluate_on(
    runs: Sequence[Run],
    workspace: Workspace,
    manifest: Manifest,
    *,
    id: str,
    split: str | None = None,
    leave_out: Sequence[str] = (),
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
        leave_out: classes of the other set whose images are not judged; names in any case.
        allow_overlap: judge images that a run was trained on, or its dial was chosen on, all the same.
        progress: told (done, total, label).

    Returns:
        Predictions with each run's own validation part (which calibration and dial come from) and the other set's
        cases as test part, but for blank images, which nobody can judge. The same images predicted before are read, not
        predicted again.

    Raises:
        InputError: a class that the run does not know and that is not left out, one to leave out that the set does not
            hold, nothing to judge, or a run knew some of the images and that is not allowed.
    """
    table = manifest.table
    split = split or ("test" if (table["split"] == "test").any() else "all")
    inside = np.ones(len(manifest), dtype=bool) if split == "all" else (table["split"] == split).to_numpy()
    if not inside.any():
        raise InputError(f"{manifest.name}: no image stands in the split {split!r}; use --split all.")
    asked = _asked(manifest, leave_out)
    dropped = table["label"].isin(asked).to_numpy()
    images = table["label"][inside & ~dropped].value_counts()
    matched = []
    for run in runs:
        classes, _ = read_predictions(run.folder / PREDICTIONS)
        matched.append((classes, _matched(manifest, images, classes, SeverityMatrix.load(run.folder / "matrix.json"))))
    findings = stored_audit(workspace, manifest, progress)
    blank = table["sample"].isin(findings.blank).to_numpy()
    left_out = LeftOut(
        {name: int((inside & (table["label"] == name)).sum()) for name in asked},
        tuple(table["sample"][inside & blank & ~dropped]),
    )
    kept = ~dropped & ~blank
    if not (inside & kept).any():
        raise InputError(" ".join([f"{manifest.name}: no image is left to judge.", *left_out.sentences]))
    chosen = replace(manifest, table=table[inside & kept])
    stored = StoredEvaluation.of(replace(manifest, table=table[kept]), split, runs)
    seen, shared = Seen(workspace, chosen, progress), []
    for run, path in zip(runs, stored.files, strict=True):
        own = read_shared(path)
        if own is None or own.unknown:  # what could not be told then may be told now
            own = seen.by(run)
            write_shared(path, own)
        shared.append(own)
    overlap = joined(shared, of=len(chosen))
    overlap.check(f"{id} on {manifest.name}", allow_overlap)
    for run, path, (classes, place) in zip(runs, stored.files, matched, strict=True):
        if not path.exists():
            truth = np.array([place[label] for label in chosen.table["label"]], dtype=np.int64)
            write_left_out(path, left_out)
            cases = _predict(run.folder / "bundle", workspace, chosen, findings.sizes, truth, progress)
            write_predictions(path, classes, {"test": cases})
    return JudgedElsewhere(load_evaluation(id, runs, stored), split, overlap, left_out)


def _predict(
    bundle: Path,
    workspace: Workspace,
    manifest: Manifest,
    sizes: Sizes | None,
    truth: NDArray[np.int64],
    progress: OnProgress | None,
) -> Cases:
    predictor = Predictor.load(bundle)
    samples = manifest.table["sample"].tolist()
    images = decoded(manifest, samples, predictor.size, workspace.cache, progress)
    strange = None
    if predictor.bundle.kind is None:
        logits = predictor.logits(images, progress)
    else:
        paths = [manifest.path(sample) for sample in samples]
        # Sizes cost a decoding of every image, so they are asked for only where one may be far smaller.
        small = sizes is None or predictor.bundle.kind.far_smaller(max(sizes.width[0], sizes.height[0]), predictor.size)
        shapes = [decode(path).shape if small else None for path in paths]
        logits, strange = predictor.strange(images, [declared(path) for path in paths], shapes, progress)
    return Cases(
        logits=logits,
        truth=truth,
        samples=np.asarray(samples, dtype=np.str_),
        groups=manifest.table["group"].to_numpy(dtype=np.str_),
        subgroups={name: manifest.table[name].to_numpy(dtype=np.str_) for name in manifest.subgroups},
        strange=strange,
    )


def _asked(manifest: Manifest, leave_out: Sequence[str]) -> list[str]:
    """The classes of a data set that are to be left out, as it calls them."""
    meant = meant_names(leave_out, manifest.classes)
    if unknown := [name for name in leave_out if name not in meant]:
        raise InputError(
            f"{manifest.name}: --leave-out {quoted(unknown[0])} is none of its classes; "
            f"it holds {listed(manifest.classes, most=len(manifest.classes))}."
        )
    return list(dict.fromkeys(meant.values()))


def _matched(
    manifest: Manifest, images: "pd.Series[int]", classes: tuple[str, ...], matrix: SeverityMatrix
) -> dict[str, int]:
    """Class of the other set -> place in the run's order; `images`: how many of each are to be judged.

    Where a run's classes are merged groups, the other set may have either the groups or the classes in them. A class of
    the run that the other set lacks is not tested there (`riskcore.decision.notes`).
    """
    place = {label: index for index, label in enumerate(classes)}
    code = {label: place[known] for label, known in meant_names(manifest.classes, classes).items()}
    if matrix.groups is not None and set(matrix.groups.values()) == set(classes):
        fine = meant_names(manifest.classes, matrix.groups)
        code |= {label: place[matrix.groups[known]] for label, known in fine.items()}
    if foreign := {label: int(images[label]) for label in manifest.classes if label in images and label not in code}:
        one = len(foreign) == 1
        raise InputError(
            f"{manifest.name}: its class{'' if one else 'es'} {class_counts(foreign)} {'is' if one else 'are'} none of "
            f"the run's ({listed(classes, most=len(classes))}); leave {'it' if one else 'them'} out with "
            f"--leave-out CLASS{'' if one else ', once for each'}."
        )
    return code
