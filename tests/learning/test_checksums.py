import hashlib
from pathlib import Path

import pytest

from riskcore.learning import checksums
from riskcore.learning.bundle import FRONT, Bundle, link_shared
from riskcore.learning.checksums import sha256
from riskcore.learning.predictor import Predictor
from tests.helpers.bundles import BUNDLE, flip, write_bundle


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are read to be hashed."""
    names: list[str] = []
    original = hashlib.file_digest

    def counting(file, digest):
        names.append(Path(file.name).name)
        return original(file, digest)

    monkeypatch.setattr(checksums.hashlib, "file_digest", counting)
    return names


def of(path: Path) -> str:
    with path.open("rb") as file:
        return sha256(file)


def test_it_is_the_sha256_of_the_content(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert of(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_front_that_bundles_share_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: list[str]
) -> None:
    one, two = write_bundle(tmp_path / "one"), tmp_path / "two"
    link_shared(one / FRONT, two, FRONT)
    (two / "trained.safetensors").write_bytes((one / "trained.safetensors").read_bytes())
    BUNDLE.save(two)
    monkeypatch.setattr(checksums, "_SETTLED", 0)
    read.clear()
    for folder in (one, two, one):
        assert Predictor.load(folder).bundle.sealed
    assert sorted(read) == ["front.safetensors", "trained.safetensors", "trained.safetensors"]
    flip(one / FRONT, 5000, 3)
    assert Bundle.load(two).checksum(FRONT) != of(two / FRONT)  # read again, and damaged in both
    assert read.count("front.safetensors") == 2


def test_a_file_that_has_just_changed_is_read_again(tmp_path: Path, read: list[str]) -> None:
    path = tmp_path / "weights"
    path.write_bytes(b"abc")
    assert of(path) == of(path)
    assert read == ["weights", "weights"]
    path.write_bytes(b"abd")
    assert of(path) == hashlib.sha256(b"abd").hexdigest()
