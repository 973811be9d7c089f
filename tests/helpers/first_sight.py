"""What a visitor sees first of a screen: where the first picture begins, the words above it, and what is cut off."""

from dataclasses import dataclass

from playwright.sync_api import Page

HIGHEST = 400
"""Pixels from the top of the window by which the first picture has begun."""
MOST_WORDS = 40

_LOOK = """
() => {
  const main = document.querySelector("[data-testid=stMain]");
  const pictures = ".js-plotly-plot, img, canvas, svg[role=img], .grid, [data-testid=stFileUploaderDropzone]";
  const unread = "[data-testid=stIconMaterial], span[role=img], style, script, option, [role=note]";
  const found = {pictures: [], words: [], cut: []};
  const seen = (element) => {
    const box = element.getBoundingClientRect(), style = getComputedStyle(element);
    return box.width > 1 && box.height > 1 && style.visibility === "visible" && +style.opacity > 0 ? box : null;
  };
  const cuts = ["BUTTON", "LABEL", "P", "H1", "H2", "H3", "SUMMARY", "TH", "TD", "TEXT"];
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      const said = node.data.trim();
      if (!said || node.parentElement?.closest(unread)) return;
      const range = document.createRange();
      range.selectNodeContents(node);
      const box = range.getBoundingClientRect();
      if (box.width > 1 && box.height > 1) found.words.push([box.bottom, said]);
      return;
    }
    if (node.nodeType === Node.ELEMENT_NODE) {
      const box = seen(node);
      if (box && node.matches(pictures) && box.width >= 40 && box.height >= 40) {
        found.pictures.push([box.top, node.className?.baseVal ?? node.className ?? node.tagName]);
        return; // what is written in a picture belongs to it
      }
      if (box && node.tagName === "INPUT" && node.value && ["text", "number"].includes(node.type))
        found.words.push([box.bottom, node.value]);
      if (box && cuts.includes(node.tagName) && node.scrollWidth > node.clientWidth + 1
          && getComputedStyle(node).overflowX !== "visible") found.cut.push(node.innerText);
      if (box && node.tagName === "P" && box.right > window.innerWidth + 1) found.cut.push(node.innerText);
    }
    if (node.matches?.("details:not([open]) > :not(summary)")) return;
    for (const child of node.shadowRoot?.childNodes ?? []) walk(child);
    for (const child of node.childNodes) walk(child);
  };
  walk(main);
  return found;
}
"""


@dataclass(frozen=True)
class FirstSight:
    """What was seen.

    Attributes:
        top: pixels from the window's top to the first picture: a figure, an image, a grid or a table, or the place
            where images are dropped; infinite where there is none.
        words: that stand wholly above it in the main area, controls and their values included.
        cut: texts that do not fit where they stand.
    """

    top: float
    words: tuple[str, ...]
    cut: tuple[str, ...]


def first_sight(page: Page) -> FirstSight:
    """Look at a screen that has settled and has not been scrolled."""
    found = page.evaluate(_LOOK)
    top = min((top for top, _ in found["pictures"]), default=float("inf"))
    said = [word for bottom, words in found["words"] if bottom <= top for word in words.split()]
    return FirstSight(top, tuple(word for word in said if any(map(str.isalnum, word))), tuple(found["cut"]))


def check_first_sight(page: Page) -> None:
    """The rules that hold for every screen."""
    seen = first_sight(page)
    assert seen.top < HIGHEST, f"the first picture begins at {seen.top:.0f} px, below: {' '.join(seen.words)}"
    assert len(seen.words) <= MOST_WORDS, f"{len(seen.words)} words: {' '.join(seen.words)}"
    assert not seen.cut
    assert page.locator("[data-testid=stAlertContainer]:visible").count() <= 1
