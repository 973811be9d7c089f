from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskcore.errors import InputError
from riskcore.foreign_text import printable
from riskcore.readers import parse_csv, parse_rows, read_header, table

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
        (b"a,b\n1,2\n3\n", "row 3 has 1 cells, but the header has 2; quote cells that hold commas."),
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


def test_cells_are_counted_before_they_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "CELLS_MOST", 1000)
    assert len(parse_rows("a,b\n" * 500, "")) == 500
    with pytest.raises(InputError, match=r"^a\.csv: more than 1,000 cells, the most that is read; divide the table\.$"):
        parse_rows("a,b\n" * 501, "a.csv")


def test_the_header_alone_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"\xef\xbb\xbfpath, label\n\xff\xfe\n")
    assert read_header(file) == ["path", "label"]
