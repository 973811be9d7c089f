"""Data sets and matrices that fit each other."""

import os
from pathlib import Path

import pytest

from riskcore.data.manifest import register
from riskcore.data.registry import save_dataset
from riskcore.jobs.pairing import data_for, matrices_for, pair
from riskcore.severity import SeverityMatrix
from riskcore.severity.store import load_matrix, save_matrix
from riskcore.workspace import Workspace
from tests.conftest import write_patches


@pytest.fixture
def two(workspace: Workspace, tmp_path: Path) -> Workspace:
    """The data set "patches" with its matrix, and "scans" of two other classes, registered later."""
    folder = write_patches(tmp_path / "scans", images_a_class=4)
    for image in (folder / "unsure").iterdir():
        image.unlink()
    (folder / "unsure").rmdir()
    file = save_dataset(workspace, register("scans", folder))
    os.utime(file, ns=(2**62, 2**62))
    save_matrix(workspace, "ours", SeverityMatrix(["benign", "malignant"], [[0, 1], [9, 0]], critical=9))
    return workspace


def test_each_finds_what_fits_it(two: Workspace) -> None:
    assert matrices_for(two, "patches") == ["patches"]
    assert matrices_for(two, "scans") == ["ours"]
    assert data_for(two, "patches") == ["patches"]
    assert data_for(two, "ours") == ["scans"]
    assert data_for(two, "isic2018") == []


def test_what_has_the_same_name_comes_first(two: Workspace) -> None:
    save_matrix(two, "another", load_matrix(two, "patches"))
    assert matrices_for(two, "patches") == ["patches", "another"]
    assert data_for(two, "another") == ["patches"]


def test_one_brings_the_other_and_none_the_newest(two: Workspace) -> None:
    assert pair(two, data="patches") == ("patches", "patches")
    assert pair(two, matrix="patches") == ("patches", "patches")
    assert pair(two) == ("scans", "ours")
    assert pair(two, data="scans", matrix="patches") == ("scans", "patches")  # what is given stays


def test_where_nothing_fits_nothing_is_made_up(two: Workspace) -> None:
    (two.matrices / "ours.json").unlink()
    assert pair(two, data="scans") == ("scans", None)
    assert pair(two) == ("patches", "patches")
    assert pair(two, matrix="isic2018") == (None, "isic2018")


def test_damaged_files_fit_nothing(two: Workspace) -> None:
    (two.datasets / "scans.json").write_text("{")
    (two.matrices / "patches.json").write_text("{")
    assert matrices_for(two, "scans") == []
    assert data_for(two, "patches") == []
    assert pair(two, matrix="ours") == (None, "ours")
