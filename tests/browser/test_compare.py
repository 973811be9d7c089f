"""Compare in a browser: figure, bars and pictures lead to images; the floor is moved, and answered at on request."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from riskcore.workspace import Workspace
from tests.helpers.browsers import settle
from tests.helpers.first_sight import HIGHEST, MOST_WORDS, first_sight
from tests.helpers.made_workspace import add_run
from tests.helpers.servers import Server

MINUTE = 60_000
ANSWER = re.compile("^(Yes, safer|No, not safer|Cannot tell|Unreachable)")


@pytest.fixture
def screen(workspace: Workspace, serve: Callable[..., Server], page: Page) -> Page:
    """Compare over two trainings that miss some."""
    for loss in ("ce", "log_harm"):
        for seed in (0, 1):
            add_run(workspace, loss=loss, seed=seed)
    server = serve(workspace.root)
    page.goto(f"{server.address}/compare")
    settle(page)
    expect(page.locator(".js-plotly-plot")).to_have_count(2, timeout=MINUTE)
    return page


def click_mark(page: Page, mark: str, place: int) -> None:
    """One of a figure's marks, in its middle."""
    box = page.locator(mark).nth(place).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    settle(page)


def test_everything_that_matters_is_in_sight_at_once(screen: Page) -> None:
    seen = first_sight(screen)
    assert seen.top < HIGHEST
    assert len(seen.words) <= MOST_WORDS, seen.words
    assert not seen.cut
    expect(screen.get_by_text(ANSWER).first).to_be_in_viewport(ratio=1, timeout=MINUTE)
    for figure in screen.locator(".js-plotly-plot").all():
        expect(figure).to_be_in_viewport(ratio=1)
    pictures = screen.locator(".st-key-compare_worst img")
    assert 0 < pictures.count() <= 6
    for picture in pictures.all():
        expect(picture).to_be_in_viewport(ratio=1)
        assert picture.evaluate("image => image.naturalWidth") > 0


def test_a_point_and_a_bar_lead_to_their_images_and_a_picture_to_its_page(screen: Page) -> None:
    expect(screen.get_by_text("with severity: worst of")).to_be_visible()
    # Each run has an open mark, without caution, and a filled one; the newest is drawn first.
    click_mark(screen, ".st-key-compare_point .scatterlayer path.point", 3)
    expect(screen.get_by_text(re.compile("plain: worst of .* missed"))).to_be_visible()
    expect(screen.get_by_role("combobox", name="Looked at")).to_have_value("plain")
    click_mark(screen, ".st-key-compare_bars .point path", 3)  # false alarms of training with severity
    expect(screen.get_by_text(re.compile("with severity: worst of .* falsely alarming"))).to_be_visible()
    first = screen.locator("[class*=st-key-compare_case_open_worst] button").first
    words = first.inner_text()
    first.focus()
    screen.keyboard.press("Enter")
    dialog = screen.get_by_role("dialog")
    expect(dialog).to_contain_text(words.split(":")[0], timeout=MINUTE)
    expect(dialog.locator("img").first).to_be_visible()


def test_the_floor_shows_validation_and_is_answered_at_on_request(screen: Page) -> None:
    bars = screen.locator(".st-key-compare_bars")
    expect(bars.get_by_text("Dangerous mistakes per 1,000 test cases")).to_be_visible()
    floor = screen.get_by_role("slider", name=re.compile("Accuracy on validation"))
    floor.focus()
    for _ in range(10):
        screen.keyboard.press("ArrowLeft")
    settle(screen)
    expect(screen).to_have_url(re.compile("compare_floor="))
    expect(bars.get_by_text("Dangerous mistakes per 1,000 validation cases")).to_be_visible()
    expect(screen.get_by_text(ANSWER)).to_have_count(0)
    screen.get_by_role("button", name="Answer at this floor").click()
    settle(screen)
    expect(screen.get_by_text(ANSWER).first).to_be_visible(timeout=MINUTE)
    expect(bars.get_by_text("Dangerous mistakes per 1,000 test cases")).to_be_visible()
    expect(screen.get_by_text("Look 1 at this test part")).to_be_visible()
