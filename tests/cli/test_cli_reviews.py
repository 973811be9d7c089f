"""riskcore predict --reviews, as a user and their spreadsheet see it."""

import csv
import hashlib
from pathlib import Path

import pytest

from riskcore.runs.folder import Run
from riskcore.words.images.reviews import COLUMNS
from riskcore.workspace import Workspace
from tests.helpers.command_line import CommandLine
from tests.helpers.made_workspace import add_run, make_usable


@pytest.fixture
def run(workspace: Workspace) -> Run:
    """It calls everything benign, with 30 % malignant."""
    made = add_run(workspace)
    make_usable(made)
    return made


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as text:
        return list(csv.DictReader(text))


def fill_in(file: Path, separator: str = ",", **answers: str) -> None:
    """What a reviewer writes, image by image, with a column of their own; a spreadsheet may save it with semicolons."""
    found = rows(file)
    with file.open("w", newline="") as text:
        writer = csv.DictWriter(text, [*COLUMNS, "reader"], delimiter=separator)
        writer.writeheader()
        for row in found:
            agree, _, note = answers.get(row["image"].removesuffix(".png"), "").partition(": ")
            writer.writerow(row | {"agree": agree, "note": note, "reader": "GM"})


def test_a_table_for_reviewers_is_written_and_what_they_say_comes_back(
    run: Run, workspace: Workspace, patches: Path, tmp_path: Path
) -> None:
    riskcore, file = CommandLine(workspace.root), tmp_path / "new" / "reviews.csv"
    images = sorted((patches / "benign").iterdir())[:2]
    (tmp_path / "bad.png").write_text("no image")
    done = riskcore("predict", run.id, *images, tmp_path / "bad.png", "--reviews", file, code=2)
    assert f"Reviews are in {file}" in done.stderr
    assert [tuple(row) for row in rows(file)] == [COLUMNS] * 2
    assert [list(row.values()) for row in rows(file)] == [
        [
            image.name,
            hashlib.sha256(image.read_bytes()).hexdigest(),
            *("1", run.id, "High risk of a dangerous miss", "benign", "", ""),
        ]
        for image in images
    ]

    fill_in(file, ";", **{images[0].stem: "No: =melanoma, I think", images[1].stem: "AGREE"})
    more = sorted((patches / "malignant").iterdir())[0]
    found = riskcore.json("predict", run.id, more, *images, "--reviews", file)
    assert [one["review"] for one in found] == [
        {"agree": None, "note": ""},
        {"agree": False, "note": "=melanoma, I think"},
        {"agree": True, "note": ""},
    ]
    assert [row["image"] for row in rows(file)] == [images[0].name, images[1].name, more.name]
    assert [row["agree"] for row in rows(file)] == ["no", "yes", ""]
    assert [row["reader"] for row in rows(file)] == ["GM", "GM", ""]
    assert rows(file)[0]["note"] == "'=melanoma, I think"  # no formula to a spreadsheet, and read back without it
    text = riskcore("predict", run.id, *images, "--reviews", file).stdout
    assert "reviewer" in text
    assert "disagrees" in text
    assert riskcore.json("predict", run.id, images[0])[0]["review"] is None


def test_what_was_said_of_one_runs_call_is_not_put_down_to_anothers(
    run: Run, workspace: Workspace, patches: Path, tmp_path: Path
) -> None:
    riskcore, file, image = CommandLine(workspace.root), tmp_path / "reviews.csv", patches / "benign" / "000.png"
    riskcore("predict", run.id, image, "--reviews", file)
    fill_in(file, **{"000": "yes"})
    other = add_run(workspace, seed=1)
    make_usable(other, shares=(0.1, 0.1, 0.8))
    assert riskcore.json("predict", other.id, image, "--reviews", file)[0]["review"]["agree"] is None
    assert [(row["run"], row["call"], row["agree"]) for row in rows(file)] == [
        (run.id, "benign", "yes"),
        (other.id, "unsure", ""),
    ]


HEADER = ",".join(COLUMNS)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("image,class\na.png,benign\n", "there is no column 'sha256'; the columns are image, class"),
        (f"{HEADER}\na.png,e3b0,1,r,High,benign,perhaps,\n", "row 2: agree is 'perhaps'; write yes or no"),
        (f"{HEADER}\n" + "a.png,e3b0,1,r,High,benign,yes,\n" * 2, "row 3: the image 'a.png' is there twice"),
        ("PK\x03\x04", "this is an Excel workbook; save the sheet as CSV (UTF-8)."),
    ],
)
def test_a_file_that_is_not_one_of_reviews_is_one_line_and_stays(
    run: Run, workspace: Workspace, patches: Path, tmp_path: Path, content: str, said: str
) -> None:
    file = tmp_path / "reviews.csv"
    file.write_text(content)
    message = CommandLine(workspace.root).error("predict", run.id, patches / "benign" / "000.png", "--reviews", file)
    assert message.startswith(f"{file}: {said}")
    assert file.read_text() == content


def test_a_place_that_cannot_be_written_is_one_line(
    run: Run, workspace: Workspace, patches: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("kept")
    riskcore, image = CommandLine(workspace.root), patches / "benign" / "000.png"
    message = riskcore.error("predict", run.id, image, "--reviews", tmp_path / "file" / "reviews.csv")
    assert message == f"{tmp_path / 'file'}: reviews cannot be written there (file exists); name another folder."
    assert riskcore.error("predict", run.id, image, "--reviews", tmp_path) == (
        f"{tmp_path}: cannot be read (Is a directory); check the path."
    )
