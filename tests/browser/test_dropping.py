"""Images dropped in a browser become a data set; large files go to the disk and never through the server's memory."""

import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from riskcore.data.registry import load_dataset
from riskcore.severity.store import load_matrix
from riskcore.workspace import Workspace
from tests.conftest import write_patches
from tests.helpers.browsers import settle
from tests.helpers.first_sight import HIGHEST, MOST_WORDS, first_sight
from tests.helpers.servers import Server

MINUTE = 60_000.0
LARGE = 260 * 2**20
"""Bytes; Streamlit itself takes 200 MB a file."""


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Ten images a class."""
    return write_patches(tmp_path / "images" / "skin", images_a_class=10)


@pytest.fixture
def server(serve: Callable[..., Server], tmp_path: Path) -> Server:
    return serve(tmp_path / "home")


def packed(images: Path) -> Path:
    return Path(shutil.make_archive(str(images.parents[1] / "skin"), "zip", images.parent))


def lying(server: Server) -> list[str]:
    return [path.name for path in Workspace(server.home).uploads.iterdir()]


def seen_by_class(page: Page) -> None:
    expect(page.get_by_role("button", name="Choose other images")).to_be_visible(timeout=MINUTE)
    settle(page)
    expect(page.get_by_role("img", name=re.compile("^malignant: "))).to_have_count(8)
    expect(page.get_by_text("10 images")).to_have_count(3)
    seen = first_sight(page)
    assert seen.top < HIGHEST
    assert len(seen.words) <= MOST_WORDS
    assert not seen.cut


def test_from_a_dropped_zip_to_its_matrix_and_to_training(server: Server, page: Page, images: Path) -> None:
    page.goto(f"{server.address}/datasets")
    settle(page)
    seen = first_sight(page)
    assert seen.top < HIGHEST  # where images are dropped
    assert len(seen.words) <= MOST_WORDS
    assert not seen.cut
    page.locator("input[type=file]").first.set_input_files(packed(images))
    seen_by_class(page)
    page.get_by_role("button", name="Register", exact=True).click()
    expect(page.get_by_text("Next: its severity matrix")).to_be_visible(timeout=MINUTE)
    settle(page)
    here = Workspace(server.home)
    assert lying(server) == ["skin"]
    assert len(load_dataset(here, "skin")) == 30
    page.get_by_role("link", name="Write it for its classes").click()
    choose_group(page, "malignant", "malignant")
    button(page, "Set groups and severities").click()
    settle(page)
    button(page, "Save").click()
    page.get_by_role("textbox", name="Save under this name").fill("skin")
    button(page, "Save the matrix").click()
    expect(page.get_by_text("Saved skin.")).to_be_visible(timeout=MINUTE)
    assert load_matrix(here, "skin").groups == {"benign": "benign", "malignant": "malignant", "unsure": "benign"}
    page.goto(f"{server.address}/datasets")
    settle(page)
    expect(page.get_by_text("Next: train with matrix skin")).to_be_visible()
    page.get_by_role("link", name="Train on it").click()
    expect(page.get_by_role("button", name=re.compile(r"^Train \d+ runs? on skin$"))).to_be_visible(timeout=MINUTE)


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def choose_group(page: Page, label: str, group: str) -> None:
    page.get_by_role("combobox", name=re.compile(f"{label}$")).click(timeout=MINUTE)
    page.get_by_role("option", name=group, exact=True).click()
    settle(page)


def test_a_dropped_folder(server: Server, page: Page, images: Path) -> None:
    page.goto(f"{server.address}/datasets")
    settle(page)
    page.locator("input[type=file]").nth(1).set_input_files(images)
    seen_by_class(page)
    page.get_by_role("button", name="Register", exact=True).click()
    expect(page.get_by_text("Next: its severity matrix")).to_be_visible(timeout=MINUTE)
    assert lying(server) == ["skin"]
    manifest = load_dataset(Workspace(server.home), "skin")
    assert (manifest.root / "benign" / "003.png").read_bytes() == (images / "benign" / "003.png").read_bytes()


def test_a_large_zip_is_never_in_memory_and_one_that_is_refused_leaves_nothing(
    server: Server, page: Page, images: Path
) -> None:
    path = packed(images)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_STORED) as archive, archive.open("skin/large.bin", "w") as file:
        for _ in range(LARGE // 2**20):
            file.write(bytes(2**20))
    page.goto(f"{server.address}/datasets")
    settle(page)
    before = peak(server)
    page.locator("input[type=file]").first.set_input_files(path)
    seen_by_class(page)
    assert peak(server) - before < LARGE / 2
    expect(page.get_by_text("files that are not images (bin 1)")).to_be_visible()
    page.get_by_role("button", name="Choose other images").click()
    settle(page)
    assert lying(server) == []
    path.write_bytes(path.read_bytes()[:5000])
    page.locator("input[type=file]").first.set_input_files(path)
    expect(page.get_by_text("skin.zip: the zip file is damaged, cut short")).to_be_visible(timeout=MINUTE)
    assert lying(server) == []


def peak(server: Server) -> int:
    """Bytes that the largest process of the server has taken at once."""
    group, found = server.group, [0]
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text, stat = status.read_text(), (status.parent / "stat").read_text()
        except OSError:  # it has ended
            continue
        if int(stat.rpartition(")")[2].split()[2]) == group and (most := re.search(r"VmHWM:\s+(\d+) kB", text)):
            found.append(1024 * int(most[1]))
    return max(found)
