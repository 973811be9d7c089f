"""Jobs in the background: real processes, watched from outside."""

import os
import signal
import time
from pathlib import Path

import pytest

from riskcore.data.manifest import register
from riskcore.data.prepare import kept_audit
from riskcore.data.registry import load_dataset
from riskcore.errors import InputError
from riskcore.jobs import background, background_job
from riskcore.jobs.background import Status, start, status
from riskcore.jobs.background_job import run
from riskcore.progress import OnProgress
from riskcore.workspace import Workspace

SLOW = """
import sys, time
from pathlib import Path
from riskcore.jobs import background_job
from riskcore.workspace import Workspace

def slow(workspace, name, progress):
    progress(1, 4, "waiting")
    time.sleep(60)

background_job._JOBS["audit"] = slow
background_job.main()
"""


def wait_for(workspace: Workspace, name: str, *states: str) -> Status:
    for _ in range(300):
        found = status(workspace, "audit", name)
        if found is not None and found.state in states:
            return found
        time.sleep(0.05)
    raise AssertionError(f"still {found}")


def test_nothing_was_started(workspace: Workspace) -> None:
    assert status(workspace, "audit", "patches") is None
    assert status(workspace, "demo") is None


def test_an_audit_in_the_background_leaves_its_findings(workspace: Workspace) -> None:
    assert start(workspace, "audit", "patches")
    assert status(workspace, "audit", "patches").state in ("running", "done")
    assert wait_for(workspace, "patches", "done", "failed") == Status("done", label="done")
    findings = kept_audit(workspace, load_dataset(workspace, "patches"))
    assert findings is not None
    assert findings.counts[-1].images == 72


def test_a_job_runs_once_and_its_end_by_a_kill_is_found(workspace: Workspace, tmp_path: Path, monkeypatch) -> None:
    script = tmp_path / "slow.py"
    script.write_text(SLOW)
    popen = background.subprocess.Popen
    started = []

    def slow(command: list[str], **settings: object):
        started.append(popen([command[0], str(script), *command[3:]], **settings))
        return started[-1]

    monkeypatch.setattr(background.subprocess, "Popen", slow)
    assert start(workspace, "audit", "patches")
    for _ in range(300):
        if status(workspace, "audit", "patches").total:
            break
        time.sleep(0.05)
    assert status(workspace, "audit", "patches") == Status("running", 1, 4, "waiting")
    assert not start(workspace, "audit", "patches")
    assert len(started) == 1
    os.kill(started[0].pid, signal.SIGKILL)
    started[0].wait()
    found = wait_for(workspace, "patches", "failed")
    assert found.error == "It was ended before it was done; start it again."
    monkeypatch.undo()
    assert start(workspace, "audit", "patches")
    assert wait_for(workspace, "patches", "done", "failed").state == "done"


def test_what_is_wrong_is_said_in_the_status(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    run(workspace, "audit", "other")
    found = status(workspace, "audit", "other")
    assert found.state == "failed"
    assert found.error.startswith("No data set named or stored in the file 'other'")


def test_a_fault_of_ours_is_said_without_a_traceback(workspace: Workspace, monkeypatch, caplog) -> None:
    monkeypatch.setitem(background_job._JOBS, "audit", lambda *given: 1 / 0)
    run(workspace, "audit", "patches")
    found = status(workspace, "audit", "patches")
    assert found.error.startswith("Something went wrong in riskcore itself; ")
    assert found.error.endswith("audit-patches.log says more.")
    assert "ZeroDivisionError" in caplog.text


def test_progress_is_seen_while_it_goes_on(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def job(here: Workspace, name: str, progress: OnProgress) -> None:
        progress(3, 7, "reading images")
        seen.append(Status(**background.read_json(here.root / "background" / "audit-patches.json")))
        raise InputError("enough")

    monkeypatch.setitem(background_job._JOBS, "audit", job)
    run(workspace, "audit", "patches")
    assert seen == [Status("running", 3, 7, "reading images")]
    assert status(workspace, "audit", "patches").error == "enough"


def test_the_demo_is_drawn_registered_audited_and_queued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All but the training, on few images and with few runs."""
    from riskcore.data import synthetic
    from riskcore.jobs import demo, submit
    from riskcore.runs.store import RunStore

    here, write = Workspace(tmp_path / "home"), synthetic.write_synthetic
    monkeypatch.setattr(demo, "PARTS", {"images": 20, "validation": 3, "test": 4})
    monkeypatch.setattr(synthetic, "write_synthetic", lambda folder, **more: write(folder, size=32, **more))
    monkeypatch.setattr(submit, "check_backbone", lambda config: None)
    started = []
    monkeypatch.setattr(demo, "start_workers", started.append)
    run(here, "demo")
    assert status(here, "demo") == Status("done", label="done")
    manifest = load_dataset(here, "demo")
    assert (len(manifest), manifest.synthetic) == (20, True)
    assert kept_audit(here, manifest) is not None
    assert {run.state for run in RunStore(here).list(data="demo")} == {"queued"}
    assert len(RunStore(here).list()) == 6
    assert started == [here]
    assert register("again", here.root / "synthetic").hash == manifest.hash


@pytest.mark.parametrize(
    "content",
    ["{", "[]", "{}", '{"state": "running"}', '{"state": 5, "done": 0, "total": 0, "label": "", "error": null}',
     '{"state": "x", "done": 0, "total": 0, "label": "", "error": null}', '{"state": "running", "done": "1"}'],
)  # fmt: skip
def test_a_damaged_status_is_a_failure_in_one_line(workspace: Workspace, content: str) -> None:
    file = background.job_file(workspace, "audit", "patches", "json")
    file.parent.mkdir(parents=True)
    file.write_text(content)
    found = status(workspace, "audit", "patches")
    assert found is not None
    assert found.state == "failed"
    assert str(found.error).startswith(f"{file}: ")
    assert "\n" not in str(found.error)
    assert start(workspace, "audit", "patches"), "it can be started again"
    wait_for(workspace, "patches", "done", "failed")
