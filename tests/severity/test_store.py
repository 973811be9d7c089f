"""Saved matrices: by name, by version, by file, by preset; which of them may be turned."""

import json

import pytest

from riskcore.errors import InputError
from riskcore.severity import PRESETS, SeverityMatrix
from riskcore.severity.store import list_matrices, load_matrix, matrix_versions, save_matrix
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
    assert json.loads(path.read_text()) == FIRST.to_dict()
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
