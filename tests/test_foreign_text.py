"""Text of others on each surface: one line in which nothing acts or hides, and no formula."""

import json
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from riskcore.errors import InputError, RunError
from riskcore.foreign_text import (
    MOST_SHOWN,
    cut,
    listed,
    printable,
    quoted,
    spreadsheet_plain,
    spreadsheet_safe,
)

ANY_TEXT = st.text(
    st.characters(exclude_categories=[]) | st.sampled_from("\x1b\x7f\x9b\n\r\u202e\u200b\u2028\ud800'=-")
)


@given(ANY_TEXT)
@example("\x1b[2J\x9b\x7f\u202e\u2066\u200b\u00ad\ufeff\u2028\u2029\x85\ud800\U000e0041\n\t")
def test_printable_text_neither_acts_nor_hides(text: str) -> None:
    line = printable(text)
    assert not {unicodedata.category(sign) for sign in line} & {"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"}
    assert len(line.splitlines()) <= 1
    line.encode()
    assert printable(line) == line


def test_what_has_a_sign_stays() -> None:
    text = "Größe 日本 naïve\u00a0Œuvre 12 % – “ok” 😀 \\n"
    assert printable(text) == text


@given(st.recursive(ANY_TEXT | st.integers() | st.binary() | st.floats(), st.lists))
@example(10**9000)
@example("'" * 100)
@example("x" * MOST_SHOWN)
def test_quoted_is_one_short_line(value: object) -> None:
    for said in (quoted(value), cut(value) if isinstance(value, str) else ""):
        assert len(said) <= MOST_SHOWN
        assert printable(said) == said


def test_quoted_survives_what_is_nested_too_deeply() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert quoted(deep) == "(list, too long to show)"


def test_short_values_are_quoted_whole() -> None:
    assert [quoted(value) for value in ("a", 3, None, ["b"])] == ["'a'", "3", "None", "['b']"]
    assert listed([f"class {number}" for number in range(12)]).endswith("class 9, …")


@pytest.mark.parametrize("kind", [InputError, RunError])
def test_errors_are_one_line_whatever_they_quote(kind: type[Exception]) -> None:
    assert str(kind("run 'a\nb\x1b[31m\u202e\ud800' is not there.")) == r"run 'a\nb\x1b[31m\u202e\ud800' is not there."


@given(st.text("'=+-@\t\rab1", max_size=6))
def test_no_cell_is_a_formula_and_every_one_reads_back(cell: str) -> None:
    safe = spreadsheet_safe(cell)
    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert spreadsheet_plain(safe) == cell


def test_numbers_in_tables_stay_numbers() -> None:
    assert [spreadsheet_safe(cell) for cell in (-0.5, None, json.loads("-1"))] == [-0.5, None, -1]
