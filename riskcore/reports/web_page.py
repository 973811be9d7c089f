"""A report as a web page of its own and as a folder in one file: words, figures and tables, without a network."""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from riskcore.foreign_text import printable
from riskcore.formats import NOTHING, RESEARCH_USE, SYNTHETIC
from riskcore.progress import OnProgress
from riskcore.words.images.judged import csv

if TYPE_CHECKING:
    import plotly.graph_objects as go


BAR = 30
"""Pixels above a figure for its buttons, which are always in sight."""


@dataclass(frozen=True)
class Section:
    """A part of a report.

    Attributes:
        title: its heading, which names its files, too.
        words: paragraphs of plain text; they may hold what others wrote.
        figures: name -> figure.
        tables: name -> what stands in the page.
        files: name -> table that is written as CSV beside the page.
    """

    title: str
    words: Sequence[str] = ()
    figures: "Mapping[str, go.Figure]" = field(default_factory=dict)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    files: Mapping[str, pd.DataFrame] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """What is written.

    Attributes:
        title: of the page.
        facts: what was chosen: name -> value.
        sections: in their order.
        synthetic: whether the images were drawn by the program.
    """

    title: str
    facts: Mapping[str, str]
    sections: Sequence[Section]
    synthetic: bool


def page(report: Report) -> str:
    """The report as one HTML file: whatever others wrote stands there as text, and the scripts are all inside.

    Each figure can be zoomed, and has buttons that save it as PNG and as SVG.

    Example:
        >>> text = page(Report("a < b", {"data": "<script>alert(1)</script>"}, [Section("Words", ["1 & 2"])], True))
        >>> "a &lt; b" in text, "<script>alert" in text, "SYNTHETIC" in text, "https://" in text.partition("<main>")[2]
        (True, False, True, False)
    """
    from plotly.offline import get_plotlyjs

    figures = [figure for section in report.sections for figure in section.figures.values()]
    library = f"<script>{get_plotlyjs()}</script>" if figures else ""
    facts = "".join(f"<tr><th>{_text(name)}</th><td>{_text(value)}</td></tr>" for name, value in report.facts.items())
    links = "".join(f'<a href="#{_slug(one.title)}">{_text(one.title)}</a>' for one in report.sections)
    synthetic = f'<p class="note">{escape(SYNTHETIC)}</p>' if report.synthetic else ""
    body = "".join(_section(section) for section in report.sections)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{_text(report.title)}</title>'
        f'<meta name="viewport" content="width=device-width"><meta http-equiv="Content-Security-Policy" content="'
        f"default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:\">"
        f"<style>{_STYLE}</style>{library}</head><body><main><h1>{_text(report.title)}</h1>"
        f'<p class="note">{escape(RESEARCH_USE)}</p>{synthetic}<table class="facts">{facts}</table><nav>{links}</nav>'
        f"{body}</main><script>{_DRAW}</script></body></html>"
    )


def archive(report: Report, pictures: Mapping[str, bytes] | None = None, progress: OnProgress | None = None) -> bytes:
    """A zip file: `report.html`, a CSV a table below `tables/`, and pictures.

    Args:
        report: what is written.
        pictures: more files, by name.
        progress: is told of each file.
    """
    tables = {
        f"tables/{_slug(section.title)}-{_slug(name)}.csv": table
        for section in report.sections
        for name, table in section.files.items()
    }
    content = io.BytesIO()
    total = len(tables) + 1
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for done, (name, table) in enumerate(tables.items()):
            file.writestr(name, csv(table))
            if progress is not None:
                progress(done + 1, total, "files")
        for name, picture in (pictures or {}).items():
            file.writestr(name, picture)
        file.writestr("report.html", page(report))
        if progress is not None:
            progress(total, total, "files")
    return content.getvalue()


def _section(section: Section) -> str:
    words = "".join(f"<p>{_text(paragraph)}</p>" for paragraph in section.words)
    figures = "".join(_figure(section.title, name, figure) for name, figure in section.figures.items())
    tables = "".join(_table(name, table) for name, table in section.tables.items())
    slug = _slug(section.title)
    return f'<section id="{slug}"><h2>{_text(section.title)}</h2>{words}{figures}{tables}</section>'


def _figure(section: str, name: str, figure: "go.Figure") -> str:
    """On white, since no theme sets its colours; its content cannot end the script that it stands in."""
    shown = figure.__class__(figure)
    top = (shown.layout.margin.t or 0) + BAR
    height = (shown.layout.height or 430) + BAR
    white = {"template": "plotly_white", "paper_bgcolor": "white", "plot_bgcolor": "white"}
    shown.update_layout(**white, autosize=True, height=height, margin_t=top)
    content = str(shown.to_json()).replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    file = f"{_slug(section)}-{_slug(name)}"
    return (
        f'<figure><figcaption>{_text(name)}</figcaption><div class="plot" data-file="{file}"></div>'
        f'<script type="application/json">{content}</script></figure>'
    )


def _table(name: str, table: pd.DataFrame) -> str:
    heads = "".join(f"<th>{_text(column)}</th>" for column in table.columns)
    rows = "".join(
        f"<tr>{''.join(f'<td>{_cell(cell)}</td>' for cell in row)}</tr>" for row in table.itertuples(index=False)
    )
    return f'<div class="wide"><table><caption>{_text(name)}</caption><tr>{heads}</tr>{rows}</table></div>'


def _cell(value: object) -> str:
    if value is None or value is pd.NA or value != value:
        return NOTHING
    return _text(f"{value:.4g}" if isinstance(value, float) else str(value))


def _text(text: object) -> str:
    return escape(printable(str(text)))


def _slug(name: str) -> str:
    """A name as part of an address and of a file's name.

    Example:
        >>> _slug("Accuracy against danger"), _slug("<b>"), _slug("../x")
        ('accuracy-against-danger', 'b', 'x')
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "part"


_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;color:#1b1b1f;background:#fff;margin:0}
main{max-width:1100px;margin:0 auto;padding:1.5rem}
h1{font-size:1.7rem;margin:0}h2{border-top:1px solid #ccc;padding-top:1.2rem;margin-top:2.2rem}
.note{color:#555;margin:.2rem 0}nav{margin:1rem 0;display:flex;gap:1rem;flex-wrap:wrap}
table{border-collapse:collapse;font-size:.9rem}caption{text-align:left;font-weight:600;padding:.4rem 0}
td,th{border:1px solid #ddd;padding:.25rem .5rem;text-align:left;vertical-align:top}th{background:#f5f5f7}
.wide{overflow-x:auto;margin:1rem 0}figure{margin:1rem 0}figcaption{font-weight:600}
@media print{nav{display:none}section{break-inside:avoid}}
"""

_DRAW = """
for (const place of document.querySelectorAll('.plot')) {
  const figure = JSON.parse(place.nextElementSibling.textContent);
  const save = format => ({
    name: format, title: 'Save as ' + format.toUpperCase(), icon: Plotly.Icons.camera,
    click: () => Plotly.downloadImage(place, {format, filename: place.dataset.file, width: place.clientWidth,
                                              height: place.clientHeight, scale: format === 'png' ? 2 : 1}),
  });
  Plotly.newPlot(place, figure.data, figure.layout, {
    responsive: true, displaylogo: false, displayModeBar: true, modeBarButtonsToRemove: ['toImage'],
    modeBarButtonsToAdd: [save('png'), save('svg')],
  });
}
"""
