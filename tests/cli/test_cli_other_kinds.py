"""riskcore predict and evaluate on images that are not of the model's kind."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from riskcore.learning.bundle import Bundle
from riskcore.runs.folder import Run
from riskcore.workspace import Workspace
from tests.helpers.bundles import description
from tests.helpers.command_line import CommandLine
from tests.helpers.other_kinds import NAMES, other_kinds
from tests.helpers.trained_runs import trained

NOTHING = ("class", "decision", "probabilities", "expected_severity", "worst_miss", "critical_probability", "error")


@pytest.fixture
def run(workspace: Workspace) -> Run:
    """On coloured pictures, with the weights that are installed."""
    (run,) = trained(workspace, model={"name": "tf_efficientnet_lite0", "size": 64})
    return run


def test_they_are_not_judged_and_the_exit_code_is_0(run: Run, workspace: Workspace, patches: Path) -> None:
    riskcore = CommandLine(workspace.root)
    rows = riskcore.json("predict", run.id, *other_kinds(), patches / "benign" / "000.png")
    for row in rows[:3]:
        assert row["judged"] is False
        assert all(row[name] is None for name in NOTHING)
        assert row["why"]
        assert row["answered"] is None
        assert len(row["nearest"]) == 3
        for each in row["nearest"]:
            assert each["sample"].split("/")[0] == each["label"]
    for row in rows[:2]:
        assert row["why"][0] == "grey, while every training image is in colour"
    assert re.fullmatch(r"less like the training images than each of 9 validation images", rows[2]["why"][0])
    assert (rows[3]["judged"], rows[3]["why"]) == (True, [])
    assert rows[3]["decision"] in rows[3]["probabilities"]

    text = riskcore("predict", run.id, *other_kinds(), patches / "benign" / "000.png").stdout
    assert text.startswith("Not the kind of image this model knows, so not judged: 3 of 4.")
    for name in NAMES:
        assert re.search(rf"{re.escape(name)}: Not judged: it is (grey|less like)", text)
    assert "Images unlike its training images are not judged. That turned away 0.0 %" in text


def test_a_file_that_cannot_be_read_is_another_matter(run: Run, workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "fake.png").write_text("no image")
    Image.new("RGB", (40, 40), (9, 9, 9)).save(tmp_path / "blank.png")
    done = CommandLine(workspace.root)("predict", run.id, tmp_path / "fake.png", tmp_path / "blank.png", code=2)
    assert "blank.png: Not judged: it is blank or nearly so" in done.stdout
    assert "fake.png: the file is not an image" in done.stderr
    rows = CommandLine(workspace.root).json("predict", run.id, tmp_path / "blank.png")
    assert (rows[0]["judged"], rows[0]["nearest"]) == (False, [])


def test_an_older_bundle_judges_all_and_says_what_it_lacks(
    run: Run, workspace: Workspace, patches: Path, tmp_path: Path
) -> None:
    older = Path(shutil.copytree(run.folder / "bundle", tmp_path / "older"))
    (older / "detector.safetensors").unlink()
    replace(Bundle.load(older), limit=None, kind=None).save(older)
    assert "limit" not in description(older)
    text = CommandLine(workspace.root)("predict", older, *other_kinds()).stdout
    assert "Not judged" not in text
    assert "did not tell other kinds of images apart" in text
    rows = CommandLine(workspace.root).json("predict", older, patches / "benign" / "000.png")
    assert (rows[0]["judged"], rows[0]["nearest"]) == (True, [])


def test_another_data_set_gets_every_rate_twice(run: Run, workspace: Workspace, patches: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(patches, tmp_path / "other"))
    for path in sorted(other.rglob("*.png"))[:5]:
        Image.open(path).convert("L").save(path)
    riskcore = CommandLine(workspace.root)
    riskcore("data", "add", "other", other, "--yes")
    found = riskcore.json("evaluate", run.id, "--data", "other", "--allow-overlap")
    away = found["all_images"]["turned_away"]
    assert (away["n"], found["n"]) == (72, 72 - away["events"])
    assert away["events"] >= 5
    assert found["all_images"]["argmax"]["accuracy"]["n"] == 72
    assert set(found["all_images"]["argmax"]) == set(found["argmax"])
    text = riskcore("evaluate", run.id, "--data", "other", "--allow-overlap").stdout
    assert f"so not judged: {away['events']} of 72 images" in text
    assert "argmax, all images" in text
    assert riskcore.json("evaluate", run.id)["all_images"] is None
