"""Zip files made to harm, and honest ones of odd makers: what is written, what is refused, and that nothing is left."""

import io
import stat
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from riskcore.data.arrivals import zip_file
from riskcore.data.arrivals.zip_file import is_zip, unpack
from riskcore.errors import InputError

ROOT = Path(__file__).parents[3]
Pack = Callable[..., Path]


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    """Makes a zip file of (name or entry, content)."""

    def pack(*files: tuple[str | zipfile.ZipInfo, bytes], name: str = "skin.zip") -> Path:
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for entry, content in files:
                archive.writestr(entry, content)
        return tmp_path / name

    return pack


def unpacked(path: Path) -> tuple[dict[str, bytes], dict[str, int]]:
    """What lies in the folder afterwards, and what was left out."""
    folder = path.parent / "new"
    folder.mkdir()
    left = unpack(path, folder, path.name)
    files = [file for file in folder.rglob("*") if not file.is_dir()]
    assert all(file.is_file() and not file.is_symlink() and not file.stat().st_mode & 0o111 for file in files)
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}, {
        reason: sum(counted.values()) for reason, counted in left.items()
    }


def refused(path: Path) -> str:
    folder = path.parent / "new"
    folder.mkdir(exist_ok=True)
    before = sorted(path.parent.iterdir())
    with pytest.raises(InputError) as caught:
        unpack(path, folder, path.name)
    assert sorted(path.parent.iterdir()) == before  # nothing was written beside the folder
    message = str(caught.value)
    assert message.startswith(f"{path.name}: ")
    assert "\n" not in message
    assert len(message) < 250
    return message


def with_mode(name: str, mode: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.create_system, entry.external_attr = 3, mode << 16
    return entry


def test_folders_and_files_come_out_as_they_were(pack: Pack) -> None:
    path = pack(("skin/ill/1.png", b"one"), ("skin/well/2.png", b"two"), ("skin/empty/", b""), ("list.csv", b"path"))
    files, left = unpacked(path)
    assert files == {"skin/ill/1.png": b"one", "skin/well/2.png": b"two", "list.csv": b"path"}
    assert left == {}
    assert (path.parent / "new" / "skin" / "empty").is_dir()


@pytest.mark.parametrize(
    "name",
    ["../evil.png", "a/../../evil.png", "/etc/evil.png", "\\evil.png", "..\\evil.png", "C:\\evil.png", "c:evil.png",
     "//server/share/evil.png", "a/.."],
)  # fmt: skip
def test_names_that_lead_out_are_refused(pack: Pack, name: str) -> None:
    path = pack(("a/fine.png", b"fine"), (name, b"evil"))
    assert "leads out of the folder that it is unpacked into" in refused(path)
    assert list((path.parent / "new").iterdir()) == []  # all is judged before anything is written


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
def test_links_and_devices_are_refused(pack: Pack, kind: int) -> None:
    path = pack(("a/fine.png", b"fine"), (with_mode("a/link.png", kind | 0o777), b"/etc/passwd"))
    assert "'a/link.png' is a link or no ordinary file" in refused(path)


def test_programs_lose_their_right_to_run(pack: Pack) -> None:
    files, _ = unpacked(pack((with_mode("a/run.png", stat.S_IFREG | 0o4777), b"#!/bin/sh")))
    assert files == {"a/run.png": b"#!/bin/sh"}


def test_what_systems_hide_is_left_out_and_counted(pack: Pack) -> None:
    hidden = ["__MACOSX/a/._1.png", "a/.DS_Store", "a/Thumbs.db", ".git/config", "a/.tmp-inner"]
    files, left = unpacked(pack(("a/1.png", b"1"), *((name, b"x") for name in hidden)))
    assert files == {"a/1.png": b"1"}
    assert left == {zip_file_reason("hidden"): 5}


def zip_file_reason(word: str) -> str:
    from riskcore.data import finding
    from riskcore.data.arrivals import names

    (reason,) = (text for text in (finding.HIDDEN, names.UNSHOWN) if word in text)
    return reason


@pytest.mark.parametrize(
    "name", ["a/\u202egnp.exe", "a/b\x1b[2J.png", "a/\u200b.png", f"a/{'x' * 256}.png", "d/" * 501 + "x"]
)
def test_names_that_cannot_be_shown_or_kept_are_left_out(pack: Pack, name: str) -> None:
    files, left = unpacked(pack(("a/1.png", b"1"), (name, b"x")))
    assert files == {"a/1.png": b"1"}
    assert left == {zip_file_reason("nobody can see"): 1}


def test_separators_of_windows_are_folders(pack: Pack) -> None:
    assert set(unpacked(pack(("skin\\ill\\1.png", b"1"), ("skin\\well\\2.png", b"2")))[0]) == {
        "skin/ill/1.png", "skin/well/2.png",
    }  # fmt: skip


def raw(name: bytes, flags: int = 0) -> bytes:
    """A zip file of one stored file "x" whose name is these bytes."""
    crc = 0x8CDC1683
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, flags, 0, 0, 0, crc, 1, 1, len(name), 0) + name + b"x"
    central = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, flags, 0, 0, 0, crc, 1, 1, len(name), 0, 0, 0, 0, 0, 0)
    central += name
    return local + central + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(central), len(local), 0)


@pytest.mark.parametrize(
    ("name", "flags", "place"),
    [
        ("Größe/1.png".encode(), 0x800, "Größe/1.png"),
        ("Größe/1.png".encode(), 0, "Größe/1.png"),  # macOS writes UTF-8 without saying so
        ("Größe/1.png".encode("cp437"), 0, "Größe/1.png"),
        (b"a/\xff\xfe.png", 0, "a/\u00a0\u25a0.png"),
        (b"a/1.png\0../../evil", 0, "a/1.png"),
    ],
)
def test_bytes_of_names(tmp_path: Path, name: bytes, flags: int, place: str) -> None:
    path = tmp_path / "skin.zip"
    path.write_bytes(raw(name, flags))
    files, left = unpacked(path)
    assert files == {place: b"x"} if place.isprintable() else left


def test_a_name_that_claims_to_be_utf8_and_is_not(tmp_path: Path) -> None:
    path = tmp_path / "skin.zip"
    path.write_bytes(raw(b"a/\xff.png", 0x800))
    assert "damaged, cut short" in refused(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "names",
    [("a/1.png", "a/1.png"), ("a/1.png", "A/1.PNG"), ("a/\u00e9.png", "a/e\u0301.png"), ("a/1.png", "a\\1.png"),
     ("a", "a/1.png"), ("a/1.png", "a"), ("a", "A/"), ("a/./1.png", "a/1.png")],
)  # fmt: skip
def test_two_files_of_one_place_are_refused(pack: Pack, names: tuple[str, str]) -> None:
    path = pack(*((name, b"") for name in names))
    assert "are one place on some systems; rename one." in refused(path)
    assert list((path.parent / "new").iterdir()) == []


def test_the_same_folder_may_be_named_often(pack: Pack) -> None:
    assert set(unpacked(pack(("a/", b""), ("a/1.png", b""), ("A/2.png", b"")))[0]) == {"a/1.png", "A/2.png"}


def test_a_bomb_is_refused_before_anything_is_written(pack: Pack) -> None:
    path = pack(("a/1.png", bytes(101 * 2**20)))
    assert path.stat().st_size < 200_000
    assert "times its size, as no images do" in refused(path)
    assert list((path.parent / "new").iterdir()) == []


def test_a_bomb_of_files_that_share_their_bytes_is_refused(pack: Pack) -> None:
    """Many entries that point at the same compressed bytes: small in the file, each with its own size."""
    path = pack(("a/1.png", bytes(10 * 2**20)))
    with zipfile.ZipFile(path, "a") as archive:
        (first,) = archive.infolist()
        for number in range(2, 200):
            again = zipfile.ZipInfo(f"a/{number}.png")
            for name in ("CRC", "compress_size", "file_size", "compress_type", "header_offset"):
                setattr(again, name, getattr(first, name))
            archive.filelist.append(again)
        archive._didModify = True  # type: ignore[attr-defined]
    assert "times its size" in refused(path)


def test_a_bomb_inside_a_zip_is_refused(pack: Pack) -> None:
    inner = pack(("a/1.png", bytes(101 * 2**20)), name="inner.zip").read_bytes()
    assert "times its size" in refused(pack(("inner.zip", inner)))


def test_a_size_that_lies_is_found_and_no_more_is_written_than_it_says(pack: Pack) -> None:
    path = pack(("a/1.png", bytes(50 * 2**20)))
    content = bytearray(path.read_bytes())
    for sign, place in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        struct.pack_into("<L", content, content.index(sign) + place, 1000)
    path.write_bytes(content)
    assert "damaged" in refused(path)
    assert (path.parent / "new" / "a" / "1.png").stat().st_size <= 1000


def test_more_than_is_unpacked_is_refused(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    path = pack(*((f"a/{number}.png", b"0123456789") for number in range(9)))
    for limit, value, words in [
        ("MOST_FILES", 8, "9 files, more than the 8"),
        ("MOST_BYTES", 89, "unpacked it takes"),
        ("MOST_PACKED", 100, "more than the 0.0 GB that are taken in"),
        ("MOST_CONTENTS", 100, "the table of contents takes more than"),
    ]:
        with monkeypatch.context() as patched:
            patched.setattr(zip_file, limit, value)
            assert words in refused(path)
    monkeypatch.setattr(zip_file.shutil, "disk_usage", lambda folder: type("Usage", (), {"free": 10}))
    assert "are free in the workspace" in refused(path)


def test_a_hundred_thousand_files_are_judged_in_seconds_and_little_memory(tmp_path: Path) -> None:
    """300,000 entries, more than are unpacked: the whole process stays small, whatever the table of contents says."""
    names = [f"a/{number}.png".encode() for number in range(300_000)]
    with (tmp_path / "many.zip").open("wb") as file:
        file.write(raw(b"a/x.png")[: 30 + 7 + 1])
        start = file.tell()
        for name in names:
            file.write(struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 0, 0, 0, 0, 1, 1, len(name), *[0] * 6) + name)
        size = file.tell() - start
        # Counts beyond 65,535 stand in the record of zip64.
        end = file.tell()
        file.write(struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, len(names), len(names), size, start))
        file.write(struct.pack("<4sLQL", b"PK\6\7", 0, end, 1))
        file.write(struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0))
    began = time.monotonic()
    assert "it holds 300,000 files, more than the 200,000" in refused(tmp_path / "many.zip")
    assert time.monotonic() - began < 30


def test_files_with_a_password_are_refused(pack: Pack) -> None:
    path = pack(("a/1.png", b"secret"))
    content = bytearray(path.read_bytes())
    for sign, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(sign) + place] |= 1
    path.write_bytes(content)
    assert "'a/1.png' is locked with a password" in refused(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_methods_of_unbounded_memory_are_refused(pack: Pack, method: int) -> None:
    path = pack(("a/1.png", b"1"))
    with zipfile.ZipFile(path, "a", method) as archive:
        archive.writestr("a/2.png", b"2")
    assert "is packed in a way that is not read" in refused(path)


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9, 0.99])
def test_what_is_cut_short_is_refused(pack: Pack, keep: float) -> None:
    path = pack(*((f"a/{number}.png", bytes(range(256)) * 9) for number in range(20)))
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
    assert "damaged, cut short or one part of several" in refused(path)


@pytest.mark.parametrize("place", ["middle", "contents"])
def test_what_is_damaged_is_refused(pack: Pack, place: str) -> None:
    path = pack(("a/1.png", bytes(i * 7919 % 251 for i in range(9000))))
    content = bytearray(path.read_bytes())
    start = content.index(b"PK\1\2") if place == "contents" else len(content) // 2
    content[start : start + 20] = bytes(20)
    path.write_bytes(content)
    assert "damaged" in refused(path)


@pytest.mark.parametrize(
    "content", [b"", b"Rar!\x1a\x07\x01\x00", b"<html>not found</html>", b"7z\xbc\xaf\x27\x1c", bytes(99)]
)
def test_what_is_only_called_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "skin.zip").write_bytes(content)
    assert "this is no zip file; pack the folder as a zip." in refused(tmp_path / "skin.zip")
    assert is_zip(tmp_path / "skin.zip")
    assert not is_zip(tmp_path)


def test_zip64_and_bytes_in_front_are_read(tmp_path: Path) -> None:
    path = tmp_path / "skin.zip"
    with zipfile.ZipFile(path, "w") as archive, archive.open("a/1.png", "w", force_zip64=True) as file:
        file.write(b"large")
    path.write_bytes(b"#!/bin/sh of a self-extracting file\n" + path.read_bytes())
    assert unpacked(path)[0] == {"a/1.png": b"large"}


def test_a_zip_in_a_zip_is_looked_through_once(pack: Pack) -> None:
    inner = pack(("skin/ill/1.png", b"1"), name="inner.zip").read_bytes()
    twice = pack(("inner.zip", inner), ("__MACOSX/._inner.zip", b"x"), name="twice.zip")
    files, left = unpacked(twice)
    assert files == {"skin/ill/1.png": b"1"}
    assert sum(left.values()) == 1
    assert not list((twice.parent / "new").glob(".tmp-*"))


def test_several_zips_in_a_zip_stay_files(pack: Pack) -> None:
    inner = pack(("ill/1.png", b"1"), name="inner.zip").read_bytes()
    assert set(unpacked(pack(("a.zip", inner), ("b.zip", inner)))[0]) == {"a.zip", "b.zip"}


def test_a_large_file_takes_little_memory(tmp_path: Path) -> None:
    """Half a gigabyte of noise, in a process that reports its peak."""
    block = bytes(i * 7919 % 251 for i in range(2**16)) * 16
    with zipfile.ZipFile(tmp_path / "skin.zip", "w") as archive, archive.open("a/1.png", "w", force_zip64=True) as file:
        for _ in range(256):
            file.write(block)
    (tmp_path / "new").mkdir()
    program = (
        "import resource, sys; from pathlib import Path\n"
        "from riskcore.data.arrivals.zip_file import unpack\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "unpack(Path(sys.argv[1]), Path(sys.argv[2]), 'skin.zip')\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "skin.zip"), str(tmp_path / "new")],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    assert (tmp_path / "new" / "a" / "1.png").stat().st_size == 256 * 2**20
    assert int(done.stdout) < 50_000  # kilobytes


def test_progress_is_told(pack: Pack) -> None:
    path = pack(*((f"a/{number}.png", b"") for number in range(120)))
    (path.parent / "new").mkdir()
    told: list[tuple[int, int, str]] = []
    unpack(path, path.parent / "new", "skin.zip", lambda *step: told.append(step))
    assert told == [(done, 120, "unpacking skin.zip") for done in (50, 100, 120)]


def test_a_stream_is_never_read_whole(pack: Pack) -> None:
    """The table of contents is the one large piece, and it has a limit."""
    stream = zip_file._Bounded(io.BytesIO(bytes(10)), "skin.zip")
    assert stream.read() == bytes(10)
