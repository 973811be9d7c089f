"""The Overview screen and the tour that starts there."""

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from pages.kit import cached
from pages.kit.plain_text import escaped
from pages.overview.screen import RESEARCH
from riskcore.data.registry import load_dataset, save_dataset
from riskcore.jobs import background
from riskcore.jobs.background import Status
from riskcore.jobs.tour import tour_seen
from riskcore.runs.choices import Choice
from riskcore.runs.store import RunStore
from riskcore.severity.store import load_matrix, save_matrix
from riskcore.words.answer import verdict
from riskcore.words.training_names import training_names
from riskcore.workspace import Workspace
from tests.helpers.made_workspace import add_run
from tests.helpers.screens import Open, errors, texts


def links(screen: AppTest) -> dict[str, tuple[str, str]]:
    """Label of each link -> address and query string."""
    found = [element.proto for element in screen.get("page_link")]
    return {link.label: (link.page, link.query_string) for link in found}


def keys(screen: AppTest) -> set[str]:
    return {button.key for button in screen.button}


def with_details(screen: AppTest) -> AppTest:
    """As after a click on what is folded."""
    screen.session_state["overview_details"] = True
    return screen.run()


def on(screen: AppTest, path: str) -> AppTest:
    """AppTest forgets the screen that the app switched to."""
    screen._page_hash = calc_hash(path)
    return screen


def test_an_empty_workspace_is_told_where_to_begin(open_screen: Open, empty: Workspace) -> None:
    screen = with_details(open_screen("overview", empty))
    said = texts(screen)
    assert "**Next:** Nothing is here yet." in said
    assert links(screen)["Register a data set"][0] == "datasets"
    assert {"0 data sets", "0 training runs"} <= links(screen).keys()
    assert "`make demo`" in said
    assert "demo_start" in keys(screen)
    assert "tour_start" not in keys(screen)
    assert RESEARCH in said
    assert "Fewest dangerous mistakes" not in said


def test_data_without_runs_lead_to_training(open_screen: Open, workspace: Workspace) -> None:
    screen = with_details(open_screen("overview", workspace))
    assert links(screen)["Train"][0] == "train"
    assert {"1 data set", "1 severity matrix of your own, 5 to start from"} <= links(screen).keys()


def test_data_without_a_matrix_lead_to_the_matrix(open_screen: Open, workspace: Workspace) -> None:
    (workspace.matrices / "patches.json").unlink()
    assert links(open_screen("overview", workspace))["Make a severity matrix"][0] == "severity"


def test_finished_runs_lead_to_their_comparison(open_screen: Open, workspace: Workspace) -> None:
    runs = [add_run(workspace, seed=0, skill=2.5), add_run(workspace, loss="focal", skill=0.5)]
    screen = with_details(open_screen("overview", workspace))
    assert links(screen)["Compare the finished runs"][0] == "compare"
    assert "2 finished" in texts(screen)
    said = texts(screen)
    assert "by the severity matrix **patches**: **plain**" in said  # the skilled one
    on_validation = runs[0].reload().record["result"]["validation"]["dial"]["cer"]
    assert f"On validation plain made {1000 * on_validation:.0f} dangerous mistakes per 1,000." in said
    test = runs[0].reload().record["result"]["test"]  # alone at its own floor it has the dial that it was stored with
    assert f"n = {test['n']}" in said
    assert "95 % interval " in said
    values = {metric.label: metric.value for metric in screen.metric}
    assert values["Dangerous mistakes per 1,000, test"] == f"{1000 * test['dial']['cer']:.0f}"
    assert values["Accuracy, test"] == f"{100 * test['dial']['accuracy']:.1f} %"
    assert values["Always the commonest class, test"] == f"{100 * test['majority_accuracy']:.1f} %"
    assert links(screen)["Is the difference real? Compare"] == ("compare", f"compare_beside={runs[0].id}")


def test_the_newest_comparison_is_drawn_and_answered(open_screen: Open, workspace: Workspace) -> None:
    runs = [add_run(workspace, seed=0, skill=2.5), add_run(workspace, loss={"form": "log_harm", "strength": 3})]
    screen = open_screen("overview", workspace)
    (figure,) = screen.get("plotly_chart")
    shown = json.loads(figure.proto.spec)
    assert {"plain", "with severity"} <= {trace["name"].split(" (")[0] for trace in shown["data"] if "name" in trace}
    own = Choice(runs[0].id, (runs[0],)), Choice(runs[1].id, (runs[1],))
    matrix = cached.own_matrix(own[0])
    found = cached.compare((own[1],), own[0], matrix, training_names(own))
    said = verdict(found, severity={runs[1].id}, plain={runs[0].id})
    assert f"**{escaped(said.line)}**" in texts(screen)
    assert links(screen)["Compare"] == ("compare", f"compare_beside={runs[0].id}")


def test_the_newest_runs_are_listed_with_their_progress(open_screen: Open, full: Workspace) -> None:
    store = RunStore(full)
    newest = [run.id for run in store.page(limit=4)]
    screen = open_screen("overview", full)
    listed = [element.proto.query_string for element in screen.get("page_link") if element.proto.label == "Open"]
    assert listed == [f"runs_run={id}" for id in newest]


def test_no_dangerous_mistake_shows_the_upper_bound(open_screen: Open, workspace: Workspace) -> None:
    add_run(workspace, skill=60.0)
    screen = with_details(open_screen("overview", workspace))
    assert "95 % interval at most " in texts(screen)
    assert next(metric for metric in screen.metric if "Dangerous" in metric.label).value == "0"


def test_runs_under_way_lead_to_them(open_screen: Open, full: Workspace) -> None:
    screen = with_details(open_screen("overview", full))
    said = texts(screen)
    assert "**Next:** Training is under way: " in said
    assert "2 waiting" in said
    assert links(screen)["Watch the runs"][0] == "runs"
    assert {"4 finished", "1 failed", "1 stopped", "2 queued"} <= set(
        said.replace("[", "\n").replace("]", "\n").split("\n")
    )


def test_a_broken_file_is_named_and_the_rest_is_shown(open_screen: Open, workspace: Workspace) -> None:
    (workspace.datasets / "broken.json").write_text("{")
    screen = open_screen("overview", workspace)
    assert len(screen.error) == 1
    assert "broken.json: not valid JSON" in errors(screen)[0]
    assert links(screen)["Train"][0] == "train"


def test_predictions_that_are_gone_are_said_in_one_line(open_screen: Open, workspace: Workspace) -> None:
    run = add_run(workspace)
    (run.folder / "predictions.parquet").unlink()
    screen = with_details(open_screen("overview", workspace))
    (said,) = set(errors(screen))  # once in place of the figure, once under Details
    assert "no predictions can be read there" in said
    assert RESEARCH in texts(screen)


def test_names_that_users_gave_are_no_markdown(open_screen: Open, workspace: Workspace) -> None:
    manifest = load_dataset(workspace, "patches")
    object.__setattr__(manifest, "name", "a_b_c")
    save_dataset(workspace, manifest)
    save_matrix(workspace, "a_b_c", load_matrix(workspace, "patches"))
    add_run(workspace, data="a_b_c")
    assert r"**a\_b\_c**" in texts(open_screen("overview", workspace))


def test_the_demo_is_started_and_watched(open_screen: Open, empty: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, Any] = {"status": None}
    started = []

    def start(workspace: Workspace, job: str, name: str = "") -> bool:
        started.append((workspace, job))
        state["status"] = Status("running", 30, 1500, "drawing synthetic images")
        return True

    monkeypatch.setattr(background, "start", start)
    monkeypatch.setattr(background, "status", lambda *given: state["status"])
    screen = open_screen("overview", empty)
    screen.button("demo_start").click().run()
    assert started == [(empty, "demo")]
    (progress,) = screen.get("progress")
    assert progress.proto.text.replace("\\", "") == "Drawing synthetic images: 30 of 1,500"
    assert "demo_start" not in keys(screen)
    state["status"] = Status("failed", error="The disk is full.")
    screen.run()
    assert errors(screen)[0] == "It could not be finished. The disk is full."
    assert "demo_start" in keys(screen)


def test_the_tour_goes_three_steps_and_back(open_screen: Open, workspace: Workspace) -> None:
    run = add_run(workspace)
    screen = open_screen("overview", workspace)
    screen.button("tour_start").click().run()
    assert [title.value for title in screen.title] == ["Compare"]
    assert screen.query_params["compare_tab"] == "Images"
    assert "Tour 1/3" in texts(screen)
    assert screen.button("tour_back").disabled
    assert "tour_show" not in keys(screen)
    on(screen, "compare").button("tour_next").click().run()
    assert "Tour 2/3" in texts(screen)
    assert screen.session_state["compare_tab"] == "Caution"
    screen.button("tour_next").click().run()
    assert [title.value for title in screen.title] == ["Severity matrix"]
    assert "Tour 3/3" in texts(screen)
    assert screen.query_params["severity_run"] == run.id
    on(screen, "severity").button("tour_back").click().run()
    assert [title.value for title in screen.title] == ["Compare"]
    assert "Tour 2/3" in texts(screen)
    on(screen, "runs").run()
    screen.button("tour_show").click().run()
    assert [title.value for title in screen.title] == ["Compare"]
    on(screen, "compare").button("tour_next").click().run()
    assert not tour_seen(workspace)
    on(screen, "severity").button("tour_next").click().run()
    assert [title.value for title in screen.title] == ["Overview"]
    assert "**Tour " not in texts(screen)
    assert tour_seen(workspace)
    on(screen, "overview").run()
    assert screen.button("tour_start").label == "Take the tour again"
    screen.button("tour_start").click().run()
    assert "Tour 1/3" in texts(screen)


def test_the_last_step_keeps_the_run_that_was_looked_at(open_screen: Open, workspace: Workspace) -> None:
    runs = {loss: add_run(workspace, loss=loss) for loss in ("ce", "log_harm", "focal")}
    screen = open_screen("overview", workspace)
    screen.button("tour_start").click().run()
    on(screen, "compare").button("tour_next").click().run()
    for loss in ("log_harm", "ce"):
        screen.selectbox(key="compare_of").select(runs[loss].id).run()
        screen.button("tour_next").click().run()
        assert [title.value for title in screen.title] == ["Severity matrix"]
        assert screen.query_params["severity_run"] == runs[loss].id
        on(screen, "severity").button("tour_back").click().run()
        on(screen, "compare")


@pytest.mark.parametrize("button", ["tour_skip", "tour_not_now"])
def test_the_tour_can_be_skipped_and_that_is_remembered(open_screen: Open, workspace: Workspace, button: str) -> None:
    add_run(workspace)
    screen = open_screen("overview", workspace)
    if button == "tour_skip":
        screen.button("tour_start").click().run()
        on(screen, "compare")
    screen.button(button).click().run()
    assert "**Tour " not in texts(screen)
    again = open_screen("overview", workspace)
    assert "New here?" not in texts(again)
    assert again.button("tour_start").label == "Take the tour again"


def test_a_tour_whose_run_was_deleted_ends(open_screen: Open, workspace: Workspace) -> None:
    run = add_run(workspace)
    screen = open_screen("overview", workspace)
    screen.button("tour_start").click().run()
    RunStore(workspace).delete(run.id)
    on(screen, "compare").button("tour_next").click().run()
    assert [title.value for title in screen.title] == ["Overview"]
    assert "**Tour " not in texts(screen)
