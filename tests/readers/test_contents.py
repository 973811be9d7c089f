"""What can be the matter with a file itself: every reader says it in one line and never waits."""

import os
from pathlib import Path

import pytest

from riskcore.errors import InputError
from riskcore.readers import read_csv, read_header, read_json, read_sheet, read_yaml

READERS = (read_json, read_yaml, read_csv, read_sheet)


def refusal(read, path: Path, **limits: int) -> str:
    with pytest.raises(InputError) as caught:
        read(path, **limits)
    message = str(caught.value)
    assert message.isprintable()
    return message


@pytest.mark.parametrize("read", READERS)
def test_what_is_no_readable_file_is_refused(read, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert refusal(read, tmp_path / "pipe").endswith("this is no regular file; give the path of one.")
    assert "cannot be read (Is a directory)" in refusal(read, tmp_path)
    assert "cannot be read (No such file or directory)" in refusal(read, tmp_path / "none")
    assert "cannot be read (File name too long)" in refusal(read, tmp_path / ("x" * 300))
    assert "cannot be read (Not a directory)" in refusal(read, Path("/dev/null/x"))
    assert "no regular file" in refusal(read, Path("/dev/zero"))
    assert "no file can have this name" in refusal(read, tmp_path / "a\0b")
    assert "no file can have this name" in refusal(read, tmp_path / "a\ud800")


@pytest.mark.parametrize("read", READERS)
def test_a_file_over_the_limit_is_refused(read, tmp_path: Path) -> None:
    file = tmp_path / "large"
    file.write_bytes(b" " * 2**20 + b"x")
    assert refusal(read, file, most=2**20).endswith("larger than 1 MiB, the most that is read; make it smaller.")


@pytest.mark.parametrize("read", [read_json, read_yaml, read_csv])
def test_bytes_that_are_no_text_are_refused_with_their_line(read, tmp_path: Path) -> None:
    file = tmp_path / "binary"
    file.write_bytes(b"a: 1\nb: \xff\xfe")
    assert refusal(read, file) == f"{file}: not UTF-8 text (line 2); save it as UTF-8."


def test_a_byte_order_mark_is_no_content(tmp_path: Path) -> None:
    file = tmp_path / "marked"
    file.write_bytes(b"\xef\xbb\xbf{}")
    assert read_json(file) == {}


@pytest.mark.parametrize("name", ["pipe", "none", "folder"])
def test_a_header_is_looked_for_in_files_only(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    assert read_header(tmp_path / name) == []
