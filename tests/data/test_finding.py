"""The search for images: what it takes, what it leaves out and why, links, names, and how many files it opens."""

import os
import struct
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from riskcore.data import finding
from riskcore.data.finding import is_image_content, search

PREAMBLE = bytes(128) + b"DICM"


def put(root: Path, *names: str, content: bytes = b"") -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)


def encoded(format: str) -> bytes:
    stream = BytesIO()
    Image.new("RGB", (3, 2), (200, 30, 30)).save(stream, format)
    return stream.getvalue()


def left_out(root: Path) -> dict[str, dict[str, int]]:
    return {reason: dict(counts) for reason, counts in search(root).left_out.items()}


# --- content


def test_files_are_taken_by_their_suffix_or_else_by_their_first_bytes(tmp_path: Path) -> None:
    put(tmp_path, "a.PNG", "b.jpeg", "c.tif", "d.bmp", "e.dcm", "f.jfif", "g.IMA", "h.dicom")
    put(tmp_path, "IM0001", "series/1.2.840.113", "series/x.001", content=PREAMBLE)
    put(tmp_path, "photo", "photo.old", content=encoded("JPEG"))
    put(tmp_path, "scan.png_", content=encoded("PNG"))
    put(tmp_path, "list.txt", "README", content=b"BM, the museum's list of images")
    found = search(tmp_path)
    assert found.images == tuple(
        sorted(["IM0001", "a.PNG", "b.jpeg", "c.tif", "d.bmp", "e.dcm", "f.jfif", "g.IMA", "h.dicom", "photo",
                "photo.old", "scan.png_", "series/1.2.840.113", "series/x.001"])
    )  # fmt: skip
    assert found.notes() == ["Left out: files that are not images (no suffix 1, txt 1)."]


@pytest.mark.parametrize("format", ["PNG", "JPEG", "TIFF", "BMP"])
def test_every_format_that_is_decoded_is_known_by_its_first_bytes(format: str) -> None:
    assert is_image_content(encoded(format)[:132])


def test_dicom_without_a_preamble_is_known_and_text_and_tables_are_not() -> None:
    explicit = struct.pack("<HH2sH", 8, 5, b"CS", 10) + b"ISO_IR 100"
    implicit = struct.pack("<HHI", 8, 5, 10) + b"ISO_IR 100"
    meta = struct.pack("<HH2sH", 2, 0, b"UL", 4) + bytes(4)
    assert [is_image_content(head) for head in (explicit, implicit, meta)] == [True] * 3
    for head in (
        b"",
        b"\x08",
        b"path,label\n",
        b"PK\x03\x04",
        b"%PDF-1.7",
        bytes(132),
        b"\x08\0\x05\0\xff\xff\xff\xff",
    ):
        assert not is_image_content(head)


def test_slides_and_camera_files_that_begin_as_tiff_are_named_by_suffix(tmp_path: Path) -> None:
    put(tmp_path, "s.svs", "c.NEF", content=encoded("TIFF"))
    assert left_out(tmp_path) == {finding.OTHERS: {"svs": 1, "nef": 1}}


def test_only_files_whose_suffix_does_not_tell_are_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, *(f"{number}.jpg" for number in range(20)), "IM1", "note.txt")
    opened = []
    monkeypatch.setattr(finding, "is_image", lambda path, name: opened.append(name) is not None)
    search(tmp_path)
    assert sorted(opened) == ["IM1", "note.txt"]


# --- left out


def test_what_systems_make_is_left_out_everywhere(tmp_path: Path) -> None:
    put(
        tmp_path,
        "a.png",
        "._a.png",
        ".b.png",
        "Thumbs.db",
        "sub/desktop.ini",
        "sub/c.png",
        "DICOMDIR",
        content=PREAMBLE,
    )
    put(tmp_path, "__MACOSX/d.png", "sub/@eaDir/c.png/SYNOPHOTO_THUMB_S.jpg", "$RECYCLE.BIN/e.png", ".thumbnails/f.png")
    put(tmp_path, "sub/.ipynb_checkpoints/c-checkpoint.png", "#recycle/g.png", "System Volume Information/h.png")
    put(tmp_path, "@Recently-Snapshot/i.png", "Network Trash Folder/j.png", "sub/Icon\r", "RECYCLER/k.png")
    found = search(tmp_path)
    assert found.images == ("a.png", "sub/c.png")
    assert found.notes() == ["Left out: hidden files and folders, and those that systems make (16)."]


def test_a_folder_called_as_an_image_is_searched(tmp_path: Path) -> None:
    put(tmp_path, "a.png/b.png")
    assert search(tmp_path).images == ("a.png/b.png",)


def test_masks_beside_their_images_are_left_out_and_others_called_so_are_not(tmp_path: Path) -> None:
    put(
        tmp_path,
        "benign (1).png",
        "benign (1)_mask.png",
        "benign (1)_mask_1.png",
        "ISIC_1.jpg",
        "ISIC_1_segmentation.png",
    )
    put(tmp_path, "with_mask_7.jpg", "unmask.png", "mask.png")
    put(tmp_path, "COVID/images/1.png", "COVID/masks/1.png", "COVID/images/2.png", "COVID/masks/2_mask.png")
    put(tmp_path, "masks/surgical-1.png")
    found = search(tmp_path)
    assert found.images == (
        "COVID/images/1.png", "COVID/images/2.png", "ISIC_1.jpg", "benign (1).png", "mask.png", "masks/surgical-1.png",
        "unmask.png", "with_mask_7.jpg",
    )  # fmt: skip
    assert found.notes() == [
        "Left out: segmentation masks, called as the image beside them and _mask or the like (5); to judge them as "
        "images, list them in a CSV file."
    ]


def test_names_that_are_not_utf8_are_left_out_and_named(tmp_path: Path) -> None:
    put(tmp_path, "a.png", os.fsdecode(b"m\xe9lanome.png"), os.fsdecode(b"caf\xe9") + "/b.png")
    found = search(tmp_path)
    assert found.images == ("a.png",)
    (note,) = found.notes()
    assert note == "Left out: names that are not UTF-8 ('caf\\udce9', 'm\\udce9lanome.png'); rename them."
    assert note.isprintable()


def test_what_is_no_ordinary_file_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere.png")
    assert left_out(tmp_path) == {finding.NO_FILES: {"pipe": 1, "pipe.png": 1}, finding.LINKED_NOWHERE: {"gone.png": 1}}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    put(tmp_path, "shut/a.png", "b.png")
    (tmp_path / "shut").chmod(0)
    assert left_out(tmp_path) == {finding.UNREADABLE: {"shut": 1}}
    (tmp_path / "shut").chmod(0o700)


# --- links


def test_linked_folders_are_searched_once_and_never_upwards(tmp_path: Path) -> None:
    put(tmp_path, "store/p1/1.png", "store/p2/2.png", "set/benign/0.png", "set/malignant/3.png", "beside.png")
    links = {
        "benign/p1": "store/p1",
        "malignant/p2": "store/p2",
        "again": "store/p2",
        "latest": "set/malignant",
        "benign/round": "set",
        "benign/up": "",
    }
    for link, target in links.items():
        (tmp_path / "set" / link).symlink_to(tmp_path / target)
    found = search(tmp_path / "set")
    assert len(found.images) == 4
    assert {"benign/0.png", "malignant/3.png", "benign/p1/1.png"} < set(found.images)
    assert sum(found.left_out[finding.LINKED_TWICE].values()) == 4
    assert "links to folders that are searched already" in found.notes()[0]


def test_links_in_circles_lead_nowhere(tmp_path: Path) -> None:
    put(tmp_path, "a/1.png")
    for link, target in {"a/x": "y", "a/y": "x", "a/z.png": "z.png"}.items():
        (tmp_path / link).symlink_to(target)
    found = search(tmp_path)
    assert found.images == ("a/1.png",)
    assert found.notes() == ["Left out: links that lead nowhere ('x', 'y', 'z.png')."]


def test_an_image_of_a_real_folder_is_never_found_through_a_link_to_it(tmp_path: Path) -> None:
    put(tmp_path, "z/1.png")
    (tmp_path / "a").symlink_to(tmp_path / "z")
    assert search(tmp_path).images == ("z/1.png",)


def test_paths_may_start_above_the_folder(tmp_path: Path) -> None:
    put(tmp_path, "a/b/1.png")
    assert search(tmp_path / "a", tmp_path).images == ("a/b/1.png",)
