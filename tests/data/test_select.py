"""Narrowing: clinical groups as classes, magnifications, images left out."""

from pathlib import Path

import pandas as pd
import pytest

from riskcore.data.manifest import Manifest, register
from riskcore.data.select import narrow
from riskcore.errors import InputError
from riskcore.severity import SeverityMatrix


@pytest.fixture
def manifest() -> Manifest:
    table = pd.DataFrame(
        {
            "sample": ["1", "2", "3", "4", "5"],
            "label": ["melanoma", "naevus", "wart", "naevus", "melanoma"],
            "group": ["P", "P", "Q", "Q", "R"],
            "magnification": ["40", "100", "100", "400", "100"],
        }
    )
    classes = ("melanoma", "naevus", "wart")
    return Manifest("toy", Path("/data"), "breakhis", classes, table, ("magnification",), has_groups=True)


GROUPS = {"naevus": "benign", "melanoma": "malignant", "wart": "benign"}


def error_of(manifest: Manifest, **options: object) -> str:
    with pytest.raises(InputError) as caught:
        narrow(manifest, **options)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_nothing_asked_changes_nothing(manifest: Manifest) -> None:
    assert narrow(manifest).hash == manifest.hash


def test_classes_become_clinical_groups(manifest: Manifest) -> None:
    merged = narrow(manifest, classes=GROUPS)
    assert merged.classes == ("benign", "malignant")
    assert merged.table["label"].tolist() == ["malignant", "benign", "benign", "benign", "malignant"]
    assert merged.table["group"].tolist() == manifest.table["group"].tolist()
    assert merged.hash != manifest.hash
    assert manifest.classes == ("melanoma", "naevus", "wart")


def test_groups_of_classes_that_are_not_there_are_passed_over(manifest: Manifest) -> None:
    assert narrow(manifest, classes={"mole": "other", **GROUPS}).classes == ("benign", "malignant")
    assert error_of(manifest, classes={"naevus": "benign", "wart": "benign"}) == (
        "toy: class 'melanoma' has no clinical group; add it to the matrix."
    )


def test_magnifications(manifest: Manifest) -> None:
    assert narrow(manifest, magnifications=("100", "40")).table["sample"].tolist() == ["1", "2", "3", "5"]
    assert error_of(manifest, magnifications=("200",)) == (
        "toy: there is no magnification 200; there are 40, 100, 400."
    )
    assert error_of(manifest, magnifications=("40", "400")) == (
        "toy: class 'wart' has no images left; leave fewer images out."
    )
    plain = Manifest("plain", Path("/data"), "folder", manifest.classes, manifest.table)
    assert error_of(plain, magnifications=("100",)) == (
        "plain: the data set has no magnifications; leave data.magnifications out."
    )


def test_drop(manifest: Manifest) -> None:
    assert narrow(manifest, drop=("2", "elsewhere")).table["sample"].tolist() == ["1", "3", "4", "5"]
    assert error_of(manifest, drop=["1", "5"]) == ("toy: class 'melanoma' has no images left; leave fewer images out.")


def test_all_at_once(manifest: Manifest) -> None:
    narrowed = narrow(manifest, classes=GROUPS, magnifications=("100",), drop=("3",))
    assert list(zip(narrowed.table["sample"], narrowed.table["label"], strict=True)) == [
        ("2", "benign"),
        ("5", "malignant"),
    ]


def test_real_breakhis_fits_its_preset(real_data: Path) -> None:
    manifest = register("breakhis", real_data / "breakhis")
    matrix = SeverityMatrix.preset("breakhis")
    assert set(matrix.classes) == set(manifest.classes)
    assert matrix.groups is not None
    merged = narrow(manifest, classes=matrix.groups, magnifications=("100",))
    assert merged.classes == matrix.merged_groups().classes == ("benign", "malignant")
    assert merged.table["label"].value_counts().to_dict() == {"malignant": 212, "benign": 210}
