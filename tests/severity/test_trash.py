"""Deleted matrices: nothing is lost, whatever was deleted and whenever it is wanted back."""

import shutil

import pytest

from riskcore.errors import InputError
from riskcore.severity import SeverityMatrix
from riskcore.severity import trash as module
from riskcore.severity.draft_files import Kept, keep_draft, opened, read_draft
from riskcore.severity.history import Draft
from riskcore.severity.store import list_matrices, load_matrix, matrix_versions, save_matrix, saved_versions
from riskcore.severity.trash import delete_matrix, deleted_matrices, restore_matrix
from riskcore.workspace import Workspace

FIRST, SECOND, THIRD = (SeverityMatrix(["a", "b"], [[0, cost], [7, 0]], critical=7) for cost in (1, 2, 3))


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    workspace = Workspace(tmp_path / "workspace")
    save_matrix(workspace, "clinic", FIRST, author="Dr A")
    save_matrix(workspace, "clinic", SECOND, note="milder")
    return workspace


def test_a_deleted_matrix_comes_back_with_its_versions_words_and_unsaved_edits(workspace) -> None:
    save_matrix(workspace, "clinic-2", FIRST)
    keep_draft(workspace, "clinic", Draft(opened(SECOND, Kept(THIRD)).history))
    before = saved_versions(workspace, "clinic")
    delete_matrix(workspace, "clinic")
    assert (list_matrices(workspace), deleted_matrices(workspace)) == (["clinic-2"], ["clinic"])
    assert matrix_versions(workspace, "clinic") == []
    assert read_draft(workspace, "clinic") is None
    restore_matrix(workspace, "clinic")
    assert (list_matrices(workspace), deleted_matrices(workspace)) == (["clinic", "clinic-2"], [])
    assert saved_versions(workspace, "clinic") == before
    assert [load_matrix(workspace, name) for name in ("clinic", "clinic.v1")] == [SECOND, FIRST]
    assert read_draft(workspace, "clinic") == Kept(THIRD)


def test_what_was_deleted_last_under_a_name_comes_back_first(workspace) -> None:
    delete_matrix(workspace, "clinic")
    save_matrix(workspace, "clinic", THIRD)
    with pytest.raises(InputError, match="there is a matrix named 'clinic' again"):
        restore_matrix(workspace, "clinic")
    assert load_matrix(workspace, "clinic") == THIRD
    delete_matrix(workspace, "clinic")
    assert deleted_matrices(workspace) == ["clinic"]
    restore_matrix(workspace, "clinic")
    assert load_matrix(workspace, "clinic") == THIRD
    delete_matrix(workspace, "clinic")
    restore_matrix(workspace, "clinic")
    assert deleted_matrices(workspace) == ["clinic"]  # the first one waits on


def test_a_matrix_that_was_never_saved_can_be_deleted(workspace) -> None:
    keep_draft(workspace, "new", Draft(opened(None, Kept(THIRD, FIRST)).history))
    delete_matrix(workspace, "new")
    assert read_draft(workspace, "new") is None
    restore_matrix(workspace, "new")
    assert read_draft(workspace, "new") == Kept(THIRD, FIRST)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("demo", "'demo' is a preset: it comes with riskcore and stays."),
        ("clinik", "No matrix is saved as 'clinik': did you mean 'clinic'?"),
        ("../clinic", "Expected a name of at most 100"),
        ("clinic.v1", "Expected a name of at most 100"),
    ],
)
def test_what_cannot_be_deleted_is_one_line(workspace, name: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        delete_matrix(workspace, name)
    assert str(caught.value).startswith(message)
    assert list_matrices(workspace) == ["clinic"]


def test_a_saved_matrix_that_stands_in_for_a_preset_can_be_deleted(workspace) -> None:
    save_matrix(workspace, "demo", FIRST)
    delete_matrix(workspace, "demo")
    assert load_matrix(workspace, "demo") == SeverityMatrix.preset("demo")


def test_only_what_is_in_the_trash_is_restored(workspace) -> None:
    with pytest.raises(InputError, match="No deleted matrix is called 'clinic': there are none yet"):
        restore_matrix(workspace, "clinic")


def test_a_fault_in_the_midst_loses_nothing(workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = shutil.copy2

    def failing(source, target):
        if source.name == "clinic.v1.json":
            raise OSError(28, "No space left on device")
        return copy(source, target)

    monkeypatch.setattr(module.shutil, "copy2", failing)
    with pytest.raises(Exception, match="the disk is full"):
        delete_matrix(workspace, "clinic")
    assert matrix_versions(workspace, "clinic") == ["clinic.v1"]
    monkeypatch.setattr(module.shutil, "copy2", copy)
    delete_matrix(workspace, "clinic")
    monkeypatch.setattr(module.shutil, "copy2", failing)
    with pytest.raises(Exception, match="the disk is full"):
        restore_matrix(workspace, "clinic")
    monkeypatch.setattr(module.shutil, "copy2", copy)
    restore_matrix(workspace, "clinic")
    assert load_matrix(workspace, "clinic.v1") == FIRST
