"""A run that keeps a part for a certificate: nothing is trained or chosen on it, and nothing else changes."""

import numpy as np

from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.judging.certified import certificates
from riskcore.runs.predictions_file import PREDICTIONS, read_predictions
from riskcore.runs.results import load
from riskcore.severity import SeverityMatrix
from riskcore.workspace import Workspace
from tests.helpers.trained_runs import trained


def test_the_part_is_kept_apart_and_stored(workspace: Workspace) -> None:
    (plain,) = trained(workspace)
    (run,) = trained(workspace, data={"name": "patches", "certify": 0.3})
    assert run.pool != plain.pool
    assert "certify" not in plain.config["data"]
    _, parts = read_predictions(run.folder / PREDICTIONS)
    _, before = read_predictions(plain.folder / PREDICTIONS)
    assert len(before["certify"]) == 0
    assert len(parts["certify"]) > 0
    for part in ("validation", "test"):
        np.testing.assert_array_equal(parts[part].samples, before[part].samples)
        assert not set(parts[part].groups) & set(parts["certify"].groups)
    flow = run.record["result"]["flow"]
    assert flow["certify"]["images"] == len(parts["certify"])
    assert flow["train"]["images"] + len(parts["certify"]) == plain.record["result"]["flow"]["train"]["images"]


def test_a_certificate_is_made_of_it(workspace: Workspace) -> None:
    (run,) = trained(workspace, data={"name": "patches", "certify": 0.3})
    judged = JudgedRun(load(run.id, [run]), SeverityMatrix.load(run.folder / "matrix.json"))
    (found,) = certificates(judged, Wish("accuracy_loss", 0.01), cap=0.05, by_class=False)
    assert found.certificate.threshold is None
    assert found.certificate.why is not None
    assert found.certificate.why.startswith("Not certifiable: with ")
