"""Class maps on the cards of Predict."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from riskcore.learning.maps import ClassMapper
from riskcore.runs.folder import Run
from riskcore.words.images.map_note import CALLED, MAP_NOTE, MISSED, NOTHING
from riskcore.workspace import Workspace
from tests.helpers.made_workspace import add_run, make_usable
from tests.helpers.screens import Open, texts
from tests.helpers.trained_runs import trained

TYPE = "application/octet-stream"


@pytest.fixture
def run(workspace: Workspace) -> Run:
    (run,) = trained(workspace, model={"name": "tf_efficientnet_lite0", "size": 64})
    return run


def drop(screen: AppTest, *files: Path) -> AppTest:
    given = [(f"{file.parent.name}-{file.name}", file.read_bytes(), TYPE) for file in files]
    screen.file_uploader(key="predict_files").set_value(given).run()
    assert not screen.exception
    return screen


def maps(screen: AppTest) -> list[str]:
    return [line.split("\n")[0] for line in texts(screen).splitlines() if line.startswith("Map of ")]


def test_each_card_has_a_map_and_one_note_says_what_it_cannot_show(
    open_screen: Open, run: Run, workspace: Workspace, patches: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    whole = ClassMapper.__call__

    def counting(self, pixels, classes):
        made.append(list(classes))
        return whole(self, pixels, classes)

    monkeypatch.setattr(ClassMapper, "__call__", counting)
    files = sorted((patches / "malignant").iterdir())[:2] + sorted((patches / "benign").iterdir())[:1]
    screen = drop(open_screen("predict", workspace), *files)
    assert texts(screen).count(MAP_NOTE) == 1
    assert len(made) == 3
    assert len(maps(screen)) == 3
    before = len(screen.image)
    screen.slider(key="predict_map_strength").set_value(0).run()
    screen.segmented_control(key="predict_map_of").set_value(MISSED).run()
    assert not screen.exception
    assert len(made) == 3  # remembered, of both classes
    said = texts(screen)
    assert said.count("No plausible dangerous miss, so no map of one.") == sum(len(one) == 1 for one in made)
    screen.segmented_control(key="predict_map_of").set_value(CALLED).run()
    screen.toggle(key="predict_map").set_value(False).run()
    assert MAP_NOTE not in texts(screen)
    assert not maps(screen)
    assert len(screen.image) < before


def test_where_nothing_reacts_no_picture_is_shown(open_screen: Open, workspace: Workspace, patches: Path) -> None:
    make_usable(add_run(workspace))  # the same logits for every image
    screen = drop(open_screen("predict", workspace), patches / "benign" / "000.png")
    assert len(screen.image) == 1
    assert f"Map of benign\\: {NOTHING}".replace("\\", "") in texts(screen).replace("\\", "")


def test_a_network_without_maps_is_said_once(
    open_screen: Open, workspace: Workspace, patches: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("riskcore.learning.maps._deepest", lambda *_: None)
    make_usable(add_run(workspace))
    screen = drop(open_screen("predict", workspace), *sorted((patches / "benign").iterdir())[:2])
    assert texts(screen).replace("\\", "").count("No class maps: this model's network has no layer") == 1
    assert len(screen.image) == 2
