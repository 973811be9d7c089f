"""The images that a model learnt from, where its data set is at hand and still the same."""

from collections.abc import Callable
from typing import Any

from riskcore.data.manifest import Manifest
from riskcore.errors import InputError
from riskcore.learning.bundle import Bundle
from riskcore.learning.prediction import RiskPrediction


def learnt_from(bundle: Bundle, load: Callable[[str], Manifest]) -> Manifest | None:
    """The data set of a bundle; None where it is not registered here, or has changed since.

    Args:
        load: reads a registered data set by its name.
    """
    provenance = bundle.provenance
    try:
        manifest = load(str(provenance.get("data", "")))
    except InputError:
        return None
    return manifest if manifest.hash == provenance.get("data_hash") else None


def nearest(prediction: RiskPrediction, manifest: Manifest | None) -> list[dict[str, Any]]:
    """The training images most alike to a judged one: `label`, and `sample`, its name in the data set where at hand."""
    return [
        {"sample": None if manifest is None else str(manifest.table["sample"].iloc[each.row]), "label": each.label}
        for each in prediction.nearest
    ]
