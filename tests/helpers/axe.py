"""axe-core in a page, and what it cannot judge: the text of figures."""

from collections.abc import Sequence
from typing import NamedTuple

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_JUDGE = """
async ({rules, selectors}) => {
  // An open dialog keeps the root from scrolling; as the root has no height of its own, axe takes all for hidden then.
  document.documentElement.style.overflow = "visible";
  const options = rules.length ? {runOnly: {type: "rule", values: rules}} : {rules: {"target-size": {enabled: true}}};
  const found = await axe.run(document, {...options, resultTypes: ["violations"], elementRef: true});
  return found.violations.flatMap(({id, impact, nodes}) => nodes.map(({element, html, failureSummary}) => [
    id,
    selectors.filter((selector) => element.matches(selector)),
    `${id} (${impact}): ${html.slice(0, 200)}\\n  ${failureSummary}`,
  ]));
}
"""

_FIGURES = """
() => {
  // Behind the text of a figure lies the page, but for what stands in bars and cells.
  const {Color, getContrast} = axe.commons.color;
  const parsed = (text) => { const colour = new Color(); colour.parseString(text); return colour; };
  const page = parsed(getComputedStyle(document.body).backgroundColor);
  return [...document.querySelectorAll(".js-plotly-plot text:not(.bartext)")]
    .filter((text) => text.textContent && !text.closest(".textpoint"))
    .map((text) => [text.textContent, getContrast(page, parsed(getComputedStyle(text).fill))])
    .filter(([, contrast]) => contrast < 4.5)
    .map(([text, contrast]) => `${text}: contrast ${contrast.toFixed(2)}`);
}
"""


class Violation(NamedTuple):
    """One element that breaks one of axe's rules: which, those of the selectors asked for that match it, in words."""

    rule: str
    matches: list[str]
    words: str


def violations(page: Page, rules: Sequence[str] = (), selectors: Sequence[str] = ()) -> list[Violation]:
    """What axe finds in a page and its components: contrast of what is in sight only.

    Args:
        page: as it is now.
        rules: those to judge by; default all that are on by default, and the size of targets.
        selectors: to tell violations apart by.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate(_JUDGE, {"rules": list(rules), "selectors": list(selectors)})
    return [Violation(*each) for each in found]


def faint_figure_text(page: Page) -> list[str]:
    """Texts of figures that do not stand out from the page; to be asked after `violations`."""
    faint: list[str] = page.evaluate(_FIGURES)
    return faint
