"""The flow of cases: every listed image is excluded once, with the reason, or stands in one part."""

from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from riskcore.config import DataSettings
from riskcore.data.manifest import register
from riskcore.data.prepare import prepare
from riskcore.data.registry import save_dataset
from riskcore.severity import SeverityMatrix
from riskcore.workspace import Workspace

MATRIX = SeverityMatrix(["well", "ill"], [[0, 1], [10, 0]], critical=10)


@pytest.fixture
def listing(tmp_path: Path) -> pd.DataFrame:
    """40 images of 20 patients, of which one spans training and test, one image is absent, and two are magnified."""
    rows = []
    for number in range(40):
        split = "test" if number >= 32 else "validation" if number >= 26 else "train"
        patient = number // 2 if number != 0 else 16  # patient 16 owns the test images 32 and 33, too
        rows.append((f"{number}.png", ["well", "ill"][number % 2], split, f"p{patient}"))
        if number != 7:
            grey = Image.frombytes("L", (32, 32), bytes((number * 37 + i * (number + 3)) % 256 for i in range(1024)))
            grey.save(tmp_path / f"{number}.png")
    table = pd.DataFrame(rows, columns=["path", "label", "split", "group"])
    table.to_csv(tmp_path / "list.csv", index=False)
    return table


def workspace(folder: Path) -> Workspace:
    made = Workspace(folder / "home")
    save_dataset(made, register("toy", folder / "list.csv", allow_missing=True))
    return made


def test_absent_and_leaking_images_are_counted_with_their_reason(listing: pd.DataFrame, tmp_path: Path) -> None:
    found = prepare(workspace(tmp_path), DataSettings(name="toy", drop_leaks=True), MATRIX).flow
    assert found["listed"] == 40
    assert found["registered"] == {"images": 39, "groups": 20}
    assert found["excluded"][0] == {"why": "listed, but not on disk", "images": 1, "groups": None}
    (leaking,) = [each for each in found["excluded"] if "later part" in each["why"]]
    assert leaking["images"] >= 1
    parts = [found[part] for part in ("train", "validation", "test")]
    assert sum(part["images"] for part in parts) + sum(each["images"] for each in found["excluded"]) == found["listed"]
    test = listing[listing["split"] == "test"]
    assert found["test"] == {
        "images": len(test),
        "groups": test["group"].nunique(),
        "critical": (test["label"] == "ill").sum(),
    }


def test_folds_leave_a_published_test_part_unused(listing: pd.DataFrame, tmp_path: Path) -> None:
    listing.assign(split=listing["split"].replace({"validation": "", "train": ""})).to_csv(
        tmp_path / "list.csv", index=False
    )
    made, tests = workspace(tmp_path), []
    for fold in range(3):
        settings = DataSettings(name="toy", folds=3, drop_leaks=True)
        found = prepare(made, settings, MATRIX, fold).flow
        (unused,) = [each for each in found["excluded"] if "published" in each["why"]]
        assert (unused["images"], unused["groups"]) == (8, 4)
        parts = sum(found[part]["images"] for part in ("train", "validation", "test"))
        assert parts + sum(each["images"] for each in found["excluded"]) == found["listed"]
        tests.append(found["test"]["images"])
    assert sum(tests) == 31  # each case that is not in the published part once
