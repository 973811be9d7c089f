"""Launching: what is queued, what is kept, what is refused, and that it lives on without this process."""

import json
import os
import sys

import pytest

from riskcore.errors import InputError
from riskcore.jobs import launch as recipe_launch
from riskcore.jobs.launch import drafted, launch, obstacle
from riskcore.jobs.queue import start_workers, wait
from riskcore.jobs.recipes import configs
from riskcore.jobs.submit import check
from riskcore.runs.store import RunStore
from riskcore.workspace import Workspace
from tests.helpers.recipe_made import CHILD, tiny, with_straddling_groups


@pytest.fixture
def no_workers(monkeypatch: pytest.MonkeyPatch) -> list[Workspace]:
    started: list[Workspace] = []
    monkeypatch.setattr(recipe_launch, "start_workers", started.append)
    return started


def test_the_runs_of_a_recipe_are_queued_once(workspace: Workspace, no_workers) -> None:
    recipe = tiny()
    first = launch(workspace, recipe)
    assert (len(first.new), first.resumed, first.present) == (4, (), ())
    assert first.text() == "4 runs queued."
    assert no_workers == [workspace]
    again = launch(workspace, recipe)
    assert (again.new, again.resumed, [run.id for run in again.present]) == ((), (), [run.id for run in first.new])
    assert again.text() == "4 runs with these settings already there, not trained twice."
    assert len(RunStore(workspace).list()) == 4


def test_finished_runs_are_kept_stopped_ones_resumed_failed_ones_tried_anew(workspace: Workspace, no_workers) -> None:
    runs = launch(workspace, tiny()).new
    for run, state in zip(runs, ("finished", "stopped", "failed"), strict=False):
        with run.claim():
            run.end(state)
    done = launch(workspace, tiny(seeds=3))
    assert [run.id for run in done.present] == [runs[0].id, runs[3].id]
    assert [run.id for run in done.resumed] == [runs[1].id]
    assert len(done.new) == 3  # the failed one and the third seed's two
    assert done.text().startswith("3 runs queued. 1 run that had been stopped or interrupted queued again.")


def test_drafts_are_what_the_check_gives(workspace: Workspace) -> None:
    recipe = tiny(data__folds="3")
    assert drafted(workspace, recipe) == check(workspace, configs(workspace, recipe))


def test_a_backbone_that_is_not_there_is_refused_before_anything_is_queued(workspace: Workspace, no_workers) -> None:
    with pytest.raises(InputError, match="timm has no such model"):
        launch(workspace, tiny("test_efficientnet", "test_efficientnett"))
    assert RunStore(workspace).list() == []
    assert no_workers == []


def test_nothing_stands_in_the_way_of_a_good_recipe(workspace: Workspace) -> None:
    assert obstacle(workspace, tiny()) is None
    assert obstacle(workspace, tiny(data__folds="3")) is None


def test_groups_in_two_parts_block_and_leaving_them_out_helps(workspace: Workspace, no_workers) -> None:
    with_straddling_groups(workspace)
    found = obstacle(workspace, tiny())
    assert found is not None
    assert found.reason.startswith("patches: 2 groups have images in two parts (p1, p2)")
    assert found.drop_leaks_helps
    with pytest.raises(InputError, match="2 groups have images in two parts"):
        launch(workspace, tiny())
    assert obstacle(workspace, tiny(data__drop_leaks=True)) is None


def test_other_obstacles_are_named_and_leaving_images_out_is_not_offered(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = obstacle(workspace, tiny().model_copy(update={"matrix": "isic2018"}))
    assert other is not None
    assert other.reason.startswith("the severity matrix is for other classes")
    assert not other.drop_leaks_helps
    folds = obstacle(workspace, tiny(data__folds="published"))
    assert folds is not None
    assert folds.reason == "patches: the data set has no published folds; give a number of folds."
    monkeypatch.setattr("riskcore.jobs.submit.devices", lambda: ("cpu",))
    cuda = obstacle(workspace, tiny(train__device="cuda"))
    assert cuda is not None
    assert "offers no CUDA device" in cuda.reason


def test_the_worker_is_a_session_of_its_own_that_outlives_this_process(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = (sys.executable, "-c", CHILD)
    monkeypatch.setattr(recipe_launch, "start_workers", lambda here: start_workers(here, child))
    (run,) = launch(workspace, tiny(losses=["ce"], seeds=1)).new
    (ended,) = wait(RunStore(workspace), [run.id], poll=0.1, command=child)
    assert ended.state == "finished"
    session, worker = json.loads((run.folder / "who.json").read_text())
    assert session == worker  # the worker leads its session
    assert session != os.getsid(0)
    assert worker != os.getpid()
