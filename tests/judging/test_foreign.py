"""Any model's predictions from a CSV file: what is read, and each refusal word for word."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from riskcore.decision.calibration import Calibration
from riskcore.errors import InputError
from riskcore.judging.foreign import read_foreign
from riskcore.severity import SeverityMatrix

MATRIX = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
HEADER = ["sample", "truth", "melanoma", "naevus"]
ROWS = [["a", "naevus", "0.25", "0.75"], ["b", "melanoma", "1", "0"]]


def write(path: Path, rows=ROWS, header=HEADER) -> Path:
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def error_of(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_foreign(path, MATRIX)
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(str(path), "FILE")


def test_without_a_split_every_row_is_a_test_case(tmp_path: Path) -> None:
    run = read_foreign(write(tmp_path / "vendor.csv"), MATRIX)
    (member,) = run.members
    assert (run.id, run.classes) == ("vendor.csv", ("naevus", "melanoma"))
    assert len(member.validation) == 0
    assert member.test.truth.tolist() == [0, 1]
    assert member.test.groups.tolist() == member.test.samples.tolist() == ["a", "b"]
    shares = Calibration.identity(2).apply(member.test.logits)
    np.testing.assert_allclose(shares, [[0.75, 0.25], [0, 1]], atol=1e-9)
    assert np.isfinite(member.test.logits).all()


def test_split_group_and_subgroups_are_read_and_training_cases_left_out(tmp_path: Path) -> None:
    extra = [["validation", "p1", "f"], ["test", "", "m"]]
    rows = [row + more for row, more in zip(ROWS, extra, strict=True)]
    rows.append(["c", "naevus", "0.1", "0.9", "train", "p2", ""])
    run = read_foreign(write(tmp_path / "vendor.csv", rows, [*HEADER, "split", "group", "sex"]), MATRIX)
    (member,) = run.members
    assert member.validation.samples.tolist() == ["a"]
    assert member.validation.groups.tolist() == ["p1"]
    assert member.test.groups.tolist() == ["b"]
    assert {name: values.tolist() for name, values in member.test.subgroups.items()} == {"sex": ["m"]}


def test_rows_longer_than_the_header_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "vendor.csv", [[*row, "male"] for row in ROWS])
    assert error_of(path) == ("FILE: row 2 has 5 cells, but the header has 4; quote cells that hold commas.")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            ["c", "naevus", "0.5", "0.6"],
            "FILE, line 4: the probabilities sum to 1.1, not to 1 (1 such row); give shares of one whole.",
        ),
        (
            ["c", "naevus", "1.5", "-0.5"],
            "FILE, line 4: column 'naevus': '-0.5' is no probability; give a number from 0 to 1.",
        ),
        (
            ["c", "naevus", "", "1"],
            "FILE, line 4: column 'melanoma': '' is no probability; give a number from 0 to 1.",
        ),
        (
            ["c", "naevus", "nan", "1"],
            "FILE, line 4: column 'melanoma': 'nan' is no probability; give a number from 0 to 1.",
        ),
        (
            ["c", "Naevus", "0", "1"],
            "FILE, line 4: truth 'Naevus' is no class of the matrix (naevus, melanoma).",
        ),
        (["a", "naevus", "0", "1"], "FILE, line 4: sample 'a' stands twice; list each case once."),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, row, message) -> None:
    assert error_of(write(tmp_path / "vendor.csv", [*ROWS, row])) == message


def test_many_wrong_sums_are_counted(tmp_path: Path) -> None:
    rows = [[f"s{i}", "naevus", "0.5", "0.4"] for i in range(1200)]
    assert error_of(write(tmp_path / "vendor.csv", rows)) == (
        "FILE, line 2: the probabilities sum to 0.9, not to 1 (1,200 such rows); give shares of one whole."
    )


def test_rounded_probabilities_are_accepted(tmp_path: Path) -> None:
    assert read_foreign(write(tmp_path / "vendor.csv", [["a", "naevus", "0.333", "0.66"]]), MATRIX)


def test_a_wrong_split_or_no_test_case_is_refused(tmp_path: Path) -> None:
    header = [*HEADER, "split"]
    rows = [[*ROWS[0], "validation"], [*ROWS[1], "holdout"]]
    assert error_of(write(tmp_path / "vendor.csv", rows, header)) == (
        "FILE, line 3: split 'holdout' is unknown; expected one of validation, test, train."
    )
    assert error_of(write(tmp_path / "vendor.csv", rows[:1], header)) == (
        "FILE: no row has split = test; there is nothing to judge."
    )


def test_what_is_no_predictions_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vendor.csv"
    assert error_of(path) == "FILE: cannot be read (No such file or directory); check the path."
    assert error_of(write(path, [], HEADER)) == "FILE: there are no rows below the header; fill the table."
    assert error_of(write(path, [["a", "naevus", "1"]], HEADER[:3])) == (
        "FILE: the column 'naevus' is missing; it needs sample, truth, naevus, melanoma."
    )
    path.write_bytes(b"\xff\xfe\x00binary")
    assert error_of(path) == "FILE: not UTF-8 text (line 1); save it as UTF-8."
    path.write_text("")
    assert error_of(path) == "FILE: this is not a CSV file (UTF-8, comma-separated, with a header)."
    assert error_of(tmp_path).startswith("FILE: cannot be read (Is a directory)")


def test_an_open_file_reads_like_the_one_on_disk_and_errors_bear_its_name(tmp_path: Path) -> None:
    path = write(tmp_path / "vendor.csv", [[*row, "p1"] for row in ROWS], [*HEADER, "group"])
    here, there = read_foreign(path, MATRIX), read_foreign(io.BytesIO(path.read_bytes()), MATRIX, name="upload.csv")
    assert (here.id, there.id) == ("vendor.csv", "upload.csv")
    for field in ("logits", "truth", "samples", "groups"):
        on_disk, opened = (getattr(run.members[0].test, field) for run in (here, there))
        np.testing.assert_array_equal(on_disk, opened)
    with pytest.raises(InputError, match=r"^upload\.csv: the column 'melanoma' is missing; it needs sample, truth,"):
        read_foreign(io.BytesIO(b"sample,truth,naevus\na,naevus,1\n"), MATRIX, name="upload.csv")
    bad = b"sample,truth,naevus,melanoma\na,naevus,0.5,0.4\n"
    with pytest.raises(InputError, match=r"^upload\.csv, line 2: the probabilities sum to 0.9, not to 1"):
        read_foreign(io.BytesIO(bad), MATRIX, name="upload.csv")
