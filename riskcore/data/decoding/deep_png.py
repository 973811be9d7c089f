"""PNG of 16 bits a sample with colours or opacity, which Pillow cuts to 8 bits: its bytes are asked for one by one."""

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from riskcore.data.decoding.blocks import Values

_OPAQUE = 65_535
_GREY = "I;16B"
_HIGH, _LOW = ";16B", ";16L"  # Pillow keeps the first byte of each sample, or the second


@dataclass(frozen=True)
class DeepPng:
    """A PNG of 16 bits a sample.

    Attributes:
        image: opened, not loaded. raw: what its pixels are to Pillow. colours: 1 or 3.
        opaque: the greatest opacity; None where there is none.
        held_bytes: a pixel, of what is kept while it is decoded.
    """

    image: Image.Image
    raw: str
    colours: int
    opaque: float | None
    held_bytes: int

    def blocks(self, again: Image.Image) -> Values:
        """Blocks (h, W, samples) uint16, once it is loaded.

        Args:
            again: the same file, opened a second time.
        """
        key = self.image.info.get("transparency")
        if self.raw == _GREY:

            def greys(first: int, last: int) -> NDArray[Any]:
                block = np.asarray(self.image.crop((0, first, self.image.width, last))).astype(np.uint16)
                return np.dstack([block, np.where(block == key, 0, _OPAQUE).astype(np.uint16)])

            return greys
        if self.colours == 1:  # grey and opacity: four bytes, as RGBA of 8 bits has
            _load(self.image, "RGBA")

            def pairs(first: int, last: int) -> NDArray[Any]:
                block = np.asarray(self.image.crop((0, first, self.image.width, last))).astype(np.uint16)
                return block[..., 0::2] << 8 | block[..., 1::2]

            return pairs
        _load(self.image, self.raw)
        _load(again, self.raw.replace(_HIGH, _LOW))

        def colours(first: int, last: int) -> NDArray[Any]:
            box = (0, first, self.image.width, last)
            block = np.asarray(self.image.crop(box)).astype(np.uint16) << 8 | np.asarray(again.crop(box))
            if not isinstance(key, tuple):
                return block
            opacity = np.where((block == np.array(key)).all(axis=2), 0, _OPAQUE).astype(np.uint16)
            return np.dstack([block, opacity])

        return colours


def deep_png(image: Image.Image) -> DeepPng | None:
    """What is to be read sample by sample; None for other PNG."""
    tiles = cast(ImageFile.ImageFile, image).tile
    raw = str(tiles[0].args) if tiles else ""
    if raw not in ("LA;16B", "RGB;16B", "RGBA;16B") and not (raw == _GREY and "transparency" in image.info):
        return None
    opaque = raw != "RGB;16B" or isinstance(image.info.get("transparency"), tuple)
    colours = 1 if raw.startswith(("L", "I")) else 3
    return DeepPng(image, raw, colours, _OPAQUE if opaque else None, 4 if colours == 1 else 8)


def _load(image: Image.Image, raw: str) -> None:
    file = cast(ImageFile.ImageFile, image)
    file.tile = [file.tile[0]._replace(args=raw)]
    file.load()
