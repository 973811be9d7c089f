"""Class maps on Predict, in a browser."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect
from safetensors.numpy import load_file, save_file

from riskcore.learning.bundle import Bundle
from riskcore.runs.folder import Run
from riskcore.words.images.map_note import CALLED, MAP_NOTE, MISSED, map_of
from riskcore.workspace import Workspace
from tests.helpers.browsers import settle
from tests.helpers.made_workspace import add_run, make_usable
from tests.helpers.servers import Server

SHOWN = "Maps"


@pytest.fixture
def run(workspace: Workspace) -> Run:
    """A run that calls everything benign with 30 % malignant, and whose scores react to the image."""
    made = add_run(workspace)
    make_usable(made)
    weights = made.folder / "bundle" / "trained.safetensors"
    values = load_file(weights)
    values["linear.weight"] = np.random.default_rng(0).normal(0, 1e-3, values["linear.weight"].shape).astype(np.float32)
    save_file(values, weights)
    Bundle.load(made.folder / "bundle").save(made.folder / "bundle")
    return made


def maps(page: Page) -> Locator:
    return page.get_by_role("img", name=re.compile("^Map of "))


def pixels(picture: Locator) -> list[int]:
    """What the browser drew: red, green, blue and opacity of every pixel."""
    found: list[int] = picture.evaluate(
        """async image => {
            await image.decode();
            const canvas = document.createElement("canvas");
            [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
            const context = canvas.getContext("2d");
            context.drawImage(image, 0, 0);
            return [...context.getImageData(0, 0, canvas.width, canvas.height).data];
        }"""
    )
    return found


def turn(page: Page, key: str) -> None:
    page.get_by_role("slider", name="Strength of the maps").press(key)
    settle(page)


def test_maps_lie_over_their_images_and_one_slider_sets_the_strength_of_all(
    run: Run, workspace: Workspace, serve: Callable[..., Server], page: Page
) -> None:
    page.goto(f"{serve(workspace.root).address}/predict?predict_examples=yes")
    settle(page)
    cards = page.get_by_role("img", name=re.compile("^Image "))
    expect(cards).to_have_count(3)
    expect(maps(page)).to_have_count(0)
    before = {re.sub("^Image ", "", str(card.get_attribute("alt"))): pixels(card) for card in cards.all()}

    page.get_by_text(SHOWN, exact=True).click()
    settle(page)
    expect(page.get_by_text(MAP_NOTE).last).to_be_visible()
    nothing = page.get_by_text(map_of("benign", shown=False))
    expect(maps(page).or_(nothing)).to_have_count(3)
    expect(maps(page).first).to_have_attribute("alt", re.compile("^Map of benign on image "))

    def difference() -> float:
        """Mean distance of the first map from its picture without one, in levels of 0..255."""
        name = re.sub("^Map of .* on image ", "", str(maps(page).first.get_attribute("alt")))
        return float(np.abs(np.subtract(pixels(maps(page).first), before[name])).mean())

    usual = difference()
    page.get_by_role("button", name="View").click()
    turn(page, "End")
    strongest = difference()
    turn(page, "Home")
    alone = difference()
    assert strongest > usual > alone
    assert alone < 2  # what JPEG changes

    page.get_by_role("radio", name=MISSED).click()
    settle(page)
    expect(maps(page).first).to_have_attribute("alt", re.compile("^Map of malignant on image "))

    address = page.url
    page.goto("about:blank")
    page.goto(address)
    settle(page)
    page.get_by_role("button", name="View").click()
    expect(page.get_by_role("slider")).to_have_value("0")
    expect(page.get_by_role("radio", name=MISSED)).to_be_checked()
    expect(page.get_by_role("radio", name=CALLED)).not_to_be_checked()
    page.keyboard.press("Escape")

    page.get_by_text(SHOWN, exact=True).click()
    settle(page)
    expect(maps(page)).to_have_count(0)
    expect(cards).to_have_count(3)
