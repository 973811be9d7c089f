"""From settings to queued runs: what is refused beforehand, and what is trained again."""

from dataclasses import replace

import numpy as np
import pytest

from riskcore.config import RunConfig
from riskcore.data.registry import load_dataset, save_dataset
from riskcore.errors import InputError
from riskcore.jobs import submit as module
from riskcore.jobs.submit import check, check_backbone, enqueue, find, plan, submit
from riskcore.runs.store import RunStore
from riskcore.severity import SeverityMatrix
from riskcore.severity.store import save_matrix
from riskcore.workspace import Workspace


def config(**changes) -> RunConfig:
    model = {"name": "test_efficientnet", "weights": "none", "size": 32}
    return RunConfig.build({"data": "patches", "matrix": "patches", "model": model, "loss": "ce", **changes})


def finish(run, state="finished") -> None:
    with run.claim():
        run.end(state)


def refusal(workspace: Workspace, *configs: RunConfig) -> str:
    with pytest.raises(InputError) as caught:
        check(workspace, configs)
    assert RunStore(workspace).list() == []
    return str(caught.value)


def test_a_run_is_queued_with_everything_that_it_is_made_from(workspace: Workspace, patch_matrix) -> None:
    settings = config(seed=3)
    run = submit(workspace, settings)
    assert (run.state, run.seed, run.fold, run.loss, run.data) == ("queued", 3, None, "ce", "patches")
    assert RunConfig.build(run.config) == settings
    assert SeverityMatrix.load(run.folder / "matrix.json") == patch_matrix
    (plan,) = check(workspace, [settings])
    assert run.pool == plan.pool


def test_a_later_edit_of_the_matrix_makes_another_pool_and_leaves_the_run_alone(
    workspace: Workspace, patch_matrix
) -> None:
    before = submit(workspace, config())
    save_matrix(workspace, "patches", SeverityMatrix(patch_matrix.classes, patch_matrix.values, critical=5))
    after = submit(workspace, config())
    assert after.pool != before.pool
    assert SeverityMatrix.load(before.folder / "matrix.json") == patch_matrix


def test_a_missing_gpu_is_found_before_queueing(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = config(train={"device": "cuda"})
    monkeypatch.setattr(module, "devices", lambda: ("cpu",))
    assert refusal(workspace, config(), wanted) == (
        "train.device=cuda, but this machine offers no CUDA device; use train.device=cpu or auto."
    )
    monkeypatch.setattr(module, "devices", lambda: ("cuda:0", "cpu"))
    assert len(check(workspace, [wanted])) == 1


def test_groups_in_two_parts_are_found_before_queueing(workspace: Workspace) -> None:
    manifest = load_dataset(workspace, "patches")
    splits = np.resize(["train", "train", "validation", "test"], len(manifest))
    table = manifest.table.assign(group="patient", split=splits)
    save_dataset(workspace, replace(manifest, table=table))
    assert refusal(workspace, config()).startswith("patches: 1 group has images in two parts (patient)")


def test_more_teachers_than_training_groups_are_found_before_queueing(workspace: Workspace) -> None:
    manifest = load_dataset(workspace, "patches")
    six = [f"p{place % 6}" for place in range(len(manifest))]
    save_dataset(workspace, replace(manifest, table=manifest.table.assign(group=six)))
    groups = int(refusal(workspace, config(train={"teachers": 20})).split("form ")[1].split()[0])
    assert 2 <= groups < 6  # some are kept for validation and test
    assert refusal(workspace, config(train={"teachers": groups + 1})) == (
        f"train.teachers={groups + 1}, but the training images form {groups} groups; each teacher needs one that it "
        "does not learn from."
    )
    assert len(check(workspace, [config(train={"teachers": groups})])) == 1


def test_one_wrong_run_keeps_all_of_them_out_of_the_queue(workspace: Workspace) -> None:
    assert refusal(workspace, config(), config(data="patchez")) == (
        "No data set named or stored in the file 'patchez': did you mean 'patches'? "
        "Register one with `riskcore data add NAME PATH`."
    )
    assert refusal(workspace, config(), config(matrix="patchez")) == (
        "No matrix named or stored in the file 'patchez': did you mean 'patches'?"
    )
    wrong = config(data={"name": "patches", "folds": 3}, fold=3)
    assert refusal(workspace, config(), wrong) == "patches: expected fold to be one of 0, 1, 2, but got 3."
    published = config(data={"name": "patches", "folds": "published"}, fold=1)
    assert refusal(workspace, published) == "patches: the data set has no published folds; give a number of folds."


def test_a_matrix_for_other_classes_is_refused(workspace: Workspace) -> None:
    message = refusal(workspace, config(matrix="breakhis"))
    assert message.startswith(
        "the severity matrix is for other classes: it has no row for 'benign', 'malignant', 'unsure' and a row "
        "too many for 'adenosis', "
    )


def test_runs_are_reused_unless_they_failed(workspace: Workspace) -> None:
    plans = check(workspace, [config(seed=seed) for seed in range(4)])
    runs = enqueue(workspace, plans, reuse=True)
    finish(runs[0])
    finish(runs[1], "failed")
    finish(runs[2], "stopped")
    again = enqueue(workspace, plans, reuse=True)
    assert [own.id == other.id for own, other in zip(runs, again, strict=True)] == [True, False, True, True]
    assert [run.state for run in again] == ["finished", "queued", "queued", "queued"]
    assert len(RunStore(workspace).list()) == 5
    fresh = enqueue(workspace, plans[:1])
    assert fresh[0].id != runs[0].id  # without `reuse` a run is trained again


def test_an_interrupted_run_is_queued_again(workspace: Workspace) -> None:
    plans = check(workspace, [config()])
    (run,) = enqueue(workspace, plans)
    run.change("running", owner={"host": "elsewhere", "pid": 1, "started": "2026-01-01T00:00:00+00:00"})
    assert run.reload().state == "interrupted"
    (again,) = enqueue(workspace, plans, reuse=True)
    assert (again.id, again.state) == (run.id, "queued")


def test_a_finished_run_is_preferred_and_other_seeds_are_others(workspace: Workspace) -> None:
    (plan,) = check(workspace, [config()])
    queued, finished = (enqueue(workspace, [plan])[0] for _ in range(2))
    finish(finished)
    runs = RunStore(workspace).list()
    assert find(runs, plan.config).id == finished.id
    assert find(runs, config(seed=9)) is None
    assert queued.reload().state == "queued"


def test_a_misspelt_backbone_is_named_with_the_nearest() -> None:
    with pytest.raises(InputError) as caught:
        check_backbone(config(model={"name": "tf_efficientnet_lite00", "weights": "none"}))
    assert "tf_efficientnet_lite0" in str(caught.value).replace("tf_efficientnet_lite00", "")
    assert "\n" not in str(caught.value)
    check_backbone(config())


def test_the_division_of_a_data_set_is_made_once_for_many_runs(workspace: Workspace, monkeypatch) -> None:
    from riskcore.jobs import submit as module

    folds = []
    divide = module.divide
    monkeypatch.setattr(module, "divide", lambda *given: folds.append(given[2]) or divide(*given))
    data = {"name": "patches", "folds": 3}
    check(workspace, [config(data=data, fold=fold, seed=seed) for fold in range(3) for seed in range(4)])
    assert folds == list(np.arange(3))


def test_a_plan_looks_up_each_backbone_once(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up: list[str] = []
    monkeypatch.setattr("riskcore.jobs.submit.check_backbone", lambda config: looked_up.append(config.model.name))
    configs = [
        config(model={"name": name, "weights": "none"}, seed=seed)
        for name in ("test_resnet", "test_efficientnet")
        for seed in range(2)
    ]
    assert plan(workspace, configs) == check(workspace, configs)
    assert looked_up == ["test_resnet", "test_efficientnet"]
    assert RunStore(workspace).list() == []
