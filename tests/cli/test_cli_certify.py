"""riskcore evaluate --certify, as a person calls it."""

from pathlib import Path

import numpy as np
import pytest

from riskcore.severity import SeverityMatrix
from tests.helpers.command_line import CommandLine

MATRIX = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    rng = np.random.default_rng(0)
    lines = ["sample,truth,group,split,naevus,melanoma"]
    for split, cases in (("validation", 300), ("certify", 900), ("test", 300)):
        for case in range(cases):
            truth = rng.random() < 0.3
            p = 1 / (1 + np.exp(-rng.normal(3.5 if truth else -3.5, 1.5)))
            names = f"{split}{case}.png,{MATRIX.classes[int(truth)]},{split}-p{case // 2},{split}"
            lines.append(f"{names},{1 - p:.6f},{p:.6f}")
    predictions, matrix = tmp_path / "vendor.csv", tmp_path / "m.json"
    predictions.write_text("\n".join(lines) + "\n")
    matrix.write_text(MATRIX.to_json())
    return predictions, matrix


def test_a_vendors_file_gets_a_certificate(riskcore: CommandLine, files: tuple[Path, Path]) -> None:
    predictions, matrix = files
    call = ("evaluate", "--predictions", predictions, "--matrix", matrix, "--certify", "50", "--overall-only")
    text = riskcore(*call).stdout
    assert "Certified with 95 % confidence: at most 50 dangerous mistakes per 1,000 answered cases" in text
    assert "not for a single image" in text
    assert "critical errors among the answered:" in text
    (found,) = riskcore.json(*call)["certificates"]
    assert 0 < found["threshold"] < 1
    assert [claim["name"] for claim in found["claims"]] == ["all"]
    assert found["claims"][0]["groups"] > 59
    assert found["why"] is None
    assert found["curve"][-1]["answered"] == 1


def test_what_cannot_be_certified_is_said_with_the_number_that_is_missing(
    riskcore: CommandLine, files: tuple[Path, Path]
) -> None:
    predictions, matrix = files
    found = riskcore("evaluate", "--predictions", predictions, "--matrix", matrix, "--certify", "2")
    assert any(line.startswith("Not certifiable: with ") and "more." in line for line in found.stdout.splitlines())


def test_without_a_certify_part_it_is_refused_in_one_line(riskcore: CommandLine, files: tuple[Path, Path]) -> None:
    predictions, matrix = files
    kept = [line for line in predictions.read_text().splitlines() if ",certify," not in line]
    predictions.write_text("\n".join(kept) + "\n")
    said = riskcore.error("evaluate", "--predictions", predictions, "--matrix", matrix, "--certify", "50")
    assert "there is no certify part" in said
