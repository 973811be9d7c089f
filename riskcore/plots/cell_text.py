"""Text in the cells of a heatmap, in black or white, whichever stands out from the cell.

plotly's own choice is dark grey or white by a rule of thumb; in the middle of a scale neither can be read.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

EVEN = (1.05 * 0.05) ** 0.5 - 0.05
"""The relative luminance on which black and white stand out alike: WCAG's ratio is 4.58, and text needs 4.5."""


def text_colours(values: NDArray[np.float64], scale: Sequence[tuple[float, str]], most: float) -> NDArray[np.str_]:
    """The text colour of each cell of a heatmap.

    Args:
        values: (rows, columns) of the heatmap, from 0 to `most`; one that is not a number counts as 0.
        scale: the heatmap's colours, from 0.0 to 1.0.
        most: the value of the scale's last colour.

    Returns:
        (rows, columns), "#000000" or "#ffffff".

    Example:
        >>> text_colours(np.array([[0.0, 2.0]]), ((0.0, "#f16913"), (1.0, "#08306b")), most=2.0).tolist()
        [['#000000', '#ffffff']]
    """
    stops = [stop for stop, _ in scale]
    channels = np.array([list(bytes.fromhex(colour.removeprefix("#"))) for _, colour in scale]).T
    shares = np.nan_to_num(values) / most
    backgrounds = np.stack([np.interp(shares, stops, channel) for channel in channels], axis=-1)
    return np.where(_luminance(backgrounds) < EVEN, "#ffffff", "#000000")


def cell_text(texts: Sequence[Sequence[str]], colours: NDArray[np.str_], size: int = 12) -> dict[str, Any]:
    """A scatter trace, as keyword arguments, that writes into the cells of a heatmap whose axes count from 0.

    Args:
        texts: rows and columns of what stands in each cell.
        colours: from `text_colours`.
        size: of the letters, in pixels.
    """
    rows, columns = np.indices(colours.shape).reshape(2, -1)
    return {
        "x": columns,
        "y": rows,
        "mode": "text",
        "text": [text for row in texts for text in row],
        "textfont": {"color": colours.ravel().tolist(), "size": size},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _luminance(colours: NDArray[np.float64]) -> NDArray[np.float64]:
    """WCAG's relative luminance of sRGB colours (..., 3) from 0 to 255."""
    shares = colours / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.2126, 0.7152, 0.0722])
