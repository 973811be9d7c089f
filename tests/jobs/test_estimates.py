"""Estimates against sums made by hand."""

import json
from pathlib import Path

import pytest

from riskcore.data.manifest import register
from riskcore.data.readiness import part_sizes
from riskcore.data.registry import save_dataset
from riskcore.jobs.estimates import NOT_MEASURED, Estimate, duration, estimates, total
from riskcore.jobs.launch import drafted
from riskcore.jobs.speed import Speed, keep_speed
from riskcore.jobs.submit import enqueue
from riskcore.runs.folder import Run
from riskcore.runs.store import RunStore
from riskcore.severity.store import save_matrix
from riskcore.workspace import Workspace
from tests.conftest import write_patches
from tests.helpers.recipe_made import tiny

SPEED = Speed(start=3.0, decoding=50.0, features=20.0, training=10.0, evaluation=40.0)


def finish(run: Run, seconds: float, epochs: int = 1) -> None:
    with run.claim():
        run.update(progress={"kind": "epoch", "epoch": epochs, "epochs": epochs})
        run.end("finished")
    record = json.loads((run.folder / "run.json").read_text())
    record["timings"]["seconds"] = seconds
    (run.folder / "run.json").write_text(json.dumps(record))


def ask(workspace: Workspace, recipe) -> list[Estimate]:
    return estimates(workspace, drafted(workspace, recipe), RunStore(workspace).list())


@pytest.fixture
def others(workspace: Workspace, tmp_path: Path, patch_matrix) -> Workspace:
    """Another data set, of 3 × 40 patches."""
    save_dataset(workspace, register("others", write_patches(tmp_path / "others", images_a_class=40, seed=1)))
    save_matrix(workspace, "others", patch_matrix)
    return workspace


def on_others(recipe):
    return recipe.model_copy(update={"data": recipe.data.model_copy(update={"name": "others"}), "matrix": "others"})


def test_nothing_is_guessed(workspace: Workspace) -> None:
    assert ask(workspace, tiny()) == [Estimate(None, NOT_MEASURED)] * 4


def test_like_runs_give_their_median_whatever_their_loss_and_seed(workspace: Workspace) -> None:
    runs = enqueue(workspace, drafted(workspace, tiny()))
    for run, seconds in zip(runs, (10.0, 20.0, 900.0), strict=False):
        finish(run, seconds)
    found = ask(workspace, tiny(losses=["margin"], seeds=5))
    assert found == [Estimate(20.0, "median of 3 finished runs like this one")] * 5
    with runs[3].claim():
        runs[3].end("failed")
    assert ask(workspace, tiny())[0].seconds == 20.0  # what failed teaches nothing
    for changed in ({"train__epochs": 2}, {"model__size": 64}):
        assert ask(workspace, tiny(**changed))[0].seconds is None
    assert ask(workspace, tiny(data__folds="3"))[0].seconds == 15.0  # the images are prepared already


def test_whole_networks_on_other_data_tell_by_image_and_epoch(others: Workspace, patch_matrix) -> None:
    full = {"train__backbone": "full", "train__batch_size": 8}
    theirs = enqueue(others, drafted(others, on_others(tiny(**full, train__epochs=4))))
    for run, seconds in zip(theirs, (40.0, 44.0, 60.0), strict=False):
        finish(run, seconds, epochs=4)
    own, other = tiny(**full, train__epochs=10), on_others(tiny(**full))
    mine = part_sizes(others, own.data, patch_matrix)["train"]
    pace = 44.0 / (4 * part_sizes(others, other.data, patch_matrix)["train"])
    (estimate, *_) = ask(others, own)
    assert estimate.seconds == pytest.approx(pace * 10 * mine)
    assert estimate.basis == "from the speed of 3 finished runs with the same backbone"
    for changed in (
        {"model__size": 64},
        {"train__batch_size": 16},
        {"train__device": "auto"},
        {"train__teachers": 2},
    ):
        assert ask(others, tiny(**{**full, **changed}))[0].seconds is None
    assert ask(others, tiny("test_resnet", **full))[0].seconds is None


def test_runs_whose_data_are_gone_teach_nothing(others: Workspace) -> None:
    full = {"train__backbone": "full", "train__batch_size": 8}
    for run in enqueue(others, drafted(others, on_others(tiny(**full)))):
        finish(run, 40.0)
    (others.datasets / "others.json").unlink()
    assert ask(others, tiny(**full))[0].seconds is None


def test_cached_features_on_other_data_tell_what_preparing_and_what_training_takes(
    others: Workspace, patch_matrix
) -> None:
    theirs, mine = (part_sizes(others, recipe.data, patch_matrix) for recipe in (on_others(tiny()), tiny()))
    assert sum(theirs.values()) > sum(mine.values())
    for run, seconds in zip(enqueue(others, drafted(others, on_others(tiny()))), (20.0, 2.0, 4.0, 3.0), strict=True):
        finish(run, seconds)
    first, *later = ask(others, tiny())
    assert first.seconds == pytest.approx(3.0 + 17.0 * sum(mine.values()) / sum(theirs.values()))
    assert [each.seconds for each in later] == [3.0] * 3  # fewer images start no faster
    assert {first.basis, *(each.basis for each in later)} == {"from 4 finished runs of the same kind"}
    for changed in ({"train__epochs": 2}, {"train__views": 3}, {"model__size": 64}):
        assert ask(others, tiny(**changed))[0].seconds is None


def test_more_images_take_longer_to_learn_from(others: Workspace, patch_matrix) -> None:
    for run, seconds in zip(enqueue(others, drafted(others, tiny())), (10.0, 2.0, 2.0, 2.0), strict=True):
        finish(run, seconds)
    many, few = (part_sizes(others, recipe.data, patch_matrix) for recipe in (on_others(tiny()), tiny()))
    assert ask(others, on_others(tiny()))[1].seconds == pytest.approx(2.0 * many["train"] / few["train"])


def test_one_run_on_cached_features_of_other_data_says_nothing(others: Workspace) -> None:
    finish(enqueue(others, drafted(others, on_others(tiny())))[0], 2.0)
    assert ask(others, tiny())[0].seconds is None


def test_a_measurement_adds_up_to_a_run(workspace: Workspace, patch_matrix) -> None:
    recipe = tiny("tf_efficientnet_lite0", train__epochs=7)
    plans = drafted(workspace, recipe)
    keep_speed(workspace, plans[0].config, SPEED)
    images = part_sizes(workspace, recipe.data, patch_matrix)
    whole = sum(images.values())
    later = 3.0 + 7 * (images["train"] / 10 + images["validation"] / 40)
    later += 2 * (images["validation"] + images["test"]) / 40
    first = later + whole / 50 + 2 * whole / 20  # decoding, and the features of two views
    found = ask(workspace, recipe)
    assert [estimate.seconds for estimate in found] == pytest.approx([first, later, later, later])
    assert {estimate.basis for estimate in found} == {"timed on this machine"}
    assert total(found) == pytest.approx(first + 3 * later)


def test_teachers_add_their_training_and_what_they_are_asked(workspace: Workspace, patch_matrix) -> None:
    plain = tiny("tf_efficientnet_lite0", train__epochs=7)
    taught = tiny("tf_efficientnet_lite0", train__epochs=7, train__teachers=3)
    keep_speed(workspace, drafted(workspace, plain)[0].config, SPEED)
    images = part_sizes(workspace, plain.data, patch_matrix)
    each = 7 * (images["train"] * 2 / 3 / 10 + images["validation"] / 40)
    asked = 2 * images["train"] / 3 / 40  # each image once, and its mirror image
    more = [new.seconds - old.seconds for new, old in zip(ask(workspace, taught), ask(workspace, plain), strict=True)]
    assert more == pytest.approx([3 * (each + asked)] * 4)


def test_heads_of_another_width_share_the_features(workspace: Workspace) -> None:
    """What stands behind a frozen front does not change what comes out of it."""
    recipe = tiny("tf_efficientnet_lite0")
    models = [recipe.models[0].model_copy(update={"hidden": hidden}) for hidden in (0, 64)]
    both = recipe.model_copy(update={"models": tuple(models), "losses": recipe.losses[:1], "seeds": (0,)})
    plans = drafted(workspace, both)
    for plan in plans:
        keep_speed(workspace, plan.config, SPEED)
    first, second = (estimate.seconds for estimate in ask(workspace, both))
    whole = sum(part_sizes(workspace, both.data, plans[0].matrix).values())
    assert first - second == pytest.approx(whole / 50 + 2 * whole / 20)


def test_random_weights_have_other_features_for_each_seed(workspace: Workspace, patch_matrix) -> None:
    plans = drafted(workspace, tiny())
    keep_speed(workspace, plans[0].config, SPEED)
    whole = sum(part_sizes(workspace, tiny().data, patch_matrix).values())
    first, second, third, fourth = (estimate.seconds for estimate in ask(workspace, tiny()))
    assert second == fourth
    assert third - fourth == pytest.approx(2 * whole / 20)
    assert first - third == pytest.approx(whole / 50)


def test_finished_runs_count_before_a_measurement(workspace: Workspace) -> None:
    plans = drafted(workspace, tiny())
    keep_speed(workspace, plans[0].config, SPEED)
    finish(enqueue(workspace, plans)[0], 5.5)
    assert ask(workspace, tiny()) == [Estimate(5.5, "median of 1 finished run like this one")] * 4


def test_sizes_that_are_known_are_not_looked_up(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    plans = drafted(workspace, tiny())
    keep_speed(workspace, plans[0].config, SPEED)
    monkeypatch.setattr("riskcore.jobs.estimates.part_sizes", lambda *given: pytest.fail("looked up"))
    sizes = {tiny().data: {"train": 100, "validation": 0, "test": 0}}
    found = estimates(workspace, plans, [], sizes)
    assert found[1].seconds == pytest.approx(3 + 100 / 10)


def test_one_unknown_time_makes_the_total_unknown() -> None:
    assert total([Estimate(1.0, "a"), Estimate(None, "b")]) is None
    assert total([]) == 0


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0, "1 second"), (89.4, "89 seconds"), (90, "2 minutes"), (5399, "90 minutes"), (5400, "1.5 hours")],
)
def test_durations_in_words(seconds: float, words: str) -> None:
    assert duration(seconds) == words
