"""What a finished run keeps to tell images that are not its kind: made of its training and validation images."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from riskcore.data.images import declared, is_blank
from riskcore.data.manifest import Manifest
from riskcore.data.prepare import Prepared, stored_audit
from riskcore.learning import detector as detectors
from riskcore.learning.backbones import features_and_logits
from riskcore.learning.detector import Detector, Limit
from riskcore.learning.image_kind import ImageKind, kind_of
from riskcore.learning.network import networks_of, pooled
from riskcore.learning.trainer import Trainer
from riskcore.workspace import Workspace

BATCH = 64


@dataclass(frozen=True)
class Recognition:
    """Training images by their features, the distance from which on an image is turned away, and their kind.

    `strange`: (N,) bool, which of the run's own images outside training are turned away, as `Predictor` would: the
    certificate rests on that.
    """

    detector: Detector
    limit: Limit
    kind: ImageKind
    strange: NDArray[np.bool_]


def recognition(
    trainer: Trainer,
    model: nn.Module,
    prepared: Prepared,
    registered: Manifest,
    images: NDArray[np.uint8],
    workspace: Workspace,
) -> Recognition:
    """Fitted on training images; the limit is that of the validation images.

    Args:
        trainer, model: of the finished run. prepared: its images. registered: the data set that they are of.
        images: (N, S, S, 3) of `prepared`, as the network sees them.
    """
    manifest = prepared.manifest
    training, validation = prepared.rows("train"), prepared.rows("validation")
    chosen = training[detectors.kept(manifest.targets[training])]
    place = {sample: row for row, sample in enumerate(registered.table["sample"])}
    found = detectors.fit(
        _features(trainer, model, chosen),
        manifest.targets[chosen],
        [place[sample] for sample in manifest.table["sample"].iloc[chosen]],
    )
    distances = np.full(len(manifest), -1.0)
    later = np.flatnonzero((prepared.parts != "train") & (prepared.parts != ""))
    distances[later] = found.distances(_features(trainer, model, later))
    limit = detectors.turned_away(distances[validation], manifest.table["group"].to_numpy()[validation])
    sizes = stored_audit(workspace, registered).sizes
    samples = manifest.table["sample"].iloc[training]
    kind = kind_of(
        images[training],
        0 if sizes is None else max(sizes.width[0], sizes.height[0]),
        (declared(manifest.path(sample)) for sample in samples),
    )
    strange = limit.exceeded(distances)
    for row in later[~strange[later]]:
        pixels, file = images[row], manifest.path(manifest.table["sample"].iloc[row])
        strange[row] = is_blank(pixels) or bool(kind.strange(pixels, len(pixels), declared(file)))
    return Recognition(found, limit, kind, strange)


def _features(trainer: Trainer, model: nn.Module, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """(len(rows), D) of the images as they are, not mirrored."""
    parts = []
    first = networks_of(model)[0].eval()
    with torch.inference_mode():
        for start in range(0, len(rows), BATCH):
            part = rows[start : start + BATCH]
            if trainer.activations is not None:
                features = pooled(torch.from_numpy(trainer.activations[0, part]).float())
            else:
                clean, _ = next(trainer.source.clean_batches(part, BATCH))
                features, _ = features_and_logits(first, clean)
            parts.append(features.double().cpu().numpy())
    return np.concatenate(parts)
