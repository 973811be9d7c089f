"""Runs: what is listed, what can be done in each state, and what happens when a run changes meanwhile."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs

import pandas as pd
import pytest
import streamlit as st
import yaml
from streamlit.proto.Common_pb2 import StringTriggerValue
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from pages.kit import cached
from riskcore.config import RunConfig
from riskcore.data.manifest import register
from riskcore.data.registry import save_dataset
from riskcore.jobs import launch as recipe_launch
from riskcore.jobs import queue as launch
from riskcore.learning.bundle import Bundle
from riskcore.runs.folder import Run
from riskcore.runs.store import RunStore
from riskcore.severity import SeverityMatrix
from riskcore.severity.store import save_matrix
from riskcore.workspace import Workspace
from tests.conftest import write_patches
from tests.helpers.made_workspace import add_run, fill
from tests.helpers.screens import APP, Open, errors, texts

Started = list[Path]


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    """The workspaces for which workers were asked for; none is started."""
    asked = Started()
    for module in ("actions", "queue"):
        monkeypatch.setattr(f"pages.runs.{module}.start_workers", lambda workspace: asked.append(workspace.root))
    monkeypatch.setattr(recipe_launch, "start_workers", lambda workspace: asked.append(workspace.root))  # Train's
    return asked


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A full workspace, made once; tests get copies."""
    folder = tmp_path_factory.mktemp("made")
    workspace = Workspace(folder / "workspace")
    save_dataset(workspace, register("patches", write_patches(folder / "patches")))
    values = [[0, 3, 1], [10, 0, 5], [4, 1, 0]]
    save_matrix(workspace, "patches", SeverityMatrix(["benign", "malignant", "unsure"], values, critical=10))
    fill(workspace)
    return workspace


@pytest.fixture
def store(made: Workspace, tmp_path: Path) -> RunStore:
    """Two finished pools of two seeds, a failed, a stopped and an interrupted run, two that are queued."""
    shutil.copytree(made.root, tmp_path / "full")
    return RunStore(Workspace(tmp_path / "full"))


def only(store: RunStore, state: str) -> Run:
    return store.page(state=state, limit=1)[0]


def labels(screen: AppTest) -> list[str]:
    return [button.label for button in screen.button]


def press(screen: AppTest, label: str, place: int = 0) -> AppTest:
    [button for button in screen.button if button.label == label][place].click()
    screen.run()
    assert not screen.exception
    return screen


def table(screen: AppTest) -> pd.DataFrame:
    return screen.dataframe[0].value


def listed(screen: AppTest) -> list[str]:
    """Ids of the runs in the table; their column is shown on demand."""
    if "Run" not in table(screen):
        screen.toggle(key="runs_more").set_value(True).run()
    return table(screen)["Run"].tolist()


def shown(screen: AppTest) -> str:
    """Id of the run in detail."""
    return screen.selectbox(key="runs_run_chosen").value


def links(screen: AppTest) -> list[str]:
    return [link.label for link in screen.get("page_link")]


def queries(screen: AppTest) -> dict[str, dict[str, list[str]]]:
    """Label of each link -> the query that it leads to."""
    return {link.label: parse_qs(link.proto.query_string) for link in screen.get("page_link")}


class Seen:
    """The table as a browser has it before it: what is clicked there is told by the numbers of rows."""

    def __init__(self, screen: AppTest) -> None:
        self.ids, proto = listed(screen), screen.dataframe[0].proto
        self._screen, self._table, self._button = screen, proto.id, proto.button_click_widgets["Details"]

    def tick(self, *ids: str) -> AppTest:
        rows = {"rows": [self.ids.index(id) for id in ids], "columns": [], "cells": []}
        return self._send(WidgetState(id=self._table, string_value=json.dumps({"selection": rows})))

    def show(self, id: str) -> AppTest:
        click = json.dumps({"row": self.ids.index(id), "label": "Show"})
        return self._send(WidgetState(id=self._button, string_trigger_value=StringTriggerValue(data=click)))

    def _send(self, state: WidgetState) -> AppTest:
        """What AppTest has no control for, sent as the browser does."""
        states = self._screen._tree.get_widget_states()
        states.widgets.append(state)
        self._screen._run(states)
        assert not self._screen.exception
        return self._screen


def said(screen: AppTest) -> str:
    """All that stands on the screen, plain text and log too, without the escapes of markdown."""
    plain = [element.value for kind in (screen.text, screen.code) for element in kind]
    return "\n".join([texts(screen), *plain]).replace("\\", "")


# What is there


def test_without_runs_the_way_leads_to_train(open_screen: Open, empty: Workspace) -> None:
    screen = open_screen("runs", empty)
    assert "No training runs yet" in texts(screen)
    assert links(screen) == ["Launch training runs", "No images at hand? The demo on Overview draws some"]
    assert not screen.dataframe
    assert not screen.button


def test_a_full_workspace_is_listed_with_what_waits_on_top(open_screen: Open, store: RunStore) -> None:
    screen = open_screen("runs", store.workspace)
    assert not screen.error
    found = table(screen)
    expected = ["… queued", "… queued", "! interrupted", "■ stopped", "✕ failed", *["✓ finished"] * 4]
    assert found["State"].tolist() == expected
    assert found["Name"].tolist()[:2] == ["plain · seed 8", "plain · seed 9"]  # in the order of the queue
    finished = found[found["State"] == "✓ finished"]
    assert set(finished["Name"]) == {f"{kind} · seed {seed}" for kind in ("plain", "with severity") for seed in (0, 1)}
    assert finished["Progress"].isna().all()
    result = only(store, "finished").record["result"]["validation"]["argmax"]
    newest = finished.iloc[0]
    assert newest["Right"] == pytest.approx(1000 * result["accuracy"])
    assert newest["Dangerous"] == pytest.approx(1000 * result["cer"])
    low, high = map(int, newest["Interval"].split("–"))
    assert low <= round(newest["Dangerous"]) <= high
    assert list(newest["Curve"]) == [200, 100]  # 1,000 × the rate after each epoch
    assert found["Progress"].tolist()[2] == 50
    assert not {"Loss", "Backbone", "Seed", "Epoch", "Run"} & set(found)
    assert "2 queued · 4 finished · 1 failed · 1 stopped · 1 interrupted" in texts(screen)


def test_gpu_memory_is_shown_where_there_is_a_gpu(open_screen: Open, store: RunStore) -> None:
    run = only(store, "failed")
    line = {**run.metrics()[-1], "gpu_memory_bytes": 3e9}
    with (run.folder / "metrics.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")
    found = table(open_screen("runs", store.workspace, runs_more="true"))
    assert found.set_index("Run")["GPU memory"].dropna().to_dict() == {run.id: 3e9}


def test_the_words_of_the_engine_are_columns_on_demand(open_screen: Open, store: RunStore) -> None:
    screen = open_screen("runs", store.workspace)
    before = set(table(screen))
    screen.toggle(key="runs_more").set_value(True).run()
    more = {"Data set", "Seed", "Loss", "Backbone", "Epoch", "Time", "Images/s", "Begun", "Run"}
    assert set(table(screen)) - before == more
    rows = table(screen).set_index("Run")
    run = only(store, "interrupted")
    assert rows.loc[run.id, ["Loss", "Seed", "Epoch"]].tolist() == ["ce", "7", "epoch 1 of 2"]


def test_synthetic_images_are_marked_once(open_screen: Open, store: RunStore) -> None:
    def marks() -> int:
        return texts(open_screen("runs", store.workspace)).count("synthetic images")

    assert marks() == 0
    run = only(store, "finished")
    bundle = Bundle.load(run.folder / "bundle")
    replace(bundle, provenance={**bundle.provenance, "synthetic": True}).save(run.folder / "bundle")
    cached.synthetic.clear()
    assert marks() == 1


def test_filters_narrow_the_list_and_stand_in_the_address(open_screen: Open, store: RunStore) -> None:
    ids = [run.id for run in store.page(limit=99)]
    screen = open_screen("runs", store.workspace, runs_state="failed")
    assert listed(screen) == [only(store, "failed").id]
    screen = open_screen("runs", store.workspace, runs_text="log_harm")
    assert listed(screen) == [id for id in ids if "log_harm" in id]
    assert "2 finished" in texts(screen)
    screen = open_screen("runs", store.workspace, runs_data="patches")
    assert listed(screen) == ids
    screen.text_input(key="runs_text").set_value("nothing like it").run()
    assert "No run is like that" in texts(screen)
    assert not screen.dataframe
    assert not screen.exception
    screen.button(key="_runs_none").click().run()
    assert listed(screen) == ids
    store.annotate(ids[3], name="Warm start", add=["board"])
    assert listed(open_screen("runs", store.workspace, runs_tag="board")) == [ids[3]]
    assert listed(open_screen("runs", store.workspace, runs_text="warm")) == [ids[3]]
    # by the words that stand there
    named = [id for id in ids if "log_harm" in id]
    assert listed(open_screen("runs", store.workspace, runs_text="with Severity")) == named


def test_pages_of_twenty_five(open_screen: Open, store: RunStore) -> None:
    template = only(store, "finished")
    for number in range(30):
        folder = template.folder.with_name(f"20250101-{number:06}-patches-ce-s0-abcd")
        folder.mkdir()
        record = {**template.record, "id": folder.name, "created": f"2025-01-01T00:00:{number:02}.000000+00:00"}
        (folder / "run.json").write_text(json.dumps(record))
    everything = [run.id for run in store.page(limit=99)]
    screen = open_screen("runs", store.workspace, runs_page="2")
    assert listed(screen) == everything[25:]
    screen.pagination[0].set_value(1).run()
    assert listed(screen) == everything[:25]
    # the run in detail stays, wherever it is listed
    screen.selectbox(key="runs_run_chosen").set_value(everything[3]).run()
    screen.pagination[0].set_value(2).run()
    assert screen.selectbox(key="runs_run_chosen").value == everything[3]
    # what is looked for leads back to the first page
    screen.selectbox(key="runs_state").set_value("finished").run()
    assert screen.pagination[0].value == 1


# One run


def test_the_first_run_is_in_detail_unless_the_address_names_another(open_screen: Open, store: RunStore) -> None:
    screen = open_screen("runs", store.workspace)
    assert screen.selectbox(key="runs_run_chosen").value == store.queue()[0].id
    wanted = only(store, "stopped").id
    screen = open_screen("runs", store.workspace, runs_run=wanted)
    assert shown(screen) == wanted
    listed(screen)
    marks = table(screen).set_index("Run")["Details"]
    assert marks[marks == "Shown"].index.tolist() == [wanted]


def test_an_address_with_a_run_that_is_gone_says_so(open_screen: Open, store: RunStore) -> None:
    screen = open_screen("runs", store.workspace, runs_run="20200101-000000-none-ce-s0-0000")
    assert len(screen.error) == 1
    assert errors(screen)[0].startswith("No run '20200101-000000-none-ce-s0-0000'")
    assert screen.dataframe  # the rest stands


def test_a_finished_run_leads_to_its_figures(open_screen: Open, store: RunStore) -> None:
    run = only(store, "finished")
    screen = open_screen("runs", store.workspace, runs_run=run.id)
    assert queries(screen) == {"Compare it": {"compare_beside": [run.id]}, "Predict with it": {"predict_run": [run.id]}}
    assert "per 1,000 right (95 % interval" in said(screen)
    assert "95 % interval" in said(screen)
    assert "epoch 2/2" in said(screen)
    assert "Curves and log judge each image alone, after each epoch" in said(screen)
    assert len(screen.get("plotly_chart")) == 1


def test_a_finished_run_whose_predictions_are_gone_still_shows_the_rest(open_screen: Open, store: RunStore) -> None:
    run = only(store, "finished")
    (run.folder / "predictions.parquet").unlink()
    screen = open_screen("runs", store.workspace, runs_run=run.id)
    assert len(screen.error) == 1
    assert "no predictions can be read there" in errors(screen)[0]
    assert screen.get("plotly_chart")
    assert "Delete" in labels(screen)


@pytest.mark.parametrize(
    ("state", "offered", "words"),
    [
        ("queued", ["First", "Up", "Down", "Last", "Cancel", "Delete"], "queued"),
        ("failed", ["Delete"], "The loss became nan at epoch 1, step 3; lower it. Mend the cause and train it again."),
        ("stopped", ["Resume", "Delete"], "Resume it, and it goes on from its last saved epoch."),
        ("interrupted", ["Resume", "Delete"], "Its process ended without a word"),
        ("finished", ["Delete"], "without caution"),
    ],
)
def test_exactly_what_is_possible_is_offered(
    open_screen: Open, store: RunStore, state: str, offered: list[str], words: str
) -> None:
    for waiting in store.queue():
        if state != "queued":
            store.delete(waiting.id)
            store.empty_trash()
    run = only(store, state)
    screen = open_screen("runs", store.workspace, runs_run=run.id)
    own = [button.label for button in screen.button if button.key.startswith("_run_")]
    assert own == offered
    assert words in said(screen)
    assert ("Train anew" in links(screen)) == (state == "failed")
    if state == "failed":
        again = queries(screen)["Train anew"]
        assert (again["train_data"], again["train_matrix"], again["train_seeds"]) == (["patches"], ["patches"], ["8"])


def test_a_running_run_is_stopped_once(open_screen: Open, workspace: Workspace) -> None:
    run = add_run(workspace, "queued")
    with run.claim():
        screen = open_screen("runs", workspace)
        assert screen.dataframe[0].value["State"].tolist() == ["▶ running"]
        assert labels(screen) == ["Stop"]
        press(screen, "Stop")
        assert run.stop_requested
        assert labels(screen) == []
        assert "It was asked to stop" in said(screen)
        run.end("stopped")
    screen.run()
    assert labels(screen) == ["Resume", "Delete"]


def test_settings_can_be_read_and_train_again(open_screen: Open, store: RunStore) -> None:
    run = only(store, "finished")
    screen = open_screen("runs", store.workspace, runs_run=run.id)
    (text,) = [code.value for code in screen.code if code.value.startswith("data:")]
    assert RunConfig.build(yaml.safe_load(text)).model_dump(mode="json") == run.config
    assert [button.label for button in screen.get("download_button")] == ["Download as a training file"]


def test_what_a_log_holds_is_shown_as_it_is(open_screen: Open, store: RunStore) -> None:
    run = only(store, "failed")
    run.log.write_text("<b>odd</b> **bold** :material/home:\n")
    screen = open_screen("runs", store.workspace, runs_run=run.id)
    assert "<b>odd</b> **bold** :material/home:" in [code.value for code in screen.code]
    run.log.unlink()
    (run.folder / "metrics.jsonl").unlink()
    screen.run()
    assert "The log is empty" in said(screen)
    assert "Curves appear when" in said(screen)


def test_before_its_first_epoch_a_run_says_what_it_does(open_screen: Open, workspace: Workspace) -> None:
    run = add_run(workspace, "queued")
    with run.claim():
        run.update(progress={"kind": "phase", "phase": "features", "done": 120, "total": 400, "remaining": 40.0})
        screen = open_screen("runs", workspace, runs_run=run.id)
        assert table(screen).iloc[0]["Time left"] == "step 40 s"
        assert "computing features, 120 of 400; 40 s left of this step" in screen.get("progress")[0].proto.text.replace(
            "\\", ""
        )
        assert (
            "The log is empty: no epoch has ended yet. Now: computing features, 120 of 400; 40 s left of this step."
            in said(screen)
        )
        run.end("stopped")


# What can be done


def test_resume_queues_and_asks_for_a_worker(open_screen: Open, store: RunStore, started: Started) -> None:
    run = only(store, "interrupted")
    screen = press(open_screen("runs", store.workspace, runs_run=run.id), "Resume")
    assert run.reload().state == "queued"
    assert started == [store.workspace.root]
    assert f"Run {run.id} is queued again." in said(screen)
    assert screen.selectbox(key="runs_run_chosen").value == run.id


def test_the_queue_is_ordered_and_cancelled(open_screen: Open, store: RunStore) -> None:
    first, second = (run.id for run in store.queue())
    screen = open_screen("runs", store.workspace, runs_run=only(store, "finished").id)
    for label, place, expected in (
        ("Down", 0, [second, first]),
        ("Up", 1, [first, second]),
        ("Last", 0, [second, first]),
        ("First", 1, [first, second]),
    ):
        press(screen, label, place)
        assert [run.id for run in store.queue()] == expected, label
        assert "has its new place in the queue" in said(screen)
        assert listed(screen)[:2] == expected
    press(screen, "Cancel", 0)
    assert [run.id for run in store.queue()] == [second]
    assert store.get(first).state == "stopped"


def test_delete_and_undo(open_screen: Open, store: RunStore) -> None:
    run = only(store, "finished")
    screen = press(open_screen("runs", store.workspace, runs_run=run.id), "Delete")
    assert run.id not in listed(screen)
    assert f"Run {run.id} is in the trash." in said(screen)
    assert "Trash: 1 deleted" in [expander.label for expander in screen.expander]
    press(screen, "Undo")
    assert store.get(run.id).state == "finished"
    assert shown(screen) == run.id
    assert "Undo" not in labels(screen)
    assert not any(expander.label.startswith("Trash") for expander in screen.expander)


# Several at once


def test_ticked_runs_are_compared_named_and_deleted_together(open_screen: Open, store: RunStore) -> None:
    first, second = (run.id for run in store.page(state="finished", limit=2))
    other = only(store, "failed").id
    screen = open_screen("runs", store.workspace)
    assert "Tick runs to compare" in texts(screen)
    Seen(screen).tick(first, second, other)
    assert "3 ticked" in texts(screen)
    assert queries(screen)["Compare"] == {"compare_data": ["patches"], "compare_runs": [f"{first},{second}"]}
    assert queries(screen)["Train more like these"]["train_data"] == ["patches"]

    screen.text_input(key="_runs_picked_name").set_value("Pair")
    screen.multiselect(key="_runs_picked_tags").set_value(["board"])
    press(screen, "Write them")
    for id in (first, second, other):
        assert store.get(id).annotation.name == "Pair"
        assert store.get(id).annotation.tags == ("board",)
    assert sum(name.startswith("Pair") for name in table(screen)["Name"]) == 3
    assert "3 ticked" in texts(screen)

    press(screen, "Delete them")
    assert {run.id for run in store.trashed()} == {first, second, other}
    assert "3 runs are in the trash." in said(screen)
    assert "Tick runs to compare" in texts(screen)
    press(screen, "Undo")
    assert store.trash_count() == 0
    assert len(screen.success) == 1


def test_what_could_not_be_written_on_runs_stays_in_its_field(open_screen: Open, store: RunStore) -> None:
    screen = open_screen("runs", store.workspace)
    Seen(screen).tick(store.page(state="finished", limit=1)[0].id)
    screen.text_input(key="_runs_picked_name").set_value("left\u202eright")
    press(screen, "Write them")
    assert len(screen.error) == 1
    assert screen.text_input(key="_runs_picked_name").value == "left\u202eright"


def test_what_cannot_be_deleted_stays_and_says_why(open_screen: Open, store: RunStore) -> None:
    training, other = store.queue()[0], only(store, "failed")
    with training.claim():
        screen = Seen(open_screen("runs", store.workspace)).tick(training.id, other.id)
        press(screen, "Delete them")
        (line,) = errors(screen)
        assert f"Run {other.id} is in the trash." in line
        assert f"Run {training.id} is running: stop it before it is deleted." in line
        press(screen, "Undo")
        assert store.get(other.id).state == "failed"
        training.end("stopped")


def test_what_is_ticked_stays_with_its_run_when_others_come(open_screen: Open, store: RunStore) -> None:
    wanted = only(store, "failed").id
    screen = Seen(open_screen("runs", store.workspace)).tick(wanted)
    new = add_run(store.workspace, "stopped", seed=3)  # newer, so that it pushes the others down
    screen.run()
    assert listed(screen).index(new.id) < listed(screen).index(wanted)
    assert "1 ticked" in texts(screen)
    press(screen, "Delete them")
    assert [run.id for run in store.trashed()] == [wanted]


def test_a_click_in_a_table_that_has_changed_meanwhile_falls_on_no_other_run(
    open_screen: Open, store: RunStore
) -> None:
    wanted = only(store, "failed").id
    screen = open_screen("runs", store.workspace)
    seen, before = Seen(screen), shown(screen)
    add_run(store.workspace, "stopped", seed=3)
    screen.run()  # the server has drawn the new table, the browser still shows the old one
    assert listed(screen) != seen.ids
    seen.tick(wanted)
    assert screen.session_state["_runs_picked"] in ([], [wanted])
    seen.show(wanted)
    assert shown(screen) in (before, wanted)


def test_a_click_counts_for_the_run_that_was_shown_though_a_new_one_came_in_between(
    open_screen: Open, store: RunStore
) -> None:
    first, second = (run.id for run in store.page(state="finished", limit=2))
    screen = open_screen("runs", store.workspace)
    seen = Seen(screen)
    add_run(store.workspace, "stopped", seed=3)  # the server has not drawn it yet
    seen.show(first)
    assert shown(screen) == first
    seen = Seen(screen)
    add_run(store.workspace, "stopped", seed=4)
    seen.tick(first, second)
    assert set(screen.session_state["_runs_picked"]) == {first, second}


def test_runs_of_other_data_or_matrices_are_not_thrown_together(open_screen: Open, store: RunStore) -> None:
    run, other = only(store, "finished"), store.page(state="finished", limit=2)[1]
    record = json.loads((other.folder / "run.json").read_text())
    (other.folder / "run.json").write_text(json.dumps({**record, "data": "elsewhere"}))
    screen = Seen(open_screen("runs", store.workspace)).tick(run.id, other.id)
    assert "2 ticked" in texts(screen)
    assert not {"Compare", "Train more like these"} & set(links(screen))


def test_more_like_these_plans_another_seed_of_what_was_ticked(open_screen: Open, store: RunStore) -> None:
    runs = store.page(state="finished", limit=4)
    screen = Seen(open_screen("runs", store.workspace)).tick(*(run.id for run in runs))
    query = queries(screen)["Train more like these"]
    train = open_screen("train", store.workspace, **query)
    assert train.multiselect(key="train_losses").value == ["ce", "log_harm"]
    assert train.multiselect(key="train_strengths").value == ["3"]
    assert train.number_input(key="train_seeds").value == 3
    next(button for button in train.button if str(button.key).startswith("train_launch")).click().run()
    assert not train.exception
    new = [run for run in store.queue() if run.seed == 2]
    assert {run.pool for run in new} == {run.pool for run in runs}


# What users write


def test_name_tags_and_note_are_edited_in_place(open_screen: Open, store: RunStore) -> None:
    run = only(store, "stopped")
    screen = open_screen("runs", store.workspace, runs_run=run.id)
    (field,) = [field for field in screen.text_input if field.label == "Name"]
    field.set_value("For <b>the</b> *board*").run()
    assert store.get(run.id).annotation.name == "For <b>the</b> *board*"
    listed(screen)
    assert table(screen).set_index("Run").loc[run.id, "Name"] == "For <b>the</b> *board*"
    assert "**For <b>the</b> *board*** on patches" in said(screen)
    (tags,) = [field for field in screen.multiselect if field.label == "Tags"]
    tags.set_value(["late"]).run()
    (note,) = screen.text_area
    note.set_value("ask Ada").run()
    found = store.get(run.id).annotation
    assert (found.tags, found.note) == (("late",), "ask Ada")
    assert table(screen).set_index("Run").loc[run.id, "Tags"] == ["late"]
    # what others write meanwhile is shown
    store.annotate(run.id, name="Renamed elsewhere", remove=["late"])
    screen.run()
    assert [field.value for field in screen.text_input if field.label == "Name"] == ["Renamed elsewhere"]
    assert not screen.success


def test_what_cannot_be_written_is_one_line(open_screen: Open, store: RunStore) -> None:
    run = only(store, "stopped")
    screen = open_screen("runs", store.workspace, runs_run=run.id)
    (field,) = [field for field in screen.text_input if field.label == "Name"]
    field.set_value("a\u202eb").run()
    assert errors(screen)[0].startswith("A name must be plain text")
    assert store.get(run.id).annotation.name is None
    (run.folder / "annotation.json").write_text("[]")
    screen.run()
    assert "damaged, it is no JSON object" in said(screen)
    assert run.id in listed(screen)


def test_the_trash_restores_and_is_emptied_after_a_question(open_screen: Open, store: RunStore) -> None:
    kept, gone = only(store, "failed"), only(store, "stopped")
    for run in (kept, gone):
        store.delete(run.id)
    screen = open_screen("runs", store.workspace)
    assert "Trash: 2 deleted" in [expander.label for expander in screen.expander]
    (button,) = [button for button in screen.button if button.key == f"_runs_restore_{kept.id}"]
    button.click().run()
    assert store.get(kept.id).state == "failed"
    press(screen, "Empty the trash …")
    assert "1 run is removed for good" in texts(screen)
    press(screen, "Keep them")
    assert store.trash_count() == 1
    press(screen, "Empty the trash …")
    press(screen, "Remove for good")
    assert store.trash_count() == 0
    assert "The trash is empty." in said(screen)


def test_with_all_runs_in_the_trash_it_can_still_be_reached(open_screen: Open, workspace: Workspace) -> None:
    store = RunStore(workspace)
    run = add_run(workspace, "failed")
    store.delete(run.id)
    press(open_screen("runs", workspace), "Restore")
    assert store.get(run.id).state == "failed"


# What is damaged


def test_a_damaged_run_is_named_deleted_and_brought_back(open_screen: Open, store: RunStore) -> None:
    bad, others = only(store, "finished"), len(store.list()) - 1
    (bad.folder / "run.json").write_text('{"schema": 1, "state": 5}')
    screen = open_screen("runs", store.workspace)
    assert len(listed(screen)) == others
    assert "Damaged: 1 run that cannot be read" in [expander.label for expander in screen.expander]
    assert f"Run {bad.id} is damaged. {bad.folder / 'run.json'}: damaged, id is missing" in said(screen)
    assert "It still holds: bundle, predictions, metrics" in said(screen)
    (button,) = [button for button in screen.button if button.key == f"_runs_unread_delete_{bad.id}"]
    button.click().run()
    assert f"Run {bad.id} is in the trash." in said(screen)
    assert "Trash: 1 deleted" in [expander.label for expander in screen.expander]
    press(screen, "Undo")
    assert [run.id for run in store.unread()] == [bad.id]


def test_with_damaged_runs_only_the_screen_shows_them(open_screen: Open, workspace: Workspace) -> None:
    run = add_run(workspace, "failed")
    (run.folder / "run.json").write_text("{")
    screen = open_screen("runs", workspace)
    assert f"Run {run.id} is damaged" in said(screen)
    assert "No run is like that" not in said(screen)


def test_damaged_lines_of_the_metrics_are_said_and_the_curves_show_the_rest(open_screen: Open, store: RunStore) -> None:
    run = only(store, "finished")
    file = run.folder / "metrics.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(lines[0] + b'{"kind": "epoch"}\n' + b"\xff\n" + b"".join(lines[1:]))
    screen = open_screen("runs", store.workspace, runs_run=run.id)
    assert "2 lines of metrics.jsonl cannot be read and are left out." in said(screen)
    assert screen.get("plotly_chart")


Change = Callable[[RunStore, str], object]


@pytest.mark.parametrize(
    ("state", "label", "change", "words"),
    [
        ("stopped", "Resume", RunStore.requeue, "is queued: only a stopped or interrupted run can be resumed."),
        ("stopped", "Delete", RunStore.delete, "is in the trash: restore it first."),
        ("queued", "Cancel", RunStore.cancel, "is stopped: only a queued run can be cancelled."),
        ("queued", "Up", RunStore.cancel, "is stopped: only a queued run can be moved."),
    ],
)
def test_a_run_that_changed_since_it_was_drawn_gives_one_line(
    open_screen: Open, store: RunStore, state: str, label: str, change: Change, words: str
) -> None:
    run = only(store, state)
    screen = open_screen("runs", store.workspace, runs_run=run.id)
    (button,) = [button for button in screen.button if button.key == f"_run_{label.lower()}_{run.id}"]
    change(store, run.id)
    button.click().run()
    assert not screen.exception
    assert errors(screen) == [f"Run {run.id} {words}"]
    assert screen.dataframe


def test_a_queue_without_a_worker_says_so_and_starts_one(
    open_screen: Open, store: RunStore, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "_START_SECONDS", 0.0)  # as if they had waited for longer than a worker needs
    screen = open_screen("runs", store.workspace)
    assert "2 queued runs wait, but no worker is running on this computer" in texts(screen)
    assert not screen.warning
    press(screen, "Start the worker")
    assert started == [store.workspace.root]
    assert "The worker is starting" in said(screen)
    monkeypatch.setattr(launch, "worker_lives", lambda workspace, device: True)
    screen.run()
    assert "no worker is running" not in texts(screen)
    assert "Start the worker" not in labels(screen)


# When it refreshes itself


@pytest.fixture
def intervals(monkeypatch: pytest.MonkeyPatch) -> list[float | None]:
    """Seconds between the refreshes that each run of the script asked for; None: it rests."""
    asked = []
    fragment = st.fragment

    def recorded(function: Callable[[], None] | None = None, *, run_every: float | None = None) -> object:
        asked.append(run_every)
        return fragment(function, run_every=run_every)

    monkeypatch.setattr("pages.runs.live.st.fragment", recorded)
    return asked


def test_it_refreshes_itself_only_while_something_is_to_come(
    open_screen: Open, store: RunStore, intervals: list[float | None]
) -> None:
    open_screen("runs", store.workspace)
    assert intervals == [2.0]
    for run in store.queue():
        store.cancel(run.id)
    screen = open_screen("runs", store.workspace, runs_run=only(store, "stopped").id)
    assert intervals == [2.0, None]
    press(screen, "Resume")
    assert intervals[-1] == 2.0


@pytest.mark.parametrize(("seen", "expected"), [((False, True), [None, 2.0]), ((True, False), [2.0, None])])
def test_it_starts_the_script_anew_when_activity_begins_or_ends_meanwhile(
    open_screen: Open,
    store: RunStore,
    intervals: list[float | None],
    monkeypatch: pytest.MonkeyPatch,
    seen: tuple[bool, bool],
    expected: list[float | None],
) -> None:
    outside, later = seen
    found = iter([outside])
    monkeypatch.setattr("pages.runs.live._active", lambda counts: next(found, later))
    assert table(open_screen("runs", store.workspace)).size
    assert intervals == expected


def test_a_question_on_the_screen_is_not_taken_away(
    open_screen: Open, store: RunStore, intervals: list[float | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    store.delete(only(store, "failed").id)
    screen = open_screen("runs", store.workspace)
    press(screen, "Empty the trash …")
    found = iter([True])
    monkeypatch.setattr("pages.runs.live._active", lambda counts: next(found, False))
    intervals.clear()
    screen.run()
    assert intervals == [2.0]  # it did not start anew
    assert listed(screen)


def test_the_screen_needs_no_torch() -> None:
    code = "import sys, pages.runs.screen; print('torch' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], cwd=APP.parent, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
