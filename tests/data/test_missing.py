"""What a division leaves without a case, for the dial and for the test."""

from pathlib import Path

import numpy as np
import pandas as pd

from riskcore.data.manifest import Manifest
from riskcore.data.missing import missing_dangers
from riskcore.severity import SeverityMatrix

LABELS = ["cyst", "ductal", "lobular"]
MATRIX = SeverityMatrix(LABELS, [[0, 1, 1], [9, 0, 1], [9, 1, 0]], critical=9)
TABLE = pd.DataFrame({"sample": [f"{n}.png" for n in range(9)], "label": LABELS * 3})
MANIFEST = Manifest("toy", Path("/data"), "csv", tuple(LABELS), TABLE)


def warned(**left_out: list[str]) -> tuple[str, ...]:
    """Three images in each part, without those of the classes that are named."""
    parts = np.repeat(["train", "validation", "test"], 3)
    for part, labels in left_out.items():
        parts[(parts == part) & TABLE["label"].isin(labels).to_numpy()] = ""
    return missing_dangers(MANIFEST, parts, MATRIX)


def test_every_critical_class_in_both_parts_is_no_matter() -> None:
    assert warned() == warned(validation=["cyst"], test=["cyst"]) == ()


def test_some_are_named() -> None:
    assert warned(validation=["lobular"], test=["ductal"]) == (
        "Validation holds no case of lobular: the dial is chosen without it.",
        "No case of ductal is in test: it is not tested.",
    )


def test_none_at_all_means_no_dial_and_no_error_rate() -> None:
    assert warned(validation=["ductal", "lobular"], test=["ductal", "lobular"]) == (
        "Validation holds no case of a critical class (ductal, lobular), so no dial can be chosen on it.",
        "There is no dangerous case in test (none of ductal, lobular): no critical error is possible there.",
    )
