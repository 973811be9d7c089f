"""riskcore compare on files of any model's predictions, against each other and against runs, as a user calls it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskcore.comparing.rate_differences import RATES
from riskcore.runs import results
from riskcore.runs.store import RunStore
from riskcore.workspace import Workspace
from tests.cli.test_cli_judge import RATE_KEYS, tables_fit
from tests.helpers.command_line import CommandLine
from tests.helpers.foreign_files import write_foreign
from tests.helpers.made_workspace import add_run
from tests.helpers.simulated import MATRIX, run

SMALL = {"n": 150, "groups": 75}
FILES = ("--predictions", "a.csv", "--predictions", "b.csv", "--matrix", "matrix.json")
BESIDE = set(RATES)


@pytest.fixture
def files(riskcore, tmp_path: Path) -> Path:
    """A better model, a poorer one, a matrix; and one file with neither validation nor groups."""
    riskcore.home.mkdir()
    for name, skill, noise in (("a.csv", 3.0, 1), ("b.csv", 1.2, 2)):
        write_foreign(tmp_path / name, run(name, skill, noise=noise, **SMALL))
    write_foreign(tmp_path / "bare.csv", run("bare", 1.2, noise=3, **SMALL), ["test"], groups=False)
    (tmp_path / "matrix.json").write_text(MATRIX.to_json())
    return tmp_path


def test_the_document_of_two_files_key_by_key(riskcore, files: Path) -> None:
    found = riskcore.json("compare", *FILES, "--baseline", "b.csv")
    assert set(found) == {
        *("baseline", "matrix", "wish", "n", "groups", "critical_cases", "majority_accuracy", "runs", "synthetic"),
        *("looks", "left_out", "overlap", "details"),
    }
    assert (found["baseline"], found["n"], found["groups"], found["synthetic"]) == ("b.csv", 150, 75, False)
    assert (found["looks"], found["left_out"], found["overlap"], found["details"]) == (None, 0, {}, None)
    base, ours = found["runs"]
    for row in (base, ours):
        assert set(row) == {"id", "loss", "seeds", "argmax", "dial", "equal_accuracy", "chosen", "sentence"}
        assert row["loss"] == row["id"]
    assert (base["id"], ours["id"]) == ("b.csv", "a.csv")
    assert base["equal_accuracy"] is base["chosen"] is base["sentence"] is None
    equal = ours["equal_accuracy"]
    gaps = ("gap", "over_call_gap", "balanced_accuracy_gap")
    assert set(equal) == {*gaps, "safer", "window", "top", "cer", "baseline_cer", "could_show", "calibrated"}
    assert all(set(equal[name]) == RATE_KEYS for name in gaps)
    assert (equal["safer"], equal["calibrated"]) == ("yes", True)
    accuracy = base["argmax"]["accuracy"]["value"]
    assert equal["window"] == pytest.approx([accuracy - 0.03, accuracy - 0.01])
    assert equal["gap"]["value"] == pytest.approx(equal["cer"] - equal["baseline_cer"])
    assert 0 < equal["could_show"] < 1
    chosen = ours["chosen"]
    assert set(chosen) == {
        *("floor", "reachable", "why", "difference", "dials", "baseline_dials", "absent"),
        *BESIDE,
        *(f"baseline_{name}" for name in BESIDE),
    }
    assert set(chosen["difference"]) == BESIDE
    for name in BESIDE:
        assert set(chosen[name]) == set(chosen[f"baseline_{name}"]) == set(chosen["difference"][name]) == RATE_KEYS
    assert (chosen["reachable"], chosen["why"], chosen["absent"]) == (True, None, [])
    assert len(chosen["dials"]) == len(chosen["baseline_dials"]) == 1
    assert {"rule", "aversion"} <= set(chosen["dials"][0])
    assert ours["sentence"].startswith("At the same accuracy on test (")
    assert "Safer at the same accuracy. With dials chosen on validation for at least" in ours["sentence"]


def test_two_files_as_tables_and_a_sentence(riskcore, files: Path) -> None:
    text = riskcore("compare", *FILES, "--baseline", "b.csv").stdout
    lines = text.splitlines()
    assert any(line.startswith("150 cases, 75 groups, ") for line in lines)
    assert "b.csv  (baseline)" in lines
    assert "a.csv" in lines
    assert tables_fit(text), text
    head = lines.index("Differences from b.csv in points (95 %):")
    measures = [line.split("  ")[1] for line in lines[head + 4 : head + 10]]
    assert measures == ["CER", "accuracy", "over-calls", "balanced accuracy", "CER: could show", "safer?"]
    assert riskcore.json("compare", *FILES, "--baseline", "b.csv")["runs"][1]["sentence"] in lines
    assert any(line.startswith("Intervals speak of these trainings: patients are resampled") for line in lines)
    assert lines[-1] == "Research use only; not a medical device. Ranges are 95 % intervals."


def test_the_side_of_a_file_without_validation_is_not_calibrated_and_has_no_dial(riskcore, files: Path) -> None:
    command = ("compare", *FILES, "--predictions", "bare.csv", "--baseline", "b.csv")
    found = riskcore.json(*command)
    assert [row["equal_accuracy"]["calibrated"] for row in found["runs"][1:]] == [False, False]
    bare = found["runs"][2]
    assert bare["dial"] is None
    assert {value for name, value in bare["chosen"].items() if name not in ("reachable", "why")} == {None}
    assert bare["chosen"]["reachable"] is False
    assert bare["chosen"]["why"].startswith("bare.csv: There are no validation cases")
    assert "not calibrated" in bare["sentence"]
    assert found["runs"][1]["chosen"]["reachable"] is True
    text = riskcore(*command).stdout
    assert "Not calibrated: not every side has validation cases" in text
    assert "and hold for the 2 comparisons together" in text
    assert tables_fit(text), text


def test_details_come_on_request(riskcore, files: Path) -> None:
    command = ("compare", *FILES, "--baseline", "b.csv")
    details = riskcore.json(*command, "--details")["details"]
    assert list(details) == ["b.csv", "a.csv"]
    assert details["b.csv"]["auroc_difference"] is None
    assert details["a.csv"]["auroc_difference"]["pooled"]["value"] > 0
    assert {"slope", "intercept", "expected_observed", "curve"} <= set(details["a.csv"]["calibration"])
    with_details = riskcore(*command, "--details").stdout
    assert "AUROC of critical against other cases, run − baseline; and calibration of the risks:" in with_details
    assert "AUROC" not in riskcore(*command).stdout
    assert tables_fit(with_details), with_details


def test_common_and_overlap_are_said_in_both_outputs(riskcore, files: Path) -> None:
    write_foreign(files / "b.csv", run("b", 1.2, noise=2, **SMALL), leave_out=["image0", "image1"])
    command = ("compare", *FILES, "--baseline", "b.csv")
    assert riskcore.error(*command) == (
        "b.csv and a.csv hold different test cases: 2 only in a.csv (image0, image1); "
        "add --common to compare what both hold."
    )
    assert riskcore.json(*command, "--common")["left_out"] == 2
    assert "2 test cases that not every side holds are left out." in riskcore(*command, "--common").stdout
    leaking = (files / "b.csv").read_text().replace("patient5000", "patient2")
    (files / "b.csv").write_text(leaking)
    assert "b.csv: 2 of 148 judged cases (1 group) were seen" in riskcore.error(*command, "--common")
    found = riskcore.json(*command, "--common", "--allow-overlap")
    assert found["overlap"]["b.csv"]["cases"] == 2
    assert "b.csv: 2 of 148 judged cases" in riskcore(*command, "--common", "--allow-overlap").stdout


def test_what_cannot_be_compared_is_refused_in_one_line(riskcore, files: Path) -> None:
    error = riskcore.error
    assert error("compare", *FILES).startswith("Expected --baseline: the run, pool or file")
    assert error("compare", *FILES[:4], "--baseline", "b.csv").startswith("--predictions needs --matrix")
    assert error("compare", "--predictions", "b.csv", "--baseline", "b.csv", "--matrix", "matrix.json") == (
        "There is nothing to compare b.csv with; name at least one other run, pool or file."
    )
    assert error("compare", *FILES, "--baseline", "c.csv").startswith("No run 'c.csv'")
    assert error("compare", *FILES, "--predictions", "gone.csv", "--baseline", "b.csv").startswith(
        "gone.csv: cannot be read"
    )
    assert error("compare", *FILES, "--baseline", "b.csv", "--matrix", "isic2018").startswith(
        "a.csv: there is no column 'MEL'"
    )
    assert "floor" in riskcore("compare", *FILES, "--baseline", "b.csv", "--floor", 1.5, code=2).stderr
    twice: list[str] = []
    for folder in ("one", "other"):
        (files / folder).mkdir()
        (files / folder / "b.csv").write_text((files / "b.csv").read_text())
        twice += ["--predictions", f"{folder}/b.csv"]
    assert error("compare", *twice, "--baseline", "b.csv", "--matrix", "matrix.json").startswith(
        "--baseline: 2 files are called b.csv"
    )


def test_equal_file_names_are_told_apart_by_their_path(riskcore, files: Path) -> None:
    (files / "other").mkdir()
    (files / "a.csv").rename(files / "other" / "b.csv")
    command = ("compare", "--predictions", "b.csv", "--predictions", "other/b.csv", "--matrix", "matrix.json")
    found = riskcore.json(*command, "--baseline", "other/b.csv")
    assert [row["id"] for row in found["runs"]] == ["other/b.csv", "b.csv"]
    assert found["runs"][1]["equal_accuracy"]["safer"] == "unreachable"  # the poorer model beside the better one


# --- beside runs


@pytest.fixture
def beside(workspace: Workspace, tmp_path: Path) -> CommandLine:
    """A workspace with finished runs of two seeds, and `vendor.csv` with the numbers of the first."""
    pool = [add_run(workspace, loss="log_harm", seed=seed) for seed in (0, 1)]
    write_foreign(tmp_path / "vendor.csv", results.predictions(RunStore(workspace), pool[0].id))
    return CommandLine(workspace.root)


def of_seed(command: CommandLine, seed: int) -> str:
    (id,) = (row["id"] for row in command.json("runs", "list") if row["seed"] == seed)
    return id


def test_a_run_is_the_baseline_of_files_where_none_is_told(beside: CommandLine) -> None:
    run = of_seed(beside, 0)
    found = beside.json("compare", run, "--predictions", "vendor.csv", "--matrix", "patches")
    assert found["baseline"] == run
    base, theirs = found["runs"]
    assert (base["loss"], theirs["id"], theirs["loss"]) == ("log_harm s=3", "vendor.csv", "vendor.csv")
    assert theirs["equal_accuracy"]["gap"]["value"] == pytest.approx(0, abs=1e-12)  # the same model
    assert theirs["equal_accuracy"]["safer"] == "cannot tell"
    assert theirs["equal_accuracy"]["calibrated"] is True
    assert theirs["chosen"]["difference"]["accuracy"]["value"] == pytest.approx(0, abs=1e-12)
    again = beside.json("compare", run, "--predictions", "vendor.csv")  # with the run's own matrix
    assert again["runs"] == found["runs"]


def test_a_file_may_be_the_baseline_of_a_run_and_stand_beside_a_pool(beside: CommandLine) -> None:
    run = of_seed(beside, 0)
    text = beside("compare", run, "--predictions", "vendor.csv", "--baseline", "vendor.csv").stdout
    assert "vendor.csv  (baseline)" in text.splitlines()
    assert f"log_harm s=3  {run}" in text.splitlines()
    assert tables_fit(text), text
    (pool,) = (row["pool"] for row in beside.json("runs", "list", "--pools"))
    found = beside.json("compare", pool, "--predictions", "vendor.csv")
    assert [row["seeds"] for row in found["runs"]] == [[0, 1], [0]]
    assert "Intervals speak of these trainings" in beside("compare", pool, "--predictions", "vendor.csv").stdout


def test_two_runs_and_a_file_need_a_baseline(beside: CommandLine) -> None:
    runs = [of_seed(beside, seed) for seed in (0, 1)]
    refused = beside.error("compare", *runs, "--predictions", "vendor.csv")
    assert refused.startswith("Expected --baseline: the run, pool or file")
    found = beside.json("compare", *runs, "--predictions", "vendor.csv", "--baseline", runs[1])
    assert [row["id"] for row in found["runs"]] == [runs[1], runs[0], "vendor.csv"]
    one, file = found["runs"][1:]
    for name in ("gap", "over_call_gap"):
        assert one["equal_accuracy"][name]["value"] == pytest.approx(file["equal_accuracy"][name]["value"])


def test_percentages_and_logits_are_judged_like_probabilities_with_their_flag(riskcore, files: Path) -> None:
    command = ("compare", *FILES, "--baseline", "b.csv")
    alone = ("evaluate", "--predictions", "a.csv", "--matrix", "matrix.json")
    expected, judged = riskcore.json(*command), riskcore.json(*alone)
    tables = {name: pd.read_csv(files / name) for name in ("a.csv", "b.csv")}
    for flag, change in (("--percent", lambda shares: 100 * shares), ("--logits", lambda shares: 3 + np.log(shares))):
        for name, table in tables.items():
            table.assign(**change(table[list(MATRIX.classes)])).to_csv(files / name, index=False)
        assert flag in riskcore.error(*command)
        assert flag in riskcore.error(*alone)
        assert riskcore.json(*command, flag)["runs"][1]["argmax"] == expected["runs"][1]["argmax"]
        assert riskcore.json(*alone, flag)["argmax"] == judged["argmax"]
    assert riskcore.error(*alone, "--percent", "--logits").startswith("--percent and --logits exclude each other")
    assert riskcore.error("evaluate", "some-run", "--logits").startswith("--logits is for --predictions")
