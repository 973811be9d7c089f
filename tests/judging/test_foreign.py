"""Any model's predictions from a CSV file: what is read, and each refusal word for word."""

import csv
import io
import re
from pathlib import Path

import numpy as np
import pytest
from scipy.special import softmax

from riskcore.decision.calibration import Calibration
from riskcore.errors import InputError
from riskcore.judging.foreign import read_foreign
from riskcore.judging.scale import Scale
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
            ["c", "Nevus", "0", "1"],
            "FILE, line 4: truth 'Nevus' is no class of the matrix (naevus, melanoma).",
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
        "FILE, line 3: split 'holdout' is unknown; expected one of validation, test, train, certify."
    )
    assert error_of(write(tmp_path / "vendor.csv", rows[:1], header)) == (
        "FILE: no row has split = test; there is nothing to judge."
    )


def test_what_is_no_predictions_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vendor.csv"
    assert error_of(path) == "FILE: cannot be read (No such file or directory); check the path."
    assert error_of(write(path, [], HEADER)) == "FILE: there are no rows below the header; fill the table."
    assert error_of(write(path, [["a", "naevus", "1"]], HEADER[:3])) == (
        "FILE: there is no column 'naevus'; the columns are sample, truth, melanoma; rename the one that holds it."
    )
    path.write_bytes(b"\xff\xfe\x00binary")  # odd, so no UTF-16 either
    assert error_of(path) == "FILE: not UTF-8 text (line 1); save it as UTF-8."
    path.write_text("")
    assert error_of(path) == "FILE: this is not a CSV file with a header; save the table as CSV (UTF-8)."
    assert error_of(tmp_path).startswith("FILE: cannot be read (Is a directory)")


def test_an_open_file_reads_like_the_one_on_disk_and_errors_bear_its_name(tmp_path: Path) -> None:
    path = write(tmp_path / "vendor.csv", [[*row, "p1"] for row in ROWS], [*HEADER, "group"])
    here, there = read_foreign(path, MATRIX), read_foreign(io.BytesIO(path.read_bytes()), MATRIX, name="upload.csv")
    assert (here.id, there.id) == ("vendor.csv", "upload.csv")
    for field in ("logits", "truth", "samples", "groups"):
        on_disk, opened = (getattr(run.members[0].test, field) for run in (here, there))
        np.testing.assert_array_equal(on_disk, opened)
    with pytest.raises(
        InputError, match=r"^upload\.csv: there is no column 'melanoma'; the columns are sample, truth,"
    ):
        read_foreign(io.BytesIO(b"sample,truth,naevus\na,naevus,1\n"), MATRIX, name="upload.csv")
    bad = b"sample,truth,naevus,melanoma\na,naevus,0.5,0.4\n"
    with pytest.raises(InputError, match=r"^upload\.csv, line 2: the probabilities sum to 0.9, not to 1"):
        read_foreign(io.BytesIO(bad), MATRIX, name="upload.csv")


# --- tables as other programs write them


SKIN = SeverityMatrix(["MEL", "NV", "BCC"], [[0, 10, 2], [1, 0, 1], [2, 5, 0]], critical=10)
NAMES = ("a", "b", "c")
SHARES = np.array([[0.5, 0.25, 0.25], [0.125, 0.75, 0.125], [0.0625, 0.1875, 0.75]])
TRUTH = ("MEL", "NV", "BCC")


def text_of(numbers, classes=TRUTH, sign: str = ",", decimal: str = ".", digits: str = ".6f", truth=TRUTH) -> str:
    lines = [sign.join(["sample", "truth", *classes])]
    for name, label, row in zip(NAMES, truth, numbers, strict=False):
        lines.append(sign.join([name, label, *(format(number, digits).replace(".", decimal) for number in row)]))
    return "\n".join(lines) + "\n"


def shares_of(text: str, **scale: Scale) -> np.ndarray:
    run = read_foreign(io.BytesIO(text.encode()), SKIN, name="vendor.csv", **scale)
    assert run.members[0].test.truth.tolist() == [0, 1, 2][: len(run.members[0].test)]
    return softmax(run.members[0].test.logits, axis=1)


def refused(text: str, **scale: Scale) -> str:
    with pytest.raises(InputError) as caught:
        read_foreign(io.BytesIO(text.encode()), SKIN, name="vendor.csv", **scale)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("sign", [",", ";", "\t", ", "])
@pytest.mark.parametrize("classes", [TRUTH, ("mel", "Nv", "bcc"), (" MEL", "NV ", "BCC")])
def test_separators_and_the_case_of_names_make_no_difference(sign: str, classes: tuple[str, ...]) -> None:
    np.testing.assert_allclose(shares_of(text_of(SHARES, classes, sign)), SHARES)
    np.testing.assert_allclose(shares_of(text_of(SHARES, classes, sign, truth=("mel", "nv", "Bcc"))), SHARES)


@pytest.mark.parametrize("sign", [";", "\t"])
def test_decimal_commas_are_points(sign: str) -> None:
    np.testing.assert_allclose(shares_of(text_of(SHARES, sign=sign, decimal=",")), SHARES)
    np.testing.assert_allclose(shares_of(text_of(100 * SHARES, sign=sign, decimal=","), scale="percent"), SHARES)
    quoted = text_of(SHARES, sign='","', decimal=",").replace("\n", '"\n"')
    np.testing.assert_allclose(shares_of(f'"{quoted[:-1]}'), SHARES)


def test_empty_ends_and_row_numbers_are_left_out() -> None:
    lines = text_of(SHARES).splitlines()
    numbered = [f"{first},{line},," for first, line in zip(("Unnamed: 0", 0, 1, 2), lines, strict=True)]
    text = "\n".join([*numbered[:2], "", *numbered[2:], ",,,,,,,"])
    run = read_foreign(io.BytesIO(text.encode()), SKIN, name="vendor.csv")
    assert not run.members[0].test.subgroups
    np.testing.assert_allclose(softmax(run.members[0].test.logits, axis=1), SHARES)
    wrong = text.replace("0.750000,0.125000", "0.750000,much")
    assert refused(wrong).startswith("vendor.csv, line 4: column 'BCC': 'much' is no probability")


def test_the_words_for_parts_are_those_of_data_sets() -> None:
    for words, numbers in (
        (("Test", "Validation", "Training"), (1, 1)),
        (("TESTING", "val", "train"), (1, 1)),
        (("test", "valid", "Test"), (2, 1)),
    ):
        lines = text_of(SHARES).splitlines()
        parts = [f"{line},{word}" for line, word in zip(lines, ("Split", *words), strict=True)]
        (member,) = read_foreign(io.BytesIO("\n".join(parts).encode()), SKIN, name="vendor.csv").members
        assert (len(member.test), len(member.validation)) == numbers


def test_words_for_nothing_are_no_group() -> None:
    lines = text_of(SHARES).splitlines()
    text = "\n".join(f"{line},{group}" for line, group in zip(lines, ("group", "nan", "NaN", "P1"), strict=True))
    (member,) = read_foreign(io.BytesIO(text.encode()), SKIN, name="vendor.csv").members
    assert member.test.groups.tolist() == ["a", "b", "P1"]


@pytest.mark.parametrize("again", ["MEL", "mel", "Mel "])
def test_a_column_that_is_there_twice_is_refused(again: str) -> None:
    said = refused(text_of(np.hstack([SHARES, SHARES[:, :1]]), (*TRUTH, again)))
    assert "MEL" in said
    assert "there twice" in said


def test_classes_that_differ_in_case_only_are_told_apart_by_it() -> None:
    matrix = SeverityMatrix(["g", "G"], [[0, 2], [10, 0]], critical=10)
    run = read_foreign(io.BytesIO(b"sample,truth,G,g\na,G,0.75,0.25\n"), matrix, name="vendor.csv")
    assert run.members[0].test.truth.tolist() == [1]
    with pytest.raises(InputError, match="there is no column 'g'"):
        read_foreign(io.BytesIO(b"sample,truth,G,h\na,G,0.75,0.25\n"), matrix, name="vendor.csv")


# --- what the numbers are


@pytest.mark.parametrize(
    ("row", "fits"),
    [
        (("0.33", "0.33", "0.33"), True),  # misses by 0.01, whatever floating point says
        (("0.34", "0.34", "0.335"), False),  # three decimals: 0.0015, so 0.01 counts
        (("0.335", "0.335", "0.340"), True),
        (("0.50", "0.25", "0.265"), False),
        (("0.51", "0.25", "0.255"), False),
        (("0.51", "0.25", "0.25"), True),
        (("0.51", "0.255", "0.25"), False),
        (("0.505", "0.255", "0.255"), False),
        (("0.52", "0.25", "0.25"), False),
        (("0.5", "0.2", "0.2"), False),  # one decimal counts as two
    ],
)
def test_a_sum_may_miss_by_what_rounding_does(row: tuple[str, ...], fits: bool) -> None:
    text = f"sample,truth,MEL,NV,BCC\na,MEL,{','.join(row)}\n"
    if fits:
        assert shares_of(text).shape == (1, 3)
    else:
        assert "the probabilities sum to" in refused(text)


def test_two_decimals_of_many_classes_are_accepted() -> None:
    names = [f"c{number}" for number in range(7)]
    matrix = SeverityMatrix.equal_costs(names)
    rows = {"as printed": ["0.14"] * 7, "zeros left out": ["0.1", *["0.14"] * 6], "too little": ["0.13"] * 7}
    sums = {name: sum(map(float, row)) for name, row in rows.items()}
    assert [round(total, 2) for total in sums.values()] == [0.98, 0.94, 0.91]
    for name, fits in (("as printed", True), ("zeros left out", False), ("too little", False)):
        text = f"sample,truth,{','.join(names)}\na,c0,{','.join(rows[name])}\n".encode()
        if fits:
            assert read_foreign(io.BytesIO(text), matrix, name="v.csv")
        else:
            with pytest.raises(InputError, match="the probabilities sum to"):
                read_foreign(io.BytesIO(text), matrix, name="v.csv")


def test_single_precision_above_one_is_a_probability() -> None:
    assert shares_of("sample,truth,MEL,NV,BCC\na,MEL,1.0000001,0,-1e-9\n")[0, 0] == pytest.approx(1)


@pytest.mark.parametrize("digits", [".0f", ".1f", ".4f", ".2f%", ".4f %"])
def test_percentages_need_their_flag(digits: str) -> None:
    digits, sign = digits[:3], digits[3:]
    text = text_of(100 * SHARES, digits=digits)
    if sign:
        text = "\n".join(
            line if not place else ",".join(cell if n < 2 else cell + sign for n, cell in enumerate(line.split(",")))
            for place, line in enumerate(text.splitlines())
        )
    assert refused(text) == (
        "vendor.csv: the rows sum to 100: these look like percentages; pass --percent, or choose it beside the file."
    )
    assert refused(text, scale="logit") == refused(text)
    np.testing.assert_allclose(shares_of(text, scale="percent"), SHARES, atol=0.011)
    assert refused(text.replace("75", "95"), scale="percent").startswith("vendor.csv, line 3: the percentages sum to 1")


@pytest.mark.parametrize("kind", ["logits", "logarithms of probabilities", "positive"])
def test_logits_need_their_flag(kind: str) -> None:
    logits = {"logits": 2.0, "logarithms of probabilities": 0.0, "positive": 9.0}[kind] + np.log(SHARES)
    text = text_of(logits)
    said = refused(text)
    assert said.startswith(f"vendor.csv: the values go from {logits.min():.3g} to {logits.max():.3g}: these look like")
    assert said.endswith("logits, not probabilities; pass --logits, or choose it beside the file.")
    other = "the percentages sum to" if kind == "positive" else "not percentages; pass --logits"
    assert other in refused(text, scale="percent")
    np.testing.assert_allclose(shares_of(text, scale="logit"), SHARES, atol=1e-6)


@pytest.mark.parametrize(("scale", "flag"), [("percent", "--percent"), ("logit", "--logits")])
def test_a_flag_that_does_not_fit_is_refused(scale: Scale, flag: str) -> None:
    assert refused(text_of(SHARES), scale=scale) == (
        f"vendor.csv: the rows sum to 1: these are probabilities; leave {flag} out."
    )


@pytest.mark.parametrize("cell", ["", "nan", "inf", "-inf", "1e300", "x"])
def test_a_logit_is_a_finite_number(cell: str) -> None:
    text = text_of(2 + np.log(SHARES)).replace(f"{2 + np.log(0.75):.6f}", cell, 1)
    assert refused(text, scale="logit").startswith(
        f"vendor.csv, line 3: column 'NV': {cell!r} is no logit; give a finite number"
    )


def test_an_unknown_scale_is_refused() -> None:
    assert refused(text_of(SHARES), scale="odds") == (  # type: ignore[arg-type]
        "Expected the scale to be one of probability, percent, logit, but got 'odds'."
    )


@pytest.mark.parametrize("name", ["patient", "Patient_ID", "subject"])
def test_columns_of_patients_are_the_groups(name: str) -> None:
    content = f"sample,truth,melanoma,naevus,{name}\na,naevus,0.2,0.8,p\nb,melanoma,0.9,0.1,p\n".encode()
    test = read_foreign(io.BytesIO(content), MATRIX, name="vendor.csv").members[0].test
    assert test.groups.tolist() == ["p", "p"]
    assert test.subgroups == {}


def test_a_split_of_another_name_and_a_column_counted_again_are_refused() -> None:
    for column, cells, said in (
        ("set", ("val", "test"), "the column 'set' holds splits; call it split."),
        ("naevus.1", ("0.1", "0.2"), "the columns naevus, naevus.1 mean 'naevus', which must not be there twice"),
    ):
        text = f"sample,truth,melanoma,naevus,{column}\na,naevus,0.2,0.8,{cells[0]}\nb,naevus,0.2,0.8,{cells[1]}\n"
        with pytest.raises(InputError, match=re.escape(said)):
            read_foreign(io.BytesIO(text.encode()), MATRIX, name="vendor.csv")


def test_classes_in_another_style_of_writing_are_known() -> None:
    matrix = SeverityMatrix(["no tumor", "glioma_tumor"], [[0, 1], [10, 0]], critical=10)
    content = b"sample,truth,No_Tumor,glioma-tumor\na,NO-TUMOR,0.9,0.1\nb,Glioma tumor,0.25,0.75\n"
    test = read_foreign(io.BytesIO(content), matrix, name="vendor.csv").members[0].test
    assert test.truth.tolist() == [0, 1]
    np.testing.assert_allclose(np.exp(test.logits), [[0.9, 0.1], [0.25, 0.75]])
