"""Pictures before words: what is seen of each screen on a small laptop before anything is scrolled."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from pages import SCREENS
from tests.helpers.browsers import settle, visiting
from tests.helpers.first_sight import check_first_sight
from tests.helpers.servers import Server

MOST_WORDS_OF_PURPOSE = 15
LADEN = {"predict": "predict_examples=yes", "datasets": "data_name=lesions", "severity": "severity_matrix=lesions"}
"""What a screen is opened with so that it has something to show."""


@pytest.fixture(scope="module")
def visitor(browser: Browser) -> Iterator[Page]:
    with visiting(browser, viewport={"width": 1280, "height": 720}) as page:
        yield page


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_a_picture_comes_before_words(screen, furnished: Server, visitor: Page) -> None:
    visitor.goto(f"{furnished.address}/{screen.path}?{LADEN.get(screen.name, '')}")
    settle(visitor)
    visitor.wait_for_timeout(1500)  # pictures come after the script has ended
    check_first_sight(visitor)


def test_a_picture_comes_first_under_each_step_of_the_tour(furnished: Server, visitor: Page) -> None:
    visitor.goto(furnished.address)
    settle(visitor)
    visitor.get_by_role("button", name="Take the tour").click()
    for step in ("Tour 1/3", "Tour 2/3", "Tour 3/3"):
        expect(visitor.get_by_text(step)).to_be_visible()
        settle(visitor)
        visitor.wait_for_timeout(1500)
        check_first_sight(visitor)
        if step != "Tour 3/3":
            visitor.get_by_role("button", name="Next", exact=True).click()


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_the_purpose_is_one_short_sentence(screen) -> None:
    assert len(screen.purpose.split()) <= MOST_WORDS_OF_PURPOSE
    assert screen.purpose[-1] in ".?"
