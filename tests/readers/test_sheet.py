import zipfile
from pathlib import Path

import openpyxl
import pytest

from riskcore.errors import InputError
from riskcore.readers import read_sheet, sheet


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A workbook of two rows."""
    workbook = openpyxl.Workbook()
    workbook.active.append(["name", "grade"])
    workbook.active.append(["a.png", 3])
    workbook.save(tmp_path / "book.xlsx")
    return tmp_path / "book.xlsx"


def rewritten(book: Path, part: str, content: bytes) -> Path:
    """The workbook with another content of one of its parts."""
    with zipfile.ZipFile(book) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, old in parts.items():
            archive.writestr(name, content if name == part else old)
    return book


def refusal(file: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_sheet(file)
    return str(caught.value).removeprefix(f"{file}: ")


def test_the_first_sheet_is_read(book: Path) -> None:
    assert read_sheet(book) == [("name", "grade"), ("a.png", 3)]


def test_a_bomb_is_refused_before_it_is_inflated(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "INFLATED_MOST", 2**20)
    file = rewritten(book, "xl/styles.xml", b" " * 2**22)
    assert file.stat().st_size < 2**16
    assert refusal(file) == "inflated larger than 1 MiB, the most that is read; make it smaller."


def test_a_sheet_that_claims_a_million_rows_is_refused(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "CELLS_MOST", 10_000)
    with zipfile.ZipFile(book) as archive:
        content = archive.read("xl/worksheets/sheet1.xml")
    for old, new in ((b'r="2"', b'r="1048576"'), (b'"A1:B2"', b'"A1:B1048576"')):
        assert old in content
        content = content.replace(old, new)
    file = rewritten(book, "xl/worksheets/sheet1.xml", content)
    assert refusal(file) == "more than 10,000 cells, the most that is read; divide the table."


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"])
def test_a_damaged_part_is_one_line(book: Path, part: str) -> None:
    assert refusal(rewritten(book, part, b"<a>")).endswith("not an Excel file or it is damaged; fetch it again.")


def test_a_cut_file_is_one_line(book: Path) -> None:
    book.write_bytes(book.read_bytes()[:-100])
    assert refusal(book) == "this is not an Excel file or it is damaged; fetch it again."
