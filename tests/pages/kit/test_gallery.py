"""The gallery: pictures with words, and tiles that say why one cannot be shown."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest


def draw(folder: str, number: int, columns: int) -> None:
    from pathlib import Path

    from pages.kit.gallery import Badge, Picture, gallery

    paths = sorted(Path(folder).iterdir())
    items = [
        Picture(path, f"alt of {path.name}", [f"first {path.name}", "**second**"], Badge("mark", ":material/close:"))
        for path in paths[:number]
    ]
    gallery(items, columns)


def odd(folder: str) -> None:
    from pathlib import Path

    from pages.kit.cached import thumbnail
    from pages.kit.gallery import Picture, gallery

    broken = Path(folder) / "broken.png"
    broken.write_bytes(b"no image")
    good = sorted(Path(folder).glob("0*.png"))[0]
    gallery(
        [
            Picture(Path(folder) / "gone.png", "gone", ["still a caption"]),
            Picture(broken, "broken"),
            Picture(None, "unknown"),
            Picture(thumbnail(good), "ready"),
        ]
    )


@pytest.fixture
def folder(patches: Path) -> str:
    return str(patches / "benign")


def test_pictures_stand_in_rows_with_their_words(folder: str) -> None:
    screen = AppTest.from_function(draw, default_timeout=30, args=(folder, 5, 3)).run()
    assert not screen.exception
    assert [element.proto.imgs[0].alt for element in screen.image] == [f"alt of {n:03}.png" for n in range(5)]
    assert [text.value for text in screen.text] == [f"first {n:03}.png\n**second**" for n in range(5)]  # no markdown
    assert len(screen.columns) == 6  # two rows of three; the last place is empty
    assert sum("mark" in element.value for element in screen.markdown) == 5


def test_nothing_to_show_draws_nothing(folder: str) -> None:
    screen = AppTest.from_function(draw, default_timeout=30, args=(folder, 0, 3)).run()
    assert not screen.exception
    assert not screen.columns


def test_a_picture_that_cannot_be_shown_leaves_a_tile_that_says_so(folder: str) -> None:
    screen = AppTest.from_function(odd, default_timeout=30, args=(folder,)).run()
    assert not screen.exception
    words = [text.value for text in screen.text]
    assert words[0] == "gone.png cannot be shown: there is no such file; check the path."
    assert words[1] == "still a caption"
    assert words[2].startswith("broken.png cannot be shown: the file is not an image")
    assert words[3] == "No picture."
    assert len(screen.image) == 1
    assert not any(folder in word for word in words)  # where files lie on the server is nobody's business
