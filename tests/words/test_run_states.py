"""States in words, and the actions that each of them allows: held against what the store really does."""

import pytest

from riskcore.errors import InputError
from riskcore.runs.folder import Run
from riskcore.runs.record import STATES
from riskcore.runs.store import RunStore
from riskcore.words.run_states import STATE_WORDS, empty_log, meaning, possible_actions, state_label
from riskcore.workspace import Workspace
from tests.helpers.made_workspace import add_run

DO = {
    "stop": RunStore.stop,
    "resume": RunStore.requeue,
    "move": lambda store, id: store.move(id, "first"),
    "cancel": RunStore.cancel,
    "delete": RunStore.delete,
}
"""Action -> what the store does; the other actions lead to screens."""


@pytest.mark.parametrize("state", [state for state in STATES if state != "running"])
def test_what_is_offered_is_exactly_what_the_store_does(state: str, workspace: Workspace) -> None:
    store = RunStore(workspace)
    for action, do in DO.items():
        run = add_run(workspace, state).reload()
        assert run.state == state
        if action in possible_actions(run):
            do(store, run.id)
        else:
            with pytest.raises(InputError):
                do(store, run.id)


def test_a_running_run_can_be_stopped_once(workspace: Workspace) -> None:
    store = RunStore(workspace)
    run = add_run(workspace, "queued")
    with run.claim():
        found = run.reload()
        assert (possible_actions(found), state_label(found), meaning(found)) == (("stop",), "▶ running", "")
        for action in ("resume", "move", "cancel", "delete"):
            with pytest.raises(InputError):
                DO[action](store, run.id)
        store.stop(run.id)
        found = run.reload()
        assert (possible_actions(found), state_label(found)) == ((), "▶ stopping")
        assert meaning(found) == "It was asked to stop: it saves and stops at the next step."
        run.end("stopped")


def test_only_finished_runs_lead_to_their_figures(workspace: Workspace) -> None:
    leading = {"compare", "predict"}
    for state in ("queued", "failed", "stopped", "interrupted"):
        assert not leading & set(possible_actions(add_run(workspace, state).reload()))
    assert leading <= set(possible_actions(add_run(workspace)))


def test_every_state_has_its_own_sign_word_and_icon() -> None:
    assert set(STATE_WORDS) == set(STATES)
    for parts in zip(*((words.sign, words.icon, words.word) for words in STATE_WORDS.values()), strict=True):
        assert len(set(parts)) == len(STATES)


def test_what_became_of_a_run_and_what_to_do(workspace: Workspace) -> None:
    assert meaning(add_run(workspace, "failed")) == (
        "The loss became nan at epoch 1, step 3; lower it. Mend the cause and train it again."
    )
    assert meaning(add_run(workspace, "interrupted").reload()).startswith("Its process ended without a word")
    assert meaning(add_run(workspace, "stopped")) == "Resume it, and it goes on from its last saved epoch."
    queued = add_run(workspace, "queued")
    assert meaning(queued) == ""
    assert "before it began" in meaning(RunStore(workspace).cancel(queued.id))
    assert meaning(add_run(workspace)) == ""


def test_a_run_that_goes_on_says_so_while_it_waits(workspace: Workspace) -> None:
    run: Run = add_run(workspace, "stopped")
    run.requeue()
    assert meaning(run) == "It goes on from its last saved epoch when its turn comes."


def test_why_a_log_is_empty(workspace: Workspace) -> None:
    run = add_run(workspace, "queued")
    assert empty_log(run) == "The log is empty: the run has not started."
    with run.claim():
        assert empty_log(run.reload()) == "The log is empty: no epoch has ended yet."
        run.end("failed")
    assert empty_log(run.reload()) == "The log is empty."
