import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from riskcore.config import ModelSettings
from riskcore.decision.calibration import Calibration
from riskcore.decision.dial import Dial
from riskcore.errors import InputError
from riskcore.learning import network
from riskcore.learning.backbones import Preprocessing
from riskcore.learning.bundle import Bundle, describe, described, link_front, load_weights, save_weights
from riskcore.learning.predictor import Predictor
from riskcore.severity import SeverityMatrix

PREPARED = Preprocessing(32, (0.5, 0.4, 0.3), (0.2, 0.3, 0.4), "bicubic")
BUNDLE = Bundle(
    classes=("b", "a", "c"),
    matrix=SeverityMatrix(["b", "a", "c"], [[0, 1, 2], [3, 0, 4], [10, 6, 0]], critical=10),
    model="test_efficientnet",
    stages=0,
    preprocessing=describe(PREPARED),
    calibration=Calibration(1.25, np.array([0.5, -0.25, 0.1])),
    dial=Dial("critical", 0.75),
    provenance={"run": "r", "seed": 3},
)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("original")
    built = network.build(ModelSettings(name="test_efficientnet", weights="none", size=32), 0, 3)
    assert built.front is not None
    save_weights(folder / "trained.safetensors", built.trained)
    save_weights(folder / "front.safetensors", built.front)
    BUNDLE.save(folder)
    return folder


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
    assert (found.model, found.stages, found.provenance) == ("test_efficientnet", 0, {"run": "r", "seed": 3})
    assert json.loads((folder / "bundle.json").read_text())["notice"] == "Research use only; not a medical device."


def test_how_the_dial_came_about_is_kept_and_older_bundles_say_nothing_of_it(folder: Path) -> None:
    assert (Bundle.load(folder).absent, Bundle.load(folder).note) == ((), None)
    replace(BUNDLE, absent=("a",), note="No dial.").save(folder)
    assert (Bundle.load(folder).absent, Bundle.load(folder).note) == (("a",), "No dial.")
    content = json.loads((folder / "bundle.json").read_text())
    assert (content.pop("absent"), content.pop("note")) == (["a"], "No dial.")
    (folder / "bundle.json").write_text(json.dumps(content))
    assert (Bundle.load(folder).absent, Bundle.load(folder).note) == ((), None)


def test_nothing_but_text_and_tensors_is_in_a_bundle(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == [
        "bundle.json",
        "front.safetensors",
        "trained.safetensors",
    ]


@pytest.mark.parametrize(
    "key", ["classes", "matrix", "model", "stages", "preprocessing", "calibration", "dial", "provenance"]
)
def test_a_description_without_a_part_is_one_line(folder: Path, key: str) -> None:
    content = json.loads((folder / "bundle.json").read_text())
    del content[key]
    (folder / "bundle.json").write_text(json.dumps(content))
    with pytest.raises(InputError) as caught:
        Predictor.load(folder)
    assert str(caught.value) == f"{folder / 'bundle.json'}: lacks '{key}'; copy the bundle anew from its run."


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("classes", ["a", "b"]),
        ("classes", 3),
        ("matrix", [1]),
        ("matrix", {}),
        ("model", "resnet51"),
        ("stages", 99),
        ("preprocessing", {"size": 32}),
        ("preprocessing", None),
        ("calibration", {"temperature": 1.0, "bias": "many"}),
        ("calibration", {"temperature": 1.0, "bias": [0.0]}),
        ("calibration", 1),
        ("dial", {"rule": "fear", "aversion": 0.5}),
        ("dial", {"rule": "severity", "aversion": 7}),
        ("format", 2),
    ],
)
def test_a_description_with_nonsense_is_one_line(folder: Path, key: str, value: Any) -> None:
    content = json.loads((folder / "bundle.json").read_text())
    (folder / "bundle.json").write_text(json.dumps({**content, key: value}))
    with pytest.raises(InputError) as caught:
        Predictor.load(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["trained.safetensors", "front.safetensors"])
@pytest.mark.parametrize("damage", ["gone", "short", "other"])
def test_damaged_weights_are_one_line(folder: Path, name: str, damage: str) -> None:
    file = folder / name
    if damage == "gone":
        file.unlink()
    elif damage == "short":
        file.write_bytes(file.read_bytes()[:100])
    else:
        save_weights(file, nn.Linear(2, 2))
    with pytest.raises(InputError) as caught:
        Predictor.load(folder)
    message = str(caught.value)
    assert message.startswith(f"{file}: cannot be loaded into the network (")
    assert message.endswith("); copy the bundle anew from its run.")
    assert "\n" not in message


@pytest.mark.parametrize("content", ["", "[]", "{", '"bundle"'])
def test_a_description_that_is_none_is_one_line(folder: Path, content: str) -> None:
    (folder / "bundle.json").write_text(content)
    with pytest.raises(InputError) as caught:
        Bundle.load(folder)
    assert str(caught.value).startswith(f"{folder / 'bundle.json'}: not ")
    assert "\n" not in str(caught.value)


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
    link_front(source, tmp_path / "one")
    link_front(source, tmp_path / "one")  # as when a run is resumed while it concludes
    assert (tmp_path / "one" / "front.safetensors").samefile(source)

    def refuse(*arguments: Any) -> None:
        raise OSError("no hard links here")

    monkeypatch.setattr(os, "link", refuse)
    link_front(source, tmp_path / "two")
    source.unlink()  # the cache may be deleted
    assert [(tmp_path / name / "front.safetensors").read_bytes() for name in ("one", "two")] == [b"weights"] * 2
