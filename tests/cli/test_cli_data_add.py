"""`riskcore data add` shows the classes, and asks where a terminal can answer."""

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from riskcore.cli.predict import _files
from riskcore.errors import InputError


@pytest.fixture
def images(tmp_path: Path) -> Path:
    for place, label in enumerate(("Benign", "Benign", "benign", "malignant")):
        (tmp_path / "set" / label).mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8), 40 * place).save(tmp_path / "set" / label / f"{place}.png")
    return tmp_path / "set"


def in_a_terminal(home: Path, answer: str, *arguments: object) -> tuple[int, str]:
    """Exit code and output of a command that sits before a terminal in which an answer is typed."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", "from riskcore.cli import main; main()", *map(str, arguments)],
        stdin=theirs, stdout=theirs, stderr=theirs, env={**os.environ, "RISKCORE_HOME": str(home)},
    )  # fmt: skip
    os.close(theirs)
    os.write(ours, answer.encode())
    shown = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        shown += part
    os.close(ours)
    return process.wait(60), shown.decode().replace("\r", "")


def test_classes_are_shown_with_their_numbers_and_nothing_is_asked_without_a_terminal(riskcore, images: Path) -> None:
    groups = images.parent / "patients.csv"
    groups.write_text("path,patient\nBenign/0.png,p\nBenign/1.png,p\nbenign/2.png,q\nmalignant/3.png,r\n")
    lines = riskcore("data", "add", "set", images, "--groups", groups).stdout.splitlines()
    assert lines[0] == "Registered set: 4 images, 3 classes, 3 groups."
    assert [line.split() for line in lines[1:6] if "─" not in line] == [
        ["class", "images", "groups"], ["Benign", "2", "1"], ["benign", "1", "1"], ["malignant", "1", "1"],
    ]  # fmt: skip
    assert any("--merge-names" in line for line in lines)
    merged = riskcore("data", "add", "set", images, "--merge-names").stdout
    assert merged.startswith("Registered set: 4 images, 2 classes")
    assert riskcore.json("data", "list")[0]["classes"] == ["Benign", "malignant"]


def test_files_of_several_suffixes_are_counted(riskcore, images: Path) -> None:
    assert "Files:" not in riskcore("data", "add", "one", images).stdout
    Image.new("L", (8, 8), 9).save(images / "malignant" / "9.webp")
    assert "Files: png 4, webp 1." in riskcore("data", "add", "two", images).stdout


def test_a_terminal_is_asked_after_the_classes_are_shown(riskcore, images: Path) -> None:
    code, shown = in_a_terminal(riskcore.home, "n\n", "data", "add", "set", images)
    assert code == 1
    assert shown.index("malignant") < shown.index("Register these 4 images as set?")
    assert shown.rstrip().endswith("Nothing was registered.")
    assert riskcore.json("data", "list") == []
    code, shown = in_a_terminal(riskcore.home, "y\n", "data", "add", "set", images)
    assert (code, "Registered set: 4 images" in shown) == (0, True)
    code, shown = in_a_terminal(riskcore.home, "", "data", "add", "set", images, "--yes")
    assert (code, "Register these" in shown) == (0, False)


def test_predict_searches_folders_as_data_add_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.png/b.png", "IM0001", "e.jfif", "._a.png", "__MACOSX/c.png", "@eaDir/b.png/x.jpg", "note.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(bytes(128) + b"DICM" if name == "IM0001" else b"")
    given = tmp_path / "note.txt"
    assert _files([tmp_path, given]) == [*(tmp_path / name for name in ("IM0001", "a.png/b.png", "e.jfif")), given]
    assert capsys.readouterr().err.splitlines() == [
        "Left out: files that are not images (txt 1).",
        "Left out: hidden files and folders, and those that systems make (3).",
    ]
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "._x.png").touch()
    with pytest.raises(InputError, match=r"other: holds no images\. Left out: hidden"):
        _files([tmp_path / "other"])


def packed(images: Path) -> Path:
    """The images in a folder "set", as a zip file."""
    return Path(shutil.make_archive(str(images.parent / "my set"), "zip", images.parent, images.name))


def test_a_zip_file_is_unpacked_into_the_workspace(riskcore, images: Path) -> None:
    lines = riskcore("data", "add", "skin", packed(images)).stdout.splitlines()
    assert lines[0] == "Registered skin: 4 images, 3 classes, no groups known."
    assert "Next: riskcore data audit skin" in lines
    home = riskcore.workspace.uploads
    assert [path.name for path in home.iterdir()] == ["skin"]
    (row,) = riskcore.json("data", "list")
    assert row["root"] == str(home / "skin" / "set")
    assert "unreadable" in riskcore.json("data", "audit", "skin")


def test_a_zip_file_that_is_refused_or_not_wanted_leaves_nothing(riskcore, images: Path) -> None:
    path = packed(images)
    code, shown = in_a_terminal(riskcore.home, "n\n", "data", "add", "skin", path)
    assert (code, shown.rstrip().endswith("Nothing was registered.")) == (1, True)
    path.write_bytes(path.read_bytes()[:200])
    done = riskcore("data", "add", "skin", path, code=2)
    assert done.stderr == (
        "Error: my set.zip: the zip file is damaged, cut short or one part of several; copy it or pack it again.\n"
    )
    assert list(riskcore.workspace.uploads.iterdir()) == []
    assert riskcore.json("data", "list") == []


def test_files_that_are_no_images_are_left_out_with_the_reason(riskcore, images: Path) -> None:
    (images / "malignant" / "page.png").write_bytes(b"<html>")
    for given in (images, packed(images)):
        said = riskcore("data", "add", "skin", given).stdout
        assert said.startswith("Registered skin: 4 images")
        assert "Left out: files that are called as images and hold none (1: malignant/page.png)." in said
