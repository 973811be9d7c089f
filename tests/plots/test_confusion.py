"""Confusion tables: counts, severities, frames around what is dangerous, one scale."""

import numpy as np
import pytest

from riskcore.decision.dial import Dial
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.pooled import pooled_decisions
from riskcore.judging.mistakes import HarmTable, harm_table
from riskcore.plots.cell_text import text_colours
from riskcore.plots.confusion import ACROSS, SCALE, confusion_figure
from riskcore.severity import SeverityMatrix
from tests.helpers.simulated import MATRIX, run


def table(skill: float, seeds: tuple[int, ...] = (0,)) -> HarmTable:
    decided = pooled_decisions(JudgedRun(run("run", skill, seeds=seeds), MATRIX), Dial("severity", 0.0))
    return harm_table(decided)


TRACES = 4
"""Of each table: its cells, its texts in black and in white, and what can be clicked."""


def texts(inks) -> dict[tuple[int, int], str]:
    """(row, column) -> what stands there, in either colour."""
    return {(y, x): text for ink in inks for y, x, text in zip(ink.y, ink.x, ink.text, strict=True)}


def test_cells_show_count_and_severity_on_one_scale() -> None:
    tables = {"weak": table(1.0), "strong": table(3.0)}
    figure = confusion_figure(tables)
    for place, found in enumerate(tables.values()):
        cells, *inks, _ = figure.data[TRACES * place : TRACES * (place + 1)]
        np.testing.assert_array_equal(cells.z, found.harm)
        assert cells.coloraxis == "coloraxis"
        written = texts(inks)
        assert written[2, 0] == f"{found.counts[2, 0]}×10"
        assert written[0, 0] == f"{found.counts[0, 0]} ✓"
        assert {(cells.xaxis, cells.yaxis)} == {(ink.xaxis, ink.yaxis) for ink in inks}
    assert figure.layout.coloraxis.cmax == tables["weak"].harm.max() > tables["strong"].harm.max()
    assert [annotation.text for annotation in figure.layout.annotations] == ["weak", "strong"]
    assert figure.layout.xaxis.title.text == "model says …"
    assert figure.layout.yaxis.title.text == "truth is …"
    assert list(figure.layout.yaxis.ticktext) == list(MATRIX.classes)


def test_dangerous_cells_are_framed_in_each_table() -> None:
    figure = confusion_figure({"one": table(1.0), "two": table(2.0)})
    framed = {
        (shape.xref, round((shape.y0 + shape.y1) / 2), round((shape.x0 + shape.x1) / 2))
        for shape in figure.layout.shapes
    }
    assert framed == {(axis, 2, said) for axis in ("x", "x2") for said in (0, 1)}


def test_text_and_frame_of_a_cell_have_the_colour_that_stands_out() -> None:
    found = table(1.0)
    figure = confusion_figure({"one": found})
    expected = text_colours(found.harm, SCALE, figure.layout.coloraxis.cmax)
    assert set(expected.ravel()) == {"#000000", "#ffffff"}
    colours = {(y, x): ink.textfont.color for ink in figure.data[1:3] for y, x in zip(ink.y, ink.x, strict=True)}
    assert colours == {place: expected[place] for place in np.ndindex(3, 3)}
    assert all(ink.unselected.textfont.color == ink.textfont.color for ink in figure.data[1:3])
    frames = {
        (round((shape.y0 + shape.y1) / 2), round((shape.x0 + shape.x1) / 2)): shape for shape in figure.layout.shapes
    }
    assert {place: shape.line.color for place, shape in frames.items()} == {(2, x): expected[2, x] for x in (0, 1)}


def test_counts_are_means_over_seeds() -> None:
    pool = table(1.0, seeds=(0, 1))
    cells, *inks, _ = confusion_figure({"pool": pool}).data
    assert f"{pool.counts[2, 0] / 2:.1f}×10" in texts(inks).values()
    assert f"{pool.counts[2, 0] / 2:.1f} cases, severity 10, a dangerous mistake" in cells.customdata[2][0]


def test_a_mark_over_each_confusion_says_which_table_row_and_column_it_is() -> None:
    tables = {"one": table(1.0), "two": table(2.0)}
    figure = confusion_figure(tables)
    for place, (marks, found) in enumerate(zip(figure.data[TRACES - 1 :: TRACES], tables.values(), strict=True)):
        happened = {(place, y, x) for y, x in np.ndindex(3, 3) if y != x and found.counts[y, x]}
        assert set(map(tuple, marks.customdata)) == happened
        assert [(place, y, x) for y, x in zip(marks.y, marks.x, strict=True)] == list(map(tuple, marks.customdata))
        assert marks.marker.opacity == marks.selected.marker.opacity == marks.unselected.marker.opacity == 0
    assert figure.layout.clickmode == "event+select"


def test_many_tables_and_classes_take_more_rows() -> None:
    one = table(1.0)
    assert confusion_figure({str(n): one for n in range(ACROSS)}).layout.yaxis.domain == (0, 1)
    assert confusion_figure({str(n): one for n in range(ACROSS + 1)}).layout.yaxis.domain != (0, 1)
    matrix = SeverityMatrix.preset("isic2018")
    blank = np.zeros((7, 7))
    many = HarmTable(matrix, blank.astype(int), blank, one.average, 1, 0)
    figure = confusion_figure({str(n): many for n in range(ACROSS)})
    assert figure.layout.yaxis.domain != (0, 1)
    assert figure.layout.coloraxis.cmax > 0


@pytest.mark.parametrize("name", ["<b>bold</b>", "a & b"])
def test_names_are_no_markup(name: str) -> None:
    matrix = SeverityMatrix([name, "other"], [[0, 1], [10, 0]])
    zero = np.zeros((2, 2))
    figure = confusion_figure({name: HarmTable(matrix, zero.astype(int), zero, table(1.0).average, 1, 0)})
    escaped = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert figure.layout.annotations[0].text == escaped
    assert figure.layout.xaxis.ticktext[0] == escaped
    assert f"truth {escaped}, model says other" in figure.data[0].customdata[0][1]
