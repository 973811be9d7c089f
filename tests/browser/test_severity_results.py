"""Severity as a clinician works with it: pictures beside the grid, edits that survive, deleting and taking it back."""

import re
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from pages.kit.assets import asset_text
from riskcore.severity import SeverityMatrix
from riskcore.severity.store import list_matrices, load_matrix, saved_versions
from riskcore.workspace import Workspace
from tests.helpers.browsers import settle, visiting
from tests.helpers.first_sight import HIGHEST, MOST_WORDS, first_sight
from tests.helpers.furnished import furnish
from tests.helpers.servers import Server

NAME = "lesions"


@pytest.fixture(scope="module")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A workspace with images and finished trainings that these tests may change."""
    folder = tmp_path_factory.mktemp("severity")
    furnish(Workspace(folder / "home"), folder / "images")
    server = Server(folder / "home")
    yield server
    server.kill()
    assert "Traceback" not in server.log


def visit(server: Server, page: Page, name: str = NAME) -> Workspace:
    page.goto(f"{server.address}/severity?severity_matrix={name}")
    settle(page)
    expect(page.locator(".grid table")).to_be_visible()
    return Workspace(server.home)


def cells(page: Page) -> Locator:
    return page.locator(".grid td input")


def bars(page: Page) -> Locator:
    return page.locator(".st-key-severity_bars")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_bars_and_images_stand_beside_the_grid(server: Server, browser: Browser, theme: str) -> None:
    with visiting(browser, viewport={"width": 1280, "height": 720}, color_scheme=theme) as page:
        visit(server, page)
        tiles = page.locator(".st-key-severity_strip img")
        expect(tiles.first).to_be_visible()
        expect(bars(page).get_by_text("with caution", exact=True)).to_be_visible()
        for place in (bars(page), tiles.first):
            box = place.bounding_box()
            assert box is not None
            assert box["x"] > 640
            assert box["y"] + box["height"] < 720
        expect(page.get_by_text(re.compile(r"Truth: .+\nBefore: .+\nNow: .+")).first).to_be_visible()
        seen = first_sight(page)
        assert seen.top < HIGHEST
        assert len(seen.words) <= MOST_WORDS
        assert not seen.cut


def test_an_edit_moves_the_bars_and_survives_a_reload(server: Server, page: Page) -> None:
    here = visit(server, page)
    first = cells(page).first
    was = first.input_value()
    first.fill("9")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Unsaved changes")).to_be_visible()
    expect(bars(page).get_by_text("after the edit")).to_be_visible()
    page.reload()
    settle(page)
    expect(cells(page).first).to_have_value("9")
    expect(page.get_by_text("Unsaved changes")).to_be_visible()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(cells(page).first).to_have_value(was)
    expect(page.get_by_text("Unsaved changes")).to_have_count(0)
    assert not list((here.matrices / "drafts").iterdir())


def test_save_with_a_note_delete_and_undo(server: Server, page: Page) -> None:
    here = visit(server, page, "demo")
    cells(page).first.fill("4")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("textbox", name="Save under this name")).to_have_value("my-demo")
    page.get_by_role("textbox", name="Why").fill("first try")
    page.get_by_role("textbox", name="Who says so").fill("Dr A")
    page.get_by_role("button", name="Save the matrix").click()
    expect(page.get_by_role("combobox", name="Matrix")).to_have_value("my-demo")
    said = [(each.name, each.author, each.note) for each in saved_versions(here, "my-demo")]
    assert said == [("my-demo", "Dr A", "first try"), ("my-demo.v0", "", "preset demo")]
    page.locator("summary").filter(has_text="Details").click()
    page.get_by_role("tab", name="Versions").click()
    expect(page.get_by_text(re.compile(r"my-demo · saved .* · Dr A · first try"))).to_be_visible()
    page.get_by_role("button", name="Restore", exact=True).click()
    expect(cells(page).first).not_to_have_value("4")

    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("combobox", name="Matrix")).not_to_have_value("my-demo")
    assert "my-demo" not in list_matrices(here)
    page.locator(".st-key-severity_undo_delete button").first.click()
    expect(page.get_by_role("combobox", name="Matrix")).to_have_value("my-demo")
    expect(page.get_by_text("Unsaved changes")).to_be_visible()  # the restored version was not saved
    assert load_matrix(here, "my-demo") != SeverityMatrix.preset("demo")
    shutil.rmtree(here.matrices / "drafts")


def test_one_cell_of_30_pales_no_other(server: Server, page: Page) -> None:
    visit(server, page, "demo")
    before = page.locator(".grid td[data-level]").evaluate_all("cells => cells.map(cell => cell.dataset.level)")
    page.get_by_label("Truth melanoma, model says naevus", exact=True).fill("30")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Unsaved changes")).to_be_visible()
    after = page.locator(".grid td[data-level]").evaluate_all("cells => cells.map(cell => cell.dataset.level)")
    assert before == after
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("Unsaved changes")).to_have_count(0)


def test_shades_up_to_the_threshold_and_danger_from_there_on(page: Page) -> None:
    page.goto("about:blank")
    levels = page.evaluate(
        "async code => { const table = await import('data:text/javascript,' + encodeURIComponent(code));"
        " return [0, 0.1, 2.5, 2.6, 5, 7.5, 9.99, 10, 30].map(value => table.level(value, 10)); }",
        asset_text("severity_table.js"),
    )
    assert levels == [0, 1, 1, 2, 2, 3, 4, 5, 5]
