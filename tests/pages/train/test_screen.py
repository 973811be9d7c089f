"""The screen Train: what it offers, what it refuses, and what a launch leaves in the queue."""

import json
import re
import sys
from pathlib import Path
from typing import get_args

import pytest
from streamlit.testing.v1 import AppTest

from pages.train.settings import setting_key
from riskcore.config import PACKAGED, SETTINGS, DataSettings, Group, shown
from riskcore.data.manifest import register
from riskcore.data.prepare import divide, renewed_audit
from riskcore.data.registry import load_dataset, save_dataset
from riskcore.decision.operating import Wish
from riskcore.jobs import background, submit, tuning
from riskcore.jobs import launch as recipe_launch
from riskcore.jobs.background import Status
from riskcore.jobs.estimates import NOT_MEASURED
from riskcore.jobs.queue import start_workers, wait
from riskcore.jobs.recipes import PRESETS, build
from riskcore.jobs.speed import Speed, keep_speed, wanted_configs
from riskcore.jobs.submit import check_backbone
from riskcore.runs.folder import Run
from riskcore.runs.store import RunStore
from riskcore.severity import SeverityMatrix
from riskcore.severity.store import load_matrix, save_matrix
from riskcore.workspace import Workspace
from tests.conftest import write_patches
from tests.helpers.made_workspace import add_run
from tests.helpers.recipe_made import CHILD, with_straddling_groups
from tests.helpers.screens import Open, errors, texts

AS_ADDED = {"train_epochs": "2", "train_model_size": "160", "train_model_hidden": "0", "train_views": "4"}
"""What makes the Quick preset train as `made_workspace.add_run` does."""


@pytest.fixture(autouse=True)
def no_workers(monkeypatch: pytest.MonkeyPatch) -> list[Workspace]:
    """No test trains; backbones are looked up in the tests of the engine."""
    started: list[Workspace] = []
    monkeypatch.setattr(recipe_launch, "start_workers", started.append)
    monkeypatch.setattr(submit, "check_backbone", lambda config: None)
    return started


def said(screen: AppTest) -> str:
    """All that the screen says, without the backslashes that keep markdown from reading signs."""
    return texts(screen).replace("\\", "")


def table(screen: AppTest):
    (frame,) = screen.dataframe
    return frame.value


def click(screen: AppTest, key: str) -> None:
    screen.button(key=key).click().run()
    assert not screen.exception


def launch_button(screen: AppTest):
    """The button that queues runs; None where there is none."""
    found = [button for button in screen.button if (button.key or "").startswith("train_launch ")]
    assert len(found) < 2
    return found[0] if found else None


def launch(screen: AppTest) -> None:
    launch_button(screen).click().run()
    assert not screen.exception


def captions(screen: AppTest) -> list[str]:
    """What stands beside Quick, Standard and Thorough."""
    return list(screen.radio(key="train_preset").proto.captions)


def other_data(workspace: Workspace, folder: Path) -> None:
    """A data set of two other classes, "cat" and "dog", with a matrix of its own."""
    pets = write_patches(folder / "pets", images_a_class=12)
    (pets / "benign").rename(pets / "cat")
    (pets / "malignant").rename(pets / "dog")
    for image in (pets / "unsure").iterdir():
        image.unlink()
    (pets / "unsure").rmdir()
    save_dataset(workspace, register("pets", pets))
    save_matrix(workspace, "pets", SeverityMatrix(["cat", "dog"], [[0, 1], [2, 0]]))


# --- what it offers


def test_without_a_data_set_it_leads_to_the_screen_that_registers_one(open_screen: Open, empty: Workspace) -> None:
    screen = open_screen("train", empty)
    assert "No data set yet" in said(screen)
    assert [link.proto.label for link in screen.get("page_link")] == ["Register a data set"]
    assert not screen.button


def test_quick_makes_four_runs_on_a_named_device(
    open_screen: Open, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("riskcore.words.device.devices", lambda: ("cpu",))
    screen = open_screen("train", workspace)
    assert not screen.error
    frame = table(screen)
    assert list(zip(frame["Loss"], frame["Seed"], strict=True)) == [
        ("ce", 0),
        ("log_harm s=3", 0),
        ("ce", 1),
        ("log_harm s=3", 1),
    ]
    assert set(frame["Estimated time"]) == {NOT_MEASURED}
    assert "no GPU found" in said(screen)
    assert "2 plain, 2 with severity · **not measured yet**" in said(screen)
    assert captions(screen) == [f"not measured yet · {runs} runs" for runs in (4, 6, 75)]
    assert launch_button(screen).label == "Train 4 runs on patches"


def test_the_address_presets_every_choice(open_screen: Open, workspace: Workspace) -> None:
    save_matrix(workspace, "stricter", load_matrix(workspace, "patches"))
    screen = open_screen(
        "train", workspace, train_preset="Thorough", train_matrix="stricter", train_losses="margin", train_seeds="2"
    )
    frame = table(screen)
    assert set(frame["Loss"]) == {"margin s=1", "margin s=3", "margin s=10"}
    assert len(frame) == 3 * 2 * 5
    assert set(frame["Fold"]) == {0, 1, 2, 3, 4}
    assert screen.selectbox(key="train_matrix").value == "stricter"
    assert launch_button(screen).label == "Train 30 runs on patches"


def test_a_changed_setting_is_called_custom_and_can_be_taken_back(open_screen: Open, workspace: Workspace) -> None:
    screen = open_screen("train", workspace)
    assert "Custom" not in said(screen)
    screen.number_input(key="train_seeds").set_value(3)
    screen.selectbox(key="train_data_folds").set_value("2").run()
    assert "Custom" in said(screen)
    assert "Quick, but with other seeds, folds." in said(screen)
    assert len(table(screen)) == 12
    click(screen, "train_back")
    assert "Custom" not in said(screen)
    assert len(table(screen)) == 4


def test_another_preset_sets_everything_that_it_speaks_of(open_screen: Open, workspace: Workspace) -> None:
    screen = open_screen("train", workspace)
    screen.number_input(key="train_epochs").set_value(3)
    screen.number_input(key="train_seeds").set_value(9).run()
    screen.radio(key="train_preset").set_value("Standard").run()
    assert not screen.exception
    assert "Custom" not in said(screen)
    assert screen.number_input(key="train_seeds").value == 3
    assert screen.number_input(key="train_epochs").value is None  # automatic
    assert screen.number_input(key="train_model_members").value == 2
    assert screen.number_input(key="train_patience").value == 0
    assert len(table(screen)) == 6


def test_teachers_are_none_or_several(open_screen: Open, workspace: Workspace) -> None:
    screen = open_screen("train", workspace)
    control = screen.selectbox(key="train_teachers")
    assert (control.value, control.options[:3]) == ("none", ["none", "2", "3"])
    control.set_value("5").run()
    assert "Quick, but with other teachers." in said(screen)
    assert not screen.error
    launch(screen)
    assert {run.config["train"]["teachers"] for run in RunStore(workspace).list()} == {5}


def test_a_hidden_layer_is_asked_for_only_where_the_backbone_is_frozen(open_screen: Open, workspace: Workspace) -> None:
    screen = open_screen("train", workspace)
    assert screen.number_input(key="train_model_hidden").value == 256
    screen.selectbox(key="train_backbone").set_value("last:1").run()
    assert "train_model_hidden" not in {control.key for control in screen.number_input}
    assert launch_button(screen).label == "Train 4 runs on patches"


def test_settings_carry_the_descriptions_of_the_configuration(open_screen: Open, workspace: Workspace) -> None:
    screen = open_screen("train", workspace)
    assert screen.number_input(key="train_patience").help == (
        "Epochs without improvement before stopping; 0 is off (`train.patience`)"
    )


def test_every_setting_of_a_heading_is_asked_for_under_its_label(open_screen: Open, workspace: Workspace) -> None:
    screen = open_screen("train", workspace)
    controls = {
        control.key: control.label
        for control in (*screen.selectbox, *screen.number_input, *screen.toggle, *screen.multiselect)
    }
    asked = {name: about for name, field in SETTINGS.items() if (about := shown(field)) and about.group}
    assert len(asked) == 31
    for name, about in asked.items():
        if name != "data.magnifications":  # of BreaKHis alone
            assert controls[setting_key(name)] == about.label
    assert {controls[f"train_{name}"] for name in ("losses", "strengths", "seeds")} == {"Losses", "Strengths", "Seeds"}
    titles = [element.value for element in screen.markdown]
    places = [titles.index(f"**{group}**") for group in get_args(Group)]
    assert places == sorted(places)


def test_an_empty_control_tells_what_follows_from_what_is_trained(open_screen: Open, workspace: Workspace) -> None:
    screen = open_screen("train", workspace)
    names = ("train.epochs", "train.batch_size", "train.learning_rate", "train.weight_decay")

    def placeholders() -> list[str]:
        return [screen.number_input(key=setting_key(name)).placeholder for name in names]

    assert placeholders() == ["automatic: 40", "automatic: 256", "automatic: 0.001", "automatic: 1"]
    screen.selectbox(key="train_backbone").set_value("full").run()
    assert placeholders() == ["automatic: 10", "automatic: 32", "automatic: 0.0005", "automatic: 0.01"]
    models = screen.multiselect(key="train_models")
    models.set_value([*models.value, "vit_small_patch14_dinov2"]).run()
    assert placeholders()[1:3] == ["automatic: 32", "automatic: 0.0005 or 0.0001"]


def test_a_few_of_the_images_are_seen(open_screen: Open, workspace: Workspace) -> None:
    pictures = [element.proto.imgs[0].alt for element in open_screen("train", workspace).get("image")]
    assert pictures == [f"An image of the class {label}" for label in load_dataset(workspace, "patches").classes]


def test_another_data_set_brings_a_matrix_for_its_classes_and_a_matrix_its_data_set(
    open_screen: Open, workspace: Workspace, tmp_path: Path
) -> None:
    other_data(workspace, tmp_path)
    screen = open_screen("train", workspace, train_data="patches")
    assert screen.selectbox(key="train_matrix").value == "patches"
    assert screen.selectbox(key="train_matrix").options == ["patches", "pets"]
    screen.selectbox(key="train_data").set_value("pets").run()
    assert screen.selectbox(key="train_matrix").value == "pets"
    assert launch_button(screen).label == "Train 4 runs on pets"
    screen.selectbox(key="train_matrix").set_value("patches").run()
    assert screen.selectbox(key="train_data").value == "patches"
    assert launch_button(screen).label == "Train 4 runs on patches"
    assert not screen.error


@pytest.mark.parametrize("given", ["train_data", "train_matrix"])
def test_an_address_with_one_of_the_two_brings_the_other(
    given: str, open_screen: Open, workspace: Workspace, tmp_path: Path
) -> None:
    other_data(workspace, tmp_path)
    for name in ("patches", "pets"):
        screen = open_screen("train", workspace, **{given: name})
        assert [screen.selectbox(key=key).value for key in ("train_data", "train_matrix")] == [name, name]
        assert launch_button(screen).label == f"Train 4 runs on {name}"


def test_weights_are_asked_for_only_where_none_are_installed(open_screen: Open, workspace: Workspace) -> None:
    screen = open_screen("train", workspace)
    assert "train_weights" not in {box.key for box in screen.selectbox}
    screen = open_screen("train", workspace, train_models="resnet50")
    assert screen.selectbox(key="train_weights").label == "Weights of resnet50"
    assert set(table(screen)["Backbone"]) == {"resnet50"}


def test_a_transformer_takes_whole_patches_and_says_where_its_weights_come_from(
    open_screen: Open, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RISKCORE_WEIGHTS", str(tmp_path))
    monkeypatch.setattr(submit, "check_backbone", check_backbone)
    screen = open_screen("train", workspace, train_models="vit_small_patch14_dinov2")
    assert "train_weights" not in {box.key for box in screen.selectbox}
    asked = screen.number_input(key="train_model_size").value
    assert f"vit_small_patch14_dinov2: {asked // 14 * 14} pixels a side, a multiple of its patches." in said(screen)
    launch_button(screen).click().run()
    assert any("riskcore weights add dinov2-small FILE.whl" in error for error in errors(screen))


# --- times


def test_times_of_like_runs_are_shown_and_added_up(open_screen: Open, full: Workspace) -> None:
    for run in RunStore(full).list(state="finished"):
        record = json.loads((run.folder / "run.json").read_text())
        record["timings"]["seconds"] = 30.0
        (run.folder / "run.json").write_text(json.dumps(record))
    screen = open_screen("train", full, train_seeds="4", **AS_ADDED)
    frame = table(screen)
    assert frame["State"].tolist() == ["finished, not trained again"] * 4 + ["new"] * 4
    assert frame["Estimated time"].tolist() == ["–"] * 4 + ["30 seconds"] * 4
    assert "4 of them there already" in said(screen)
    assert "**about 2 minutes**" in said(screen)
    assert launch_button(screen).label == "Train 4 runs on patches"
    assert screen.button(key="train_measure").label == "Measure the missing times"  # of Standard and Thorough


def test_times_of_finished_runs_on_other_images_stand_beside_the_choice(
    open_screen: Open, workspace: Workspace, tmp_path: Path
) -> None:
    """As those of the demo do beside one's own images."""
    other_data(workspace, tmp_path)
    runs = recipe_launch.launch(workspace, build("pets", "pets", [PACKAGED], "hub", PRESETS["Quick"], str(Wish()))).new
    for run, seconds in zip(runs, (90.0, 30.0, 30.0, 30.0), strict=True):
        with run.claim():
            run.end("finished")
        record = json.loads((run.folder / "run.json").read_text())
        record["timings"]["seconds"] = seconds
        (run.folder / "run.json").write_text(json.dumps(record))
    screen = open_screen("train", workspace, train_data="patches")
    quick, standard, thorough = captions(screen)
    assert re.fullmatch(r"about \d+ minutes · 4 runs", quick)
    assert standard.startswith("not measured yet")
    assert thorough.startswith("not measured yet")
    assert captions(open_screen("train", workspace, train_data="pets"))[0] == "trained already · 4 runs"


def test_a_measurement_is_started_and_then_used(
    open_screen: Open, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []
    monkeypatch.setattr("riskcore.jobs.speed.background.start", lambda *given: started.append(given))
    screen = open_screen("train", workspace, train_models=["tf_efficientnet_lite0", "resnet50"])
    click(screen, "train_measure")
    ((where, job, name),) = started
    assert (where, job) == (workspace, "speed")
    wanted = wanted_configs(workspace, name)
    assert {(config.model.name, config.train.backbone) for config in wanted} == {
        ("tf_efficientnet_lite0", "frozen"),
        ("tf_efficientnet_lite0", "last:2"),
        ("tf_efficientnet_lite0", "full"),
        ("resnet50", "frozen"),
    }
    for config in wanted:
        keep_speed(workspace, config, Speed(start=5.0, decoding=1e9, features=1e9, training=1e9, evaluation=1e9))
    screen.run()
    assert set(table(screen)["Estimated time"]) == {"5 seconds"}
    assert "**about 40 seconds**" in said(screen)
    assert captions(screen) == ["about 20 seconds · 4 runs", "about 30 seconds · 6 runs", "about 6 minutes · 75 runs"]
    assert screen.button(key="train_measure").label == "Measure the times again"


def test_a_failed_measurement_says_why(
    open_screen: Open, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = Status("failed", error="No.")
    monkeypatch.setattr("pages.kit.job_progress.background.status", lambda here, job, name="": failed)
    screen = open_screen("train", workspace)
    assert "It could not be finished. No." in said(screen)
    assert screen.button(key="train_measure").label == "Measure the missing times"


# --- launching


def test_a_launch_queues_the_runs_and_a_second_click_queues_none(
    open_screen: Open, workspace: Workspace, no_workers: list[Workspace]
) -> None:
    screen = open_screen("train", workspace)
    launch(screen)
    assert "4 runs queued." in said(screen)
    assert "Watch them" in [link.proto.label for link in screen.get("page_link")]
    assert {run.state for run in RunStore(workspace).list()} == {"queued"}
    assert no_workers == [workspace]
    assert set(table(screen)["State"]) == {"queued"}
    assert launch_button(screen).disabled
    again = open_screen("train", workspace, train_seeds="3")
    launch(again)
    assert "2 runs queued. 4 runs with these settings already there, not trained twice." in said(again)
    assert len(RunStore(workspace).list()) == 6


def test_a_click_on_a_button_that_named_another_data_set_queues_nothing(
    open_screen: Open, workspace: Workspace, tmp_path: Path
) -> None:
    """The click and the other choice reach the server together, as they do when both are fast."""
    other_data(workspace, tmp_path)
    screen = open_screen("train", workspace, train_data="patches")
    shown = launch_button(screen)
    assert shown.label == "Train 4 runs on patches"
    screen.selectbox(key="train_data").set_value("pets")
    shown.click().run()
    assert not screen.exception
    assert RunStore(workspace).list() == []
    assert launch_button(screen).label == "Train 4 runs on pets"


def test_the_confirmation_goes_when_something_else_is_chosen(open_screen: Open, workspace: Workspace) -> None:
    screen = open_screen("train", workspace)
    launch(screen)
    screen.number_input(key="train_seeds").set_value(3).run()
    assert not screen.success


def test_two_launches_are_carried_out_by_a_process_apart_from_the_server(
    open_screen: Open, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = (sys.executable, "-c", CHILD)
    monkeypatch.setattr(recipe_launch, "start_workers", lambda here: start_workers(here, child))
    for seeds in ("1", "2"):
        launch(open_screen("train", workspace, train_losses="ce", train_seeds=seeds))
    runs = RunStore(workspace).list()
    assert len(runs) == 2
    for run in wait(RunStore(workspace), [run.id for run in runs], poll=0.1, command=child):
        assert run.state == "finished"
        session, worker = json.loads((run.folder / "who.json").read_text())
        assert session == worker  # the worker leads a session of its own


def test_what_the_backbone_check_refuses_is_said_and_nothing_is_queued(
    open_screen: Open, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submit, "check_backbone", check_backbone)
    screen = open_screen("train", workspace, train_models="resnet5000")
    launch(screen)
    assert "timm has no such model" in said(screen)
    assert RunStore(workspace).list() == []


def test_stopped_runs_go_on(open_screen: Open, workspace: Workspace) -> None:
    run = add_run(workspace, "stopped")
    screen = open_screen("train", workspace, train_seeds="1", train_losses="ce", **AS_ADDED)
    assert table(screen)["State"].tolist() == ["goes on where it was stopped"]
    launch(screen)
    assert run.reload().state == "queued"


# --- what it refuses


def test_groups_in_two_parts_block_the_launch_until_they_are_left_out(open_screen: Open, workspace: Workspace) -> None:
    with_straddling_groups(workspace)
    screen = open_screen("train", workspace)
    assert "Cannot be launched: patches: 2 groups have images in two parts" in said(screen)
    assert launch_button(screen) is None
    click(screen, "train_drop")
    assert not screen.error
    assert "leave leaking images out" in said(screen)
    launch(screen)
    assert all(run.config["data"]["drop_leaks"] for run in RunStore(workspace).list())


def test_a_matrix_for_other_classes_is_refused_in_words(open_screen: Open, workspace: Workspace) -> None:
    screen = open_screen("train", workspace, train_data="patches", train_matrix="isic2018")
    assert "Cannot be launched: the severity matrix is for other classes" in said(screen)
    assert captions(screen) == ["not possible with these images"] * 3
    assert "train_drop" not in {button.key for button in screen.button}
    assert launch_button(screen) is None


def test_classes_without_a_matrix_lead_to_the_screen_that_makes_one(
    open_screen: Open, workspace: Workspace, tmp_path: Path
) -> None:
    other_data(workspace, tmp_path)
    (workspace.matrices / "pets.json").unlink()
    screen = open_screen("train", workspace, train_data="pets")
    assert "No matrix is for these classes yet." in said(screen)
    assert "Say how bad each mistake is" in [link.proto.label for link in screen.get("page_link")]


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("train_losses", [], "No loss is chosen"),
        ("train_strengths", [], "The loss log_harm needs a strength"),
        ("train_strengths", ["much"], "Expected a strength that is a number"),
        ("train_models", [], "No backbone is chosen"),
    ],
)
def test_choices_that_make_no_run_are_named(
    key: str, value: list[str], reason: str, open_screen: Open, workspace: Workspace
) -> None:
    screen = open_screen("train", workspace)
    screen.session_state[key] = value
    screen.run()
    assert not screen.exception
    assert reason in said(screen)
    assert launch_button(screen) is None


def test_unreadable_images_block_the_launch(open_screen: Open, workspace: Workspace) -> None:
    manifest = load_dataset(workspace, "patches")
    screen = open_screen("train", workspace)
    assert "Not audited yet" in said(screen)
    manifest.path(manifest.table["sample"][0]).write_bytes(b"no image")
    renewed_audit(workspace, manifest)
    screen = open_screen("train", workspace)
    assert "Cannot be launched: 1 image is unreadable" in said(screen)
    assert launch_button(screen).disabled


def test_duplicates_across_parts_are_warned_of(open_screen: Open, workspace: Workspace) -> None:
    manifest = load_dataset(workspace, "patches")
    parts = divide(manifest, DataSettings(name="patches"), None)
    samples = manifest.table["sample"].to_numpy()
    training, test = (manifest.path(samples[parts == part][0]) for part in ("train", "test"))
    training.write_bytes(test.read_bytes())
    renewed_audit(workspace, manifest)
    screen = open_screen("train", workspace)
    assert "1 of the training and validation images have a duplicate" in said(screen)
    assert not launch_button(screen).disabled


# --- the command line


def test_the_command_line_is_there_to_copy(open_screen: Open, workspace: Workspace) -> None:
    screen = open_screen("train", workspace)
    line, content = (code.value for code in screen.code)
    assert line == "riskcore reproduce patches.yaml -o patches-results"
    assert "seeds: [0, 1]" in content
    single = open_screen("train", workspace, train_losses="ce")
    assert single.code[0].value.count("riskcore train patches.yaml") == 2


# --- the search


def test_a_search_is_started_watched_stopped_and_shown(
    open_screen: Open, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[str, str]] = []
    monkeypatch.setattr(background, "start", lambda here, job, name: started.append((job, name)))
    screen = open_screen("train", workspace)
    assert "test cases are not looked at" in said(screen)
    screen.number_input(key="train_trials").set_value(7).run()
    click(screen, "_train_search")
    (name,) = tuning.names(workspace)
    assert started == [("tune", name)]
    assert tuning.study(workspace, name).search.trials == 7

    monkeypatch.setattr(background, "status", lambda here, job, name="": Status("running", 3, 7, "trials"))
    screen = open_screen("train", workspace)
    assert [button.key for button in screen.button if button.key == "_train_search"] == []
    click(screen, "_train_stop")
    assert tuning._stop_file(workspace, name).exists()
    other = open_screen("train", workspace, train_preset="Standard")
    assert f"This search ({name}) has other settings, data or another matrix than what is chosen above" in said(other)
    assert "_train_stop" in [button.key for button in other.button]
    none = open_screen("train", workspace, train_losses="nonsense")
    assert "_train_stop" in [button.key for button in none.button]

    def train(workspace: Workspace, search, loss, look) -> list[Run]:
        return [add_run(workspace, loss={"form": loss.form, "strength": loss.strength}, skill=1.0 + len(loss.form) / 9)]

    monkeypatch.setattr(tuning, "_trained", train)
    found = tuning.run(workspace, name)
    monkeypatch.setattr(background, "status", lambda here, job, name="": Status("done", label="done"))
    screen = open_screen("train", workspace)
    results = screen.dataframe[-1].value
    assert results["Loss"].tolist()[0] == "ce"
    assert found.best is not None
    assert results["Loss"].tolist()[1] == found.best.loss.label
    assert "Compare the best with cross-entropy" in [link.proto.label for link in screen.get("page_link")]


def test_a_search_that_failed_says_why(
    open_screen: Open, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = Status("failed", error="Cross-entropy was not trained.")
    monkeypatch.setattr(background, "status", lambda here, job, name="": failed if job == "tune" else None)
    screen = open_screen("train", workspace)
    assert "It could not be finished. Cross-entropy was not trained." in errors(screen)

    monkeypatch.setattr(tuning, "names", lambda here: ["patches-c0ffee"])  # begun again, in a terminal
    monkeypatch.setattr(tuning, "is_running", lambda here, name: True)
    screen = open_screen("train", workspace)
    assert errors(screen) == []
    assert "started from the command line" in said(screen)
