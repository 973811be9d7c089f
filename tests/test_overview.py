"""The overview of a workspace: states, the best run of what can be compared, and the next step."""

import json

import pytest
from made_workspace import add_run, fill

from riskcore.choices import finished_choices
from riskcore.config import RunConfig
from riskcore.decision.operating import Wish
from riskcore.overview import ACCURACY_LOSS, Best, best, next_step, overview, rates_on_test
from riskcore.results import load
from riskcore.run_folder import Run
from riskcore.runs import RunStore
from riskcore.severity import SeverityMatrix
from riskcore.workspace import Workspace, write_json

N = 200


def summarised(
    workspace: Workspace, loss: str, *, argmax: float, dial: float, cer: float, seed: int = 0, test_cer: float = 0.5
) -> Run:
    """A finished run with these figures on 200 validation cases, and others on 100 test cases."""
    config = RunConfig.build({"data": "patches", "matrix": "patches", "loss": loss, "seed": seed})
    matrix = workspace.load_matrix("patches")
    run = RunStore(workspace).create(
        config.model_dump(mode="json"),
        data="patches",
        matrix="patches",
        model="toy",
        loss=loss,
        files={"matrix.json": matrix.to_json()},
    )
    validation = {"accuracy": argmax, "cer": 0.9}, {"accuracy": dial, "cer": cer}
    test = {"accuracy": 0.1, "cer": 0.9}, {"accuracy": 0.2, "cer": test_cer}
    with run.claim():
        run.update(
            result={
                "wish": "accuracy_loss=0.01",
                "validation": {"n": N, "majority_accuracy": 0.4, "argmax": validation[0], "dial": validation[1]},
                "test": {"n": 100, "majority_accuracy": 0.3, "argmax": test[0], "dial": test[1]},
            }
        )
        run.end("finished")
    return run


def only(workspace: Workspace) -> Best:
    (found,) = overview(RunStore(workspace)).best
    return found


def test_states_are_counted_and_the_finished_are_offered(workspace: Workspace) -> None:
    fill(workspace)
    found = overview(RunStore(workspace))
    states = dict(found.states)
    # A run without an end counts as running until its heartbeat is old.
    assert states.pop("running", 0) + states.pop("interrupted", 0) == 1
    assert states == {"finished": 4, "failed": 1, "stopped": 1, "queued": 2}
    assert [choice.id for choice in found.choices] == [choice.id for choice in finished_choices(RunStore(workspace))]


def test_the_lowest_validation_cer_at_the_floor_wins(workspace: Workspace) -> None:
    summarised(workspace, "ce", argmax=0.80, dial=0.80, cer=0.10)
    won = summarised(workspace, "focal", argmax=0.70, dial=0.79, cer=0.08, test_cer=0.25)
    summarised(workspace, "log_harm", argmax=0.70, dial=0.789, cer=0.01)  # just below the floor
    found = only(workspace)
    assert found.floor == pytest.approx(0.80 - ACCURACY_LOSS)
    assert (found.data, found.matrix, len(found.rivals)) == ("patches", "patches", 3)
    assert found.winner is not None
    assert found.winner.choice.id == won.id
    assert (found.winner.validation.n, found.winner.validation.accuracy, found.winner.validation.cer) == (N, 0.79, 0.08)
    assert (found.winner.test.n, found.winner.test.cer, found.winner.test.majority_accuracy) == (100, 0.25, 0.3)


def test_seeds_are_averaged_before_they_are_compared(workspace: Workspace) -> None:
    """One lucky seed is not the winner: its pool is judged by the mean."""
    pool = [
        summarised(workspace, "focal", argmax=0.8, dial=0.8, cer=cer, seed=seed)
        for seed, cer in enumerate((0.02, 0.16))
    ]
    won = summarised(workspace, "ce", argmax=0.8, dial=0.8, cer=0.08)
    found = only(workspace)
    assert found.winner is not None
    assert found.winner.choice.id == won.id
    assert {choice.id for choice in found.rivals} == {won.id, pool[0].pool}


def test_equal_cer_goes_to_the_higher_accuracy(workspace: Workspace) -> None:
    summarised(workspace, "ce", argmax=0.8, dial=0.80, cer=0.05)
    won = summarised(workspace, "focal", argmax=0.8, dial=0.81, cer=0.05)
    found = only(workspace)
    assert found.winner is not None
    assert found.winner.choice.id == won.id


def test_there_may_be_no_winner(workspace: Workspace) -> None:
    """Runs trained for another wish can all lie below the floor."""
    summarised(workspace, "ce", argmax=0.8, dial=0.5, cer=0.0)
    found = only(workspace)
    assert found.winner is None
    assert len(found.rivals) == 1


def test_what_was_judged_otherwise_is_not_compared(workspace: Workspace) -> None:
    first = summarised(workspace, "ce", argmax=0.8, dial=0.8, cer=0.1)
    harsher = SeverityMatrix(["benign", "malignant", "unsure"], [[0, 10, 1], [10, 0, 5], [4, 1, 0]], critical=10)
    workspace.save_matrix("patches", harsher)
    second = summarised(workspace, "focal", argmax=0.8, dial=0.8, cer=0.3)
    found = overview(RunStore(workspace)).best
    assert [entry.winner and entry.winner.choice.id for entry in found] == [second.id, first.id]
    third = summarised(workspace, "label_smoothing", argmax=0.8, dial=0.8, cer=0.2)
    record = json.loads((third.folder / "run.json").read_text())
    record["config"]["data"]["classes"] = "groups"
    write_json(third.folder / "run.json", record)
    assert [len(entry.rivals) for entry in overview(RunStore(workspace)).best] == [1, 1, 1]


def test_the_rates_on_test_are_those_of_the_stored_summary(workspace: Workspace) -> None:
    run = add_run(workspace)
    matrix, wish = SeverityMatrix.load(run.folder / "matrix.json"), Wish.parse(run.config["wish"])
    found = rates_on_test(load(run.id, [run]), matrix, wish)
    stored = run.reload().record["result"]["test"]["dial"]
    assert found["cer"].value == pytest.approx(stored["cer"])
    assert found["accuracy"].value == pytest.approx(stored["accuracy"])


def test_the_interval_on_test_counts_a_case_of_two_seeds_once(workspace: Workspace) -> None:
    """Two seeds that agree are no more evidence than one."""
    run = add_run(workspace)
    twice = load("both", [run, run])
    matrix = SeverityMatrix.load(run.folder / "matrix.json")
    one, two = (rates_on_test(given, matrix, Wish()) for given in (load(run.id, [run]), twice))
    widths = [found["accuracy"].high - found["accuracy"].low for found in (one, two)]
    assert widths[1] == pytest.approx(widths[0], rel=0.1)  # twice as many cases would make it 30 % narrower


def test_best_of_nothing_is_nothing() -> None:
    assert best([]) == []


def test_the_next_step_follows_from_what_is_here() -> None:
    matrix = SeverityMatrix(["a", "b", "c"], [[0, 1, 1], [9, 0, 1], [9, 1, 0]], groups={"a": "x", "b": "y", "c": "y"})
    classes, other, merged = ("c", "b", "a"), ("a", "d"), ("y", "x")
    assert next_step([], [matrix], {}) == "data"
    assert next_step([other], [matrix], {}) == next_step([other], [], {}) == "matrix"
    assert next_step([other, classes], [matrix], {}) == next_step([merged], [matrix], {}) == "train"
    assert next_step([classes], [matrix], {"failed": 2}) == "train"
    assert next_step([classes], [matrix], {"finished": 1}) == "compare"
    assert next_step([classes], [matrix], {"finished": 1, "queued": 1}) == "runs"
    assert next_step([classes], [matrix], {"running": 1}) == "runs"
