"""riskcore predict --map, as a user calls it."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from riskcore.decision.dial import Dial
from riskcore.runs.folder import Run
from riskcore.words.images.map_note import MAP_NOTE
from riskcore.workspace import Workspace
from tests.helpers.command_line import CommandLine
from tests.helpers.made_workspace import add_run, make_usable
from tests.helpers.trained_runs import trained


@pytest.fixture
def run(workspace: Workspace) -> Run:
    (run,) = trained(workspace)
    return run


def test_each_judged_image_gets_its_maps(run: Run, workspace: Workspace, patches: Path, tmp_path: Path) -> None:
    riskcore, folder = CommandLine(workspace.root), tmp_path / "new" / "maps"
    same = patches / "malignant" / "000.png", patches / "benign" / "000.png"  # equal names
    Image.new("RGB", (40, 40), (9, 9, 9)).save(tmp_path / "blank.png")
    (tmp_path / "bad.png").write_text("no image")
    shutil.copy(same[0], tmp_path / ";rm -rf x\n#.png")
    images = (*same, tmp_path / ";rm -rf x\n#.png", tmp_path / "blank.png")
    rows = riskcore.json("predict", run.id, *images, "--map", folder)
    assert rows[3]["maps"] is None
    written = []
    for row in rows[:3]:
        assert list(row["maps"]) == ["called", "missed"]
        assert (row["maps"]["missed"] is None) or row["worst_miss"]
        written += [path for path in row["maps"].values() if path is not None]
    assert rows[0]["maps"]["called"]
    assert rows[1]["maps"]["called"]
    assert sorted(map(str, folder.iterdir())) == sorted(set(written))
    assert len(set(written)) == len(written)
    assert all(re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9._-]*", Path(path).name) for path in written)
    picture = Image.open(rows[0]["maps"]["called"])
    assert picture.size == Image.open(same[0]).size
    assert not np.array_equal(np.asarray(picture), np.asarray(Image.open(same[0])))

    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    (folder / "notes.txt").write_text("mine")
    done = riskcore("predict", run.id, *images, tmp_path / "bad.png", "--map", folder, code=2)
    assert f"Class maps are in {folder}. {MAP_NOTE}" in done.stderr
    assert (folder / "notes.txt").read_text() == "mine"
    (folder / "notes.txt").unlink()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_the_class_that_may_be_missed_has_a_map_of_its_own(
    run: Run, workspace: Workspace, patches: Path, tmp_path: Path
) -> None:
    rows = CommandLine(workspace.root).json("predict", run.id, patches, "--map", tmp_path / "maps")
    both = [row for row in rows if row["maps"] and row["maps"]["missed"]]
    assert both
    for row in both:
        assert row["worst_miss"] == "malignant"
        assert row["maps"]["missed"].endswith("-missed-malignant.png")
        assert Path(row["maps"]["called"] or row["maps"]["missed"]).exists()


def test_a_model_in_which_nothing_reacts_has_no_maps_to_show(
    workspace: Workspace, patches: Path, tmp_path: Path
) -> None:
    run = add_run(workspace)
    make_usable(run, Dial("severity", 0.0))  # the same logits for every image
    rows = CommandLine(workspace.root).json("predict", run.id, patches / "benign" / "000.png", "--map", tmp_path / "m")
    assert rows[0]["maps"] == {"called": None, "missed": None}
    assert not list((tmp_path / "m").iterdir())
    rows = CommandLine(workspace.root).json("predict", run.id, patches / "benign" / "000.png")
    assert rows[0]["maps"] is None


def test_a_folder_that_cannot_be_written_is_one_line(workspace: Workspace, patches: Path, tmp_path: Path) -> None:
    run = add_run(workspace)
    make_usable(run)
    (tmp_path / "file").write_text("kept")
    for folder, why in ((tmp_path / "file", "file exists"), (tmp_path / "file" / "below", "not a directory")):
        message = CommandLine(workspace.root).error("predict", run.id, patches / "benign", "--map", folder)
        assert message == f"{folder}: maps cannot be written there ({why}); name another folder."
    assert (tmp_path / "file").read_text() == "kept"
