"""A class map laid over its picture."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

STRENGTH = 0.6
"""How opaque the greatest value is where nobody has chosen: the picture still shows through."""


def overlay(picture: Image.Image, values: NDArray[np.float32], strength: float = STRENGTH) -> Image.Image:
    """The picture under a map in viridis, which is perceptually uniform and told apart by colour-blind readers.

    Opacity grows with the value, so that what does not count stays as it is.

    Args:
        picture: RGB, of any size.
        values: (h, w) in 0..1 that cover it exactly; enlarged or reduced to its size.
        strength: opacity of the value 1, from 0 (the picture alone) to 1.

    Example:
        >>> grey = Image.new("RGB", (4, 2), (128, 128, 128))
        >>> drawn = overlay(grey, np.array([[0.0, 1.0]], dtype=np.float32), 1.0)
        >>> drawn.size, drawn.getpixel((0, 0)), drawn.getpixel((3, 0))
        ((4, 2), (128, 128, 128), (253, 231, 37))
    """
    from matplotlib import colormaps  # takes a third of a second to import

    spread = np.asarray(Image.fromarray(values.astype(np.float32)).resize(picture.size, Image.Resampling.BILINEAR))
    colours = 255 * colormaps["viridis"](spread)[..., :3]
    opacity = (strength * np.clip(spread, 0, 1))[..., None]
    mixed = np.asarray(picture.convert("RGB")) * (1 - opacity) + colours * opacity
    return Image.fromarray(mixed.round().astype(np.uint8))
