"""What screens offer to look at, from run folders in every state."""

from pathlib import Path

from riskcore.runs.choices import Choice, finished_choices, labels
from riskcore.runs.store import RunStore
from riskcore.words.run_states import seed_words
from riskcore.workspace import Workspace
from tests.helpers.made_workspace import add_run, fill


def test_an_empty_workspace_offers_nothing(workspace: Workspace) -> None:
    assert finished_choices(RunStore(workspace)) == []


def test_finished_runs_of_a_pool_come_joined_whatever_the_others_do(workspace: Workspace) -> None:
    made = fill(workspace)  # the stopped and queued runs share the pool of ce
    choices = finished_choices(RunStore(workspace))
    ce, log_harm = made["ce"], made["log_harm"]
    assert [choice.id for choice in choices] == [ce[0].pool, log_harm[0].pool]
    assert [run.id for run in choices[0].runs] == [run.id for run in ce]
    joined = choices[1]
    assert [run.id for run in joined.runs] == [run.id for run in log_harm]
    assert (joined.data, joined.matrix, joined.loss) == ("patches", "patches", "log_harm s=3")
    assert joined.seeds == (0, 1)
    assert joined.parts == {(0, None), (1, None)}
    assert joined.how == "tf_efficientnet_lite0 160 px, frozen"
    several = Choice("wide", (add_run(workspace, hidden=64, members=2),))
    assert several.how == "2 × tf_efficientnet_lite0 160 px, frozen + hidden 64"
    taught = Choice("taught", (add_run(workspace, teachers=5),))
    assert taught.how == "tf_efficientnet_lite0 160 px, frozen + 5 teachers"


def test_of_two_finished_runs_of_one_seed_one_counts(workspace: Workspace) -> None:
    first, second = add_run(workspace), add_run(workspace)
    assert first.pool == second.pool
    (choice,) = finished_choices(RunStore(workspace))
    assert choice.id in (first.id, second.id)


def test_labels_name_what_differs_and_no_more(workspace: Workspace) -> None:
    for loss in ("ce", "focal"):
        add_run(workspace, loss=loss)
    choices = finished_choices(RunStore(workspace))
    assert sorted(labels(choices).values()) == ["ce", "focal"]
    add_run(workspace, loss="ce", seed=1)  # joins the other to a pool
    choices = finished_choices(RunStore(workspace))
    assert sorted(labels(choices).values()) == ["ce", "focal"]
    add_run(workspace, loss={"form": "log_harm", "strength": 3}, seed=2)
    add_run(workspace, loss={"form": "ce"}, seed=3, size=64)
    choices = finished_choices(RunStore(workspace))
    assert sorted(labels(choices).values()) == [
        "ce · tf_efficientnet_lite0 160 px, frozen",
        "ce · tf_efficientnet_lite0 64 px, frozen",
        "focal · tf_efficientnet_lite0 160 px, frozen",
        "log_harm s=3 · tf_efficientnet_lite0 160 px, frozen",
    ]


def test_labels_that_would_be_equal_carry_the_id(workspace: Workspace) -> None:
    add_run(workspace)
    (choice,) = finished_choices(RunStore(workspace))
    twin = type(choice)("twin", choice.runs)
    assert labels([choice, twin]) == {choice.id: f"ce · {choice.id}", "twin": "ce · twin"}


def test_runs_of_one_pool_are_told_apart_by_seed_and_fold(tmp_path: Path) -> None:
    store = RunStore(Workspace(tmp_path))
    settings = {"model": {"name": "lite0", "size": 96}, "train": {"backbone": "frozen"}}
    about = {"data": "isic2018", "matrix": "isic2018", "model": "lite0", "loss": "ce"}
    parts = [(0, 0), (0, 1), (1, 0), (1, None)]
    runs = [store.create({**settings, "seed": seed, "fold": fold}, **about) for seed, fold in parts]
    found = labels([Choice(run.id, (run,)) for run in runs])
    assert list(found.values()) == [
        "ce · seed 0 · fold 0",
        "ce · seed 0 · fold 1",
        "ce · seed 1 · fold 0",
        "ce · seed 1",
    ]
    assert [seed_words(run) for run in runs] == ["0, fold 0", "0, fold 1", "1, fold 0", "1"]
