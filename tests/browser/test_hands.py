"""The dashboard by keyboard alone, and under a finger on a small screen."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from pages import SCREENS
from riskcore.data.synthetic import CLASSES
from tests.helpers.axe import violations
from tests.helpers.browsers import settle, unroll, visiting
from tests.helpers.servers import Server

TABLET = {"width": 1024, "height": 768}
SEVERITY = "severity?severity_matrix=lesions"


@pytest.fixture(scope="module")
def tablet(browser: Browser) -> Iterator[Page]:
    """One page for all screens: what it has loaded of Streamlit need not be loaded again."""
    with visiting(browser, has_touch=True) as page:
        yield page


def visit(page: Page, server: Server, address: str) -> None:
    page.goto(f"{server.address}/{address}")
    settle(page)


FOCUSED = """
() => {
  let at = document.activeElement;
  while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  const text = at.getAttribute("aria-label") ?? at.innerText ?? "";
  return at === document.body ? null : text.split("\\n").find((line) => line.trim() && !/^[a-z_]+$/.test(line)) ?? "";
}
"""


def test_the_keyboard_goes_through_a_screen_in_the_order_of_reading(furnished: Server, page: Page) -> None:
    visit(page, furnished, SEVERITY)
    stops: list[str] = []
    while len(stops) < 100:
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop is None:
            break
        stops.append(stop)
    assert len(stops) < 100  # nothing holds the keyboard
    cells = [stop for stop in stops if stop.startswith("Truth ")]
    expected = [f"Truth {a}, model says {b}" for a in CLASSES for b in CLASSES if a != b]
    assert cells == expected
    landmarks = ["Skip to main content", "Overview", "Predict", "Words used", "Copy link", "Matrix", "Save", "New"]
    landmarks += ["Groups", "More", cells[0], cells[-1], "Fill row", "Details"]
    assert [stop for stop in stops if stop in landmarks] == landmarks


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_popover_opened_by_keyboard_has_the_focus_until_escape(key: str, furnished: Server, page: Page) -> None:
    visit(page, furnished, SEVERITY)
    button, body = page.get_by_test_id("stPopoverButton").filter(has_text="Save"), page.get_by_role("dialog")
    button.focus()
    page.keyboard.press(key)
    expect(body).to_be_focused()
    expect(body.get_by_role("textbox").first).to_be_visible()
    settle(page)  # the server's late answer to its opening would open it again
    for _ in range(2):  # its help comes first
        page.keyboard.press("Tab")
    expect(body.get_by_role("textbox", name="Save under this name")).to_be_focused()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    expect(body).to_have_count(0)  # it fades
    settle(page)  # likewise with its closing
    button.click()
    expect(body).to_be_visible()
    expect(body).not_to_be_focused()  # by mouse all stays as it was


def test_a_word_is_found_without_a_mouse(furnished: Server, page: Page) -> None:
    visit(page, furnished, "")
    page.get_by_role("button", name="Words used").focus()
    page.keyboard.press("Enter")
    words = page.get_by_role("dialog")
    expect(words).to_be_focused()
    expect(words.get_by_text("Average harm", exact=True)).to_be_visible()
    expect(words.get_by_role("textbox")).to_be_visible()
    settle(page)  # the server's answer to its opening
    page.keyboard.press("Tab")
    page.keyboard.type("false alarm")
    page.keyboard.press("Enter")
    expect(words.get_by_text("Average harm", exact=True)).to_have_count(0)
    expect(words.get_by_text("over-call rate")).to_be_visible()


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_fingers_hit_what_they_aim_at_and_nothing_is_out_of_reach(screen, furnished: Server, tablet: Page) -> None:
    tablet.set_viewport_size(TABLET)
    visit(tablet, furnished, screen.path)
    unroll(tablet)
    assert not violations(tablet, ["target-size"])
    assert tablet.evaluate("""
        () => [document.documentElement, document.querySelector("[data-testid=stMain]")]
            .every((part) => part.scrollWidth <= part.clientWidth)
    """)


def test_a_finger_opens_edits_and_turns(furnished: Server, tablet: Page) -> None:
    tablet.set_viewport_size(TABLET)
    visit(tablet, furnished, SEVERITY)
    tablet.get_by_role("button", name="More").tap()
    expect(tablet.get_by_role("button", name="JSON")).to_be_visible()
    tablet.keyboard.press("Escape")
    cell = tablet.get_by_label("Truth naevus, model says melanoma", exact=True)
    cell.tap()
    expect(cell).to_be_focused()
    tablet.get_by_role("button", name="Fill row").tap()
    settle(tablet)
    expect(tablet.get_by_label("Truth naevus, model says keratosis", exact=True)).to_have_value(cell.input_value())
    tablet.locator("summary").filter(has_text="Details").tap()
    tablet.get_by_role("tab", name="Confusions").tap()
    expect(tablet.locator(".js-plotly-plot").first).to_be_visible(timeout=20_000)
