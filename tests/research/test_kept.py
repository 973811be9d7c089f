"""A protocol in pieces: what is kept of runs is enough for another workspace to go on and to write the same tables."""

from pathlib import Path

import numpy as np
import pytest

from research.kept import bring_back, complete, end, keep
from riskcore.jobs.protocol import queue
from riskcore.reports.protocol_table import tabulate
from riskcore.runs.folder import Run
from riskcore.runs.predictions_file import PREDICTIONS, read_predictions
from riskcore.runs.store import RunStore
from riskcore.workspace import Workspace
from tests.helpers.toy_protocol import TEXT, finish, read, toy_workspace

TWO = TEXT.replace("{name: toy, folds: published}", "[{name: toy, folds: published}, {name: toy, folds: 2}]")


@pytest.fixture
def here(tmp_path: Path) -> Workspace:
    return toy_workspace(tmp_path)


def finished(runs: list[Run]) -> list[Run]:
    for run in runs:
        finish(run)
    return [run.reload() for run in runs]


def test_another_workspace_goes_on_from_kept_runs(here: Workspace, tmp_path: Path) -> None:
    protocol = read(tmp_path)
    runs = queue(here, protocol)
    done = finished(runs[:7])
    keep([*done, *runs[7:]], tmp_path / "kept")
    other = toy_workspace(tmp_path / "other")
    bring_back(other, tmp_path / "kept")
    again = queue(other, protocol)
    assert [run.id for run in again[:7]] == [run.id for run in done]
    assert [run.state for run in again] == ["finished"] * 7 + ["queued"] * 11
    for before, after in zip(done, again, strict=False):
        classes, parts = read_predictions(after.folder / PREDICTIONS)
        same_classes, same = read_predictions(before.folder / PREDICTIONS)
        assert classes == same_classes
        for part, cases in parts.items():
            assert np.array_equal(cases.samples, same[part].samples)
            assert np.array_equal(cases.truth, same[part].truth)
            np.testing.assert_allclose(cases.logits, same[part].logits, rtol=2**-10, atol=1e-6)


def test_the_tables_are_those_of_what_is_complete(here: Workspace, tmp_path: Path) -> None:
    protocol = read(tmp_path, TWO)
    runs = queue(here, protocol)
    first, rest = finished(runs[:18]), runs[18:]
    tables = complete(here, protocol, [*first, *rest]).tables
    assert [table.data.folds for table in tables] == ["published"]
    ids = [run.id for run in first]
    expected = tabulate(here, read(tmp_path), ids)
    assert [table.as_dict() for table in tables] == [table.as_dict() for table in expected.tables]
    assert complete(here, protocol, [*runs[:17], *rest]).tables == ()


def test_when_time_is_over_nothing_begins_or_goes_on(here: Workspace, tmp_path: Path) -> None:
    runs = queue(here, read(tmp_path))
    with runs[0].claim():
        end(RunStore(here), [run.reload() for run in runs])
        assert runs[0].stop_requested
    assert {run.reload().state for run in runs[1:]} == {"stopped"}
    assert {run.state for run in queue(here, read(tmp_path))[1:]} == {"queued"}  # the next piece
