"""Marks on images whose label looks wrong: kept, changed, taken away, and never half written."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from riskcore.errors import InputError
from riskcore.marks import NOTE_MOST, mark, marked_words, marks, unmark
from riskcore.workspace import Workspace


@pytest.fixture
def here(tmp_path) -> Workspace:
    return Workspace(tmp_path / "home")


def test_a_mark_keeps_its_note_and_a_new_one_takes_its_place(here: Workspace) -> None:
    assert marks(here, "clinic") == {}
    mark(here, "clinic", "a/1.png", "  two lesions  ")
    mark(here, "clinic", "b.png")
    assert {sample: found.note for sample, found in marks(here, "clinic").items()} == {
        "a/1.png": "two lesions",
        "b.png": "",
    }
    mark(here, "clinic", "a/1.png", "the left one")
    assert marks(here, "clinic")["a/1.png"].note == "the left one"
    assert marks(here, "other") == {}
    unmark(here, "clinic", "a/1.png")
    unmark(here, "clinic", "never marked.png")
    assert list(marks(here, "clinic")) == ["b.png"]


def test_marks_set_at_once_are_all_kept(here: Workspace) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: mark(here, "clinic", f"{number}.png"), range(24)))
    assert len(marks(here, "clinic")) == 24


@pytest.mark.parametrize("content", ["{", "[]", '{"marks": {}}', '{"marks": [{"sample": 1}]}', "\x00"])
def test_a_damaged_file_is_one_line_and_stays(here: Workspace, content: str) -> None:
    mark(here, "clinic", "a.png")
    path = here.marks / "clinic.json"
    path.write_text(content)
    for ask in (lambda: marks(here, "clinic"), lambda: mark(here, "clinic", "b.png")):
        with pytest.raises(InputError) as caught:
            ask()
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)
    assert path.read_text() == content


def test_names_and_notes_that_cannot_be_kept_are_refused(here: Workspace) -> None:
    with pytest.raises(InputError, match="Expected a name"):
        mark(here, "../outside", "a.png")
    with pytest.raises(InputError, match="keep to 1,000"):
        mark(here, "clinic", "a.png", "x" * (NOTE_MOST + 1))
    assert marks(here, "clinic") == {}


def test_their_number_in_words() -> None:
    assert marked_words(2) == "2 images are marked as mislabelled."
