import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from riskcore.errors import InputError
from riskcore.foreign_text import printable
from riskcore.readers import parse_json

DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("ab", max_size=3), inner, max_size=4),
)  # fmt: skip


@given(DOCUMENTS)
def test_what_was_written_is_read(document: object) -> None:
    assert parse_json(json.dumps(document), "a") == document
    assert parse_json(json.dumps(document, ensure_ascii=False).encode(), "a") == document


@given(DOCUMENTS, st.integers(0), st.binary(max_size=3) | st.sampled_from([b"[" * 2000, b"9" * 5000, b"1e999", b"NaN"]))
@example({}, 0, b'"\\ud800"')
def test_a_changed_document_is_read_or_refused(document: object, place: int, inserted: bytes) -> None:
    content = json.dumps(document).encode()
    place %= len(content) + 1
    try:
        parse_json(content[:place] + inserted + content[place + len(inserted) :], "a.json")
    except InputError as error:
        said = str(error)
        assert said.startswith("a.json: ")
        assert printable(said) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 100_000, "lists and mappings stand more than 64 deep in one another"),
        ("[" * 70 + "]" * 70, "lists and mappings stand more than 64 deep in one another"),
        ('{"a":' * 100_000, "lists and mappings stand more than 64 deep in one another"),
        ("9" * 5000, f"{'9' * 59}… is a number of 5,000 digits"),
        ("9" * 301, f"{'9' * 59}… is a number of 301 digits"),
        ("-1e999", "-1e999 is not a finite number"),
        ("[NaN]", "NaN is not a finite number"),
        ('{"x": -Infinity}', "-Infinity is not a finite number"),
        ('{"a": 1, "b": 2, "a": 3}', "key 'a' stands twice"),
        ('["\\ud800"]', r"the text '\ud800' holds a sign that no file can hold"),
        ('{"\\udfff": 1}', r"the text '\udfff' holds a sign that no file can hold"),
        ('"a\\u0000"', r"the text 'a\x00' holds a sign that no file can hold"),
        ('"\ud800"', r"the text '\ud800' holds a sign that no file can hold"),
        ('[1,\n "a\nb"]', "line 2, column 4: Invalid control character at"),
    ],
    ids=range(14),
)
def test_what_later_steps_would_trip_over_is_refused(text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_json(text, "a.json")
    assert str(caught.value).startswith(f"a.json: not valid JSON ({said}")
    assert len(str(caught.value)) < 200


def test_signs_beyond_the_first_plane_are_text() -> None:
    assert parse_json('"\\ud83d\\ude00"', "") == "😀"
    assert parse_json("[" * 64 + "]" * 64, "") is not None
