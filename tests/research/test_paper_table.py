"""The paper's table: its shares by plain counting, and cells that are not there yet."""

import json
from pathlib import Path

import numpy as np
import pytest

from research.kept import complete, keep
from research.paper_table import markdown, right_groups
from riskcore.jobs.protocol import queue
from riskcore.runs.predictions_file import PREDICTIONS, read_predictions
from riskcore.severity import SeverityMatrix
from tests.helpers.simulated import MATRIX
from tests.helpers.toy_protocol import TEXT, finish, read, toy_workspace

GROUPS = {"a": "benign", "b": "benign", "c": "malignant"}
TWO = TEXT.replace("{name: toy, folds: published}", "[{name: toy, folds: published}, {name: toy, folds: 2}]")


def test_the_table_counts_groups_and_says_what_is_missing(tmp_path: Path) -> None:
    workspace, protocol = toy_workspace(tmp_path), read(tmp_path, TWO)
    runs = queue(workspace, protocol)
    for run in runs[:18]:
        finish(run)
        grouped = SeverityMatrix(MATRIX.classes, MATRIX.values, MATRIX.critical, GROUPS)
        (run.folder / "matrix.json").write_text(grouped.to_json())
    runs = [run.reload() for run in runs]
    keep(runs, tmp_path / "runs")
    right = right_groups(tmp_path / "runs")
    assert len(right) == 3
    for pool, rate in right.items():
        own = [read_predictions(run.folder / PREDICTIONS)[1]["test"] for run in runs[:18] if run.pool == pool]
        malignant = [((cases.truth == 2) == (cases.logits.argmax(1) == 2)).mean() for cases in own]
        assert rate.value == pytest.approx(np.mean(malignant), abs=0.005)  # logits are kept in 16 bits
        assert 0 < rate.low < rate.value < rate.high < 1
    result = json.loads(json.dumps(complete(workspace, protocol, runs).as_dict()))
    lines = markdown(result, protocol, right).splitlines()
    row = next(line for line in lines if line.startswith("| log_harm s=3"))
    found = next(each for each in result["tables"][0]["rows"] if each["loss"] == "log_harm s=3")
    focal = found["against"]["focal"]
    assert f"{100 * found['argmax']['cer']['value']:.1f} (" in row
    assert f"{100 * right[found['id']].value:.1f} (" in row
    assert f"{100 * focal['argmax']['relative_cer_change']:+.1f} |" in row
    assert focal["equal_accuracy"]["safer"] in row
    assert sum("Not trained yet" in line for line in lines) == 1
    assert "## toy, published folds, pooled: network (test_efficientnet, 32 px)" in lines
    assert any(line.startswith("150 test cases in 45 groups") for line in lines)


def test_classes_that_were_merged_into_groups_are_their_own(tmp_path: Path) -> None:
    workspace = toy_workspace(tmp_path)
    run = queue(workspace, read(tmp_path))[0]
    finish(run)
    fine = SeverityMatrix(["x", "y", "z"], MATRIX.values, MATRIX.critical, {"x": "a", "y": "b", "z": "c"})
    (run.folder / "matrix.json").write_text(fine.to_json())
    keep([run.reload()], tmp_path / "runs")
    test = read_predictions(run.folder / PREDICTIONS)[1]["test"]
    right = right_groups(tmp_path / "runs")[run.pool]
    assert right.value == pytest.approx((test.truth == test.logits.argmax(1)).mean(), abs=0.005)
