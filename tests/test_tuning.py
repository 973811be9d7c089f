"""A search: what is tried, what is kept, how it goes on, and how it ends."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest
from made_workspace import add_run

from riskcore import tuning
from riskcore.config import LossSettings, RunConfig
from riskcore.decision.operating import Wish
from riskcore.decision.score import frontier_score
from riskcore.errors import InputError, RunError
from riskcore.loss_names import FORMS
from riskcore.results import load
from riskcore.run_folder import Run
from riskcore.severity import SeverityMatrix
from riskcore.tuning import Search, Study
from riskcore.workspace import Workspace

Train = Callable[..., list[Run]]


def search(trials: int = 6, **settings) -> Search:
    train = {"backbone": "frozen", "epochs": 2}
    return Search(
        config=RunConfig.build({"data": "patches", "matrix": "patches", "train": train} | settings), trials=trials
    )


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[LossSettings]:
    """Runs are simulated instead of trained: barrier has skill, the rest guesses; what was trained, in order."""
    asked: list[LossSettings] = []

    def train(workspace: Workspace, search: Search, loss: LossSettings, look: Callable[[], None]) -> list[Run]:
        asked.append(loss)
        look()
        skill = {"barrier": 4.0, "ce": 1.0}.get(loss.form, 0.5)
        return [
            add_run(workspace, loss={"form": loss.form, "strength": loss.strength}, seed=seed, skill=skill)
            for seed in range(search.seeds)
        ]

    monkeypatch.setattr(tuning, "_trained", train)
    return asked


def searched(workspace: Workspace, wanted: Search) -> Study:
    return tuning.run(workspace, tuning.prepare(workspace, wanted))


def test_every_form_is_tried_once_before_any_proposal_and_the_best_is_found(
    workspace: Workspace, trained: list[LossSettings]
) -> None:
    found = searched(workspace, search(trials=7, wish="least_severity"))
    assert [loss.form for loss in trained[:6]] == ["ce", *FORMS]
    assert {loss.strength for loss in trained[1:6]} == {tuning.FIRST_STRENGTH}
    assert all(tuning.STRENGTHS[0] <= loss.strength <= tuning.STRENGTHS[1] for loss in trained[1:])
    assert len(found.trials) == 7
    assert found.best is not None
    assert found.best.loss.form == "barrier"
    assert found.reference is not None
    assert found.best.score < found.reference.score


def test_scores_are_those_of_validation(workspace: Workspace, trained: list[LossSettings]) -> None:
    found = searched(workspace, search(trials=2, wish="over_call_ceiling=0.3"))
    assert found.reference is not None
    matrix = SeverityMatrix.load(workspace.runs / found.trials[0].runs[0] / "matrix.json")
    for trial in found.trials:
        own, reference = (load("", [Run(workspace.runs / id) for id in each.runs]) for each in (trial, found.reference))
        assert trial.score == frontier_score(own, reference, matrix, Wish("over_call_ceiling", 0.3))


def test_it_goes_on_where_it_was(workspace: Workspace, trained: list[LossSettings]) -> None:
    first = searched(workspace, search(trials=3))
    second = searched(workspace, search(trials=6))
    assert second.search.name == first.search.name
    assert second.trials[:3] == first.trials
    assert len(second.trials) == 6
    assert [loss.form for loss in trained].count("ce") == 1
    assert searched(workspace, search(trials=6)) == second  # nothing is left to do
    assert tuning.names(workspace) == [second.search.name]


def test_what_a_killed_search_had_begun_is_begun_again(workspace: Workspace, trained: list[LossSettings]) -> None:
    searched(workspace, search(trials=2))
    name = search().name
    begun = tuning._optuna_study(workspace, name).ask()
    tuning._loss(begun)
    assert tuning.study(workspace, name).trials[-1].state == "running"
    found = searched(workspace, search(trials=len(FORMS) + 1))
    assert [trial.state for trial in found.trials].count("failed") == 1
    lost = found.trials[begun.number].loss
    assert lost in [trial.loss for trial in found.trials if trial.state == "finished"]


def test_seeds_are_trained_and_scored_together(workspace: Workspace, trained: list[LossSettings]) -> None:
    found = searched(workspace, Search(config=search().config, seeds=2, trials=1))
    assert [len(trial.runs) for trial in (found.reference, *found.trials) if trial] == [2, 2]
    assert found.search.name != search().name


def test_a_run_that_fails_costs_its_trial_only(
    workspace: Workspace, trained: list[LossSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    simulated = tuning._trained

    def train(workspace: Workspace, search: Search, loss: LossSettings, look: Callable[[], None]) -> list[Run]:
        return [add_run(workspace, "failed")] if loss.form == "margin" else simulated(workspace, search, loss, look)

    monkeypatch.setattr(tuning, "_trained", train)
    found = searched(workspace, search(trials=3))
    assert next((trial.loss.form, trial.state, trial.score) for trial in found.trials if trial.state == "failed") == (
        "margin",
        "failed",
        None,
    )
    assert len([trial for trial in found.trials if trial.score is not None]) == 3
    monkeypatch.setattr(tuning, "_trained", lambda workspace, *_: [add_run(workspace, "failed")])
    with pytest.raises(RunError, match="most of the runs fail; `riskcore runs list` shows them and why"):
        searched(workspace, search(trials=4))


def test_without_cross_entropy_nothing_is_searched(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning, "_trained", lambda workspace, *_: [add_run(workspace, "stopped")])
    with pytest.raises(RunError, match=r"Cross-entropy, with which all is compared, was not trained \(.*stopped\)"):
        searched(workspace, search())


def test_it_can_be_stopped(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here the waiting is real, and nothing works on the queue."""
    name = tuning.prepare(workspace, search())
    monkeypatch.setattr(tuning, "start_workers", lambda workspace: tuning.request_stop(workspace, name))
    with pytest.raises(tuning.Stopped):
        tuning.run(workspace, name)
    assert tuning.study(workspace, name).trials == ()
    assert tuning.study(workspace, name).best is None
    tuning.prepare(workspace, search())  # asking again takes the wish to stop back
    monkeypatch.setattr(tuning, "start_workers", lambda workspace: None)

    def give_up(done: int, total: int, label: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tuning.run(workspace, name, give_up)


def test_wrong_input_is_said_before_anything_is_queued(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="There is no search 'nothing'; start it with `riskcore tune"):
        tuning.study(workspace, "nothing")
    with pytest.raises(InputError, match="nowhere"):
        tuning.prepare(workspace, search(data="nowhere"))
    assert tuning.names(workspace) == []


def test_two_do_not_search_the_same(workspace: Workspace, trained: list[LossSettings]) -> None:
    name = tuning.prepare(workspace, search())
    with (
        tuning._alone(workspace, name),
        pytest.raises(InputError, match="is under way already; stop it first, or wait"),
    ):
        tuning.run(workspace, name)


def test_as_json(workspace: Workspace, trained: list[LossSettings]) -> None:
    found = searched(workspace, search(trials=1))
    document = json.loads(json.dumps(found.as_dict()))
    assert list(document) == ["study", "wish", "wanted", "reference", "best", "trials"]
    assert document["best"] == document["trials"][0]
    assert document["best"]["runs"] == list(found.trials[0].runs)
    assert replace(found, reference=None).as_dict()["reference"] is None


def test_searching_needs_no_torch() -> None:
    program = "import sys; from riskcore import tuning; sys.exit('torch' in sys.modules or 'optuna' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
