"""Predict: which images are shown and how, the large picture, the page for printing, and which model judges."""

import hashlib
import io
from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from riskcore.formats import RESEARCH_USE
from riskcore.runs.folder import Run
from riskcore.words.images.risk_level import HIGH, LOW, STRANGE
from riskcore.workspace import Workspace
from tests.helpers.made_workspace import add_run, make_usable
from tests.helpers.other_kinds import other_kinds
from tests.helpers.screens import Open, texts
from tests.helpers.trained_runs import trained

TYPE = "application/octet-stream"


def png(shade: int = 100) -> bytes:
    stream = io.BytesIO()
    Image.linear_gradient("L").resize((60, 40)).point(lambda level: (level + shade) % 256).convert("RGB").save(
        stream, "PNG"
    )
    return stream.getvalue()


def drop(screen: AppTest, *files: tuple[str, bytes]) -> AppTest:
    screen.file_uploader(key="predict_files").set_value([(name, content, TYPE) for name, content in files]).run()
    assert not screen.exception
    return screen


def pictures(screen: AppTest) -> list[str]:
    alts = [image.proto.imgs[0].alt for image in screen.image]
    return [alt for alt in alts if alt.startswith("Image ")]


def press(screen: AppTest, key: str) -> AppTest:
    screen.button(key=key).click().run()
    assert not screen.exception
    return screen


def sheets(screen: AppTest) -> list[str]:
    return [
        html.proto.body
        for html in screen.get("html")
        if "case-sheet" in html.proto.body and "<article" in html.proto.body
    ]


@pytest.fixture
def run(workspace: Workspace) -> Run:
    """It calls everything benign, with 30 % malignant."""
    made = add_run(workspace)
    make_usable(made)
    return made


def test_levels_are_filtered_and_ordered_and_the_address_keeps_both(
    open_screen: Open, workspace: Workspace, patches: Path
) -> None:
    trained(workspace, model={"name": "tf_efficientnet_lite0", "size": 64})
    files = [(path.name, path.read_bytes()) for path in (patches / "benign" / "001.png", *other_kinds())]
    files.append(("bad.png", b"no image"))
    screen = drop(open_screen("predict", workspace), *files)
    all_of_them = pictures(screen)
    assert [name.split(":")[0] for name in all_of_them] == ["Image 1", "Image 2", "Image 3", "Image 4"]
    level = screen.segmented_control(key="predict_level_chosen")
    assert level.options[0] == "All 5"
    assert {"Unknown 3", "Failed 1"} < set(level.options)

    level.set_value(STRANGE.key).run()
    assert pictures(screen) == all_of_them[:3]
    assert screen.query_params["predict_level"] == STRANGE.key
    screen.segmented_control(key="predict_level_chosen").set_value("failed").run()
    assert not pictures(screen)
    assert "**Could not be judged**" in texts(screen)
    screen.segmented_control(key="predict_level_chosen").set_value("all").run()
    assert "predict_level" not in screen.query_params

    screen.selectbox(key="predict_order").set_value("Least urgent first").run()
    assert pictures(screen) == all_of_them[::-1]  # with the numbers that they have by risk
    screen.selectbox(key="predict_order").set_value("As they came").run()
    assert [name.split(": ")[1] for name in pictures(screen)] == [name for name, _ in files[:-1]]

    linked = drop(open_screen("predict", workspace, predict_level=STRANGE.key, predict_view="Table"), *files)
    assert linked.dataframe[0].value["risk"].tolist() == [STRANGE.words] * 3
    odd = drop(open_screen("predict", workspace, predict_level="nonsense"), *files)
    assert len(pictures(odd)) == 4


def test_a_level_without_images_says_so(open_screen: Open, run: Run, workspace: Workspace) -> None:
    screen = drop(open_screen("predict", workspace, predict_level=LOW.key), ("a.png", png()))
    assert not pictures(screen)
    assert "No image has this level." in texts(screen)
    assert screen.segmented_control(key="predict_level_chosen").options == ["All 1", "High 1", "Low 0"]


def test_a_filter_begins_at_the_first_page(open_screen: Open, run: Run, workspace: Workspace) -> None:
    screen = drop(open_screen("predict", workspace), *[(f"{n}.png", png(n)) for n in range(14)], ("bad.png", b"no"))
    screen.session_state["predict_page"] = 2
    screen.run()
    screen.segmented_control(key="predict_level_chosen").set_value(HIGH.key).run()
    assert pictures(screen)[0].startswith("Image 1: ")


def test_a_picture_opens_large_with_or_without_its_map(open_screen: Open, workspace: Workspace, patches: Path) -> None:
    trained(workspace, model={"name": "tf_efficientnet_lite0", "size": 64})
    content = (patches / "malignant" / "001.png").read_bytes()
    screen = press(drop(open_screen("predict", workspace), ("a.png", content)), "predict_zoom_1")
    assert pictures(screen)[-1] == "Image 1, large: a.png"
    (map_of_it,) = (toggle for toggle in screen.toggle if toggle.label == "Map")
    assert map_of_it.value is False


def test_a_case_has_a_page_to_print_and_a_way_back(open_screen: Open, run: Run, workspace: Workspace) -> None:
    screen = drop(open_screen("predict", workspace), ("a.png", png()), ("b <b>.png", png(30)))
    press(screen, "predict_page_of_2")
    (sheet,) = sheets(screen)
    assert not pictures(screen)
    for said in (RESEARCH_USE, HIGH.words, "Model says benign", "plain, patches", run.id, "b &lt;b&gt;.png"):
        assert said in sheet
    assert "b <b>.png" not in sheet
    assert screen.query_params["predict_case"] == hashlib.sha256(png(30)).hexdigest()[:16]  # no name in the address
    (back,) = (button for button in screen.button if button.label == "Back to all images")
    back.click().run()
    assert len(pictures(screen)) == 2
    assert "predict_case" not in screen.query_params
    assert not sheets(screen)
    drop(press(screen, "predict_page_of_2"), ("a.png", png()))  # the image is taken away while its page is open
    assert pictures(screen) == ["Image 1: a.png"]
    assert not sheets(screen)


def test_the_chosen_model_stays_chosen(open_screen: Open, workspace: Workspace) -> None:
    first, second = (add_run(workspace, seed=seed, skill=skill) for seed, skill in ((0, 3.0), (1, 1.0)))
    for made in (first, second):
        make_usable(made)
    screen = open_screen("predict", workspace)
    assert screen.selectbox(key="predict_run_chosen").value == first.id
    screen.selectbox(key="predict_run_chosen").select(second.id).run()

    def visit_anew() -> str:
        del screen.query_params["predict_run"]  # as a link of the navigation does
        screen.run()
        value: str = screen.selectbox(key="predict_run_chosen").value
        assert screen.query_params["predict_run"] == value
        return value

    assert visit_anew() == second.id
    better = add_run(workspace, seed=2, skill=9.0)
    make_usable(better)
    screen.run()
    assert screen.selectbox(key="predict_run_chosen").options[0].startswith("patches · plain · seed 2")
    assert screen.selectbox(key="predict_run_chosen").value == second.id
    assert visit_anew() == second.id
    screen.query_params["predict_run"] = first.id  # a link that names another
    screen.run()
    assert screen.selectbox(key="predict_run_chosen").value == first.id
    assert visit_anew() == first.id

    fresh = open_screen("predict", workspace)  # who has chosen nothing gets the best one, and a newer best one
    assert fresh.selectbox(key="predict_run_chosen").value == better.id
