"""Agreeing and disagreeing with calls on Predict: what is kept, where, and when."""

import io

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from pages.predict.reviews import AGREE, DISAGREE
from riskcore.runs.folder import Run
from riskcore.words.images.kept_reviews import kept_reviews, reviews_file
from riskcore.words.images.reviews import Review
from riskcore.workspace import Workspace
from tests.helpers.made_workspace import add_run, make_usable
from tests.helpers.screens import Open, errors, texts

TYPE = "application/octet-stream"
KEEP = "predict_reviews_keep"


def png(shade: int = 100) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (60, 40), (shade, 90, 60)).save(stream, "PNG")
    return stream.getvalue()


FILES = ("a.png", png()), ("b.png", png(30))


@pytest.fixture
def run(workspace: Workspace) -> Run:
    made = add_run(workspace)
    make_usable(made)
    return made


@pytest.fixture
def screen(open_screen: Open, run: Run, workspace: Workspace) -> AppTest:
    return drop(open_screen("predict", workspace))


def drop(screen: AppTest) -> AppTest:
    screen.file_uploader(key="predict_files").set_value([(name, content, TYPE) for name, content in FILES]).run()
    assert not screen.exception
    return screen


def verdict(screen: AppTest, number: int) -> str | None:
    found: str | None = screen.segmented_control(key=f"predict_agree_{number}").value
    return found


def said(workspace: Workspace, run: Run) -> dict[str, Review]:
    return {key.image: review for key, review in kept_reviews(workspace, run.id).items()}


def test_reviews_stay_in_the_session_until_they_are_to_be_kept(screen: AppTest, run: Run, workspace: Workspace) -> None:
    screen.segmented_control(key="predict_agree_1").set_value(DISAGREE).run()
    screen.text_input(key="predict_note_1").set_value("  keratosis, I think ").run()
    assert (verdict(screen, 1), verdict(screen, 2)) == (DISAGREE, None)
    assert not (workspace.root / "reviews").exists()

    screen.toggle(key=KEEP).set_value(True).run()
    assert said(workspace, run) == {"a.png": Review(False, "keratosis, I think")}
    assert str(reviews_file(workspace, run.id)) in [code.value for code in screen.code]
    screen.segmented_control(key="predict_agree_2").set_value(AGREE).run()
    assert said(workspace, run)["b.png"] == Review(True)
    screen.segmented_control(key="predict_agree_2").set_value(None).run()
    assert "b.png" not in said(workspace, run)
    screen.toggle(key=KEEP).set_value(False).run()
    screen.segmented_control(key="predict_agree_2").set_value(DISAGREE).run()
    assert "b.png" not in said(workspace, run)
    assert (verdict(screen, 1), verdict(screen, 2)) == (DISAGREE, DISAGREE)


def test_kept_reviews_are_there_at_the_next_visit(
    open_screen: Open, screen: AppTest, run: Run, workspace: Workspace
) -> None:
    screen.toggle(key=KEEP).set_value(True).run()
    screen.segmented_control(key="predict_agree_1").set_value(DISAGREE).run()
    later = drop(open_screen("predict", workspace))
    assert verdict(later, 1) is None
    later.toggle(key=KEEP).set_value(True).run()
    assert verdict(later, 1) == DISAGREE
    table = drop(open_screen("predict", workspace, predict_view="Table"))
    assert "reviewer" in table.dataframe[0].value
    table.toggle(key=KEEP).set_value(True).run()
    assert table.dataframe[0].value["reviewer"].fillna("").tolist() == ["disagrees", ""]


def test_what_was_said_of_one_models_call_is_not_put_down_to_anothers(
    screen: AppTest, run: Run, workspace: Workspace
) -> None:
    other = add_run(workspace, seed=1)
    make_usable(other, shares=(0.1, 0.1, 0.8))
    screen.segmented_control(key="predict_agree_1").set_value(AGREE).run()
    screen.selectbox(key="predict_run_chosen").select(other.id).run()
    assert verdict(screen, 1) is None
    screen.toggle(key=KEEP).set_value(True).run()
    assert said(workspace, run) == said(workspace, other) == {}
    screen.selectbox(key="predict_run_chosen").select(run.id).run()
    assert verdict(screen, 1) == AGREE
    assert said(workspace, run) == {"a.png": Review(True)}


def test_a_review_is_on_the_page_for_printing(screen: AppTest) -> None:
    screen.segmented_control(key="predict_agree_1").set_value(DISAGREE).run()
    screen.text_input(key="predict_note_1").set_value("blurred").run()
    screen.button(key="predict_page_of_1").click().run()
    (sheet,) = (html.proto.body for html in screen.get("html") if "<article" in html.proto.body)
    assert "Reviewer disagrees.</strong> blurred" in sheet


def test_a_damaged_file_is_one_line_and_nothing_is_lost(screen: AppTest, run: Run, workspace: Workspace) -> None:
    file = reviews_file(workspace, run.id)
    file.parent.mkdir()
    file.write_text("something else")
    screen.segmented_control(key="predict_agree_1").set_value(AGREE).run()
    screen.toggle(key=KEEP).set_value(True).run()
    assert len(screen.error) == 1
    assert str(file) in errors(screen)[0]
    assert file.read_text() == "something else"
    assert verdict(screen, 1) == AGREE
    assert texts(screen).count("**What to do.**") == 2
    file.unlink()
    screen.run()
    assert said(workspace, run) == {"a.png": Review(True)}


def test_nothing_that_reviewers_write_is_logged(
    screen: AppTest, run: Run, workspace: Workspace, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(0)
    screen.toggle(key=KEEP).set_value(True).run()
    screen.text_input(key="predict_note_1").set_value("patient Doe").run()
    assert said(workspace, run) == {"a.png": Review(None, "patient Doe")}
    assert "Doe" not in caplog.text + "".join(capfd.readouterr())
