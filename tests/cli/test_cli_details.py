"""riskcore evaluate --details: what a reviewer asks for beside the rates, as text and as JSON."""

from pathlib import Path

import numpy as np
import pytest

from riskcore.severity import SeverityMatrix
from riskcore.words.details import NO_FLOW, NOT_TESTED, RISK, UNCALIBRATED
from tests.helpers.risky import risky

MATRIX = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)


@pytest.fixture
def predictions(tmp_path: Path) -> Path:
    """300 test cases of 150 patients, no validation case, all of one hospital."""
    events, risks, groups = risky(np.random.default_rng(0), 300, 150)
    lines = ["sample,truth,group,sex,hospital,naevus,melanoma"]
    for number, (event, risk, group) in enumerate(zip(events, risks, groups, strict=True)):
        truth, sex = ("melanoma" if event else "naevus"), ("f" if group % 2 else "m")
        lines.append(f"{number},{truth},{group},{sex},one,{1 - risk:.6f},{risk:.6f}")
    file = tmp_path / "vendor.csv"
    file.write_text("\n".join(lines))
    (tmp_path / "skin.json").write_text(MATRIX.to_json())
    return file


def test_a_vendors_file_has_details_of_its_probabilities_as_they_are(riskcore, predictions: Path) -> None:
    command = ("evaluate", "--predictions", predictions, "--matrix", predictions.parent / "skin.json")
    text = riskcore(*command, "--details").stdout
    assert f"Calibration of {RISK}:\n{UNCALIBRATED}\nslope: " in text
    for heading in ("expected / observed: ", "Net benefit of calling", "sensitivity at 95 % specificity"):
        assert heading in text
    (tested,) = (line for line in text.splitlines() if line.startswith("sex") and "miss rate" in line)
    assert "f, m" in tested
    (alone,) = (line for line in text.splitlines() if line.startswith("hospital") and "accuracy" in line)
    assert NOT_TESTED in alone
    assert f"Flow of cases: {NO_FLOW}." in text
    found = riskcore.json(*command, "--details")["details"]
    assert found["calibrated"] is False
    assert found["flow"] is None
    assert f"slope: {found['calibration']['slope']['value']:.2f} (" in text
    assert riskcore.json(*command)["details"] is None
    assert RISK not in riskcore(*command).stdout


def test_a_trained_pool_tells_the_flow_of_its_cases(trained) -> None:
    found = trained.riskcore.json("evaluate", trained.other, "--details")
    flow = found["details"]["flow"]
    assert [(run["fold"], run["listed"]) for run in flow] == [(0, 150), (1, 150)]
    assert sum(run["test"]["images"] for run in flow) == found["n"]  # each case once in test
    assert sum(run["test"]["critical"] for run in flow) == found["critical_cases"]
    for run in flow:
        parts = sum(run[part]["images"] for part in ("train", "validation", "test"))
        assert parts + sum(each["images"] for each in run["excluded"]) == run["listed"]
        recorded = trained.riskcore.json("runs", "show", run["run"])["result"]["flow"]
        assert recorded == {key: value for key, value in run.items() if key not in ("run", "seed", "fold")}
    text = trained.riskcore("evaluate", trained.other, "--details").stdout
    assert "150 images listed, 150 registered" in text
    assert "the same, mean of the AUROC within each run of the pool" in text
