"""What comes from an address is shown as it was written: it makes no link, picture or symbol."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Page, expect

from tests.helpers.browsers import settle
from tests.helpers.servers import Server

HOSTILE = (
    "http://a.example/x www.a.example me@a.example [l](http://a.example) ![i](http://a.example/i.png) "
    ":smile: :+1: :material/home: :material_home: :red[r] $x^2$ `c` **b** <b>x</b> a -> b -- c"
)


def test_a_line_shows_text_as_it_is(serve: Callable[..., Server], page: Page, tmp_path: Path) -> None:
    page.goto(f"{serve(tmp_path / 'home').address}/severity?severity_matrix={quote(HOSTILE)}")
    settle(page)
    said = page.get_by_test_id("stMarkdownContainer").filter(has_text="No matrix is named")
    expect(said).to_have_count(1)
    assert HOSTILE in (said.text_content() or "").replace("\u2060", "")
    expect(said.locator("a, img, em, strong, code, b, .katex, [class*=colored]")).to_have_count(0)
    expect(said.locator("p > *")).to_have_count(0)
