"""Matrices that people hand over as files: every kind by one reader, and none the wrong way round."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskcore.errors import InputError
from riskcore.severity import PRESETS, SeverityMatrix
from riskcore.severity.reading import class_names
from riskcore.severity.store import load_matrix, save_matrix
from riskcore.workspace import Workspace

# Asymmetric on purpose: read the wrong way round it is another matrix.
SKIN = SeverityMatrix(["naevus", "melanoma"], [[0, 2.5], [10, 0]])


def refusal(name: str, content: bytes, transpose: bool = False) -> str:
    with pytest.raises(InputError) as caught:
        SeverityMatrix.from_file(name, content, transpose)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def table(corner: str, matrix: SeverityMatrix = SKIN) -> bytes:
    lines = [
        [corner, *matrix.classes],
        *([name, *row] for name, row in zip(matrix.classes, matrix.values.tolist(), strict=True)),
    ]
    return "\n".join("\t".join(map(str, line)) for line in lines).encode()


# --- kinds of files


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_files_come_back_as_they_were_written(name: str, sign: str) -> None:
    matrix = SeverityMatrix.preset(name)
    assert SeverityMatrix.from_file("m.json", matrix.to_json().encode()) == matrix
    table = matrix.to_csv().replace(",", sign).encode("utf-8-sig")  # as a spreadsheet writes it
    assert SeverityMatrix.from_file("M.CSV", table).to_csv() == matrix.to_csv()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("m.csv", "truth,naevus,melanoma\nnaevus,0,2.5\nmelanoma,10,0\n"),
        ("m.csv", "\ufefftruth;naevus;melanoma\r\nnaevus;0;2,5\r\nmelanoma;10;0\r\n"),
        ("m.csv", "truth;naevus;melanoma\nnaevus;0,000;2,500\nmelanoma;10,000;0,000\n"),
        ("m.csv", 'truth,naevus,melanoma\nmelanoma,"10,0",0\nnaevus,0,"2,5"\n'),
        ("m.tsv", "truth\tnaevus\tmelanoma\rnaevus\t0\t2,5\rmelanoma\t10\t0\r"),
        ("m.txt", "\n\tnaevus\tmelanoma\nnaevus\t0\t2.5\n\t\t\nmelanoma\t10\t0\n"),
        ("m.csv", ";prediction;\ntruth;naevus;melanoma\nnaevus;0;2,5\nmelanoma;10;0\n"),
        ("m.csv", "rows: truth, columns: prediction\n,naevus,melanoma\nnaevus,0,2.5\nmelanoma,10,0\n"),
        ("m.json", '\ufeff{"classes": ["naevus", "melanoma"], "values": [[0, 2.5], [10, 0]]}'),
    ],
)
def test_the_command_line_and_the_screen_read_the_same(name: str, text: str, tmp_path: Path) -> None:
    content = text.encode()
    (tmp_path / name).write_bytes(content)
    assert SeverityMatrix.load(tmp_path / name).hash == SeverityMatrix.from_file(name, content).hash == SKIN.hash
    assert load_matrix(Workspace(tmp_path), str(tmp_path / name)).hash == SKIN.hash


@pytest.mark.parametrize(
    "text",
    [
        "truth,naevus,melanoma,,\nnaevus,0,2.5,,\nmelanoma,10,0,,\n,,,,\n , ,,,\n",
        "truth,naevus,melanoma\nnaevus,0,2.5,,\nmelanoma,10,0,\n",
        "truth;naevus;melanoma;Unnamed: 3\nnaevus;0;2,5;\nmelanoma;10;0;\n",
        "Unnamed: 0,naevus,melanoma\nnaevus,0,2.5\nmelanoma,10,0\n",
        ",truth,naevus,melanoma\n0,naevus,0,2.5\n1,melanoma,10,0\n",
        "Unnamed: 0;truth;naevus;melanoma\n1;melanoma;10;0\n2;naevus;0;2,5\n",
        'truth, "naevus", "melanoma"\n"naevus", 0, 2.5\n"melanoma", 10, 0\n',
        "sep=;\ntruth;naevus;melanoma\nnaevus;0;2,5\nmelanoma;10;0\n",
        'sep=,\ntruth,naevus,melanoma\nnaevus,0,"2,5"\nmelanoma,10,0\n',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_tables_as_programs_write_them_say_the_same(text: str, encoding: str) -> None:
    assert SeverityMatrix.from_file("m.csv", text.encode(encoding)) == SKIN


@pytest.mark.parametrize("first", ["", "sep=;\n"])
def test_a_corner_behind_row_numbers_counts(first: str) -> None:
    text = f"{first};prediction;naevus;melanoma\n0;naevus;0;10\n1;melanoma;2,5;0\n".encode()
    assert "says that the rows are the prediction" in refusal("m.csv", text)
    assert SeverityMatrix.from_file("m.csv", text, transpose=True) == SKIN


def test_classes_that_differ_in_case_only_keep_their_rows() -> None:
    text = b"t,g,G\nG,3,0\ng,0,7\n"
    assert SeverityMatrix.from_file("m.csv", text) == SeverityMatrix(["g", "G"], [[0, 7], [3, 0]])
    assert "no column has this name" in refusal("m.csv", b"t,g,G\nG,3,0\nx,0,7\n")


@settings(max_examples=60, deadline=None)
@given(
    names=st.lists(
        st.text("ab,;\t .", min_size=1, max_size=5).map(lambda name: f"x{name}x"), min_size=2, max_size=4, unique=True
    ),
    sign=st.sampled_from(",;\t"),
    decimal=st.sampled_from(".,"),
    turned=st.booleans(),
    seed=st.integers(0, 10**6),
)
def test_a_table_says_the_same_whatever_separates_it(
    names: list[str], sign: str, decimal: str, turned: bool, seed: int
) -> None:
    costs = np.random.default_rng(seed).integers(1, 99, (len(names), len(names))) / 4 * (1 - np.eye(len(names)))
    matrix = SeverityMatrix(names, costs)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=sign)
    writer.writerow(["predicted / actual" if turned else "actual / predicted", *names])
    for name, row in zip(names, matrix.values.T if turned else matrix.values, strict=True):
        writer.writerow([name, *(f"{cost:.2f}".replace(".", decimal) for cost in row)])
    assert SeverityMatrix.from_file("m.csv", out.getvalue().encode(), turned) == matrix


def test_what_may_be_thousands_is_no_decimal() -> None:
    assert refusal("m.csv", b"t;a;b\na;0;1,000\nb;10;0\n") == (
        "m.csv: row 'a' (truth), column 'b' (model says): the cost is '1,000', which may mean 1000 or 1; write it so."
    )


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("m.xlsx", b"", "m.xlsx: a severity matrix file ends in .json, .csv, .tsv or .txt."),
        ("m.csv", b"\xff\xfe", "m.csv: not UTF-8 text (line 1); save it as UTF-8."),
        ("m.csv", "t;a;b".encode("utf-16-le"), "m.csv: not UTF-8 text (it holds a zero byte); save it as UTF-8."),
        (
            "m.json",
            b"{",
            "m.json: not valid JSON (line 1, column 2: Expecting property name enclosed in double quotes); "
            "correct or restore the file.",
        ),
        (
            "m.csv",
            b"",
            "m.csv: the first line must hold a corner cell and at least two class names, separated by commas, "
            "semicolons or tabs.",
        ),
        (
            "m.csv",
            b"t;a;b\na;0;x\nb;1;0\n",
            "m.csv: row 'a' (truth), column 'b' (model says): the cost is 'x'; give a number of at least 0.",
        ),
        (
            "m.csv",
            b't;a;b\n"a;0;1\nb;1;0\n',
            "m.csv: not valid CSV (unexpected end of data); save it anew as CSV in UTF-8.",
        ),
    ],
)
def test_what_is_no_matrix_is_refused_with_the_file_name(name: str, content: bytes, words: str) -> None:
    assert refusal(name, content) == words


# --- which side the rows are


@pytest.mark.parametrize(
    "corner",
    [
        "prediction \\ truth",
        "Predicted/True",
        "predicted label \\ true label",
        "rows: prediction",
        "rows = model, columns = label",
        "columns: truth",
        "actual (columns), predicted (rows)",
        "model says \\ truth",
        "Model says",
        "y_pred",
        "predictions vs. ground truth",
        "prediction | label",
    ],
)
def test_a_table_whose_rows_are_the_prediction_is_refused_and_can_be_turned(corner: str) -> None:
    turned = table(corner, SKIN.transposed())
    assert refusal("m.tsv", turned) == (
        f'm.tsv: the corner cell "{corner}" says that the rows are the prediction, but they must be the truth; to turn '
        "the table, pass --transpose to riskcore matrix save, or tick Transpose on the screen Severity matrix."
    )
    assert SeverityMatrix.from_file("m.tsv", turned, transpose=True) == SKIN


@pytest.mark.parametrize(
    "corner",
    [
        "truth \\ prediction",
        "truth \\ model says",
        "True/Predicted",
        "true label \\ predicted label",
        "actual",
        "rows: ground truth",
        "columns: prediction",
        "predicted (columns) / actual (rows)",
        "label \\ prediction",
    ],
)
def test_a_table_whose_rows_are_the_truth_is_read_and_not_turned(corner: str) -> None:
    assert SeverityMatrix.from_file("m.tsv", table(corner)) == SKIN
    assert refusal("m.tsv", table(corner), transpose=True) == (
        f'm.tsv: the corner cell "{corner}" says that the rows are the truth already; read it without transposing.'
    )


@pytest.mark.parametrize("corner", ["", "class", "label", "Klasse", "untrue", "remodelled"])
def test_a_table_that_does_not_say_is_read_as_asked(corner: str) -> None:
    assert SeverityMatrix.from_file("m.tsv", table(corner)) == SKIN
    assert SeverityMatrix.from_file("m.tsv", table(corner), transpose=True) == SKIN.transposed()


@pytest.mark.parametrize(
    ("first", "shown"),
    [
        ("rows: prediction, columns: truth", "rows: prediction, columns: truth"),
        (",truth,", "columns: truth"),
        ("Predicted,Actual,", "Predicted, Actual"),
    ],
)
def test_a_line_above_the_table_may_say_it(first: str, shown: str) -> None:
    content = f"{first}\n,naevus,melanoma\nnaevus,0,10\nmelanoma,2.5,0\n".encode()
    assert refusal("m.csv", content).startswith(
        f'm.csv: the first line "{shown}" says that the rows are the prediction'
    )
    assert SeverityMatrix.from_file("m.csv", content, transpose=True) == SKIN


def test_what_is_said_of_the_rows_counts_more_than_what_is_named_first() -> None:
    corner = "true and predicted class, rows: predicted"
    assert "the rows are the prediction" in refusal("matrix.csv", table(corner))
    assert SeverityMatrix.from_file("matrix.csv", table(corner), transpose=True).values[1, 0] == 2.5


def test_a_row_that_is_missing_is_named() -> None:
    three = SeverityMatrix(["naevus", "keratosis", "melanoma"], [[0, 1, 2], [1, 0, 2], [10, 10, 0]])
    lines = table("", three).splitlines()
    assert "row 'keratosis' (truth) is missing" in refusal("matrix.csv", b"\n".join([*lines[:2], lines[3]]))


def test_a_table_that_contradicts_itself_is_refused_either_way() -> None:
    content = b"rows: prediction\ntruth,naevus,melanoma\nnaevus,0,10\nmelanoma,2.5,0\n"
    assert "the rows are the prediction" in refusal("m.csv", content)
    assert "the rows are the truth already" in refusal("m.csv", content, transpose=True)


def test_json_is_turned_where_it_is_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "m.json"
    file.write_text(SKIN.transposed().to_json())
    assert SeverityMatrix.load(file, transpose=True) == SKIN
    assert SeverityMatrix.load(file) == SKIN.transposed()


def test_only_files_are_turned(tmp_path: Path) -> None:
    here = Workspace(tmp_path)
    save_matrix(here, "skin", SKIN)
    for name, kind in (("skin", "a saved matrix"), ("demo", "a preset")):
        with pytest.raises(InputError) as caught:
            load_matrix(here, name, transpose=True)
        assert str(caught.value) == f"--transpose turns a file, but {name!r} is {kind}: its rows are the truth."


# --- names


def test_names_of_a_list() -> None:
    assert SeverityMatrix.equal_costs(class_names("a\n b \n\nc")).to_dict() == {
        "classes": ["a", "b", "c"],
        "values": [[0, 1, 1], [1, 0, 1], [1, 1, 0]],
        "critical": 1,
        "groups": None,
    }
    with pytest.raises(InputError, match="at least two classes"):
        SeverityMatrix.equal_costs(class_names("alone"))


# --- what else spreadsheets put there


@pytest.mark.parametrize(
    "text",
    [
        "truth,naevus,melanoma\nnaevus,,2.5\nmelanoma,10,\n",
        "truth;naevus;melanoma\nnaevus;-;2,5\nmelanoma;10;x\n",
        "truth,naevus,melanoma\nNaevus,0,2.5\nMELANOMA,10,0\n",
        "truth|naevus|melanoma\nnaevus|0|2.5\nmelanoma|10|0\n",
        "Costs of skin lesions\ntruth,naevus,melanoma\nnaevus,0,2.5\nmelanoma,10,0\n",
        "Kosten;;\n;;\n;naevus;melanoma\nnaevus;0;2,5\nmelanoma;10;0\n",
        ",,Predicted,\n,,naevus,melanoma\nActual,naevus,0,2.5\n,melanoma,10,0\n",
    ],
)
def test_marks_on_the_diagonal_titles_and_names_in_another_case_are_read(text: str) -> None:
    assert SeverityMatrix.from_file("m.csv", text.encode()) == SKIN


@pytest.mark.parametrize("cell", ["", "-"])
def test_only_the_diagonal_may_be_empty(cell: str) -> None:
    assert "column 'b' (model says): the cost is" in refusal("m.csv", f"t,a,b\na,0,{cell}\nb,1,0\n".encode())


@pytest.mark.parametrize("name", ["Total", "Summe", "All", "Grand Total"])
@pytest.mark.parametrize("sides", ["row", "column", "column row"])
def test_sums_are_no_class(name: str, sides: str) -> None:
    lines = [["t", "a", "b"], ["a", "0", "1"], ["b", "10", "0"]]
    if "column" in sides:
        lines = [[*line, last] for line, last in zip(lines, (name, "1", "10"), strict=True)]
    if "row" in sides:
        lines.append([name, *"1234"[: len(lines[0]) - 1]])
    said = refusal("m.csv", "\n".join(map(",".join, lines)).encode())
    assert said == f"m.csv: the {sides.split()[0]} {name!r} looks like sums, not like a class; take it out."


def test_sums_at_both_ends_are_told_by_their_common_cell() -> None:
    said = refusal("m.csv", b"t,a,b,Sum\na,0,1,-\nb,10,0,10\nSum,10,1,11\n")
    assert said == "m.csv: the column 'Sum' looks like sums, not like a class; take it out."


def test_a_class_may_be_called_as_sums_are() -> None:
    leukaemia = SeverityMatrix(["AML", "CLL", "ALL"], [[0, 1, 2], [1, 0, 2], [10, 10, 0]])
    assert SeverityMatrix.from_file("m.csv", leukaemia.to_csv().encode()) == leukaemia


def test_rows_may_be_written_in_another_style() -> None:
    content = b"t,no tumor,Glioma\nNo_Tumor,0,3\nglioma,10,0\n"
    assert SeverityMatrix.from_file("m.csv", content) == SeverityMatrix(["no tumor", "Glioma"], [[0, 3], [10, 0]])


def test_a_side_in_a_column_of_its_own_counts() -> None:
    content = b",,naevus,melanoma\nPredicted,naevus,0,10\n,melanoma,2.5,0\n"
    assert "says that the rows are the prediction" in refusal("m.csv", content)
    assert SeverityMatrix.from_file("m.csv", content, transpose=True) == SKIN
