"""Matrices that people hand over as files."""

import pytest

from riskcore.errors import InputError
from riskcore.severity import PRESETS, SeverityMatrix
from riskcore.severity.reading import class_names, equal_costs, read_matrix


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_files_come_back_as_they_were_written(name: str, sign: str) -> None:
    matrix = SeverityMatrix.preset(name)
    assert read_matrix("m.json", matrix.to_json().encode()) == matrix
    table = matrix.to_csv().replace(",", sign).encode("utf-8-sig")  # as a spreadsheet writes it
    assert read_matrix("M.CSV", table).to_csv() == matrix.to_csv()


def test_decimal_commas() -> None:
    text = "Wahrheit\tNävus\tMelanom\r\nNävus\t0\t2,5\r\nMelanom\t10,25\t0\r\n"
    matrix = read_matrix("kosten.tsv", text.encode())
    assert matrix.classes == ("Nävus", "Melanom")
    assert matrix.values.tolist() == [[0, 2.5], [10.25, 0]]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("m.xlsx", b"", "m.xlsx: a severity matrix file ends in .json, .csv, .tsv or .txt."),
        ("m.csv", b"\xff\xfe", "m.csv: not a text file in UTF-8; save it as UTF-8."),
        (
            "m.json",
            b"{",
            "m.json: not valid JSON at line 1, column 2: Expecting property name enclosed in double quotes.",
        ),
        (
            "m.csv",
            b"",
            "m.csv: the first line must hold a corner cell and at least two class names, separated by commas.",
        ),
        (
            "m.csv",
            b"t;a;b\na;0;x\nb;1;0\n",
            "m.csv: row 'a' (truth), column 'b' (model says): the cost is 'x'; give a number of at least 0.",
        ),
        ("m.csv", b't;a;b\n"a;0;1\nb;1;0\n', "m.csv: not a table: unexpected end of data."),
    ],
)
def test_what_is_no_matrix_is_refused_with_the_file_name(name: str, content: bytes, words: str) -> None:
    with pytest.raises(InputError) as caught:
        read_matrix(name, content)
    assert str(caught.value) == words


def test_names_of_a_list() -> None:
    assert equal_costs(class_names("a\n b \n\nc")).to_dict() == {
        "classes": ["a", "b", "c"],
        "values": [[0, 1, 1], [1, 0, 1], [1, 1, 0]],
        "critical": 1,
        "groups": None,
    }
    with pytest.raises(InputError, match="at least two classes"):
        equal_costs(class_names("alone"))
