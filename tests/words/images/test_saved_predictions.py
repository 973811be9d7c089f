import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from riskcore.errors import RunError
from riskcore.words.images.saved_predictions import safe_name, save_predictions
from riskcore.workspace import Workspace

TABLE = pd.DataFrame({"image": ["../../a.png", "notes.txt", "a.png"], "error": [None, "notes.txt: no image.", None]})
IMAGES = [(0, "../../a.png", b"first"), (2, "a.png", b"third")]


def test_table_images_and_provenance_are_stored_below_the_workspace(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    folder = save_predictions(workspace, TABLE, iter(IMAGES), {"run": "r"})
    assert folder.parent == tmp_path / "predictions"
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()} == {
        f"predictions/{folder.name}/{name}"
        for name in ("about.json", "images/001-a.png", "images/003-a.png", "predictions.csv")
    }
    assert (folder / "images/001-a.png").read_bytes() == b"first"
    assert (folder / "images/003-a.png").read_bytes() == b"third"
    assert json.loads((folder / "about.json").read_text()) == {"run": "r"}
    stored = pd.read_csv(folder / "predictions.csv")
    assert stored["image"].tolist() == TABLE["image"].tolist()
    assert stored["stored_as"].fillna("").tolist() == ["images/001-a.png", "", "images/003-a.png"]
    assert list(TABLE.columns) == ["image", "error"]  # the caller's table stays as it was


def test_two_saves_in_the_same_second_do_not_meet(tmp_path: Path) -> None:
    folders = {save_predictions(Workspace(tmp_path), TABLE, IMAGES, {}) for _ in range(5)}
    assert len(folders) == 5


def test_nothing_is_left_when_it_fails_on_the_way(tmp_path: Path) -> None:
    def images() -> Iterator[tuple[int, str, bytes]]:
        yield IMAGES[0]
        assert list(tmp_path.rglob("001-a.png"))
        raise RunError("the disk is full.")

    with pytest.raises(RunError):
        save_predictions(Workspace(tmp_path), TABLE, images(), {})
    assert list((tmp_path / "predictions").iterdir()) == []


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(self: Path, *arguments: object, **settings: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", deny)
    with pytest.raises(RunError, match=r"permission denied; check the permissions of the folder\.$"):
        save_predictions(Workspace(tmp_path), TABLE, IMAGES, {})


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("lesion 1.png", "lesion_1.png"),
        ("../../../etc/passwd", "passwd"),
        ("..\\..\\windows\\x.dcm", "x.dcm"),
        ("/absolute.png", "absolute.png"),
        (".hidden", "hidden"),
        ("-rf", "rf"),
        ("", "image"),
        ("...", "image"),
        ("..", "image"),
        ("IM000001", "IM000001"),
        ("a\x00b\nc;$(rm).png", "a_b_c_rm_.png"),
        ("日本.png", "png"),
        ("x" * 300 + ".png", "x" * 56 + ".png"),
    ],
)
def test_names_are_made_safe(given: str, safe: str) -> None:
    assert safe_name(given) == safe
