"""Class maps on the cards of Predict."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from riskcore.learning.maps import ClassMapper
from riskcore.runs.folder import Run
from riskcore.words.images.map_note import CALLED, MAP_NOTE, MISSED, NO_MISS, NOTHING
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


def pictures(screen: AppTest) -> list[str]:
    alts = [image.proto.imgs[0].alt for image in screen.image]
    return [alt.split(":")[0] for alt in alts if not alt.startswith("A training image")]


def maps(screen: AppTest) -> list[str]:
    return [name for name in pictures(screen) if name.startswith("Map of ")]


def test_each_picture_gets_its_map_where_they_are_wanted_and_one_note_says_what_it_cannot_show(
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
    assert pictures(screen) == ["Image 1", "Image 2", "Image 3"]
    assert not made
    assert MAP_NOTE not in texts(screen)
    screen.toggle(key="predict_map").set_value(True).run()
    assert texts(screen).count(MAP_NOTE) == 1
    assert len(made) == 3
    assert maps(screen)
    assert len(maps(screen)) + texts(screen).replace("\\", "").count(NOTHING) == 3
    assert len(pictures(screen)) == 3  # over the pictures, not beside them
    screen.slider(key="predict_map_strength").set_value(0).run()
    screen.segmented_control(key="predict_map_of").set_value(MISSED).run()
    assert not screen.exception
    assert len(made) == 3  # remembered, of both classes
    assert texts(screen).replace("\\", "").count(NO_MISS) == sum(len(one) == 1 for one in made)
    screen.segmented_control(key="predict_map_of").set_value(CALLED).run()
    screen.toggle(key="predict_map").set_value(False).run()
    assert MAP_NOTE not in texts(screen)
    assert pictures(screen) == ["Image 1", "Image 2", "Image 3"]


def test_where_nothing_reacts_the_picture_stays_as_it_is(
    open_screen: Open, workspace: Workspace, patches: Path
) -> None:
    make_usable(add_run(workspace))  # the same logits for every image
    screen = drop(open_screen("predict", workspace, predict_map="true"), patches / "benign" / "000.png")
    assert pictures(screen) == ["Image 1"]
    assert f"Map of benign\\: {NOTHING}".replace("\\", "") in texts(screen).replace("\\", "")


def test_a_network_without_maps_is_said_once(
    open_screen: Open, workspace: Workspace, patches: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("riskcore.learning.maps._deepest", lambda *_: None)
    make_usable(add_run(workspace))
    screen = drop(open_screen("predict", workspace, predict_map="true"), *sorted((patches / "benign").iterdir())[:2])
    assert texts(screen).replace("\\", "").count("No class maps: this model's network has no layer") == 1
    assert pictures(screen) == ["Image 1", "Image 2"]
    screen.button(key="predict_page_of_1").click().run()
    assert not screen.error
    assert "No class maps" in texts(screen)
    assert any("case-sheet" in html.proto.body for html in screen.get("html"))
