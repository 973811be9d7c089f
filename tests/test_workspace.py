"""The workspace: atomic writes, a full disk, saved matrices and data sets."""

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from filelock import Timeout

from riskcore.data.manifest import Manifest
from riskcore.data.registry import list_datasets, load_dataset, save_dataset
from riskcore.errors import InputError, RunError, nearest
from riskcore.files import TEMPORARY, acquired, disk_full_is_clear, purge_temporary, write_atomic, write_json
from riskcore.foreign_text import quoted
from riskcore.readers import read_json
from riskcore.severity import SeverityMatrix
from riskcore.severity.store import list_matrices, load_matrix, matrix_versions, save_matrix
from riskcore.workspace import Workspace

MILD = SeverityMatrix(classes=["naevus", "melanoma"], values=[[0, 2], [10, 0]], critical=10)
HARSH = SeverityMatrix(classes=["naevus", "melanoma"], values=[[0, 2], [20, 0]], critical=10)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


def test_default_follows_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("RISKCORE_HOME", str(tmp_path / "here"))
    assert Workspace.default().root == tmp_path / "here"
    monkeypatch.delenv("RISKCORE_HOME")
    monkeypatch.chdir(tmp_path)
    assert Workspace.default().root == tmp_path / "workspace"


def test_nothing_is_made_before_the_first_write(workspace):
    assert list_matrices(workspace) == list_datasets(workspace) == []
    assert purge_temporary(workspace.root) == 0
    assert not workspace.root.exists()
    save_matrix(workspace, "m", MILD)
    assert [path.name for path in workspace.root.iterdir()] == ["matrices"]


def test_write_atomic_replaces_and_leaves_nothing_else(tmp_path):
    path = tmp_path / "a" / "b.txt"
    write_atomic(path, "größer")
    write_atomic(path, b"\x00\xff")
    assert path.read_bytes() == b"\x00\xff"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_full_disk_is_one_line_and_leaves_the_old_file(tmp_path, monkeypatch, call):
    path = tmp_path / "run.json"
    write_atomic(path, "old")

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, call, full)
    with pytest.raises(RunError) as caught:
        write_atomic(path, "new")
    assert str(caught.value) == (f"{path}: cannot be written, the disk is full; free some space and try again.")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_denied_write_is_one_line():
    with pytest.raises(RunError) as caught, disk_full_is_clear(Path("x")):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    assert str(caught.value) == "x: permission denied; check the permissions of the folder."


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            OSError(errno.EFBIG, "File too large"),
            "x: cannot be written, the file would be larger than this system allows; raise the limit and try again.",
        ),
        (
            OSError(errno.ENAMETOOLONG, "File name too long"),
            "x: cannot be written, the name is too long; choose a shorter one.",
        ),
        (
            IsADirectoryError(errno.EISDIR, "Is a directory"),
            "x: cannot be written (is a directory); check this path and its disk.",
        ),
        (OSError(errno.EIO, "I/O error"), "x: cannot be written (i/o error); check this path and its disk."),
        (OSError("odd"), "x: cannot be written (oserror); check this path and its disk."),
        (Timeout("x.lock"), "x: another process has held its lock for long; wait for its end and try again."),
    ],
)
def test_whatever_the_system_refuses_is_one_line(error, expected):
    with pytest.raises(RunError) as caught, disk_full_is_clear(Path("x")):
        raise error
    assert str(caught.value) == expected


def test_a_limit_on_the_size_of_files_is_one_line(tmp_path):
    """The real limit, as a quota sets it."""
    code = (
        "import resource, sys; from pathlib import Path; from riskcore.files import write_atomic\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n    write_atomic(Path(sys.argv[1]), b'x' * 5000)\n"
        "except RuntimeError as error: print(type(error).__name__, error)"
    )
    path = tmp_path / "large"
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(
        f"RunError {path}: cannot be written, the file would be larger than this system allows"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_no_file_can_have_is_one_line(tmp_path):
    with pytest.raises(RunError, match="the name is too long; choose a shorter one"):
        write_atomic(tmp_path / ("n" * 300), "x")


def test_a_lock_is_had_or_not_or_cannot_be(tmp_path):
    held = acquired(tmp_path / "lock", 0.0)
    assert held is not None
    assert acquired(tmp_path / "lock", 0.05) is None
    held.release()
    (tmp_path / "folder").mkdir()
    with pytest.raises(RunError, match=r"folder: cannot be written \(is a directory\)"):
        acquired(tmp_path / "folder", 0.0)


def test_readers_never_see_half_a_file(tmp_path):
    """Another process rewrites a file of two very different lengths; each reading is one or the other."""
    path = tmp_path / "file.json"
    write_json(path, [0])
    code = (
        "import sys; from pathlib import Path; from riskcore.files import write_json\n"
        "for i in range(150): write_json(Path(sys.argv[1]), [i] * (20000 if i % 2 else 1))"
    )
    writer = subprocess.Popen([sys.executable, "-c", code, str(path)])
    lengths = set()
    while writer.poll() is None:
        lengths.add(len(read_json(path)))
    assert writer.wait() == 0
    assert lengths == {1, 20000}


def test_read_json_says_what_is_wrong(tmp_path):
    path = tmp_path / "x.json"
    with pytest.raises(InputError) as caught:
        read_json(path)
    assert str(caught.value) == f"{path}: cannot be read (No such file or directory); check the path."
    path.write_text("{")
    with pytest.raises(InputError, match=r"x\.json: not valid JSON \(.*\); correct or restore the file\.$"):
        read_json(path)


def test_purge_spares_young_files(workspace):
    for folder in (workspace.runs / "r", workspace.runs / f"{TEMPORARY}new"):
        folder.mkdir(parents=True)
    (workspace.runs / "r" / f"{TEMPORARY}1").touch()
    (workspace.runs / "r" / "run.json").touch()
    assert purge_temporary(workspace.root) == 0
    assert purge_temporary(workspace.root, older_than=-60) == 2
    assert [path.name for path in workspace.runs.rglob("*")] == ["r", "run.json"]


def test_purge_covers_the_trash_and_spares_what_another_clock_calls_hours_old(workspace, tmp_path):
    """A host whose clock is behind by hours is writing still."""
    now = time.time()
    for age in (5 * 3600, 25 * 3600):
        folder = workspace.trash / f"{TEMPORARY}{age}"
        folder.mkdir(parents=True)
        (folder / "run.json").touch()
        os.utime(folder, (now - age, now - age))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "kept").touch()
    link = workspace.trash / f"{TEMPORARY}link"
    link.symlink_to(tmp_path / "elsewhere")
    os.utime(link, (now - 25 * 3600, now - 25 * 3600), follow_symlinks=False)
    purge_temporary(workspace.root)
    assert [path.name for path in workspace.trash.iterdir()] == [f"{TEMPORARY}{5 * 3600}"]
    assert (tmp_path / "elsewhere" / "kept").exists(), "a link is removed, not what it leads to"


def test_matrix_by_name_version_file_and_preset(workspace, tmp_path):
    save_matrix(workspace, "mine", MILD)
    save_matrix(workspace, "mine", MILD)
    assert matrix_versions(workspace, "mine") == []
    for strength in range(10):
        harsher = SeverityMatrix(MILD.classes, [[0, 2], [20 + strength, 0]], critical=10)
        save_matrix(workspace, "mine", harsher)
    assert matrix_versions(workspace, "mine") == [f"mine.v{n}" for n in range(1, 11)]
    assert list_matrices(workspace) == ["mine"]
    assert load_matrix(workspace, "mine").values[1, 0] == 29
    assert load_matrix(workspace, "mine.v1").hash == MILD.hash
    assert load_matrix(workspace, "mine.v2").values[1, 0] == 20
    write_json(tmp_path / "file.json", HARSH.to_dict())
    assert load_matrix(workspace, tmp_path / "file.json").hash == HARSH.hash
    assert load_matrix(workspace, "isic2018").hash == SeverityMatrix.preset("isic2018").hash
    save_matrix(workspace, "isic2018", HARSH)
    assert load_matrix(workspace, "isic2018").hash == HARSH.hash


def test_only_tau_changed_is_another_version(workspace):
    save_matrix(workspace, "m", MILD)
    save_matrix(workspace, "m", SeverityMatrix(MILD.classes, MILD.values, critical=2))
    assert matrix_versions(workspace, "m") == ["m.v1"]


def test_unknown_matrix_names_the_nearest(workspace):
    save_matrix(workspace, "thorax", MILD)
    with pytest.raises(InputError) as caught:
        load_matrix(workspace, "torax")
    assert str(caught.value) == "No matrix named or stored in the file 'torax': did you mean 'thorax'?"


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "-a", "a b", "a.v1", "ä", "a" * 101])
def test_bad_names_are_refused(workspace, name):
    with pytest.raises(InputError) as caught:
        save_matrix(workspace, name, MILD)
    assert str(caught.value) == (
        "Expected a name of at most 100 letters, digits, '.', '_' and '-', not starting with '.' or '-' "
        f"and not ending like '.v1', but got {quoted(name)}."
    )
    assert not workspace.root.exists()


def test_nothing_outside_the_workspace_is_read_by_name(workspace, tmp_path):
    (tmp_path / "secret.json").write_text("{}")
    workspace.matrices.mkdir(parents=True)
    with pytest.raises(InputError, match="No matrix named or stored"):
        load_matrix(workspace, "../../secret")


def toy_dataset(folder: Path) -> Manifest:
    import pandas as pd

    table = pd.DataFrame({"sample": ["no/1.png", "yes/1.png"], "label": ["no", "yes"]})
    return Manifest("toy", folder, "folder", ("no", "yes"), table)


def test_data_set_by_name_and_file(workspace, tmp_path):
    manifest = toy_dataset(tmp_path)
    path = save_dataset(workspace, manifest)
    assert list_datasets(workspace) == ["toy"]
    assert load_dataset(workspace, "toy").hash == manifest.hash
    assert load_dataset(workspace, path).hash == manifest.hash
    with pytest.raises(InputError) as caught:
        load_dataset(workspace, "tyo")
    assert str(caught.value) == (
        "No data set named or stored in the file 'tyo': did you mean 'toy'? "
        "Register one with `riskcore data add NAME PATH`."
    )


def test_data_set_by_folder(workspace, tmp_path):
    for label in ("no", "yes"):
        (tmp_path / "tree" / label).mkdir(parents=True)
        (tmp_path / "tree" / label / "1.png").touch()
    manifest = load_dataset(workspace, tmp_path / "tree")
    assert (manifest.name, manifest.classes, len(manifest)) == ("tree", ("no", "yes"), 2)


def test_savers_at_once_lose_no_version(workspace):
    code = (
        "import sys; from pathlib import Path; from riskcore.severity import SeverityMatrix\n"
        "from riskcore.severity.store import save_matrix\n"
        "from riskcore.workspace import Workspace\n"
        "for i in range(5):\n"
        "    matrix = SeverityMatrix(('a', 'b'), [[0, 1], [10 * int(sys.argv[2]) + i, 0]], critical=1)\n"
        "    save_matrix(Workspace(Path(sys.argv[1])), 'm', matrix)"
    )
    command = [sys.executable, "-c", code, str(workspace.root)]
    savers = [subprocess.Popen([*command, str(number)]) for number in (1, 2, 3)]
    assert [saver.wait() for saver in savers] == [0, 0, 0]
    names = [*matrix_versions(workspace, "m"), "m"]
    assert {load_matrix(workspace, name).values[1, 0] for name in names} == {
        10 * number + i for number in (1, 2, 3) for i in range(5)
    }


def test_nearest_shortens_long_lists():
    assert nearest("?", map(str, range(100, 120))).endswith("108, 109, ….")
    assert nearest("?", []) == "there are none yet."
