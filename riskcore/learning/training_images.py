"""The images that a model learnt from, where its data set is at hand and still the same."""

from typing import Any

from riskcore.data.manifest import Manifest
from riskcore.data.registry import load_dataset
from riskcore.errors import InputError
from riskcore.learning.bundle import Bundle
from riskcore.learning.prediction import RiskPrediction
from riskcore.workspace import Workspace


def learnt_from(workspace: Workspace, bundle: Bundle) -> Manifest | None:
    """The data set of a bundle; None where it is not registered here, or has changed since."""
    provenance = bundle.provenance
    try:
        manifest = load_dataset(workspace, str(provenance.get("data", "")))
    except InputError:
        return None
    return manifest if manifest.hash == provenance.get("data_hash") else None


def nearest(prediction: RiskPrediction, manifest: Manifest | None) -> list[dict[str, Any]]:
    """The training images most alike to a judged one: `label`, and `sample`, its name in the data set where at hand."""
    return [
        {"sample": None if manifest is None else str(manifest.table["sample"].iloc[each.row]), "label": each.label}
        for each in prediction.nearest
    ]
