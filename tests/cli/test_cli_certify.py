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


def test_a_cap_per_case_on_average(riskcore: CommandLine, files: tuple[Path, Path]) -> None:
    predictions, matrix = files
    call = ("evaluate", "--predictions", predictions, "--matrix", matrix, "--certify", "20", "--per", "case")
    text = riskcore(*call, "--on-average").stdout
    assert "Kept on average, without a confidence: at most 20 dangerous mistakes per 1,000 cases" in text
    assert "with this very part it may be more" in text
    assert "bound on average" in text
    (found,) = riskcore.json(*call, "--on-average")["certificates"]
    assert (found["guarantee"], found["confidence"], found["per"]) == ("average", None, "case")
    assert all(claim["p_value"] is None and claim["bound"] <= 0.02 for claim in found["claims"])
    assert found["curve"][-1]["risk"] == pytest.approx(found["cer"]["value"])
    (sure,) = riskcore.json(*call)["certificates"]
    assert (sure["guarantee"], sure["confidence"]) == ("confidence", 0.95)
    assert sure["threshold"] is None or sure["threshold"] <= found["threshold"]


def test_harm_has_its_own_units(riskcore: CommandLine, files: tuple[Path, Path]) -> None:
    predictions, matrix = files
    call = ("evaluate", "--predictions", predictions, "--matrix", matrix, "--overall-only", "--per", "harm-case")
    text = riskcore(*call, "--certify", "0.4").stdout
    assert "at most a mean severity of 0.4 over all cases, those for a person counting none" in text
    assert "seen, mean severity" in text
    assert riskcore.error(*call, "--certify", "12").endswith(
        "a mean severity above 0 and below 10, the greatest cost in the matrix, but got 12."
    )


def test_what_goes_with_no_certificate_is_refused_in_one_line(riskcore: CommandLine, files: tuple[Path, Path]) -> None:
    predictions, matrix = files
    call = ("evaluate", "--predictions", predictions, "--matrix", matrix)
    certify = (*call, "--certify", "50")
    assert riskcore.error(*certify, "--prevalence", "0.02").startswith("--certify takes no --prevalence: ")
    assert riskcore.error(*call, "--on-average").startswith("--on-average needs --certify")
    given = riskcore.error(*certify, "--per", "case", "--on-average", "--confidence", "0.9")
    assert given == "--on-average needs --certify and takes no --confidence: it has none."
    assert riskcore.error(*certify, "--on-average").startswith("Only a cap per case (case, harm-case) can be kept on")
    for cap in ("0", "-5", "1000"):
        assert riskcore.error(*call, "--certify", cap).endswith(f"but got {cap}.")


def test_on_validation_no_test_figure_is_shown(riskcore: CommandLine, files: tuple[Path, Path]) -> None:
    predictions, matrix = files
    call = ("evaluate", "--predictions", predictions, "--matrix", matrix, "--certify", "50", "--overall-only")
    (on_test,) = riskcore.json(*call)["certificates"]
    (on_validation,) = riskcore.json(*call, "--split", "validation")["certificates"]
    assert on_validation["threshold"] == on_test["threshold"]
    assert on_validation["claims"] == on_test["claims"]
    assert on_validation["answered"] != on_test["answered"]
    text = riskcore(*call, "--split", "validation").stdout
    assert "By case, on validation; not certified:" in text
    assert "on test" not in text
