"""Zip files and folders dropped on the Data sets screen: seen, registered, refused, taken back."""

import io
import shutil
import zipfile
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.kit.guard import is_private
from riskcore.data.registry import list_datasets, load_dataset
from riskcore.data.roots import VARIABLE
from riskcore.workspace import Workspace
from tests.helpers.screens import Open, errors, texts


def packed(folder: Path) -> bytes:
    return Path(shutil.make_archive(str(folder.parent / "packed"), "zip", folder.parent, folder.name)).read_bytes()


def drop(screen: AppTest, content: bytes, name: str = "my skin.zip") -> AppTest:
    return screen.file_uploader[0].upload(name, content, "application/zip").run()


def lying(here: Workspace) -> list[str]:
    return sorted(path.name for path in here.uploads.iterdir()) if here.uploads.exists() else []


def test_a_dropped_zip_is_seen_by_class_before_it_is_registered(
    open_screen: Open, empty: Workspace, patches: Path
) -> None:
    (patches / "benign" / "page.png").write_bytes(b"<html>")
    (patches / ".DS_Store").touch()
    screen = drop(open_screen("datasets", empty), packed(patches))
    assert not screen.error
    said = texts(screen).replace("\\", "")
    assert [f"**{label}**" in said for label in ("benign", "malignant", "unsure")] == [True] * 3
    assert said.count("24 images") == 3
    assert "Left out: files that are called as images and hold none (1: benign/page.png)." in said
    assert "Left out: hidden files and folders, and those that systems make (1)." in said
    pictures = [image.proto.imgs[0].alt for image in screen.get("image")]
    assert len(pictures) == 24
    assert pictures[0] == "benign: benign/000.png"
    assert list_datasets(empty) == []
    assert [name.startswith(".tmp-") for name in lying(empty)] == [True]  # the zip file itself is gone
    assert screen.text_input("data_new_name").value == "my_skin"
    screen.text_input("data_new_name").set_value("skin").run()
    screen.button("data_save").click().run()
    assert not screen.error
    assert lying(empty) == ["skin"]
    assert load_dataset(empty, "skin").root == empty.uploads / "skin" / "patches"
    assert "data_save" not in {button.key for button in screen.button}


def test_a_zip_that_is_refused_says_why_and_the_place_is_free_again(
    open_screen: Open, empty: Workspace, patches: Path
) -> None:
    stream = io.BytesIO(packed(patches))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("../../evil.png", b"x")
    screen = drop(open_screen("datasets", empty), stream.getvalue())
    (error,) = errors(screen)
    assert error.startswith("my skin.zip: '../../evil.png' leads out of the folder")
    assert lying(empty) == []
    screen = drop(screen, packed(patches))
    assert not screen.error
    assert "data_save" in {button.key for button in screen.button}


def test_what_is_no_data_set_is_said_and_other_images_can_be_dropped(open_screen: Open, empty: Workspace) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("notes/readme.txt", b"x")
    screen = drop(open_screen("datasets", empty), stream.getvalue())
    (error,) = errors(screen)
    assert error.startswith("My skin.zip: the layout is not recognised")
    screen.button("data_other").click().run()
    assert not screen.error
    assert screen.get("file_uploader")
    assert lying(empty) == []


def test_settings_are_asked_of_what_was_dropped_too(open_screen: Open, empty: Workspace, patches: Path) -> None:
    (patches / "Benign").mkdir()
    shutil.copy(patches / "benign" / "000.png", patches / "Benign" / "other.png")
    screen = drop(open_screen("datasets", empty), packed(patches))
    assert "**4** classes" in texts(screen)
    screen.toggle("data_merge_names").set_value(True).run()
    assert "**3** classes" in texts(screen)


def test_files_of_a_dropped_folder_are_put_where_their_names_say(
    open_screen: Open, empty: Workspace, patches: Path
) -> None:
    screen = open_screen("datasets", empty)
    for file in [*sorted(patches.rglob("*.png")), None]:
        name = file.relative_to(patches.parent).as_posix() if file else "patches/.DS_Store"
        screen.file_uploader[1].upload(name, file.read_bytes() if file else b"x", "image/png")
    screen.run()
    assert not screen.error
    assert texts(screen).count("24 images") == 3
    screen.button("data_save").click().run()
    assert load_dataset(empty, "patches").root == empty.uploads / "patches" / "patches"


def test_on_this_machine_alone_any_folder_may_be_registered(
    open_screen: Open, empty: Workspace, patches: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.delenv("RISKCORE_ALLOWED_HOSTS", raising=False)
    screen = open_screen("datasets", empty, data_path=str(patches))
    screen.button("data_look").click().run()
    assert not screen.error
    assert "**72** images" in texts(screen)


def test_a_server_that_others_may_reach_keeps_to_its_folders(
    open_screen: Open, empty: Workspace, patches: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("RISKCORE_ALLOWED_HOSTS", "lab.example")  # a proxy stands before it
    assert not is_private()
    screen = open_screen("datasets", empty, data_path=str(patches))
    (error,) = errors(screen)
    assert "is not below a folder that this server may show" in error
