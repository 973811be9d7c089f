"""Which images a finished run was trained on, or had its calibration and dial chosen on, and whether others are those.

The validation part stands in the run's stored predictions. The training part is what is left of the data set: all
images that the run could use but for its stored validation and test part. So it does not rest on how a data set is
divided, which may change, only on the data set as it was registered when the run was trained.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from riskcore.config import RunConfig
from riskcore.data.cache import decoded
from riskcore.data.manifest import Manifest
from riskcore.data.prepare import kept_audit, leaking, select
from riskcore.data.registry import dataset_versions, list_datasets, load_dataset
from riskcore.errors import InputError
from riskcore.judging.overlap import Known, Shared, shared_with
from riskcore.learning.bundle import Bundle
from riskcore.predictions import Cases
from riskcore.progress import OnProgress
from riskcore.runs.folder import Run
from riskcore.runs.predictions_file import PREDICTIONS, read_predictions
from riskcore.severity import SeverityMatrix
from riskcore.workspace import Workspace


class Seen:
    """The images of a data set beside those that finished runs knew.

    Args:
        workspace: its data sets and the cache of decoded images, which are compared at a run's image size.
        judged: the rows that the runs are to judge.
        progress: told (done, total, label) while images are decoded.
    """

    def __init__(self, workspace: Workspace, judged: Manifest, progress: OnProgress | None = None) -> None:
        self.workspace = workspace
        self.judged = judged
        self._progress = progress
        self._digested: dict[tuple[Path, str, int], NDArray[np.bytes_]] = {}  # once for all members of a pool

    def by(self, run: Run) -> Shared:
        """What the images have in common with those that a finished run knew.

        What cannot be found out, since the run's data set was registered anew or its images are gone, is said in
        `unknown`.

        Raises:
            InputError: the stored predictions cannot be read.
        """
        _, parts = read_predictions(run.folder / PREDICTIONS)
        validation, size = parts["validation"], RunConfig.build(run.config).model.size
        everything = np.ones(len(self.judged), dtype=bool)
        judged = _known(self.judged, everything)
        same = self.judged.name == run.data
        known = Known(validation.samples, validation.groups)
        try:
            manifest, trained = training_rows(run, self.workspace, parts)
            rows = trained | manifest.table["sample"].isin(validation.samples).to_numpy()
            same = same or self.judged.root.resolve() == manifest.root.resolve()
            known = _known(manifest, rows)
            judged = _known(self.judged, everything, self._digests(self.judged, size))
            known = _known(manifest, rows, self._digests(manifest, size))
        except InputError as error:
            return replace(shared_with(judged, known, same_data=same), unknown=str(error).rstrip("."))
        return shared_with(judged, known, same_data=same)

    def _digests(self, manifest: Manifest, size: int) -> NDArray[np.bytes_]:
        """(N,) a digest of each image as the network sees it, whatever its file is called and however it is stored."""
        key = manifest.root, manifest.hash, size
        if key not in self._digested:
            samples = manifest.table["sample"].tolist()
            images = decoded(manifest, samples, size, self.workspace.cache, self._progress)
            digests = [hashlib.blake2b(image.tobytes(), digest_size=16).hexdigest() for image in images]
            self._digested[key] = np.array(digests, dtype=np.bytes_)
        return self._digested[key]


def training_rows(run: Run, workspace: Workspace, parts: dict[str, Cases]) -> tuple[Manifest, NDArray[np.bool_]]:
    """The images that a finished run could use, and which of them it was trained on.

    Args:
        run: a finished one.
        workspace: its data sets, older versions too.
        parts: its stored predictions of "validation" and "test".

    Returns:
        The data set as it was registered then, narrowed as the run was; (N,) bool.

    Raises:
        InputError: that version is not here any more, or neither is the audit by which the run left images out.
    """
    settings = RunConfig.build(run.config).data
    registered = _version(workspace, settings.name, Bundle.load(run.folder / "bundle").provenance.get("data_hash"))
    manifest, _ = select(registered, settings, SeverityMatrix.load(run.folder / "matrix.json"))
    sample, split = manifest.table["sample"], manifest.table["split"]
    division = np.full(len(manifest), "train", dtype="U10")
    if settings.folds is not None:
        division[(split == "test").to_numpy()] = ""  # a published test part takes no part in folds
    for part, cases in parts.items():
        division[sample.isin(cases.samples).to_numpy()] = part
    if settings.drop_leaks:
        audit = kept_audit(workspace, registered)
        if audit is None:
            raise InputError(f"the audit by which images of {settings.name} were left out is not here any more.")
        division[sample.isin(leaking(manifest, division, audit)).to_numpy()] = ""
    return manifest, division == "train"


def _version(workspace: Workspace, name: str, content: str | None) -> Manifest:
    """The data set as it was when the run was trained, which may be an older version of the name."""
    older: Sequence[str] = dataset_versions(workspace, name) if name in list_datasets(workspace) else ()
    for each in (name, *reversed(older)):
        manifest = load_dataset(workspace, each)
        if manifest.hash == content:
            return manifest
    raise InputError(f"the data set {name} is not registered here any more as it was when the run was trained.")


def _known(manifest: Manifest, rows: NDArray[np.bool_], images: NDArray[np.bytes_] | None = None) -> Known:
    table = manifest.table[rows]
    sample, group = (table[column].to_numpy(dtype=np.str_) for column in ("sample", "group"))
    return Known(sample, group, None if images is None else images[rows])
