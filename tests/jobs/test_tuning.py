"""A search: what is tried, what is kept, how it goes on, and how it ends."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from riskcore.config import FORMS, LossSettings, RunConfig
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.errors import InputError, RunError
from riskcore.jobs import tuning
from riskcore.jobs.submit import check
from riskcore.jobs.tuning import Search, Study
from riskcore.judging.score import frontier_score
from riskcore.runs.folder import Run
from riskcore.runs.results import load
from riskcore.severity import SeverityMatrix
from riskcore.severity.store import load_matrix, save_matrix
from riskcore.workspace import Workspace
from tests.helpers.made_workspace import add_run

Train = Callable[..., list[Run]]


def search(workspace: Workspace, trials: int = 6, seeds: int = 1, **settings) -> Search:
    train = {"backbone": "frozen", "epochs": 2}
    config = RunConfig.build({"data": "patches", "matrix": "patches", "train": train} | settings)
    (plan,) = check(workspace, [config])
    return Search.of(plan, seeds=seeds, trials=trials)


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
    found = searched(workspace, search(workspace, trials=7, wish="least_severity"))
    assert [loss.form for loss in trained[:6]] == ["ce", *FORMS]
    assert {loss.strength for loss in trained[1:6]} == {tuning.FIRST_STRENGTH}
    assert all(tuning.STRENGTHS[0] <= loss.strength <= tuning.STRENGTHS[1] for loss in trained[1:])
    assert len(found.trials) == 7
    assert found.best is not None
    assert found.best.loss.form == "barrier"
    assert found.reference is not None
    assert found.best.score < found.reference.score


def test_scores_are_those_of_validation(workspace: Workspace, trained: list[LossSettings]) -> None:
    found = searched(workspace, search(workspace, trials=2, wish="over_call_ceiling=0.3"))
    assert found.reference is not None
    matrix = SeverityMatrix.load(workspace.runs / found.trials[0].runs[0] / "matrix.json")
    for trial in found.trials:
        own, reference = (load("", [Run(workspace.runs / id) for id in each.runs]) for each in (trial, found.reference))
        assert trial.score == frontier_score(JudgedRun(own, matrix), reference, Wish("over_call_ceiling", 0.3))


def test_it_goes_on_where_it_was(workspace: Workspace, trained: list[LossSettings]) -> None:
    first = searched(workspace, search(workspace, trials=3))
    second = searched(workspace, search(workspace, trials=6))
    assert second.search.name == first.search.name
    assert second.trials[:3] == first.trials
    assert len(second.trials) == 6
    assert [loss.form for loss in trained].count("ce") == 1
    assert searched(workspace, search(workspace, trials=6)) == second  # nothing is left to do
    assert tuning.names(workspace) == [second.search.name]


def test_what_a_killed_search_had_begun_is_begun_again(workspace: Workspace, trained: list[LossSettings]) -> None:
    searched(workspace, search(workspace, trials=2))
    name = search(workspace).name
    begun = tuning._optuna_study(workspace, name).ask()
    lost = tuning._loss(begun)
    assert tuning.study(workspace, name).trials[-1].state == "running"
    found = searched(workspace, search(workspace, trials=len(FORMS) + 1))
    assert {trial.state for trial in found.trials} == {"finished"}  # what was cut short is no failure
    assert begun.number not in [trial.number for trial in found.trials]
    assert lost in [trial.loss for trial in found.trials]


def test_seeds_are_trained_and_scored_together(workspace: Workspace, trained: list[LossSettings]) -> None:
    found = searched(workspace, search(workspace, seeds=2, trials=1))
    assert [len(trial.runs) for trial in (found.reference, *found.trials) if trial] == [2, 2]
    assert found.search.name != search(workspace).name


def test_a_run_that_fails_costs_its_trial_only(
    workspace: Workspace, trained: list[LossSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    simulated = tuning._trained

    def train(workspace: Workspace, search: Search, loss: LossSettings, look: Callable[[], None]) -> list[Run]:
        return [add_run(workspace, "failed")] if loss.form == "margin" else simulated(workspace, search, loss, look)

    monkeypatch.setattr(tuning, "_trained", train)
    found = searched(workspace, search(workspace, trials=3))
    assert next((trial.loss.form, trial.state, trial.score) for trial in found.trials if trial.state == "failed") == (
        "margin",
        "failed",
        None,
    )
    assert len([trial for trial in found.trials if trial.score is not None]) == 3


def test_trial_after_trial_that_fails_ends_it_and_it_goes_on_once_mended(
    workspace: Workspace, trained: list[LossSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    searched(workspace, search(workspace, trials=1))
    simulated = tuning._trained
    monkeypatch.setattr(tuning, "_trained", lambda workspace, *_: [add_run(workspace, "failed")])
    for _ in range(2):
        with pytest.raises(RunError, match="the last 5 trials failed; `riskcore runs list --state failed` names"):
            searched(workspace, search(workspace, trials=4))
    monkeypatch.setattr(tuning, "_trained", simulated)
    assert len(searched(workspace, search(workspace, trials=4)).ranked) == 4


def test_a_deleted_reference_is_trained_anew(workspace: Workspace, trained: list[LossSettings]) -> None:
    first = searched(workspace, search(workspace, trials=1))
    assert first.reference is not None
    shutil.rmtree(workspace.runs / first.reference.runs[0])
    second = searched(workspace, search(workspace, trials=2))
    assert second.reference is not None
    assert second.reference.runs != first.reference.runs
    assert len(second.ranked) == 2


def test_scores_under_another_matrix_are_not_mixed(
    workspace: Workspace, trained: list[LossSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = search(workspace, trials=1)
    searched(workspace, before)
    matrix = load_matrix(workspace, "patches")
    save_matrix(workspace, "patches", SeverityMatrix(matrix.classes, matrix.values**2, critical=100))
    after = search(workspace, trials=1)
    assert after.name != before.name
    assert tuning.names(workspace) == [before.name]
    monkeypatch.undo()
    with pytest.raises(RunError, match="The matrix or the data set was changed since this search began"):
        tuning._trained(workspace, before, tuning.REFERENCE, lambda: None)


def test_trials_that_were_cut_short_are_no_failures(workspace: Workspace, trained: list[LossSettings]) -> None:
    name = tuning.prepare(workspace, search(workspace, trials=1))
    for _ in range(3):
        tuning._loss(tuning._optuna_study(workspace, name).ask())
    assert len(searched(workspace, search(workspace, trials=1)).ranked) == 1


@pytest.mark.parametrize("cut", [None, "form"])
def test_a_form_that_was_cut_short_is_tried_all_the_same(
    workspace: Workspace, trained: list[LossSettings], cut: str | None
) -> None:
    """Killed right after Optuna proposed, or after half of what it proposes was read."""
    name = tuning.prepare(workspace, search(workspace))
    kept = tuning._optuna_study(workspace, name)
    tuning._tidy(kept)
    begun = kept.ask()
    if cut:
        begun.suggest_categorical(cut, list(FORMS))
    found = searched(workspace, search(workspace, trials=len(FORMS)))
    assert sorted(trial.loss.form for trial in found.trials) == sorted(FORMS)
    assert {trial.loss.strength for trial in found.trials} == {tuning.FIRST_STRENGTH}


def test_a_line_torn_by_a_kill_is_cut(workspace: Workspace, trained: list[LossSettings]) -> None:
    first = searched(workspace, search(workspace, trials=2))
    journal = workspace.studies / first.search.name / "journal.log"
    with journal.open("ab") as file:
        file.write(b'{"op_code": 8, "work')
    assert tuning.study(workspace, first.search.name).trials == first.trials
    second = searched(workspace, search(workspace, trials=3))
    assert second.trials[:2] == first.trials
    assert tuning.study(workspace, first.search.name) == second


def test_data_sets_in_files_can_be_searched(workspace: Workspace, trained: list[LossSettings], tmp_path) -> None:
    plan = replace(
        check(workspace, [search(workspace).config])[0],
        config=RunConfig.build({"data": str(tmp_path / "my images.csv"), "matrix": "patches"}),
    )
    name = tuning.prepare(workspace, Search.of(plan))
    assert name.startswith("my-")
    assert tuning.study(workspace, name).trials == ()


def test_who_looks_knows_whether_it_runs(workspace: Workspace) -> None:
    name = tuning.prepare(workspace, search(workspace))
    assert not tuning.is_running(workspace, name)
    with tuning._alone(workspace, name):
        assert tuning.is_running(workspace, name)
    assert not tuning.is_running(workspace, name)


def test_reading_writes_nothing(workspace: Workspace, trained: list[LossSettings]) -> None:
    name = tuning.prepare(workspace, search(workspace))
    assert tuning.study(workspace, name).trials == ()
    searched(workspace, search(workspace, trials=1))
    journal = (workspace.studies / name / "journal.log").read_bytes()
    tuning.study(workspace, name)
    assert (workspace.studies / name / "journal.log").read_bytes() == journal


def test_without_cross_entropy_nothing_is_searched(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning, "_trained", lambda workspace, *_: [add_run(workspace, "stopped")])
    with pytest.raises(RunError, match=r"Cross-entropy, with which all is compared, was not trained \(.*stopped\)"):
        searched(workspace, search(workspace))


def test_it_can_be_stopped(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here the waiting is real, and nothing works on the queue."""
    name = tuning.prepare(workspace, search(workspace))
    monkeypatch.setattr(tuning, "start_workers", lambda workspace: tuning.request_stop(workspace, name))
    with pytest.raises(tuning.SearchStopped):
        tuning.run(workspace, name)
    assert tuning.study(workspace, name).trials == ()
    assert tuning.study(workspace, name).best is None
    tuning.prepare(workspace, search(workspace))  # asking again takes the wish to stop back
    monkeypatch.setattr(tuning, "start_workers", lambda workspace: None)

    def give_up(done: int, total: int, label: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tuning.run(workspace, name, give_up)


def test_wrong_input_is_said_before_anything_is_queued(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="There is no search 'nothing'; start it with `riskcore tune"):
        tuning.study(workspace, "nothing")
    with pytest.raises(InputError, match="much"):
        tuning.prepare(workspace, search(workspace, wish="much"))
    assert tuning.names(workspace) == []


def test_two_do_not_search_the_same(workspace: Workspace, trained: list[LossSettings]) -> None:
    name = tuning.prepare(workspace, search(workspace))
    with (
        tuning._alone(workspace, name),
        pytest.raises(InputError, match="is under way already; stop it first, or wait"),
    ):
        tuning.run(workspace, name)
    with tuning._alone(workspace, name), pytest.raises(InputError, match="is under way already"):
        tuning.prepare(workspace, search(workspace))


def test_as_json(workspace: Workspace, trained: list[LossSettings]) -> None:
    found = searched(workspace, search(workspace, trials=1))
    document = json.loads(json.dumps(found.as_dict()))
    assert list(document) == ["study", "wish", "wanted", "reference", "best", "trials"]
    assert document["best"] == document["trials"][0]
    assert document["best"]["runs"] == list(found.trials[0].runs)
    assert replace(found, reference=None).as_dict()["reference"] is None


def test_searching_needs_no_torch() -> None:
    program = (
        "import sys; from riskcore.jobs import tuning; sys.exit('torch' in sys.modules or 'optuna' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize("damage", [b"{\n", b"\xff\xfe\n", b"5\n", b'{"op_code": 99}\n', b'{"op_code": "0"}\n'])
def test_a_damaged_journal_is_one_line(workspace: Workspace, trained: list[LossSettings], damage: bytes) -> None:
    name = tuning.prepare(workspace, search(workspace, trials=1))
    tuning.run(workspace, name)
    journal = workspace.studies / name / "journal.log"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(lines[0] + damage + b"".join(lines[1:]))
    for call in (tuning.study, tuning.run):
        with pytest.raises(InputError, match=rf"^{journal}: damaged; restore it from a copy, or delete its folder"):
            call(workspace, name)
    assert not tuning.is_running(workspace, name)


def test_a_damaged_study_and_a_lock_that_is_a_folder_are_one_line(workspace: Workspace) -> None:
    name = tuning.prepare(workspace, search(workspace))
    (workspace.studies / name / "study.json").write_text('{"config": 5}')
    with pytest.raises(InputError):
        tuning.study(workspace, name)
    (workspace.studies / name / "lock").unlink(missing_ok=True)
    (workspace.studies / name / "lock").mkdir()
    with pytest.raises(RunError, match=r"lock: cannot be written \(is a directory\)"):
        tuning.prepare(workspace, search(workspace))
