"""Unsaved edits in the workspace: they come back, other windows' too, and a broken file is refused in a line."""

import pytest

from riskcore.errors import InputError
from riskcore.severity import SeverityMatrix
from riskcore.severity.draft_files import (
    Kept,
    draft_path,
    drop_draft,
    followed,
    keep_draft,
    opened,
    read_draft,
    set_aside,
    unsaved_matrices,
    unsaved_note,
)
from riskcore.severity.history import Draft, History
from riskcore.severity.store import list_matrices
from riskcore.workspace import Workspace

FIRST, SECOND, THIRD = (SeverityMatrix(["a", "b"], [[0, cost], [7, 0]], critical=7) for cost in (1, 2, 3))


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    return Workspace(tmp_path / "workspace")


def test_unsaved_edits_come_back_and_can_be_undone(workspace) -> None:
    draft = keep_draft(workspace, "clinic", Draft(History.begin(FIRST).push(SECOND)))
    assert unsaved_matrices(workspace) == ["clinic"]
    assert list_matrices(workspace) == []  # nobody takes it for a saved one
    again = opened(FIRST, read_draft(workspace, "clinic"))
    assert again.history.current == SECOND
    assert again.history.undo().current == again.history.before == FIRST
    assert again.kept == draft.kept == SECOND
    keep_draft(workspace, "clinic", Draft(draft.history.undo(), kept=SECOND))
    assert unsaved_matrices(workspace) == []


def test_a_matrix_that_was_never_saved_comes_back_with_what_it_began_as(workspace) -> None:
    new = Draft(History.begin(FIRST, stored=False).push(SECOND), preset="demo")
    keep_draft(workspace, "new", new)
    assert read_draft(workspace, "new") == Kept(SECOND, FIRST, "demo")
    again = opened(None, read_draft(workspace, "new"))
    assert (again.history.saved, again.history.before, again.history.current) == (None, FIRST, SECOND)
    assert again.preset == "demo"
    drop_draft(workspace, "new")
    assert read_draft(workspace, "new") is None


def test_nothing_is_written_where_nothing_is_new(workspace) -> None:
    draft = keep_draft(workspace, "clinic", Draft(History.begin(FIRST).push(SECOND)))
    draft_path(workspace, "clinic").unlink()
    assert keep_draft(workspace, "clinic", draft) is draft
    assert unsaved_matrices(workspace) == []


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"matrix": {}, "first": null, "preset": null}', "\x00"])
def test_a_broken_file_is_one_line_and_kept(workspace, text: str) -> None:
    path = draft_path(workspace, "clinic")
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_draft(workspace, "clinic")
    assert str(caught.value).startswith(f"{path}: the unsaved edits of clinic cannot be read: ")
    assert "\n" not in str(caught.value)
    kept = set_aside(workspace, "clinic")
    assert kept.read_text() == text
    assert read_draft(workspace, "clinic") is None
    assert unsaved_matrices(workspace) == []


def test_a_name_that_is_none_reaches_no_file(workspace) -> None:
    for name in ("../clinic", "", ".hidden"):
        with pytest.raises(InputError, match="Expected a name"):
            read_draft(workspace, name)
    assert unsaved_note(workspace, "../clinic") == ""


def test_a_screen_can_say_that_edits_are_unsaved(workspace) -> None:
    assert unsaved_note(workspace, "clinic") == ""
    keep_draft(workspace, "clinic", Draft(History.begin(FIRST).push(SECOND)))
    assert unsaved_note(workspace, "clinic") == "clinic has unsaved edits; what was saved last is used."


def test_what_other_windows_do_comes_in_as_an_edit_that_can_be_undone() -> None:
    mine = opened(FIRST, Kept(SECOND))
    assert followed(mine, FIRST, Kept(SECOND)) == mine
    theirs = followed(mine, FIRST, Kept(THIRD))
    assert (theirs.history.current, theirs.history.undo().current, theirs.kept) == (THIRD, SECOND, THIRD)
    discarded = followed(mine, FIRST, None)
    assert (discarded.history.current, discarded.history.undo().current, discarded.kept) == (FIRST, SECOND, None)
    assert not discarded.history.changed
    saved = followed(mine, THIRD, None)
    assert (saved.history.current, saved.history.saved, saved.history.undo().current) == (THIRD, THIRD, SECOND)


def test_what_is_saved_elsewhere_is_shown_where_nothing_was_edited() -> None:
    untouched = opened(FIRST, None)
    assert followed(untouched, FIRST, None) == untouched
    assert followed(untouched, SECOND, None).history.states == (SECOND,)
    assert followed(untouched, None, None) is None


def test_a_new_matrix_that_another_window_deletes_is_gone() -> None:
    assert followed(opened(None, Kept(SECOND, FIRST)), None, None) is None
