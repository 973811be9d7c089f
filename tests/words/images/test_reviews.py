from dataclasses import replace
from pathlib import Path

import pytest

from riskcore.decision.calibration import Calibration
from riskcore.decision.dial import Dial
from riskcore.errors import InputError, RunError
from riskcore.learning.bundle import Bundle
from riskcore.learning.prediction import Call, not_judged
from riskcore.severity import SeverityMatrix
from riskcore.words.images.kept_reviews import keep_reviews, kept_reviews, reviews_file
from riskcore.words.images.reviews import (
    COLUMNS,
    Review,
    merged,
    read_reviews,
    review_table,
    reviewed,
    reviews_in,
    write_reviews,
)
from riskcore.workspace import Workspace

CLASSES = ("naevus", "melanoma")
BUNDLE = Bundle(
    classes=CLASSES,
    matrix=SeverityMatrix(CLASSES, [[0, 2], [10, 0]], critical=10),
    model="none",
    stages=None,
    preprocessing={},
    calibration=Calibration.identity(2),
    dial=Dial("severity", 0.0),
    provenance={"run": "r1", "synthetic": False},
)
CALL = Call("naevus", "naevus", {"naevus": 0.7, "melanoma": 0.3}, {"naevus": 3.0, "melanoma": 1.4}, "melanoma", 0.3)
A, B = reviewed("a.png", "e3b0", BUNDLE), reviewed("folder/=b.png", "cf83", BUNDLE)


def test_every_image_has_one_row_whether_judged_or_not() -> None:
    table = review_table([(A, CALL), (B, not_judged(["blank"])), (A, CALL)], BUNDLE, {B: Review(True, "blank indeed")})
    assert tuple(table.columns) == COLUMNS
    assert table.to_numpy().tolist() == [
        ["a.png", "e3b0", "1", "r1", "High risk of a dangerous miss", "naevus", "", ""],
        ["=b.png", "cf83", "1", "r1", "Not the kind of image this model knows", "", "yes", "blank indeed"],
    ]


def test_what_is_written_is_read_back_whatever_signs_it_begins_with(tmp_path: Path) -> None:
    said = {A: Review(False, "=1+1, or\nmore"), B: Review(None, "'quoted'")}
    write_reviews(tmp_path / "r.csv", review_table([(A, CALL), (B, CALL)], BUNDLE, said))
    assert "'=1+1" in (tmp_path / "r.csv").read_text()
    assert reviews_in(read_reviews(tmp_path / "r.csv")) == said


def test_frames_of_a_file_and_calls_of_runs_are_told_apart() -> None:
    other = replace(BUNDLE, provenance={"run": "r2", "synthetic": False})
    keys = {
        A,
        reviewed("a.png", "e3b0", BUNDLE, frame=2),
        reviewed("a.png", "e3b0", other),
        reviewed("a.png", "e", BUNDLE),
    }
    assert len(keys) == 4
    assert reviewed("elsewhere\\a.png", "e3b0", BUNDLE) == A


def test_a_spreadsheets_words_are_understood_and_others_are_not(tmp_path: Path) -> None:
    file = tmp_path / "r.csv"
    for word, meant in (("YES", True), ("agree", True), ("FALSE", False), ("No", False)):
        file.write_text(f"Image;SHA256;Run;Agree\na.png;e3b0;r1;{word}\n")
        assert reviews_in(read_reviews(file)) == {A: Review(meant)}
    file.write_text("image,sha256,run,agree\na.png,e3b0,r1,2\n")
    with pytest.raises(InputError, match=r"r\.csv: row 2: agree is '2'; write yes or no, or leave it empty\.$"):
        read_reviews(file)


def test_kept_reviews_are_a_file_a_run_and_the_newer_answer_counts(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    assert kept_reviews(workspace, "r1") == {}
    keep_reviews(workspace, "r1", review_table([(A, CALL)], BUNDLE, {A: Review(True)}))
    keep_reviews(
        workspace, "r1", review_table([(A, CALL), (B, CALL)], BUNDLE, {A: Review(False, "no"), B: Review(True)})
    )
    assert kept_reviews(workspace, "r1") == {A: Review(False, "no"), B: Review(True)}
    keep_reviews(workspace, "r1", review_table([(A, CALL)], BUNDLE, {}))  # taken back
    assert kept_reviews(workspace, "r1") == {B: Review(True)}
    assert kept_reviews(workspace, "r2") == {}


def test_a_file_in_the_way_is_one_line_and_stays(tmp_path: Path) -> None:
    workspace, table = Workspace(tmp_path), review_table([(A, CALL)], BUNDLE, {})
    file = reviews_file(workspace, "r1")
    file.parent.mkdir()
    file.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="there is no column 'image'"):
        keep_reviews(workspace, "r1", table)
    assert file.read_text() == "a,b\n1,2\n"
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "reviews").write_text("a file in the way")
    with pytest.raises(RunError):
        keep_reviews(Workspace(tmp_path / "other"), "r1", table)


def test_columns_and_rows_of_others_stay() -> None:
    earlier = review_table([(A, CALL)], BUNDLE, {A: Review(True)}).assign(reader="GM")
    both = merged(earlier, review_table([(B, CALL)], BUNDLE, {}))
    assert both["reader"].tolist() == ["GM", ""]
    assert reviews_in(both) == {A: Review(True)}
