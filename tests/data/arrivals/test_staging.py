"""From a zip file or dropped files to a registered data set: whole under its name, or nothing there at all."""

import io
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from riskcore.data.arrivals import staging
from riskcore.data.arrivals.staging import discard, gathered, keep, recognised, unpacked
from riskcore.data.arrivals.temporary import new_temporary
from riskcore.data.registry import list_datasets, load_dataset
from riskcore.errors import InputError, RunError
from riskcore.workspace import Workspace
from tests.conftest import write_patches

ROOT = Path(__file__).parents[3]


@pytest.fixture
def here(tmp_path: Path) -> Workspace:
    """An empty workspace."""
    return Workspace(tmp_path / "home")


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """Ten patches a class in a folder, as a zip file."""
    write_patches(tmp_path / "source" / "skin", images_a_class=10)
    return Path(shutil.make_archive(str(tmp_path / "skin"), "zip", tmp_path / "source"))


def lying(here: Workspace) -> list[str]:
    return sorted(path.name for path in here.uploads.iterdir()) if here.uploads.exists() else []


def test_a_zip_becomes_a_data_set(here: Workspace, packed: Path) -> None:
    arrival = unpacked(here, packed, "skin.zip")
    (temporary,) = lying(here)
    assert temporary.startswith(".tmp-")
    found = recognised(arrival, "skin")
    assert (len(found), found.classes) == (30, ("benign", "malignant", "unsure"))
    assert list_datasets(here) == []
    kept = keep(here, replace(found, name="mine"), arrival)
    assert lying(here) == ["mine"]
    stored = load_dataset(here, "mine")
    assert stored.root == kept.root == here.uploads / "mine" / "skin"
    assert all(stored.path(sample).is_file() for sample in stored.table["sample"])
    discard(arrival)
    assert lying(here) == ["mine"]


def test_older_images_of_the_name_stay(here: Workspace, packed: Path) -> None:
    for _ in range(3):
        arrival = unpacked(here, packed, "skin.zip")
        keep(here, recognised(arrival, "skin"), arrival)
    assert lying(here) == ["skin", "skin-2", "skin-3"]
    assert load_dataset(here, "skin").root == here.uploads / "skin-3" / "skin"
    assert load_dataset(here, "skin.v1").root == here.uploads / "skin" / "skin"


def test_what_is_refused_leaves_nothing(here: Workspace, packed: Path) -> None:
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("../evil", b"")
    with pytest.raises(InputError, match="leads out"):
        unpacked(here, packed, "skin.zip")
    assert lying(here) == []


def test_what_breaks_off_half_way_leaves_nothing(here: Workspace, packed: Path) -> None:
    content = bytearray(packed.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 50] = bytes(50)
    packed.write_bytes(content)
    with pytest.raises(InputError, match="damaged"):
        unpacked(here, packed, "skin.zip")
    assert lying(here) == []


def test_a_kill_half_way_leaves_nothing_under_the_name_and_is_swept_after_a_day(here: Workspace, packed: Path) -> None:
    with zipfile.ZipFile(packed, "a") as archive:
        for number in range(60):
            archive.writestr(f"skin/benign/x{number}.png", b"")
    program = (
        "import sys, time; from pathlib import Path\n"
        "from riskcore.data.arrivals.staging import unpacked\n"
        "from riskcore.workspace import Workspace\n"
        "def wait(*step):\n    print('half', flush=True)\n    time.sleep(60)\n"
        "unpacked(Workspace(Path(sys.argv[1])), Path(sys.argv[2]), 'skin.zip', wait)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(here.root), str(packed)], stdout=subprocess.PIPE, cwd=ROOT
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"half\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    (left,) = lying(here)
    assert left.startswith(".tmp-")
    assert list_datasets(here) == []
    discard(unpacked(here, packed, "skin.zip"))
    assert lying(here) == [left]  # another process may be writing it
    os.utime(here.uploads / left, (time.time() - 90_000,) * 2)
    discard(unpacked(here, packed, "skin.zip"))
    assert lying(here) == []


@pytest.mark.parametrize("name", ["../evil", "a/b", "", ".hidden", "a.v1", "x" * 101])
def test_a_name_that_is_none_is_refused_and_the_images_wait(here: Workspace, packed: Path, name: str) -> None:
    arrival = unpacked(here, packed, "skin.zip")
    found = recognised(arrival, "skin")
    with pytest.raises(InputError, match="Expected a name"):
        keep(here, replace(found, name=name), arrival)
    assert arrival.folder.is_dir()
    keep(here, found, arrival)


def test_what_cannot_be_saved_goes_back(here: Workspace, packed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*given: object) -> None:
        raise RunError("disk full")

    arrival = unpacked(here, packed, "skin.zip")
    monkeypatch.setattr(staging, "save_dataset", full)
    with pytest.raises(RunError, match="disk full"):
        keep(here, recognised(arrival, "skin"), arrival)
    assert lying(here) == [arrival.folder.name]


def test_what_was_swept_meanwhile_is_said(here: Workspace, packed: Path) -> None:
    arrival = unpacked(here, packed, "skin.zip")
    found = recognised(arrival, "skin")
    discard(arrival)
    with pytest.raises(InputError, match=r"skin\.zip: what was unpacked is no longer there; drop it again"):
        keep(here, found, arrival)


def test_messages_call_it_what_its_user_does(here: Workspace, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "notes.zip", "w") as archive:
        archive.writestr("notes/readme.txt", b"no images")
    arrival = unpacked(here, tmp_path / "notes.zip", "notes.zip")
    with pytest.raises(InputError, match=r"^notes\.zip: the layout is not recognised") as caught:
        recognised(arrival, "notes")
    assert str(here.root) not in str(caught.value)


def test_left_out_files_are_noted_with_the_reason(here: Workspace, packed: Path) -> None:
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("__MACOSX/skin/._1.png", b"x")
        archive.writestr("skin/benign/page.png", b"<html>")
        archive.writestr("skin/benign/empty.jpg", b"")
        archive.writestr("skin/benign/notes.txt", b"x")
        archive.writestr("skin/loose.png", b"\x89PNG\r\n\x1a\n")
    found = recognised(unpacked(here, packed, "skin.zip"), "skin")
    assert len(found) == 30
    said = " ".join(found.notes)
    for words in (
        "hidden files and folders, and those that systems make (1)",
        "called as images and hold none (2: skin/benign/empty.jpg, skin/benign/page.png)",
        "files that are not images (txt 1)",
        "images in no class folder (1)",
    ):
        assert words.replace("skin/benign", "benign") in said.replace("skin/benign", "benign")


def test_a_class_of_nothing_but_broken_files_is_refused(here: Workspace, tmp_path: Path, patches: Path) -> None:
    shutil.rmtree(patches / "unsure")
    (patches / "unsure").mkdir()
    (patches / "unsure" / "1.png").write_bytes(b"")
    path = Path(shutil.make_archive(str(tmp_path / "skin"), "zip", patches))
    with pytest.raises(InputError, match=r"class 'unsure' has no images; .* hold none \(1: unsure/1\.png\)"):
        recognised(unpacked(here, path, "skin.zip"), "skin")


def sent(here: Workspace, patches: Path) -> list[tuple[str, Path | io.BytesIO]]:
    """A folder as a browser sends it: half of the files wait on the disk, half are in memory."""
    files: list[tuple[str, Path | io.BytesIO]] = []
    for number, file in enumerate(sorted(patches.rglob("*.png"))):
        name = f"patches/{file.relative_to(patches).as_posix()}"
        if number % 2:
            files.append((name, io.BytesIO(file.read_bytes())))
        else:
            waiting = new_temporary(here)
            shutil.copy(file, waiting)
            files.append((name, waiting))
    return files


def test_a_dropped_folder_becomes_a_data_set(here: Workspace, patches: Path) -> None:
    files = [*sent(here, patches), ("patches/.DS_Store", io.BytesIO(b"x"))]
    arrival = gathered(here, files)
    assert (arrival.source, arrival.notes) == (
        "patches", ("Left out: hidden files and folders, and those that systems make (1).",),
    )  # fmt: skip
    found = recognised(arrival, "patches")
    assert len(found) == 72
    keep(here, found, arrival)
    assert lying(here) == ["patches"]
    assert (load_dataset(here, "patches").root / "benign" / "001.png").read_bytes() == (
        patches / "benign" / "001.png"
    ).read_bytes()


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["a/../../evil.png"], "leads out"),
        (["/etc/evil.png"], "leads out"),
        (["a/1.png", "a/1.PNG"], "one place on some systems"),
        (["a/b", "a/b/1.png"], "one place on some systems"),
    ],
)
def test_names_that_a_browser_sends_are_not_trusted(here: Workspace, names: list[str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        gathered(here, [(name, io.BytesIO(b"x")) for name in names])
    assert lying(here) == []


def test_a_dropped_folder_has_limits(here: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    files: list[tuple[str, Path | io.BytesIO]] = [(f"a/{number}.png", io.BytesIO(b"0123456789")) for number in range(9)]
    for limit, value, words in [
        ("MOST_DROPPED", 8, "9 files, more than the 8 of a dropped folder; drop it as a zip"),
        ("MOST_PACKED", 89, "of a dropped folder; choose it on the computer"),
    ]:
        with monkeypatch.context() as patched:
            patched.setattr(staging, limit, value)
            with pytest.raises(InputError, match=words):
                gathered(here, list(files))
    assert lying(here) == []
