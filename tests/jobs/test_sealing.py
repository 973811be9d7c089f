"""Sealing in a run's folder: under the run's lock, of a finished run, all or nothing."""

from pathlib import Path

import pytest

from riskcore.errors import InputError, RunError
from riskcore.files import is_locked
from riskcore.jobs.sealing import seal
from riskcore.learning.bundle import Bundle
from riskcore.runs.folder import Run
from riskcore.workspace import Workspace
from tests.helpers.bundles import description, strip
from tests.helpers.made_workspace import add_run, make_usable
from tests.helpers.trained_runs import trained


@pytest.fixture
def run(workspace: Workspace) -> Run:
    made = add_run(workspace)
    make_usable(made)
    strip(made.folder / "bundle")
    return made


def test_it_holds_the_lock_of_the_run(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    held, save = [], Bundle.save

    def watched(bundle: Bundle, folder: Path) -> None:
        held.append(is_locked(run.folder / "lock"))
        save(bundle, folder)

    monkeypatch.setattr(Bundle, "save", watched)
    assert seal(run.folder / "bundle")
    assert held == [True]
    assert not is_locked(run.folder / "lock")
    assert not seal(run.folder / "bundle")


def test_a_run_that_is_not_finished_is_refused(workspace: Workspace, run: Run) -> None:
    other = add_run(workspace, "stopped", seed=3)
    (run.folder / "bundle").rename(other.folder / "bundle")
    with pytest.raises(InputError, match="only a finished run can be sealed"):
        seal(other.folder / "bundle")
    assert description(other.folder / "bundle")["format"] == 1


def test_a_write_that_fails_leaves_it_as_it_was(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (run.folder / "bundle" / "bundle.json").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("riskcore.files.os.replace", full)
    with pytest.raises(RunError, match="the disk is full"):
        seal(run.folder / "bundle")
    assert (run.folder / "bundle" / "bundle.json").read_bytes() == before


def test_what_training_leaves_is_sealed(workspace: Workspace) -> None:
    (run,) = trained(workspace)
    files = ["detector.safetensors", "front.safetensors", "trained.safetensors"]
    assert sorted(description(run.folder / "bundle")["files"]) == files
    assert not seal(run.folder / "bundle")
