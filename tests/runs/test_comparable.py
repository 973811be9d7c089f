"""Which finished runs belong side by side."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from riskcore.predictions import Cases, Member, RunPredictions
from riskcore.runs.choices import Choice, finished_choices
from riskcore.runs.comparable import FIRST_SHOWN, newest_set, plain, severity_trained, strength_sweeps, why_not
from riskcore.runs.store import RunStore
from riskcore.workspace import Workspace
from tests.helpers.made_workspace import add_run
from tests.helpers.simulated import MATRIX, cases, run


def losses(choices: list[Choice]) -> list[str]:
    return [choice.loss for choice in choices]


@pytest.fixture
def store(workspace: Workspace) -> RunStore:
    """The patches with ce and log_harm of two seeds, and a newer single run of another seed."""
    for loss in ("ce", "log_harm"):
        for seed in (0, 1):
            add_run(workspace, loss=loss, seed=seed)
    return RunStore(workspace)


def test_the_newest_set_has_equal_seeds_and_more_than_one_loss(store: RunStore) -> None:
    add_run(store.workspace, loss="focal", seed=7)  # newer, but nothing to compare it with
    found = newest_set(finished_choices(store))
    assert losses(found) == ["log_harm s=3", "ce"]
    assert len({choice.parts for choice in found}) == 1


def test_of_one_loss_the_newest_is_taken(store: RunStore, workspace: Workspace) -> None:
    first = newest_set(finished_choices(store))
    for seed in (0, 1):
        add_run(workspace, loss={"form": "log_harm", "strength": 6}, seed=seed)
    second = newest_set(finished_choices(store))
    assert losses(second) == ["log_harm s=6", "log_harm s=3", "ce"]
    assert {choice.id for choice in first} < {choice.id for choice in second}


def test_a_run_alone_stays_alone_and_nothing_gives_nothing(workspace: Workspace) -> None:
    assert newest_set([]) == []
    add_run(workspace)
    assert losses(newest_set(finished_choices(RunStore(workspace)))) == ["ce"]


def made(form: str, strength: float = 3.0, base: str = "ce", number: int = 0) -> Choice:
    """A choice whose config is all that is looked at."""

    run = SimpleNamespace(
        data="patches",
        seed=0,
        fold=None,
        loss=f"{form} s={strength:g} {base} {number}",
        config={
            "loss": {"form": form, "strength": strength, "confusion": 0.0, "base": base},
            "data": {"name": "patches"},
            "model": {"name": "net", "size": 96},
            "train": {"backbone": "full"},
        },
        record={"matrix": "patches"},
    )
    return Choice(f"{form}-{strength}-{base}-{number}", (run,))  # type: ignore[arg-type]


def test_plain_cross_entropy_is_never_cut_off() -> None:
    many = [made("margin", number=number) for number in range(20)] + [made("ce", 0.0)]
    found = newest_set(many)
    assert len(found) == FIRST_SHOWN
    assert plain(found[-1])
    assert found[:-1] == many[: FIRST_SHOWN - 1]


def test_strength_nothing_is_the_base_loss() -> None:
    assert plain(made("ce", 0.0))
    assert plain(made("margin", 0.0))
    assert not plain(made("margin", 0.0, base="focal"))
    assert not plain(made("focal", 0.0))
    assert severity_trained(made("margin", 1.0))
    assert not severity_trained(made("margin", 0.0))
    assert not severity_trained(made("class_weighted_ce", 0.0))


def test_a_sweep_is_one_form_at_several_strengths() -> None:
    strong, weak, other, alone = made("margin", 6), made("margin", 2), made("margin", 4, "focal"), made("barrier")
    other_gamma = made("margin", 4, "focal")
    other_gamma.runs[0].config["loss"]["gamma"] = 1.0
    assert strength_sweeps([other, other_gamma]) == []
    assert strength_sweeps([strong, alone, other, weak, made("ce", 0.0)]) == [[weak, strong]]


POOL = run("pool", 1.5, n=30, seeds=(0, 1), folds=(0, 1))


def test_equal_tests_can_be_compared_whatever_the_order_of_classes() -> None:
    turn = np.array([2, 0, 1])  # new index -> old index

    def turned(part: Cases) -> Cases:
        return dataclasses.replace(part, logits=part.logits[:, turn], truth=np.argsort(turn)[part.truth])

    members = [dataclasses.replace(m, validation=turned(m.validation), test=turned(m.test)) for m in POOL.members]
    other = RunPredictions("other", tuple(np.array(MATRIX.classes)[turn].tolist()), members[::-1])
    assert why_not(other, POOL) is None


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (RunPredictions("x", ("a", "b", "d"), POOL.members), "it knows other classes"),
        (
            RunPredictions("x", POOL.classes, POOL.members[:2]),
            "it has other seeds or folds (seed 0, folds 0 1 against seeds 0 1, folds 0 1)",
        ),
        (
            RunPredictions(
                "x",
                POOL.classes,
                [Member(cases(9, 1, 1, start=7), m.test, m.seed, m.fold) for m in POOL.members[:3]]
                + [Member(Cases.empty(3), POOL.members[3].test, 1, 1)],
            ),
            "it has no validation cases to choose the caution on",
        ),
        (
            RunPredictions(
                "x", POOL.classes, [Member(m.validation, m.validation, m.seed, m.fold) for m in POOL.members]
            ),
            "it was tested on other cases",
        ),
    ],
)
def test_the_reason_against_a_comparison(other: RunPredictions, reason: str) -> None:
    assert why_not(other, POOL) == reason
