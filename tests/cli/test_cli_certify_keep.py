"""A certificate that is kept in a run's bundle, and predict that follows it."""

from pathlib import Path

import numpy as np
import pytest

from riskcore.learning.bundle import Bundle
from riskcore.learning.predictor import Predictor
from riskcore.predictions import Cases
from riskcore.runs.folder import Run
from riskcore.runs.predictions_file import PREDICTIONS, read_predictions, write_predictions
from riskcore.workspace import Workspace
from tests.helpers.command_line import CommandLine
from tests.helpers.trained_runs import trained


@pytest.fixture
def riskcore(workspace: Workspace) -> CommandLine:
    return CommandLine(workspace.root)


def many_certify_cases(run: Run, cases: int) -> None:
    """As many more patients as a certificate needs, like those of validation."""
    classes, parts = read_predictions(run.folder / PREDICTIONS)
    rng, known = np.random.default_rng(0), parts["validation"]
    rows = rng.integers(0, len(known), cases)
    names = np.array([f"c{number}" for number in range(cases)])
    own = Cases(known.logits[rows], known.truth[rows], names, names)
    write_predictions(run.folder / PREDICTIONS, classes, {**parts, "certify": own})


def images(run: Run, workspace: Workspace) -> list[Path]:
    from riskcore.data.registry import load_dataset

    manifest = load_dataset(workspace, "patches")
    return [manifest.path(sample) for sample in manifest.table["sample"][:6]]


def test_predict_follows_what_was_kept(riskcore: CommandLine, workspace: Workspace) -> None:
    (run,) = trained(workspace, data={"name": "patches", "certify": 0.2})
    many_certify_cases(run, 4000)
    before = riskcore.json("predict", run.id, *images(run, workspace))
    assert {row["answered"] for row in before} == {None}
    dial = Bundle.load(run.folder / "bundle").dial
    cap = 990  # an untrained network errs often
    said = riskcore("evaluate", run.id, "--certify", cap, "--overall-only", "--keep")
    assert "Kept in the bundle" in said.stderr
    kept = Bundle.load(run.folder / "bundle")
    assert kept.sealed
    assert kept.dial == dial
    assert kept.answer_rule is not None
    assert (kept.answer_rule.cap, kept.answer_rule.per) == (cap / 1000, "answered")
    rows = riskcore.json("predict", run.id, *images(run, workspace))
    for row, old in zip(rows, before, strict=True):
        assert row["answered"] == (row["critical_probability"] <= kept.answer_rule.threshold)
        assert {**row, "answered": None} == old
    text = riskcore("predict", run.id, *images(run, workspace)).stdout
    assert "answer by" in text
    assert "if the model answers up to a chance of a dangerous mistake of" in text
    assert Predictor.load(run.folder / "bundle").bundle.answer_rule == kept.answer_rule


def test_nothing_is_kept_where_nothing_is_certified(riskcore: CommandLine, workspace: Workspace) -> None:
    (run,) = trained(workspace, data={"name": "patches", "certify": 0.2})
    before = (run.folder / "bundle" / "bundle.json").read_bytes()
    said = riskcore("evaluate", run.id, "--certify", 5, "--keep")
    assert "Nothing was kept" in said.stderr
    assert "Not certifiable" in said.stdout
    assert (run.folder / "bundle" / "bundle.json").read_bytes() == before


def test_keep_is_for_a_run_at_its_own_dial(riskcore: CommandLine, workspace: Workspace) -> None:
    (run,) = trained(workspace)
    words = "--keep needs a run and --certify, and takes its own matrix and dial; leave the others out."
    assert riskcore.error("evaluate", run.id, "--keep") == words
    assert riskcore.error("evaluate", run.id, "--certify", 5, "--aversion", 0.5, "--keep") == words
