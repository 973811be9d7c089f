"""Older versions of named documents: numbered above all there are, never overwritten."""

import json
from pathlib import Path

import pytest

from riskcore import versions
from riskcore.errors import InputError, RunError
from riskcore.files import acquired


def numbers(folder: Path) -> dict[str, int]:
    """File -> the number in it, of all documents."""
    return {file.stem: json.loads(file.read_text())["number"] for file in sorted(folder.glob("[!.]*.json"))}


def test_a_gap_is_not_filled_and_nothing_is_overwritten(tmp_path: Path) -> None:
    for number in range(4):
        versions.save(tmp_path, "m", {"number": number})
    (tmp_path / "m.v1.json").unlink()  # as a user tidies up
    versions.save(tmp_path, "m", {"number": 4})
    assert numbers(tmp_path) == {"m": 4, "m.v2": 1, "m.v3": 2, "m.v4": 3}
    assert versions.versions(tmp_path, "m") == ["m.v2", "m.v3", "m.v4"]


def test_numbers_go_on_above_the_largest_also_where_the_case_differs(tmp_path: Path) -> None:
    (tmp_path / "M.v7.json").write_text('{"number": 7}')
    versions.save(tmp_path, "m", {"number": 0})
    versions.save(tmp_path, "m", {"number": 1})
    assert numbers(tmp_path) == {"M.v7": 7, "m": 1, "m.v8": 0}


def test_a_damaged_document_is_kept_as_a_version(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text("{")
    versions.save(tmp_path, "m", {"number": 1})
    assert (tmp_path / "m.v1.json").read_text() == "{"
    assert json.loads((tmp_path / "m.json").read_text()) == {"number": 1}


def test_what_no_file_can_hold_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"the text 'a\\udcff\.png' holds a sign that no file can hold"):
        versions.save(tmp_path, "m", {"sample": "a\udcff.png"})
    assert numbers(tmp_path) == {}


def test_a_folder_that_is_locked_for_long_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "_WAIT", 0.1)
    held = acquired(tmp_path / ".lock", 0)
    assert held is not None
    with pytest.raises(RunError, match=r"m\.json: another process keeps this folder locked; try again when"):
        versions.save(tmp_path, "m", {"number": 1})
    held.release()
