"""Text that can be read on any cell."""

from collections.abc import Sequence

import numpy as np
import pytest

from riskcore.plots import confusion, whatif
from riskcore.plots.cell_text import cell_text, text_colours

BLACK, WHITE = (0.0, 0.0, 0.0), (255.0, 255.0, 255.0)


def contrast(first: Sequence[float], second: Sequence[float]) -> float:
    """WCAG 2.2's contrast ratio, written out for one pair of colours."""

    def luminance(colour: Sequence[float]) -> float:
        red, green, blue = (
            share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
            for share in (channel / 255 for channel in colour)
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    darker, lighter = sorted((luminance(first), luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_reference_knows_published_ratios() -> None:
    for grey, ratio in ((118, 4.54), (119, 4.48), (0, 21.0)):
        assert contrast((grey,) * 3, WHITE) == pytest.approx(ratio, abs=0.005)


@pytest.mark.parametrize("scale", [confusion.SCALE, whatif.SCALE], ids=["confusion", "what-if"])
def test_text_can_be_read_on_every_colour_of_the_scales(scale) -> None:
    values = np.linspace(0, 7, 500)[None]
    colours = text_colours(values, scale, most=7.0)
    stops, names = zip(*scale, strict=True)
    channels = zip(*([int(name[i : i + 2], 16) for i in (1, 3, 5)] for name in names), strict=True)
    behind = zip(*(np.interp(values[0] / 7, stops, channel) for channel in channels), strict=True)
    for text, background in zip(colours[0], behind, strict=True):
        assert contrast(BLACK if text == "#000000" else WHITE, background) >= 4.5
    assert (colours[0, 0], colours[0, -1]) == ("#000000", "#ffffff")


def test_an_empty_cell_takes_no_colour_from_its_neighbours() -> None:
    assert text_colours(np.array([[np.nan, 4.0]]), whatif.SCALE, 4.0).tolist() == [["#000000", "#ffffff"]]


def test_texts_stand_in_their_cells() -> None:
    trace = cell_text([["a", "b", "c"], ["d", "e", "f"]], np.full((2, 3), "#000000"), size=10)
    assert dict(zip(zip(trace["y"], trace["x"], strict=True), trace["text"], strict=True)) == {
        (0, 0): "a",
        (0, 1): "b",
        (0, 2): "c",
        (1, 0): "d",
        (1, 1): "e",
        (1, 2): "f",
    }
    assert trace["textfont"]["size"] == 10
