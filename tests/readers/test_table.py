import csv
import io
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskcore.errors import InputError
from riskcore.foreign_text import printable
from riskcore.readers import parse_csv, parse_rows, read_header, row_number, table
from riskcore.readers.quick import quick_rows

TABLE = b"sample,truth,naevus,melanoma\na.png,naevus,0.25,0.75\nb.png,melanoma,0.5,0.5\n"


@given(
    st.integers(0, len(TABLE)), st.binary(max_size=6) | st.sampled_from([b'"', b"\r", b"\0", b"x" * 200_000, b"\n\n"])
)
def test_a_changed_table_is_read_or_refused(place: int, inserted: bytes) -> None:
    try:
        found = parse_csv(TABLE[:place] + inserted + TABLE[place:], "a.csv")
    except InputError as error:
        said = str(error)
        assert said.startswith("a.csv: ")
        assert printable(said) == said
        assert len(said) < 300
    else:
        assert all(isinstance(cell, str) for cell in found.to_numpy().ravel())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            b"a,b\n1,2\n3\n",
            "row 3 has 1 cells, but the header has 2; write the absent ones, too, even if they are empty.",
        ),
        (b"a,a\n1,2\n", "the column 'a' is there twice; rename one."),
        (b"a,b\n1,\x00\n", "not UTF-8 text (it holds a zero byte); save it as UTF-8."),
        (b"a,b\n1," + b"x" * 200_000, "not valid CSV (field larger than field limit (131072)); save it anew"),
        (b"x" * 1000 + b",b," + b"x" * 1000 + b"\n1,2,3", "the column 'xxxxxxxx"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_csv(content, "a.csv")
    assert str(caught.value).startswith(f"a.csv: {said}")
    assert len(str(caught.value)) < 200


def table_of(content: bytes) -> tuple[dict[str, list[str]], list[int]]:
    """Columns, and the number that a spreadsheet shows beside each row."""
    found = parse_csv(content, "a.csv")
    return {str(name): cells.tolist() for name, cells in found.items()}, [row_number(place) for place in found.index]


PLAIN = {"path": ["a.png", "b.png"], "label": ["NV", "MEL"]}


@pytest.mark.parametrize(
    "text",
    [
        "path,label\na.png,NV\nb.png,MEL\n",
        "path;label\r\na.png;NV\r\nb.png;MEL\r\n",
        "path\tlabel\ra.png\tNV\rb.png\tMEL",
        'sep=;\npath;label\na.png;NV\nb.png;"MEL"\n',
        "path, label\na.png,  NV\n b.png , MEL\n",
        'path, "label"\na.png, "NV"\nb.png, "MEL"\n',
        "path,label,,\na.png,NV,,\nb.png,MEL,,\n,,,\n , ,,\n",
        "path;label;;\na.png;NV\nb.png;MEL;\n",
        "path,label\na.png,NV,,\nb.png,MEL,\n",
        ",path,label\n0,a.png,NV\n1,b.png,MEL\n",
        "Unnamed: 0,path,label\n0,a.png,NV\n1,b.png,MEL\n",
        "Unnamed: 0.1,Unnamed: 0,path,,label\n0,0,a.png,,NV\n1,1,b.png,,MEL\n",
        '"","path","label"\n"1","a.png","NV"\n"2","b.png","MEL"\n',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "UTF-16-BE"])
def test_tables_as_programs_write_them_say_the_same(text: str, encoding: str) -> None:
    mark = b"\xfe\xff" if encoding == "UTF-16-BE" else b""
    assert table_of(mark + text.encode(encoding))[0] == PLAIN


def test_a_separator_inside_cells_divides_nothing() -> None:
    assert table_of(b"path;label\na.png;NV, common\nb.png;x, y, z\n")[0]["label"] == ["NV, common", "x, y, z"]
    assert table_of(b"path,label\na.png,NV; common\nb.png,MEL;\n")[0]["label"] == ["NV; common", "MEL;"]
    assert table_of(b'sample;a;b\nx;0,25;0,75\ny;"0,5";0,5\n')[0] == {
        "sample": ["x", "y"],
        "a": ["0,25", "0,5"],
        "b": ["0,75", "0,5"],
    }
    assert table_of(b"label\na;b\n")[0] == {"label": ["a;b"]}


def test_rows_bear_the_numbers_that_a_spreadsheet_shows() -> None:
    assert table_of(b"path,label\n\na.png,NV\n,\n\nb.png,MEL\n,\n") == (PLAIN, [3, 6])
    assert table_of(b"sep=,\npath,label\na.png,NV\nb.png,MEL\n")[1] == [3, 4]
    long = "\n".join(["path,label", *(f"{place}.png,NV" for place in range(9000)), ",", "z.png,MEL", ",", ""])
    columns, numbers = table_of(long.encode())
    assert (columns["path"][0], numbers[0]) == ("0.png", 2)
    assert (columns["path"][-1], numbers[-1]) == ("z.png", 9003)


def test_nameless_columns_alone_are_no_table() -> None:
    with pytest.raises(InputError, match=r"^a\.csv: this is not a CSV file"):
        parse_csv(b",Unnamed: 1\n1,2\n", "a.csv")


@pytest.mark.parametrize("content", [b"PK\x03\x04\x14\x00", b"\xd0\xcf\x11\xe0\xa1\xb1"])
def test_a_workbook_is_called_one(content: bytes) -> None:
    with pytest.raises(InputError, match=r"^a\.csv: this is an Excel workbook; save the sheet as CSV \(UTF-8\)\.$"):
        parse_csv(content, "a.csv")


@given(
    st.lists(st.tuples(*[st.text('a ,;"\n\ré\t', max_size=4)] * 3), min_size=1, max_size=6),
    st.sampled_from(",;\t"),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_the_quick_way_finds_what_csv_finds_or_nothing(rows: list[tuple[str, ...]], sign: str, end: str) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=sign, lineterminator=end).writerows([("x", "y", "z"), *rows])
    found = quick_rows(out.getvalue(), sign, 3, 1000)
    if found is not None:
        read = parse_rows(out.getvalue(), "", sign)[1:]
        assert found.to_numpy().tolist() == [row + [""] * (3 - len(row)) for row in read]
        assert set(found.dtypes.astype(str)) <= {"str"}


def large(rows: int) -> bytes:
    shares = np.random.default_rng(0).dirichlet(np.ones(7), rows)
    lines = [f"img{place}.png,MEL,test,{','.join(f'{share:.4f}' for share in row)}" for place, row in enumerate(shares)]
    return "\n".join(["sample,truth,split,MEL,NV,BCC,AKIEC,BKL,DF,VASC", *lines]).encode()


def test_a_large_table_is_quick_and_says_the_same() -> None:
    content = large(100_000)
    started = time.process_time()
    theirs = pd.read_csv(io.BytesIO(content), dtype="str", keep_default_na=False)
    between = time.process_time()
    found = parse_csv(content, "a.csv")
    assert time.process_time() - between < 2 * (between - started) + 0.2
    pd.testing.assert_frame_equal(found, theirs, check_index_type=False)


def test_a_row_of_a_large_table_is_refused_by_its_number() -> None:
    lines = large(3000).split(b"\n")
    lines[2500] += b",more"
    with pytest.raises(InputError, match=r"^a\.csv: row 2501 has 11 cells, but the header has 10; quote cells that"):
        parse_csv(b"\n".join(lines), "a.csv")
    with pytest.raises(InputError, match=r"field larger than field limit"):
        parse_csv(large(3000) + b"\n" + b"x" * 200_000 + b"," * 9, "a.csv")


def test_cells_are_counted_before_they_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "CELLS_MOST", 1000)
    assert len(parse_rows("a,b\n" * 500, "")) == 500
    with pytest.raises(InputError, match=r"^a\.csv: more than 1,000 cells, the most that is read; divide the table\.$"):
        parse_rows("a,b\n" * 501, "a.csv")


def test_the_header_alone_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"\xef\xbb\xbfpath, label\n\xff\xfe\n")
    assert read_header(file) == ["path", "label"]
    file.write_text("path;label;\na.png;NV, common;\n", encoding="utf-16")
    assert read_header(file) == ["path", "label", ""]
    file.write_text("sep=;\npath;label\n")
    assert read_header(file) == ["path", "label"]


def test_a_quotation_mark_that_is_not_closed_swallows_nothing() -> None:
    with pytest.raises(InputError, match=r"^a\.csv: not valid CSV \(a quotation mark is not closed\); close it\.$"):
        parse_csv(b'a,b\n1,"5 mm\n2,x\n', "a.csv")
    assert parse_csv(b'a,b\n1,5" wide\n2,x\n', "a.csv")["b"].tolist() == ['5" wide', "x"]


@pytest.mark.parametrize("first", ["Export of 2024", "# remark", "Labels,"])
def test_a_title_is_named_as_what_it_is(first: str) -> None:
    with pytest.raises(InputError, match="the first line holds one cell only"):
        parse_csv(f"{first}\na,b\n1,2\n".encode(), "a.csv")


@pytest.mark.parametrize("name", ["index", "X", "level_0", "...1", "row.names"])
@pytest.mark.parametrize("start", [0, 1])
def test_numbers_of_rows_are_left_out_by_name_and_content(name: str, start: int) -> None:
    rows = "".join(f"{start + place},{place}a,b\n" for place in range(4))
    assert list(parse_csv(f"{name},a,b\n{rows}".encode(), "a.csv")) == ["a", "b"]
    assert list(parse_csv(f"{name},a,b\n{rows}9,x,y\n".encode(), "a.csv")) == [name, "a", "b"]


def test_the_row_names_of_r_have_no_name_above_them() -> None:
    found = parse_csv(b"a,b\n1,x,y\n2,z,w\n", "a.csv")
    assert found.to_dict("list") == {"a": ["x", "z"], "b": ["y", "w"]}
    with pytest.raises(InputError, match="row 2 has 3 cells"):
        parse_csv(b"a,b\nq,x,y\n2,z,w\n", "a.csv")


def test_bars_separate_cells_and_a_workbook_is_named() -> None:
    assert parse_csv(b"a|b\n1,5|x\n", "a.csv").to_dict("list") == {"a": ["1,5"], "b": ["x"]}
    with pytest.raises(InputError, match="this is an Excel workbook"):
        parse_csv(b"PK\x03\x04rest", "a.csv")
