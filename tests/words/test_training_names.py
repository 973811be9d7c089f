"""Names of trainings: no engine word while the kind alone tells them apart."""

from typing import Any

import pytest

from riskcore.runs.annotations import annotate
from riskcore.runs.choices import Choice
from riskcore.words.training_names import training_kind, training_names
from riskcore.workspace import Workspace
from tests.helpers.made_workspace import add_run


def named(workspace: Workspace, *losses: Any, **about: Any) -> list[str]:
    """The names of runs with these losses."""
    runs = [add_run(workspace, loss=loss, **about) for loss in losses]
    return list(training_names([Choice(run.id, (run,)) for run in runs]).values())


def severity(form: str, strength: float, **more: Any) -> dict[str, Any]:
    return {"form": form, "strength": strength, **more}


@pytest.mark.parametrize(
    ("losses", "names"),
    [
        (["ce"], ["plain"]),
        (["ce", "focal", severity("log_harm", 3)], ["plain", "focal", "with severity"]),
        (
            ["ce", severity("log_harm", 1), severity("log_harm", 3), severity("log_harm", 10)],
            ["plain", "with severity (mild)", "with severity (moderate)", "with severity (strong)"],
        ),
        (
            ["ce", severity("log_harm", 3), severity("margin", 3)],
            ["plain", "with severity · log harm", "with severity · margin"],
        ),
        (
            [severity("log_harm", 3), severity("log_harm", 4)],
            ["with severity · strength 3", "with severity · strength 4"],
        ),
        (
            [severity("margin", 3, base="focal"), "class_weighted_ce", "label_smoothing"],
            ["focal with severity", "plain, rare classes weighted", "plain, labels smoothed"],
        ),
    ],
)
def test_only_what_tells_them_apart_is_said(workspace: Workspace, losses: list[Any], names: list[str]) -> None:
    assert named(workspace, *losses) == names


def test_the_backbone_is_named_where_it_differs_only(workspace: Workspace) -> None:
    small, large = add_run(workspace, loss="ce", size=64), add_run(workspace, loss="ce", size=160)
    names = training_names([Choice(run.id, (run,)) for run in (small, large)])
    assert list(names.values()) == [
        "plain · tf_efficientnet_lite0 64 px, frozen",
        "plain · tf_efficientnet_lite0 160 px, frozen",
    ]


def test_a_name_that_a_user_gave_wins(workspace: Workspace) -> None:
    named_run, other = add_run(workspace, loss="ce"), add_run(workspace, loss="focal")
    annotate(named_run.folder, name="for the board")
    names = training_names([Choice(run.id, (run,)) for run in (named_run, other)])
    assert list(names.values()) == ["for the board", "focal"]


def test_no_strength_is_no_severity() -> None:
    assert training_kind({"form": "margin", "strength": 0.0, "base": "focal"}) == "focal"
