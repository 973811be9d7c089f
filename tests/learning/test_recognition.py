"""What a trained run keeps of its images: frozen, with stages trained, and whole networks."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from riskcore.data.manifest import register
from riskcore.data.registry import load_dataset, save_dataset
from riskcore.learning.bundle import Bundle
from riskcore.learning.predictor import Predictor
from riskcore.learning.training_images import learnt_from, nearest
from riskcore.runs.folder import Run
from riskcore.runs.predictions_file import PREDICTIONS, read_predictions
from riskcore.workspace import Workspace
from tests.conftest import write_patches
from tests.helpers.trained_runs import trained

WAYS = {
    "frozen": {},
    "last:1": {"train": {"backbone": "last:1", "views": 2, "epochs": 1, "threads": 1, "device": "cpu"}},
    "full": {"train": {"backbone": "full", "epochs": 1, "threads": 1, "device": "cpu"}},
    "two of full": {
        "train": {"backbone": "full", "epochs": 1, "threads": 1, "device": "cpu"},
        "model": {"name": "test_efficientnet", "weights": "none", "size": 32, "members": 2},
    },
}


@pytest.fixture(params=WAYS)
def run(request: pytest.FixtureRequest, workspace: Workspace) -> Run:
    (run,) = trained(workspace, **WAYS[request.param])
    return run


def test_a_training_image_is_most_alike_to_itself_and_validation_is_judged(run: Run, workspace: Workspace) -> None:
    predictor = Predictor.load(run.folder / "bundle")
    manifest = learnt_from(predictor.bundle, lambda name: load_dataset(workspace, name))
    assert manifest is not None
    stored = read_predictions(run.folder / PREDICTIONS)[1]
    others = {*stored["validation"].samples, *stored["test"].samples}
    learnt = [sample for sample in manifest.table["sample"] if sample not in others]
    for sample in learnt[:5]:
        found = nearest(predictor(manifest.path(sample)), manifest)
        assert found[0] == {"sample": sample, "label": sample.split("/")[0]}
        assert len(found) == 3
        assert {each["sample"] for each in found} <= set(learnt)
    judged = [predictor(manifest.path(sample)).judged for sample in stored["validation"].samples]
    assert all(judged)  # of so few none may be turned away
    limit = predictor.bundle.limit
    assert limit is not None
    assert (limit.share, limit.images) == (0.0, len(judged))


def test_logits_are_the_same_with_and_without_the_detector(run: Run, workspace: Workspace) -> None:
    predictor = Predictor.load(run.folder / "bundle")
    images = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    with_detector = predictor.logits(images)
    predictor._detector = None
    np.testing.assert_allclose(predictor.logits(images), with_detector, atol=1e-6)


def test_grey_and_tiny_images_are_not_judged_and_their_reasons_are_given(run: Run, tmp_path: Path) -> None:
    predictor = Predictor.load(run.folder / "bundle")
    assert predictor.bundle.kind is not None
    assert (predictor.bundle.kind.colour, predictor.bundle.kind.least_side) == ("colour", 40)
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (9, 9), dtype=np.uint8)).save(tmp_path / "a.png")
    found = predictor(tmp_path / "a.png")
    assert not found.judged
    assert found.why[0] == "grey, while every training image is in colour"
    assert found.why[1].startswith("far smaller than the training images: 9 × 9 pixels")
    assert (found.decision, found.probabilities, found.critical_probability) == (None, None, None)
    json.dumps(found.as_dict())


def test_the_marks_of_a_runs_own_images_are_what_predict_says(workspace: Workspace, patches: Path) -> None:
    """Blank ones among them: the certificate rests on these marks."""
    for number in range(0, 24, 3):
        Image.new("RGB", (40, 40), (9, 90, number)).save(patches / "unsure" / f"{number:03}.png")
    save_dataset(workspace, register("patches", patches))
    (run,) = trained(workspace)
    predictor = Predictor.load(run.folder / "bundle")
    _, parts = read_predictions(run.folder / PREDICTIONS)
    marked = 0
    for cases in (parts["validation"], parts["test"]):
        assert cases.strange is not None
        for sample, strange in zip(cases.samples, cases.strange, strict=True):
            assert predictor(patches / sample).judged is not bool(strange), sample
        marked += int(cases.strange.sum())
    assert marked


def test_runs_of_one_front_and_fold_share_the_file(workspace: Workspace) -> None:
    (one,), (other,) = trained(workspace), trained(workspace, loss="focal")
    for name in ("detector.safetensors", "front.safetensors"):
        assert (one.folder / "bundle" / name).samefile(other.folder / "bundle" / name)


def test_an_image_unlike_all_others_is_turned_away(workspace: Workspace, tmp_path: Path) -> None:
    """With the weights that are installed: an untrained network finds all images alike."""
    (run,) = trained(workspace, model={"name": "tf_efficientnet_lite0", "size": 64})
    predictor = Predictor.load(run.folder / "bundle")
    chart = np.full((200, 200, 3), 255, dtype=np.uint8)
    chart[20:180, 20:24] = chart[176:180, 20:180] = (0, 0, 200)
    chart[100:176, 60:80] = chart[60:176, 120:140] = (200, 0, 0)
    found = predictor(chart)
    assert found.why == ("less like the training images than each of 9 validation images",)
    assert len(found.nearest) == 3
    write_patches(tmp_path / "more", seed=1)
    others = [predictor(path) for path in sorted((tmp_path / "more").rglob("*.png"))]
    assert np.mean([each.judged for each in others]) > 0.7  # others drawn like the training images


def test_a_data_set_that_changed_or_is_gone_names_no_images(workspace: Workspace) -> None:
    (run,) = trained(workspace)
    bundle = Bundle.load(run.folder / "bundle")
    assert learnt_from(bundle, lambda name: load_dataset(workspace, name)) is not None
    (workspace.datasets / "patches.json").unlink()
    assert learnt_from(bundle, lambda name: load_dataset(workspace, name)) is None
