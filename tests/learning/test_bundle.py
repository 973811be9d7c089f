import os
import random
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from riskcore.errors import InputError
from riskcore.learning.bundle import FRONT, Bundle, described, link_shared, load_weights, save_weights
from riskcore.learning.predictor import Predictor
from tests.helpers.bundles import BUNDLE, PREPARED, WEIGHTS, description, flip, strip, write_bundle, write_description


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle(tmp_path_factory.mktemp("original"))


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "bundle"))


def test_what_is_saved_is_loaded(folder: Path) -> None:
    found = Bundle.load(folder)
    assert found.classes == BUNDLE.classes
    assert np.array_equal(found.matrix.values, BUNDLE.matrix.values)
    assert np.array_equal(found.calibration.bias, BUNDLE.calibration.bias)
    assert (found.calibration.temperature, found.dial) == (1.25, BUNDLE.dial)
    assert described(found.preprocessing) == PREPARED
    assert (found.model, found.stages, found.provenance) == ("test_efficientnet", 0, BUNDLE.provenance)
    assert found.sealed
    assert description(folder)["notice"] == "Research use only; not a medical device."


def test_how_the_dial_came_about_is_kept_and_older_bundles_say_nothing_of_it(folder: Path) -> None:
    assert (Bundle.load(folder).absent, Bundle.load(folder).note) == ((), None)
    replace(BUNDLE, absent=("a",), note="No dial.").save(folder)
    assert (Bundle.load(folder).absent, Bundle.load(folder).note) == (("a",), "No dial.")
    strip(folder)
    content = description(folder)
    assert (content.pop("absent"), content.pop("note")) == (["a"], "No dial.")
    write_description(folder, content)
    assert (Bundle.load(folder).absent, Bundle.load(folder).note) == ((), None)


def test_nothing_but_text_and_tensors_is_in_a_bundle(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == [
        "bundle.json",
        "front.safetensors",
        "trained.safetensors",
    ]


@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize("name", WEIGHTS)
@pytest.mark.parametrize("damage", ["gone", "empty", "short", "other", "header", "huge header", "half"])
def test_damaged_weights_are_one_line(folder: Path, name: str, damage: str, sealed: bool) -> None:
    if not sealed:
        strip(folder)
    file = folder / name
    content = file.read_bytes()
    if damage == "gone":
        file.unlink()
    elif damage == "other":
        save_weights(file, nn.Linear(2, 2))
    elif damage == "half":
        save_file({name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in load(file)}, file)
    else:
        header = {"header": content[:8] + b"[" + content[9:], "huge header": b"\xff" * 8 + content[8:]}
        file.write_bytes({"empty": b"", "short": content[:100], **header}[damage])
    with pytest.raises(InputError) as caught:
        Predictor.load(folder)
    message = str(caught.value)
    expected = "does not match its checksum" if sealed and damage != "gone" else "cannot be loaded ("
    assert message.startswith(f"{file}: {expected}")
    assert message.endswith("; restore it from its run or a backup, or train again.")
    assert "\n" not in message


def load(file: Path) -> list[tuple[str, torch.Tensor]]:
    return [(name, tensor.clone()) for name, tensor in load_file(file).items()]


@pytest.mark.parametrize("name", WEIGHTS)
def test_a_single_flipped_bit_is_refused_wherever_it_is(folder: Path, name: str) -> None:
    file, draw = folder / name, random.Random(name)
    for _ in range(15):
        place, bit = draw.randrange(file.stat().st_size), draw.randrange(8)
        flip(file, place, bit)
        with pytest.raises(InputError, match="does not match its checksum"):
            Predictor.load(folder)
        flip(file, place, bit)
    Predictor.load(folder)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_that_are_not_finite_are_refused_whatever_their_checksum(folder: Path, name: str, value: float) -> None:
    tensors = dict(load(folder / name))
    next(tensor for tensor in tensors.values() if tensor.is_floating_point()).view(-1)[-1] = value
    save_file(tensors, folder / name)
    BUNDLE.save(folder)
    with pytest.raises(InputError, match="holds numbers that are not finite"):
        Predictor.load(folder)


@pytest.mark.parametrize(
    ("name", "ending", "value"),
    [("front.safetensors", "running_var", -1.0), ("trained.safetensors", "deviation", 0.0)],
)
def test_a_spread_that_no_training_leaves_is_refused(folder: Path, name: str, ending: str, value: float) -> None:
    tensors = dict(load(folder / name))
    next(tensor for key, tensor in tensors.items() if key.endswith(ending))[0] = value
    save_file(tensors, folder / name)
    strip(folder)
    with pytest.raises(InputError, match=f"{ending} holds a spread of {value:g}"):
        Predictor.load(folder)


def test_a_checksum_that_is_missing_is_refused(folder: Path) -> None:
    weights = (folder / "front.safetensors").read_bytes()
    (folder / "front.safetensors").unlink()
    BUNDLE.save(folder)  # a valid seal over a list without the front
    (folder / "front.safetensors").write_bytes(weights)
    with pytest.raises(InputError, match=r"holds no checksum of front\.safetensors"):
        Predictor.load(folder)


def test_weights_that_change_while_they_are_read_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, read = folder / "trained.safetensors", load_file

    def replaced_first(path: Path) -> Any:
        other = file.with_name("other")
        other.write_bytes(file.read_bytes())
        os.replace(other, file)
        return read(path)

    monkeypatch.setattr("safetensors.torch.load_file", replaced_first)
    with pytest.raises(InputError, match="was changed while it was read"):
        Predictor.load(folder)


def test_a_folder_without_a_bundle_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        Bundle.load(tmp_path)
    assert str(caught.value) == f"{tmp_path}: holds no bundle.json; give the bundle folder of a finished run."


def test_weights_come_back_exactly(tmp_path: Path) -> None:
    first, second = (
        nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)),
        nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)),
    )
    first.to(memory_format=torch.channels_last)
    save_weights(tmp_path / "w.safetensors", first)
    load_weights(tmp_path / "w.safetensors", second)
    assert all(torch.equal(tensor, second.state_dict()[name]) for name, tensor in first.state_dict().items())


def test_the_front_is_shared_where_the_file_system_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "cache.safetensors"
    source.write_bytes(b"weights")
    link_shared(source, tmp_path / "one", FRONT)
    link_shared(source, tmp_path / "one", FRONT)  # as when a run is resumed while it concludes
    assert (tmp_path / "one" / "front.safetensors").samefile(source)

    def refuse(*arguments: Any) -> None:
        raise OSError("no hard links here")

    damaged = tmp_path / "damaged" / "front.safetensors"
    damaged.parent.mkdir()
    damaged.write_bytes(b"weighty")
    link_shared(source, damaged.parent, FRONT)  # what a killed run left there is not taken for the front
    assert damaged.read_bytes() == b"weights"
    monkeypatch.setattr(os, "link", refuse)
    link_shared(source, tmp_path / "two", FRONT)
    source.unlink()  # the cache may be deleted
    assert [(tmp_path / name / "front.safetensors").read_bytes() for name in ("one", "two")] == [b"weights"] * 2
