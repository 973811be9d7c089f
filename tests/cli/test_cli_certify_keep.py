"""A certificate that is kept in a run's bundle, and predict that follows it."""

import json
from pathlib import Path

import numpy as np
import pytest

from riskcore.decision.certificate import AnswerRule
from riskcore.errors import InputError
from riskcore.learning.bundle import Bundle
from riskcore.learning.description import seal_of
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


def test_a_rule_on_average_is_kept_as_such(riskcore: CommandLine, workspace: Workspace) -> None:
    (run,) = trained(workspace, data={"name": "patches", "certify": 0.2})
    many_certify_cases(run, 4000)
    riskcore("evaluate", run.id, "--certify", 990, "--per", "case", "--on-average", "--overall-only", "--keep")
    description = run.folder / "bundle" / "bundle.json"
    written = json.loads(description.read_text())
    assert (written["answer_rule"]["guarantee"], written["answer_rule"]["confidence"]) == ("average", None)
    kept = Bundle.load(run.folder / "bundle")
    assert kept.answer_rule == AnswerRule(written["answer_rule"]["threshold"], 0.99, None, "case", "average")
    text = riskcore("predict", run.id, *images(run, workspace)).stdout
    assert "Kept on average, without a confidence: at most 990 dangerous mistakes per 1,000 cases" in text

    def rewritten(**rule: object) -> Bundle:
        content = {**written, "answer_rule": rule}
        description.write_text(json.dumps(content | {"seal": seal_of(content)}))
        return Bundle.load(run.folder / "bundle")

    before = {"threshold": 0.5, "cap": 0.05, "confidence": 0.95, "per": "answered"}  # as first written
    assert rewritten(**before).answer_rule == AnswerRule(0.5, 0.05, 0.95, "answered")
    for wrong in ({"guarantee": "average"}, {"confidence": None}):
        with pytest.raises(InputError, match="either with a confidence or on average"):
            rewritten(**before | wrong)


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
