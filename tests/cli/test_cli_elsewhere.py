"""riskcore evaluate --data on sets that lack classes of the run, hold more of them, or hold blank images."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sklearn.metrics import balanced_accuracy_score

from riskcore.data.manifest import register
from riskcore.data.registry import save_dataset
from riskcore.runs.folder import Run
from riskcore.runs.predictions_file import EVALUATIONS, read_predictions
from riskcore.workspace import Workspace
from tests.helpers.command_line import CommandLine
from tests.helpers.trained_runs import trained


@pytest.fixture
def riskcore(workspace: Workspace) -> CommandLine:
    """The command line over the workspace of the patches."""
    return CommandLine(workspace.root)


@pytest.fixture
def run(workspace: Workspace) -> Run:
    """Truly trained on the patches."""
    return trained(workspace)[0]


def elsewhere(workspace: Workspace, patches: Path, names: dict[str, str]) -> str:
    """Another hospital's set: all patches of some classes under its own class names, with two sexes and two sites."""
    root = patches.parent / "b"
    lines = ["path,label,sex,site"]
    for ours, theirs in names.items():
        (root / theirs).mkdir(parents=True)
        for number, image in enumerate(sorted((patches / ours).iterdir())):
            path = f"{theirs}/{ours}-{image.name}"
            shutil.copy(image, root / path)
            lines.append(f"{path},{theirs},{'fm'[number % 2]},{'ear' if number < 2 else 'back'}")
    (root / "labels.csv").write_text("\n".join(lines))
    save_dataset(workspace, register("b", root / "labels.csv"))
    return "b"


def images(found: dict[str, Any]) -> int:
    """Judged, and turned away as not of the model's kind."""
    return int(found["n"] + (found["all_images"]["turned_away"]["events"] if found["all_images"] else 0))


def test_a_set_that_lacks_a_class_is_judged_on_those_that_are_there(
    riskcore: CommandLine, run: Run, workspace: Workspace, patches: Path
) -> None:
    command = ("evaluate", run.id, "--data", elsewhere(workspace, patches, {"benign": "Benign", "malignant": "MALIGN"}))
    assert riskcore.error(*command) == (
        "b: its class MALIGN (24 images) is none of the run's (benign, malignant, unsure); "
        "leave it out with --leave-out CLASS."
    )
    shutil.rmtree(patches.parent / "b")
    command = (*command[:3], elsewhere(workspace, patches, {"benign": "Benign", "malignant": "MALIGNANT"}))
    found = riskcore.json(*command, "--allow-overlap", "--details")
    assert (images(found), found["untested"], found["absent"]) == (48, ["unsure"], [])
    assert found["left_out"] == {"classes": {}, "blank": [], "sentences": []}
    assert found["recall"]["unsure"]["value"] is None
    (file,) = (run.folder / EVALUATIONS).glob("*.parquet")
    cases = read_predictions(file)[1]["test"]
    expected = balanced_accuracy_score(cases.truth, cases.logits.argmax(axis=1))
    assert (found["all_images"] or found)["argmax"]["balanced_accuracy"]["value"] == pytest.approx(expected)
    text = riskcore(*command, "--allow-overlap", "--details").stdout
    assert "No case of unsure is in the data: it is not tested." in text
    assert not re.search(r"\bnan\b", text, flags=re.IGNORECASE)


def test_without_a_dangerous_case_rates_have_no_value_and_nothing_breaks(
    riskcore: CommandLine, run: Run, workspace: Workspace, patches: Path
) -> None:
    command = ("evaluate", run.id, "--data", elsewhere(workspace, patches, {"benign": "benign", "unsure": "unsure"}))
    found = riskcore.json(*command, "--allow-overlap", "--details")
    assert found["untested"] == ["malignant"]
    for name in ("cer", "critical_miss_rate"):
        assert (found["argmax"][name]["value"], found["argmax"][name]["method"]) == (None, "no dangerous case")
    text = riskcore(*command, "--allow-overlap", "--details").stdout
    assert "There is no dangerous case in the data (none of malignant)" in text
    assert not re.search(r"\bnan\b", text, flags=re.IGNORECASE)


def test_other_classes_are_left_out_on_demand_and_blank_images_always(
    riskcore: CommandLine, run: Run, workspace: Workspace, patches: Path
) -> None:
    shutil.copytree(patches / "unsure", patches / "wart")
    Image.new("RGB", (40, 40), "white").save(patches / "benign" / "003.png")
    name = elsewhere(
        workspace, patches, {"benign": "benign", "malignant": "malignant", "unsure": "scar", "wart": "w x"}
    )
    command = ("evaluate", run.id, "--data", name, "--allow-overlap")
    assert riskcore.error(*command) == (
        "b: its classes scar (24 images), w x (24 images) are none of the run's (benign, malignant, unsure); "
        "leave them out with --leave-out CLASS, once for each."
    )
    assert riskcore.error(*command, "--leave-out", "naevus") == (
        "b: --leave-out 'naevus' is none of its classes; it holds benign, malignant, scar, w x."
    )
    assert riskcore.error("evaluate", run.id, "--leave-out", "scar") == (
        "--leave-out needs --data, the data set whose classes are left out."
    )
    leaving = (*command, "--leave-out", "SCAR", "--leave-out", "w x")
    sentences = [
        "Left out as asked: scar (24 images), w x (24 images).",
        "Left out: 1 blank image, which `predict` does not judge either (benign/benign-003.png).",
    ]
    found = riskcore.json(*leaving)
    assert images(found) == 47
    assert found["left_out"] == {
        "classes": {"scar": 24, "w x": 24},
        "blank": ["benign/benign-003.png"],
        "sentences": sentences,
    }
    lines = riskcore(*leaving).stdout.splitlines()
    assert set(sentences) <= set(lines)
    fewer = riskcore.json(*leaving, "--leave-out", "malignant")
    assert (images(fewer), fewer["untested"]) == (23, ["malignant", "unsure"])
