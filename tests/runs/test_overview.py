"""What can be ranked of the runs of a workspace, and the next step."""

import json

from riskcore.files import write_json
from riskcore.runs.choices import finished_choices
from riskcore.runs.overview import entries, next_step
from riskcore.runs.store import RunStore
from riskcore.severity import SeverityMatrix
from riskcore.severity.store import save_matrix
from riskcore.workspace import Workspace
from tests.helpers.made_workspace import add_run


def test_the_newest_comparable_set_is_ranked_and_the_rest_is_counted(workspace: Workspace) -> None:
    older = add_run(workspace, size=64)
    for loss in ("ce", "log_harm"):
        add_run(workspace, loss=loss)
    (entry,) = entries(finished_choices(RunStore(workspace)))
    assert (entry.data, entry.matrix, entry.others) == ("patches", "patches", 1)
    assert [choice.loss for choice in entry.rivals] == ["log_harm s=3", "ce"]
    assert entry.baseline.loss == "ce"
    assert older.id not in {choice.id for choice in entry.rivals}


def test_what_was_judged_otherwise_is_an_entry_of_its_own(workspace: Workspace) -> None:
    first = add_run(workspace)
    harsher = SeverityMatrix(["benign", "malignant", "unsure"], [[0, 10, 1], [10, 0, 5], [4, 1, 0]], critical=10)
    save_matrix(workspace, "patches", harsher)
    second = add_run(workspace, loss="focal")
    found = entries(finished_choices(RunStore(workspace)))
    assert [[choice.id for choice in entry.rivals] for entry in found] == [[second.id], [first.id]]
    third = add_run(workspace, loss="label_smoothing")
    record = json.loads((third.folder / "run.json").read_text())
    record["config"]["data"]["classes"] = "groups"
    write_json(third.folder / "run.json", record)
    assert [len(entry.rivals) for entry in entries(finished_choices(RunStore(workspace)))] == [1, 1, 1]


def test_nothing_finished_is_no_entry() -> None:
    assert entries([]) == []


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
