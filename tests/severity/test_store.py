"""Saved matrices: by name, by version, by file, by preset; which of them may be turned."""

import json

import pytest

from riskcore.errors import InputError
from riskcore.severity import PRESETS, SeverityMatrix
from riskcore.severity.store import Saved, list_matrices, load_matrix, matrix_versions, save_matrix, saved_versions
from riskcore.workspace import Workspace

FIRST = SeverityMatrix(["a", "b", "c"], [[0, 2, 9], [1, 0, 5], [4, 3, 0]], critical=5)
SECOND = SeverityMatrix(["a", "b"], [[0, 1], [7, 0]], critical=7)


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    return Workspace(tmp_path / "workspace")


def refusal(*args) -> str:
    with pytest.raises(InputError) as caught:
        load_matrix(*args)
    return str(caught.value)


def test_a_saved_matrix_comes_back_and_keeps_its_versions(workspace) -> None:
    path = save_matrix(workspace, "clinic", FIRST)
    content = json.loads(path.read_text())
    assert set(content.pop("saved")) == {"time", "author", "note"}
    assert content == FIRST.to_dict()
    assert SeverityMatrix.load(path) == FIRST
    save_matrix(workspace, "clinic", FIRST)
    assert matrix_versions(workspace, "clinic") == []
    save_matrix(workspace, "clinic", SECOND)
    save_matrix(workspace, "clinic", FIRST)
    assert matrix_versions(workspace, "clinic") == ["clinic.v1", "clinic.v2"]
    assert [load_matrix(workspace, name) for name in ("clinic", "clinic.v1", "clinic.v2")] == [FIRST, FIRST, SECOND]
    assert matrix_versions(workspace, "other") == []


def test_saved_names_are_listed_without_versions_and_presets(workspace) -> None:
    assert list_matrices(workspace) == []
    for name, matrix in (("zeta", FIRST), ("alpha", FIRST), ("alpha", SECOND)):
        save_matrix(workspace, name, matrix)
    assert list_matrices(workspace) == ["alpha", "zeta"]


def test_a_saved_name_stands_before_a_file_and_a_preset(workspace, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "demo").write_text("no matrix")
    save_matrix(workspace, "demo", FIRST)
    assert load_matrix(workspace, "demo") == FIRST
    for preset in PRESETS[:-1]:
        assert load_matrix(workspace, preset) == SeverityMatrix.preset(preset)


def test_only_a_file_can_be_turned(workspace, tmp_path) -> None:
    file = tmp_path / "turned.csv"
    file.write_text(",a,b,c\na,0,2,9\nb,1,0,5\nc,4,3,0\n")
    assert load_matrix(workspace, file).values.tolist() == FIRST.values.tolist()
    assert load_matrix(workspace, str(file), transpose=True).values.tolist() == FIRST.values.T.tolist()
    save_matrix(workspace, "clinic", FIRST)
    assert refusal(workspace, "clinic", True) == (
        "--transpose turns a file, but 'clinic' is a saved matrix: its rows are the truth."
    )
    assert "'demo' is a preset" in refusal(workspace, "demo", True)


def test_an_unknown_name_is_refused_with_the_nearest_of_saved_ones_and_presets(workspace) -> None:
    save_matrix(workspace, "clinic", FIRST)
    for given, near in (("clinik", "clinic"), ("isic2019", "isic2018")):
        message = refusal(workspace, given)
        assert message.startswith(f"No matrix named or stored in the file '{given}'")
        assert near in message
    assert "no-such" in refusal(workspace, "no-such", True)


def said(workspace: Workspace, name: str) -> list[tuple[str, str, str]]:
    return [(each.name, each.author, each.note) for each in saved_versions(workspace, name)]


def test_each_version_keeps_who_saved_it_and_why(workspace) -> None:
    save_matrix(workspace, "clinic", FIRST, note="  as\nwe\tsee it ", author="Dr A")
    save_matrix(workspace, "clinic", SECOND, author="Dr B")
    assert said(workspace, "clinic") == [("clinic", "Dr B", ""), ("clinic.v1", "Dr A", "as we see it")]
    assert all(each.time.endswith("+00:00") for each in saved_versions(workspace, "clinic"))
    save_matrix(workspace, "clinic", SECOND)  # the same again, and nothing said
    assert len(said(workspace, "clinic")) == 2
    save_matrix(workspace, "clinic", SECOND, note="confirmed")
    assert said(workspace, "clinic")[:2] == [("clinic", "", "confirmed"), ("clinic.v2", "Dr B", "")]


def test_no_author_is_taken_from_the_system(workspace, monkeypatch) -> None:
    for name in ("USER", "LOGNAME", "USERNAME"):
        monkeypatch.setenv(name, "system-user")
    assert "system-user" not in save_matrix(workspace, "clinic", FIRST).read_text()


def test_a_note_or_author_that_is_too_long_is_refused(workspace) -> None:
    for wrong in ({"note": "x" * 501}, {"author": "x" * 101}):
        with pytest.raises(InputError, match="characters; give at most"):
            save_matrix(workspace, "clinic", FIRST, **wrong)
    assert list_matrices(workspace) == []


def test_a_new_matrix_keeps_the_preset_that_it_was_made_from_as_version_0(workspace) -> None:
    preset = SeverityMatrix.preset("demo")
    save_matrix(workspace, "my-demo", FIRST, preset="demo")
    assert matrix_versions(workspace, "my-demo") == ["my-demo.v0"]
    assert load_matrix(workspace, "my-demo.v0") == preset
    assert saved_versions(workspace, "my-demo")[-1] == Saved("my-demo.v0", note="preset demo")
    save_matrix(workspace, "my-demo", SECOND, preset="demo")
    assert matrix_versions(workspace, "my-demo") == ["my-demo.v0", "my-demo.v1"]
    assert load_matrix(workspace, "my-demo.v0") == preset
    save_matrix(workspace, "clinic", FIRST)
    save_matrix(workspace, "clinic", SECOND, preset="demo")  # it began as something else
    assert matrix_versions(workspace, "clinic") == ["clinic.v1"]


def test_matrices_of_earlier_programs_and_damaged_ones_are_listed_without_a_word(workspace) -> None:
    workspace.matrices.mkdir(parents=True)
    for name, text in (("old", FIRST.to_json()), ("broken", "{"), ("odd", '{"saved": 7}')):
        (workspace.matrices / f"{name}.json").write_text(text)
        assert saved_versions(workspace, name) == [Saved(name)]
    save_matrix(workspace, "broken", FIRST, author="Dr A")
    assert (workspace.matrices / "broken.v1.json").read_text() == "{"
    with pytest.raises(InputError, match="No matrix is saved as 'demo'"):
        saved_versions(workspace, "demo")
