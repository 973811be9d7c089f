"""The detector's file: what is saved is loaded, equal ones are one file, damage is one line."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from riskcore.errors import InputError
from riskcore.learning.detector import Detector
from riskcore.learning.detector_file import load_detector, save_detector
from tests.helpers.bundles import flip

NAME = "detector.safetensors"
OWN = Detector(np.eye(4, 6, dtype=np.float16), np.arange(4, dtype=np.int32), np.array([0, 1, 2, 0], dtype=np.int32))


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    save_detector(OWN, tmp_path / "one", tmp_path / "cache")
    return tmp_path / "one"


def test_what_is_saved_is_loaded(bundle: Path) -> None:
    found = load_detector(bundle / NAME, None, 3)
    for name in ("features", "rows", "labels"):
        np.testing.assert_array_equal(getattr(found, name), getattr(OWN, name))


def test_equal_detectors_are_one_file_and_others_are_not(bundle: Path, tmp_path: Path) -> None:
    save_detector(OWN, tmp_path / "two", tmp_path / "cache")
    assert (tmp_path / "two" / NAME).samefile(bundle / NAME)
    save_detector(Detector(OWN.features, OWN.rows + 1, OWN.labels), tmp_path / "three", tmp_path / "cache")
    assert not (tmp_path / "three" / NAME).samefile(bundle / NAME)


def test_a_damaged_file_in_the_cache_is_not_passed_on(bundle: Path, tmp_path: Path) -> None:
    (shared,) = (tmp_path / "cache" / "detectors").iterdir()
    content = (bundle / NAME).read_bytes()
    shared.write_bytes(b"damaged")
    save_detector(OWN, tmp_path / "two", tmp_path / "cache")
    assert (tmp_path / "two" / NAME).read_bytes() == content


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"features": np.full((4, 6), np.nan, dtype=np.float16)}, "not finite"),
        ({"labels": np.array([0, 1, 3, 0], dtype=np.int32)}, "a class that is not there"),
        ({"labels": np.array([0, 1, -1, 0], dtype=np.int32)}, "a class that is not there"),
        ({"labels": np.array([0, 1], dtype=np.int32)}, "not equally many"),
        ({"rows": np.arange(4, dtype=np.int64)}, "not those of a detector"),
        ({"features": np.eye(4, 6, dtype=np.float32)}, "not those of a detector"),
        ({"more": np.zeros(1, dtype=np.int32)}, "not those of a detector"),
        ({"features": np.zeros((0, 6), dtype=np.float16)}, "holds no features"),
    ],
)
def test_other_content_is_one_line(bundle: Path, change: dict[str, Any], said: str) -> None:
    (bundle / NAME).unlink()
    save_file({name: getattr(OWN, name) for name in ("features", "rows", "labels")} | change, bundle / NAME)
    with pytest.raises(InputError, match=said) as caught:
        load_detector(bundle / NAME, None, 3)
    assert "\n" not in str(caught.value)


def test_a_flipped_bit_is_seen_by_its_checksum(bundle: Path) -> None:
    import hashlib

    path = bundle / NAME
    checksum = hashlib.sha256(path.read_bytes()).hexdigest()
    assert len(load_file(path)) == 3
    flip(path, len(path.read_bytes()) - 3, 2)
    with pytest.raises(InputError, match="does not match its checksum"):
        load_detector(path, checksum, 3)


def test_a_file_that_is_gone_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be loaded"):
        load_detector(tmp_path / NAME, None, 3)
