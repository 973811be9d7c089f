"""Predict as a person uses it: drop, look closely, filter, say what one thinks, print on one sheet."""

import csv
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from pages.kit.assets import asset_path, asset_text
from riskcore.formats import RESEARCH_USE
from riskcore.reports.case_sheet import Case, Picture, case_sheet
from riskcore.words.images.reviews import COLUMNS, LONGEST_NOTE, Review, reviewed
from riskcore.workspace import Workspace
from tests.helpers.browsers import settle, visiting
from tests.helpers.made_workspace import add_run, make_usable
from tests.helpers.servers import Server
from tests.reports.test_case_sheet import BUNDLE, CALL, CLASSES, PRINTED

A4 = (595, 842)
"""Width and height in points."""


@pytest.fixture
def dark(browser: Browser) -> Iterator[Page]:
    """A visitor who has chosen the dark theme."""
    with visiting(browser, viewport={"width": 1280, "height": 720}, color_scheme="dark") as page:
        yield page


@pytest.fixture
def images(patches: Path) -> list[Path]:
    return sorted((patches / "benign").iterdir())[:2]


@pytest.fixture
def judged(workspace: Workspace, serve: Callable[..., Server], images: list[Path], dark: Page) -> Page:
    """Two images that were dropped: both are called benign, with 30 % malignant."""
    make_usable(add_run(workspace))
    dark.goto(f"{serve(workspace.root).address}/predict")
    settle(dark)
    zone = dark.get_by_test_id("stFileUploaderDropzone").bounding_box()
    assert zone is not None
    assert zone["y"] < 400
    assert zone["height"] > 200
    dark.locator("input[type=file]").set_input_files(images)
    expect(dark.get_by_role("img", name=re.compile("^Image "))).to_have_count(2, timeout=60_000)
    settle(dark)
    return dark


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).first.click()
    settle(page)


def colour_of(page: Page, selector: str) -> str:
    found: str = page.locator(selector).first.evaluate("element => getComputedStyle(element).backgroundColor")
    return found


def test_a_click_on_a_picture_opens_it_large_and_the_keyboard_does_too(judged: Page) -> None:
    small = judged.get_by_role("img", name=re.compile("^Image 1: ")).bounding_box()
    assert small is not None
    assert small["y"] < 400
    judged.mouse.click(small["x"] + small["width"] / 2, small["y"] + small["height"] / 2)
    large = judged.get_by_role("dialog").get_by_role("img", name=re.compile("^Image 1, large: "))
    expect(large).to_be_visible()
    settle(judged)
    box = large.bounding_box()
    assert box is not None
    assert box["height"] > 1.5 * small["height"]
    judged.keyboard.press("Escape")
    expect(judged.get_by_role("dialog")).to_have_count(0)
    judged.get_by_role("button", name="Enlarge image 2").focus()
    judged.keyboard.press("Enter")
    expect(judged.get_by_role("dialog").get_by_role("img", name=re.compile("^Image 2, large: "))).to_be_visible()


def test_a_case_prints_on_one_light_sheet_from_the_dark_theme(judged: Page, images: list[Path], tmp_path: Path) -> None:
    press(judged, "Page for printing")
    sheet = judged.locator(".case-sheet")
    expect(sheet).to_be_visible()
    assert colour_of(judged, "[data-testid=stApp]") != "rgb(255, 255, 255)"
    assert colour_of(judged, ".case-sheet") == "rgb(255, 255, 255)"
    judged.emulate_media(media="print", color_scheme="dark")
    assert colour_of(judged, "body") == colour_of(judged, "[data-testid=stApp]") == "rgb(255, 255, 255)"
    shown = judged.locator("body").inner_text()
    for said in (RESEARCH_USE, "High risk of a dangerous miss", "Model says benign", images[0].name, "plain, patches"):
        assert said in shown
    for left_away in ("Overview", "Copy link", "Keep", "Back to all images", "Print\n"):
        assert left_away not in shown
    pdf = judged.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    box = re.search(rb"/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)", pdf)
    assert box is not None
    assert (float(box[1]), float(box[2])) == pytest.approx(A4, abs=1)
    judged.emulate_media(media="screen", color_scheme="dark")
    press(judged, "Back to all images")
    expect(judged.get_by_role("img", name=re.compile("^Image "))).to_have_count(2)


def test_the_fullest_case_is_one_sheet_too(dark: Page) -> None:
    key, words = reviewed(f"{'a long name ' * 20}.png", "e" * 64, BUNDLE), "word " * (LONGEST_NOTE // 5)
    pictures = tuple(Picture(asset_path("logo.svg").read_bytes(), "a long name " * 8) for _ in range(2))
    synthetic = replace(BUNDLE, provenance={**BUNDLE.provenance, "synthetic": True}, absent=tuple(CLASSES[2:9]))
    sheet = case_sheet(Case(key, CALL, pictures, "focal with severity", Review(False, words)), synthetic, PRINTED)
    dark.set_content(f"<style>{asset_text('case_sheet.css')}</style>{sheet}")
    dark.set_viewport_size({"width": 703, "height": 1032})  # A4 between its margins
    dark.emulate_media(media="print")
    whole = dark.locator(".case-sheet").evaluate("sheet => sheet.scrollHeight <= sheet.clientHeight")
    assert whole, "something is cut off"
    assert len(re.findall(rb"/Type\s*/Page\b", dark.pdf(prefer_css_page_size=True))) == 1


def test_what_one_thinks_of_a_call_is_downloaded_and_kept_on_request(
    judged: Page, images: list[Path], workspace: Workspace, tmp_path: Path
) -> None:
    judged.get_by_role("radio", name="Disagree").first.click()
    settle(judged)
    note = judged.get_by_role("textbox", name="Note on image 1")
    note.fill("looks like keratosis")
    note.press("Enter")
    settle(judged)
    assert not (workspace.root / "reviews").exists()
    press(judged, "Keep")
    with judged.expect_download() as download:
        judged.get_by_role("button", name="Download the reviews (CSV)").click()
    download.value.save_as(tmp_path / "reviews.csv")
    with (tmp_path / "reviews.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert [(row["image"], row["call"], row["agree"], row["note"]) for row in rows] == [
        (images[0].name, "benign", "no", "looks like keratosis"),
        (images[1].name, "benign", "", ""),
    ]
    assert [row["sha256"] for row in rows] == [hashlib.sha256(image.read_bytes()).hexdigest() for image in images]
    judged.get_by_text("Keep my reviews in this workspace").click()
    settle(judged)
    (kept,) = (workspace.root / "reviews").glob("*.csv")
    assert "looks like keratosis" in kept.read_text()


def test_a_level_in_the_address_survives_a_reload(judged: Page) -> None:
    judged.get_by_role("radio", name=re.compile("High 2")).click()
    settle(judged)
    expect(judged).to_have_url(re.compile("predict_level=high"))
    judged.goto(f"{judged.url}&predict_examples=yes")
    settle(judged)
    expect(judged.get_by_role("radio", name=re.compile("High"))).to_be_checked()
