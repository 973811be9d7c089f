"""Measured speeds: kept by what decides them, and measured on real batches."""

import json
import socket
import time

import numpy as np
import pytest

from riskcore.errors import InputError
from riskcore.jobs import background, speed, speed_job
from riskcore.jobs.launch import drafted
from riskcore.jobs.recipes import configs
from riskcore.jobs.speed import Speed, keep_speed, kept_speed, measuring_name, start_measuring, wanted_configs
from riskcore.jobs.speed_job import measure, measure_unknown, measure_wanted
from riskcore.workspace import Workspace
from tests.helpers.recipe_made import tiny

SPEED = Speed(start=3.0, decoding=50.0, features=20.0, training=10.0, evaluation=40.0)


def first(workspace: Workspace, **choices):
    return configs(workspace, tiny(**choices))[0]


def ignored(done: int, total: int, label: str) -> None:
    pass


def test_a_speed_serves_whatever_the_loss_and_seed_but_no_other_work(workspace: Workspace) -> None:
    assert kept_speed(workspace, first(workspace)) is None
    keep_speed(workspace, first(workspace), SPEED)
    for own in configs(workspace, tiny(strengths=["9"], losses=["margin"], seeds=3)):
        assert kept_speed(workspace, own) == SPEED
    for other in (
        {"model__size": 64},
        {"train__backbone": "full"},
        {"train__batch_size": 8},
        {"train__augment": "none"},
        {"train__threads": 2},
    ):
        assert kept_speed(workspace, first(workspace, **other)) is None


def test_a_speed_belongs_to_its_machine(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_speed(workspace, first(workspace), SPEED)
    monkeypatch.setattr(socket, "gethostname", lambda: "elsewhere")
    assert kept_speed(workspace, first(workspace)) is None


def test_several_speeds_are_kept(workspace: Workspace) -> None:
    small, large = first(workspace), first(workspace, model__size=64)
    keep_speed(workspace, small, SPEED)
    keep_speed(workspace, large, Speed(1.0, 2.0, None, 3.0, 4.0))
    assert kept_speed(workspace, small) == SPEED
    assert kept_speed(workspace, large) == Speed(1.0, 2.0, None, 3.0, 4.0)


def test_measuring_is_a_job_in_the_background(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    monkeypatch.setattr(speed.background, "start", lambda *given: started.append(given))
    wanted = [first(workspace), first(workspace, model__size=64)]
    start_measuring(workspace, wanted)
    assert started == [(workspace, "speed", measuring_name(wanted))]
    assert wanted_configs(workspace, measuring_name(wanted)) == wanted
    assert measuring_name(wanted) != measuring_name(wanted[:1])


@pytest.mark.parametrize("backbone", ["frozen", "full", "last:1"])
def test_real_batches_are_timed(backbone: str, workspace: Workspace) -> None:
    config = first(workspace, train__backbone=backbone, train__batch_size=8)
    files = sorted(workspace.root.rglob("*"))
    began = time.monotonic()
    found = measure(workspace, config, importing=100.0)
    spent = time.monotonic() - began
    assert 100 < found.start < 100 + spent
    assert (found.features is None) == (backbone == "full")
    rates = [found.decoding, found.training, found.evaluation, *([found.features] if found.features else [])]
    # Each was measured within the time that the whole took: no rate can be lower than its images over that time.
    assert all(np.isfinite(rate) and rate > 24 / spent for rate in rates)
    assert sorted(workspace.root.rglob("*")) == files


def test_what_was_wanted_is_measured_and_kept(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed.background, "start", lambda *given: True)
    wanted = [first(workspace), first(workspace, train__backbone="full", train__batch_size=8)]
    start_measuring(workspace, wanted)
    measure_wanted(workspace, measuring_name(wanted), 0.0, ignored)
    assert all(kept_speed(workspace, config) is not None for config in wanted)


def test_a_backbone_that_is_not_there_is_named(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed.background, "start", lambda *given: True)
    wanted = [configs(workspace, tiny("test_efficientnett"))[0]]
    start_measuring(workspace, wanted)
    with pytest.raises(InputError, match="timm has no such model"):
        measure_wanted(workspace, measuring_name(wanted), 0.0, ignored)


def test_the_job_runs_in_a_process_of_its_own(workspace: Workspace) -> None:
    wanted = [first(workspace)]
    start_measuring(workspace, wanted)
    name, limit = measuring_name(wanted), time.monotonic() + 120
    while (status := background.status(workspace, "speed", name)).state == "running":
        assert time.monotonic() < limit
        time.sleep(0.2)
    assert status.state == "done", status.error
    assert kept_speed(workspace, wanted[0]) is not None


def test_what_is_not_known_is_measured_once_for_each_kind_of_work(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(speed_job, "measure", lambda here, config, importing: asked.append(config.model.size) or SPEED)
    plans = [*drafted(workspace, tiny()), *drafted(workspace, tiny(model__size=64))]
    measure_unknown(workspace, plans, ignored)
    assert asked == [32, 64]
    measure_unknown(workspace, plans, ignored)
    assert asked == [32, 64]


@pytest.mark.parametrize("content", ["{", "[]", "5", '{"KEY": 5}', '{"KEY": {"start": 1}}', '{"KEY": {"start": "1"}}'])
def test_damaged_measurements_are_made_again(workspace: Workspace, content: str) -> None:
    config, file = first(workspace), speed.speeds_file(workspace)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content.replace('"KEY"', json.dumps(speed.speed_key(config))))
    assert kept_speed(workspace, config) is None
    keep_speed(workspace, config, SPEED)
    assert kept_speed(workspace, config) == SPEED
