"""The command line must queue exactly the runs that the screen would."""

import shlex
from pathlib import Path

import pytest

from riskcore.config import PACKAGED, RunConfig
from riskcore.jobs import protocol
from riskcore.jobs.protocol import read_protocol
from riskcore.jobs.recipes import PRESETS, Recipe, build, configs
from riskcore.reports.training_file import command
from riskcore.workspace import Workspace
from tests.helpers.recipe_made import tiny


def typed(workspace: Workspace, recipe: Recipe, folder: Path) -> list[RunConfig]:
    """The settings that result when file and lines are used as they are given."""
    found = command(workspace, recipe)
    file = folder / found.file
    file.write_text(found.content)
    results: list[RunConfig] = []
    for line in found.lines:
        program, verb, name, *rest = shlex.split(line)
        assert (program, name) == ("riskcore", found.file)
        if verb == "reproduce":
            assert rest[0] == "-o"
            results += protocol.configs(workspace, read_protocol(file))
        else:
            assert verb == "train"
            results.append(RunConfig.from_file(file, rest))
    return results


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_give_a_protocol_of_the_same_runs(preset: str, workspace: Workspace, tmp_path: Path) -> None:
    recipe = build("patches", "isic2018", [PACKAGED, "resnet50"], "hub", PRESETS[preset], "accuracy_loss=0.01")
    assert typed(workspace, recipe, tmp_path) == configs(workspace, recipe)
    assert len(command(workspace, recipe).lines) == 1


@pytest.mark.parametrize(
    "choices",
    [
        {"losses": ["log_harm"], "strengths": ["0.5"], "data__folds": "3", "wish": "cer_ceiling=0.05"},
        {"losses": ["ce"], "train__weight_decay": 0.3, "train__backbone": "last:2", "data__drop_leaks": True},
        {
            "losses": ["margin", "barrier"],
            "strengths": ["0", "2.5"],
            "loss__base": "focal",
            "loss__confusion": 1.5,
            "train__backbone": "full",
            "train__epochs": 40,
            "train__augment": "none",
            "train__ema": 0.99,
            "data__test": 0.3,
            "wish": "least_severity",
        },
        {"losses": ["ce", "focal", "margin"], "strengths": ["1"], "loss__base": "focal", "loss__gamma": 0.5},
        {"losses": ["focal"], "loss__gamma": 4.0, "train__teachers": 5},
        {"losses": ["label_smoothing", "class_weighted_ce"], "data__classes": "groups", "data__split_seed": 7},
    ],
    ids=["one loss with folds", "one baseline", "forms without a baseline", "focal", "focal alone", "baselines"],
)
def test_changed_settings_are_written_down(choices: dict, workspace: Workspace, tmp_path: Path) -> None:
    recipe = tiny("test_resnet", PACKAGED, weights="hub", **choices)
    assert typed(workspace, recipe, tmp_path) == configs(workspace, recipe)


def test_one_loss_gives_a_line_for_each_run(workspace: Workspace) -> None:
    found = command(workspace, tiny(losses=["ce"]))
    assert found.lines == (
        "riskcore train patches.yaml model.name=test_efficientnet model.weights=none model.size=32 seed=0",
        "riskcore train patches.yaml model.name=test_efficientnet model.weights=none model.size=32 seed=1",
    )
