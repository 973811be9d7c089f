"""Reports as web pages: everything is inside, what others wrote is text, and tables are safe for spreadsheets."""

import io
import json
import re
import zipfile
from html.parser import HTMLParser

import pandas as pd
import plotly.graph_objects as go

from riskcore.formats import RESEARCH_USE, SYNTHETIC
from riskcore.reports.web_page import Report, Section, archive, page

EVIL = '<script>alert("x")</script><img src=x onerror=alert(1)>&\x1b[31m'


def report(synthetic: bool = True) -> Report:
    figure = go.Figure(layout={"title": {"text": "</script><script>alert(2)</script>"}})
    figure.add_scatter(x=[1, 2], y=[3.5, 4], name="ours")
    table = pd.DataFrame({EVIL: [EVIL, "=1+1"], "value": [0.123456, float("nan")]})
    section = Section(
        "Accuracy against danger", [EVIL], {"Danger": figure}, {"All": table}, {"table": table, "<b>other": table}
    )
    return Report(EVIL, {"Data set": EVIL}, [section, Section("Empty", ["Nothing."])], synthetic)


class Tags(HTMLParser):
    """Which tags a page has, and what they point at."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        self.links += [value or "" for name, value in attributes if name in ("src", "href")]
        assert not [name for name, _ in attributes if name.startswith("on")]


def test_what_others_wrote_is_text_and_nothing_is_fetched() -> None:
    tags = Tags(page(report()))
    assert tags.found.count("script") == 3  # the library, one figure, and what draws it
    assert "img" not in tags.found
    assert tags.links == ["#accuracy-against-danger", "#empty"]
    text = page(report())
    assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;" in text
    assert "\x1b" not in text
    assert "default-src 'none'" in text


def test_it_says_what_it_is_for_and_whether_the_images_are_drawn() -> None:
    assert RESEARCH_USE in page(report())
    assert SYNTHETIC in page(report())
    assert SYNTHETIC not in page(report(synthetic=False))


def test_figures_are_whole_and_can_be_saved_as_png_and_svg() -> None:
    text = page(report())
    (content,) = re.findall(r'<script type="application/json">(.*?)</script>', text)
    figure = json.loads(content)
    assert figure["data"][0]["name"] == "ours"
    assert figure["layout"]["title"]["text"] == "</script><script>alert(2)</script>"
    assert 'data-file="accuracy-against-danger-danger"' in text
    assert "save('png'), save('svg')" in text


def test_without_figures_the_library_stays_out() -> None:
    text = page(Report("Words", {}, [Section("One", ["two"])], False))
    assert len(text) < 10_000


def test_the_archive_holds_the_page_and_tables_that_are_no_formulas() -> None:
    told: list[tuple[int, int, str]] = []
    with zipfile.ZipFile(io.BytesIO(archive(report(), {"figures/a.png": b"png"}, lambda *at: told.append(at)))) as file:
        assert sorted(file.namelist()) == [
            "figures/a.png",
            "report.html",
            "tables/accuracy-against-danger-b-other.csv",
            "tables/accuracy-against-danger-table.csv",
        ]
        assert file.read("report.html").decode() == page(report())
        lines = file.read("tables/accuracy-against-danger-table.csv").decode()
    assert "'=1+1" in lines
    assert told[-1] == (3, 3, "files")
