"""Recipes: what presets and choices become."""

import itertools
from dataclasses import replace

import pytest

from riskcore.config import FORMS, PACKAGED, DataSettings, LossSettings, ModelSettings, TrainSettings
from riskcore.data.prepare import select
from riskcore.data.registry import load_dataset, save_dataset
from riskcore.errors import InputError
from riskcore.jobs import recipes
from riskcore.jobs.recipes import (
    PRESETS,
    build,
    changes,
    configs,
    losses,
    matrices,
    starting_value,
    weights_of,
)
from riskcore.severity import SeverityMatrix
from riskcore.severity.store import load_matrix, save_matrix
from riskcore.workspace import Workspace
from tests.helpers.recipe_made import tiny

WISH = "accuracy_loss=0.01"


def refusal(call) -> str:
    with pytest.raises(InputError) as caught:
        call()
    return str(caught.value)


def test_every_combination_becomes_one_run_with_losses_changing_fastest(workspace: Workspace) -> None:
    recipe = tiny("test_resnet", "test_efficientnet", strengths=["1", "3"], data__folds="3")
    found = [(own.model.name, own.seed, own.fold, own.loss.label) for own in configs(workspace, recipe)]
    wanted = itertools.product(
        ["test_resnet", "test_efficientnet"], [0, 1], [0, 1, 2], ["ce", "log_harm s=1", "log_harm s=3"]
    )
    assert found == list(wanted)


def test_published_folds_keep_their_numbers(workspace: Workspace) -> None:
    manifest = load_dataset(workspace, "patches")
    folds = [4 + row % 2 for row in range(len(manifest))]
    save_dataset(workspace, replace(manifest, table=manifest.table.assign(fold=folds)))
    found = configs(workspace, tiny(data__folds="published", seeds=1, losses=["ce"]))
    assert [own.fold for own in found] == [4, 5]


def test_settings_reach_the_runs_and_what_is_left_out_keeps_its_default(workspace: Workspace) -> None:
    recipe = tiny(
        data__drop_leaks=True,
        data__magnifications=None,
        loss__base="focal",
        loss__confusion=2.0,
        train__ema=0.9,
        wish="least_severity",
    )
    ce, log_harm = configs(workspace, recipe)[:2]
    assert ce.data == DataSettings(name="patches", drop_leaks=True)
    assert ce.loss == LossSettings(form="ce")
    assert log_harm.loss == LossSettings(form="log_harm", strength=3, base="focal", confusion=2)
    assert ce.model == ModelSettings(name="test_efficientnet", weights="none", size=32)
    assert ce.train == TrainSettings.model_validate(
        {"backbone": "frozen", "views": 2, "epochs": 1, "device": "cpu", "threads": 1, "ema": 0.9}
    )
    assert ce.train.batch_size == 256
    assert ce.wish == "least_severity"


def test_what_makes_no_recipe_is_refused_in_words() -> None:
    assert refusal(lambda: tiny(losses=[])) == "No loss is chosen; choose at least one."
    assert refusal(lambda: tiny(strengths=[])) == "The loss log_harm needs a strength; choose at least one."
    assert (
        refusal(lambda: tiny(strengths=["much"])) == "Expected a strength that is a number, such as 3, but got 'much'."
    )
    assert refusal(lambda: tiny(strengths=["-1"])).startswith("Setting `strength` = -1.0")
    assert refusal(lambda: tiny(data__validation=0.5)).startswith("Setting `data.validation` = 0.5")
    assert refusal(lambda: tiny(wish="much")).startswith("wish 'much': expected KIND=NUMBER")
    no_backbone = refusal(lambda: build("patches", "patches", [], "hub", PRESETS["Quick"], WISH))
    assert no_backbone == "No backbone is chosen; choose at least one."


def test_a_loss_without_severity_is_trained_once_and_equal_strengths_are_one() -> None:
    assert [loss.label for loss in losses(["focal", "margin"], ["2", "2.0", "4"])] == [
        "focal",
        "margin s=2",
        "margin s=4",
    ]
    assert [loss.label for loss in losses(["ce"], [])] == ["ce"]


def test_gamma_reaches_focal_loss_alone_and_as_a_base() -> None:
    found = losses(["ce", "focal", "margin"], ["2"], base="focal", gamma=1)
    assert [loss.label for loss in found] == ["ce", "focal gamma=1", "margin s=2 focal gamma=1"]


def test_a_few_backbones_have_packaged_weights_and_sizes_that_fit() -> None:
    vit = tiny("vit_small_patch14_dinov2", PACKAGED, weights="hub", **{"model.size": 96})
    assert [(model.weights, model.size) for model in vit.models] == [("packaged", 84), ("packaged", 96)]
    assert weights_of(f"{PACKAGED}.in1k", "hub") == "packaged"
    assert [model.weights for model in tiny(PACKAGED, "resnet50", weights="hub").models] == ["packaged", "hub"]


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_compares_cross_entropy_with_a_severity_loss_over_seeds(preset: str, workspace: Workspace) -> None:
    recipe = build("patches", "patches", [PACKAGED], "hub", PRESETS[preset], WISH)
    assert "ce" in {loss.label for loss in recipe.losses}
    assert any(loss.form in FORMS and loss.strength > 0 for loss in recipe.losses)
    assert len(recipe.seeds) >= 2
    assert {own.seed for own in configs(workspace, recipe)} == set(recipe.seeds)


def test_presets_are_what_their_names_say(workspace: Workspace) -> None:
    quick, standard, thorough = (
        build("patches", "patches", [PACKAGED], "hub", PRESETS[name], WISH) for name in PRESETS
    )
    assert [recipe.train.backbone for recipe in (quick, standard, thorough)] == ["frozen", "last:2", "full"]
    counts = [len(configs(workspace, recipe)) for recipe in (quick, standard, thorough)]
    assert counts == sorted(counts)
    assert quick.models[0].size < standard.models[0].size
    assert thorough.data.folds == 5
    assert [loss.label for loss in standard.losses] == ["ce", "margin s=1"]  # as docs/training.md says and why


def test_a_preset_unchanged_has_no_changes_and_each_change_is_named() -> None:
    for preset, values in PRESETS.items():
        assert changes(preset, values) == []
    assert changes("Quick", {**PRESETS["Quick"], "train.epochs": 3, "losses": ["ce"]}) == ["losses", "train.epochs"]
    assert starting_value("Thorough", "data.drop_leaks") is False
    assert starting_value("Quick", "loss.base") == "ce"
    with pytest.raises(KeyError):
        starting_value("Quick", "data.name")


def test_every_preset_is_explained() -> None:
    assert set(recipes.PRESET_NOTES) == set(PRESETS)


def test_a_narrow_recipe_has_the_same_data_and_one_of_everything_else(workspace: Workspace) -> None:
    recipe = tiny("test_resnet", "test_efficientnet", data__folds="3")
    found = configs(workspace, recipe.narrow)
    assert [own.fold for own in found] == [0, 1, 2]
    assert found[0] == configs(workspace, recipe)[0]


def test_matrices_for_the_classes_come_first(workspace: Workspace) -> None:
    classes = load_dataset(workspace, "patches").classes
    (workspace.matrices / "broken.json").write_text("{")
    found = matrices(workspace, classes)
    assert next(iter(found)) == "patches"
    assert found == {name: name == "patches" for name in found}
    assert {"broken", "isic2018"} <= set(found)


def test_a_fitting_matrix_is_one_that_training_takes(workspace: Workspace) -> None:
    manifest = load_dataset(workspace, "patches")
    groups = {"naevus": "benign", "wart": "unsure", "melanoma": "malignant"}
    by_groups = SeverityMatrix.from_groups(groups, order=["benign", "unsure", "malignant"])
    save_matrix(workspace, "same_groups_other_classes", by_groups)
    found = matrices(workspace, manifest.classes)
    assert "same_groups_other_classes" in found
    for name, fits in found.items():
        matrix = load_matrix(workspace, name)
        if fits:
            assert select(manifest, DataSettings(name="patches"), matrix)[0].classes == manifest.classes
        else:
            with pytest.raises(InputError, match="the severity matrix is for other classes"):
                select(manifest, DataSettings(name="patches"), matrix)
