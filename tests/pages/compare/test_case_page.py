"""The page of an image: opened by a link, with every run's call and a mark that is stored."""

import pytest
from streamlit.testing.v1 import AppTest

from riskcore.data.registry import load_dataset
from riskcore.marks import marks
from riskcore.predictions import Cases
from riskcore.runs.predictions_file import PREDICTIONS, read_predictions, write_predictions
from riskcore.workspace import Workspace
from tests.helpers.made_workspace import add_run
from tests.helpers.screens import errors, texts


def page() -> None:
    from pages.compare.images.page import case_page
    from riskcore.decision.dial import Dial
    from tests.helpers.views import made_view

    case_page(made_view(Dial("severity", 0.0)))


@pytest.fixture
def two(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Two pools whose images 0 and 1 are of one patient."""
    monkeypatch.setenv("RISKCORE_HOME", str(workspace.root))
    for loss in ("ce", "focal"):
        for seed in (0, 1):
            run = add_run(workspace, loss=loss, seed=seed, skill=1.0)
            classes, parts = read_predictions(run.folder / PREDICTIONS)
            test = parts["test"]
            groups = test.groups.copy().astype(object)
            groups[:2] = "patient"
            parts["test"] = Cases(test.logits, test.truth, test.samples, groups.astype(str))
            write_predictions(run.folder / PREDICTIONS, classes, parts)
    return workspace


def shown(sample: str) -> AppTest:
    screen = AppTest.from_function(page, default_timeout=30)
    if sample:
        screen.query_params["compare_case"] = sample
    screen.run()
    assert not screen.exception
    return screen


def test_a_link_opens_it_with_every_runs_call(two: Workspace) -> None:
    sample, other, truth = *two_samples(two)[:2], truth_of(two)
    screen = shown(sample)
    assert f"truth **{truth}**" in texts(screen)
    calls, shares = (table.value for table in screen.dataframe)
    assert calls["Training"].tolist() == ["focal", "plain"]
    assert set(calls["That is"]) <= {"right", "wrong", "dangerous", "false alarm"}
    assert shares["Class"].tolist() == ["benign", "malignant", "unsure"]
    assert "plain: expected harm" in shares
    assert "of the same patient, slide or lesion" in texts(screen)
    (button,) = (button for button in screen.button if button.key.startswith("compare_case_open_group"))
    button.click().run()
    assert not screen.exception
    assert screen.session_state["compare_image"] == other


def two_samples(workspace: Workspace) -> list[str]:
    run = next(iter(sorted(workspace.runs.iterdir())))
    return read_predictions(run / PREDICTIONS)[1]["test"].samples.tolist()


def truth_of(workspace: Workspace) -> str:
    run = next(iter(sorted(workspace.runs.iterdir())))
    classes, parts = read_predictions(run / PREDICTIONS)
    return classes[parts["test"].truth[0]]


def test_a_mark_and_its_note_are_stored_and_taken_away(two: Workspace) -> None:
    sample = two_samples(two)[0]
    screen = shown(sample)
    screen.toggle[0].set_value(True).run()
    assert marks(two, "patches")[sample].note == ""
    screen.text_input[0].set_value("two lesions").run()
    assert marks(two, "patches")[sample].note == "two lesions"
    again = shown(sample)
    assert again.toggle[0].value is True
    assert again.text_input[0].value == "two lesions"
    again.toggle[0].set_value(False).run()
    assert marks(two, "patches") == {}


def test_without_a_name_nothing_opens_and_an_unknown_one_is_said(two: Workspace) -> None:
    assert not shown("").dataframe
    screen = shown("<b>nothing.png")
    assert "There is no test image \\<b\\>nothing\\.png" in texts(screen)
    assert not errors(screen)


def test_a_picture_that_is_gone_is_said(two: Workspace) -> None:
    sample = two_samples(two)[0]
    load_dataset(two, "patches").path(sample).unlink()
    assert "cannot be shown: there is no such file" in "\n".join(text.value for text in shown(sample).text)


def test_another_link_opens_another_page_and_what_was_left_behind_is_closed(two: Workspace) -> None:
    first, second = two_samples(two)[:2]
    screen = shown(first)
    assert screen.session_state["compare_image"] == first
    screen.query_params["compare_case"] = second
    screen.run()
    assert screen.session_state["compare_image"] == second
    del screen.query_params["compare_case"]  # as where one comes back from another screen
    screen.run()
    assert screen.session_state["compare_image"] is None
    assert not screen.dataframe
