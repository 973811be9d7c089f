"""What evaluate refuses to flatter with, and what it says where it is told to judge all the same."""

import csv
from pathlib import Path

import numpy as np
import pytest

from riskcore.runs.folder import Run
from riskcore.runs.looks import LOOKS
from riskcore.severity import SeverityMatrix
from riskcore.workspace import Workspace
from tests.helpers.command_line import CommandLine
from tests.helpers.trained_runs import trained


@pytest.fixture
def riskcore(workspace: Workspace) -> CommandLine:
    """The command line over the workspace of the patches."""
    return CommandLine(workspace.root)


@pytest.fixture
def run(workspace: Workspace) -> Run:
    """Truly trained on the patches."""
    return trained(workspace)[0]


def vendor(path: Path, groups: dict[str, str]) -> Path:
    """A predictions file; `groups`: sample -> its group, samples named after their part."""
    random = np.random.default_rng(0)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["sample", "truth", "benign", "malignant", "unsure", "split", "group"])
        for number, (sample, group) in enumerate(groups.items()):
            truth = ("benign", "malignant", "unsure")[number % 3]
            shares = random.dirichlet(1 + 3 * (np.arange(3) == number % 3))
            writer.writerow([sample, truth, *shares, sample.split()[0], group])
    return path


def test_a_run_is_not_judged_on_its_own_training_images_without_leave(riskcore: CommandLine, run: Run) -> None:
    """All 72 images are of this run's data set; its test part is the one thing it never saw."""
    own = riskcore.json("evaluate", run.id)
    assert own["overlap"]["cases"] == 0
    seen = 72 - own["n"]
    words = f"{seen} of 72 judged cases ({seen} by the image) were seen in training or validation"
    asked = ("evaluate", run.id, "--data", "patches", "--split", "all")
    assert riskcore.error(*asked) == (
        f"{run.id} on patches: {words}, so the figures would flatter; leave them out, or pass --allow-overlap to judge "
        "all the same."
    )
    assert f"{words}: the figures flatter." in riskcore(*asked, "--allow-overlap").stdout
    found = riskcore.json(*asked, "--allow-overlap")
    away = found["all_images"]["turned_away"]["events"] if found["all_images"] else 0
    assert found["n"] == 72 - away > 60
    assert found["overlap"] == {
        **{"cases": seen, "of": 72, "groups": 0, "images": seen, "alike": 0, "unknown": "", "notes": []},
        "sentences": [f"{words}: the figures flatter."],
    }


def test_a_file_with_patients_in_two_parts_is_not_judged_without_leave(riskcore: CommandLine, tmp_path: Path) -> None:
    groups = {f"validation {n}": f"p{n}" for n in range(30)} | {f"test {n}": f"p{n + 24}" for n in range(30)}
    file = vendor(tmp_path / "vendor.csv", groups)
    asked = ("evaluate", "--predictions", file, "--matrix", "patches")
    words = "6 of 30 judged cases (6 groups) were seen in training or validation"
    assert riskcore.error(*asked).startswith(f"{file}: {words}, so the figures would flatter;")
    assert f"{words}: the figures flatter." in riskcore(*asked, "--allow-overlap").stdout
    assert riskcore.json(*asked, "--allow-overlap")["overlap"]["groups"] == 6
    vendor(file, groups | {f"test {n}": f"q{n}" for n in range(30)})
    found = riskcore.json(*asked)
    assert (found["overlap"]["cases"], found["overlap"]["sentences"]) == (0, [])


def test_a_stated_prevalence_changes_all_under_its_heading_and_says_what_became_of_decisions(
    riskcore: CommandLine, tmp_path: Path
) -> None:
    groups = {f"{part} {n}": f"{part} {n}" for part in ("validation", "test") for n in range(150)}
    asked = ("evaluate", "--predictions", vendor(tmp_path / "vendor.csv", groups), "--matrix", "patches")
    stated = (*asked, "--prevalence", 0.03)
    plain, rare, shifted = (riskcore.json(*each) for each in (asked, stated, (*stated, "--shift-probabilities")))
    assert [found["decisions"] for found in (plain, rare, shifted)] == [
        *("unchanged", "unchanged", "shifted to the stated prevalence")
    ]
    assert rare["dial"]["dials"] == plain["dial"]["dials"]
    assert rare["dial"]["over_call_rate"] == plain["dial"]["over_call_rate"]
    assert shifted["dial"]["over_call_rate"]["value"] < rare["dial"]["over_call_rate"]["value"]
    assert rare["dial"]["ppv"]["value"] < plain["dial"]["ppv"]["value"]
    assert rare["majority_accuracy"] == pytest.approx(0.97 / 2)
    assert sum(map(sum, rare["confusion"])) == pytest.approx(1000)
    text = riskcore(*stated).stdout
    for words in (
        "re-weighted to a prevalence of 3.0 % of critical classes: rates, majority baseline, frontier and counts (of "
        "1,000 cases); decisions unchanged.",
        "PPV of calling a critical class, dial: ",
        "Probabilities, at the share of critical classes among these cases:",
        "of 1,000",
    ):
        assert words in text
    assert (
        "probabilities shifted from the share in validation, dial chosen and decided on them"
        in riskcore(*stated, "--shift-probabilities").stdout
    )
    assert riskcore.error(*asked, "--shift-probabilities").startswith("--shift-probabilities needs --prevalence")


def test_looks_at_the_test_part_are_counted_and_said(riskcore: CommandLine, run: Run, tmp_path: Path) -> None:
    asked = ("evaluate", run.id)
    harsher = SeverityMatrix(["benign", "malignant", "unsure"], [[0, 3, 1], [10, 0, 10], [4, 1, 0]], critical=10)
    (riskcore.home.parent / "other.json").write_text(harsher.to_json())
    assert "Look 0 at this test part: its own matrix at default settings." in riskcore(*asked).stdout
    assert riskcore.json(*asked, "--wish", "accuracy_loss=0.05")["looks"] == 1
    assert riskcore.json(*asked, "--wish", "accuracy_loss=0.05")["looks"] == 1
    assert riskcore.json(*asked, "--aversion", 0.5)["looks"] == 2
    assert riskcore.json(*asked, "--split", "validation", "--aversion", 0.7)["looks"] is None
    assert riskcore.json(*asked, "--prevalence", 0.1, "--shift-probabilities")["looks"] == 3
    assert "Look 4 at this test part: " in riskcore(*asked, "--matrix", "other.json").stdout
    assert len((run.folder / LOOKS).read_text().splitlines()) == 4
    (run.folder / LOOKS).unlink()
    (run.folder / LOOKS).mkdir()
    assert "is not counted: the folder of a run cannot be written" in riskcore(*asked, "--aversion", 0.9).stdout
    file = vendor(tmp_path / "vendor.csv", {f"test {n}": f"p{n}" for n in range(30)})
    assert (
        "Looks at the test part of a file are not counted."
        in riskcore("evaluate", "--predictions", file, "--matrix", "patches").stdout
    )
