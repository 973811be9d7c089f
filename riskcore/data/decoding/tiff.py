"""TIFF samples of more than 8 bits, or with a sign, of any number and type.

Pillow cuts colours to 8 bits, takes unsigned numbers for signed ones and knows no float64. It is therefore shown a
directory of ours, in which a row is a longer row of grey words; where the pixels are and how they are compressed is
the file's. Samples and predictors are put together here.
"""

import os
import struct
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from riskcore.data.decoding.blocks import Values
from riskcore.data.decoding.headers import TiffDirectory
from riskcore.data.decoding.kinds import unusual
from riskcore.data.decoding.spliced import Spliced
from riskcore.errors import InputError

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _SAMPLES, _PLANES = 256, 257, 258, 259, 262, 277, 284
_PREDICTOR, _TILE_WIDTH, _EXTRA, _FORMAT = 317, 322, 338, 339
_KEPT = (_HEIGHT, _COMPRESSION, 266, 273, 278, 279, 323, 324, 325)  # fill order, strips, tiles
_KINDS = {1: "u", 2: "i", 3: "f", 4: "u"}
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB = 0, 1, 2
_DIFFERENCES, _FLOAT_DIFFERENCES = 2, 3
_WITHOUT_PREDICTOR = (1, 32773)
_LOSSLESS = (1, 5, 8, 32946, 32773, 34925, 50000)
_JPEG = 7
_FAX = (2, 3, 4)
_BY_PILLOW = (*_FAX, 6, _JPEG)  # fax and JPEG, which mean what they say only as a whole
PREMULTIPLIED = 1


@dataclass(frozen=True)
class Samples:
    """What the samples of a TIFF are.

    Attributes:
        width, height: pixels. order: of bytes, "<" or ">". dtype: of one sample. count: of them in a pixel.
        colours: how many of them are grey (1) or RGB (3). alpha: 0 none, `PREMULTIPLIED`, or 2.
        inverted: 0 is white. predictor: 1 none, 2 differences, 3 differences of floats by byte.
        tile: width of a tile in pixels; 0 of strips.
    """

    width: int
    height: int
    order: str
    dtype: np.dtype[Any]
    count: int
    colours: int
    alpha: int
    inverted: bool
    predictor: int
    tile: int

    @property
    def word(self) -> int:
        """Bytes of the words that Pillow is shown."""
        return min(self.dtype.itemsize, 2)

    @property
    def padded(self) -> int:
        """Width in pixels of the whole tiles."""
        return -(-self.width // self.tile) * self.tile if self.tile else self.width

    @property
    def pixel_bytes(self) -> int:
        """Of one pixel."""
        return self.dtype.itemsize * self.count


def deep_samples(found: TiffDirectory, name: str) -> Samples | None:
    """What is to be read here; None for a TIFF that Pillow reads rightly, of at most 8 bits without a sign.

    Raises:
        InputError: a kind that is not read.
    """
    numbers = found.numbers
    bits, kind = numbers.get(_BITS, 1), numbers.get(_FORMAT, 1)
    compression = numbers.get(_COMPRESSION, 1)
    if compression not in _LOSSLESS + _BY_PILLOW or (compression == _JPEG and bits not in (8, 12)):
        raise unsupported(found, name)
    if (bits < 16 and not (bits == 8 and kind == 2)) or compression in _BY_PILLOW:
        if _PHOTOMETRIC not in numbers and compression not in _FAX:  # taken for WhiteIsZero, which few writers mean
            raise unusual("TIFF", name)
        return None
    count, photometric = numbers.get(_SAMPLES, 1), numbers.get(_PHOTOMETRIC, _BLACK_IS_ZERO)
    colours = 3 if photometric == _RGB else 1
    alpha = numbers.get(_EXTRA, 0) if count == colours + 1 and numbers.get(_EXTRA, 0) in (1, 2) else 0
    predictor = numbers.get(_PREDICTOR, 1)
    if (
        bits not in (8, 16, 32, 64)
        or kind not in _KINDS
        or photometric not in (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB)
        or (colours == 1 and count > 1 + bool(alpha))
        or not colours <= count <= colours + 1
        or (numbers.get(_PLANES, 1) != 1 and count > 1)
        or compression not in _LOSSLESS
        or predictor not in (1, _DIFFERENCES, _FLOAT_DIFFERENCES)
        or (predictor == _FLOAT_DIFFERENCES) > (kind == 3)
    ):
        raise unsupported(found, name)
    return Samples(
        width=numbers.get(_WIDTH, 0),
        height=numbers.get(_HEIGHT, 0),
        order=found.order,
        dtype=np.dtype(f"{found.order}{_KINDS[kind]}{bits // 8}"),
        count=count,
        colours=colours,
        alpha=alpha,
        inverted=photometric == _WHITE_IS_ZERO,
        predictor=predictor if compression not in _WITHOUT_PREDICTOR else 1,
        tile=numbers.get(_TILE_WIDTH, 0),
    )


def unsupported(found: TiffDirectory, name: str) -> InputError:
    """The refusal of a TIFF whose samples are arranged or compressed in a way that nothing here reads."""
    bits, count = found.numbers.get(_BITS, 1), found.numbers.get(_SAMPLES, 1)
    samples = "sample" if count == 1 else "samples"
    return InputError(
        f"{name}: a TIFF of {bits} bits and {count} {samples} a pixel in this arrangement is not supported; save "
        "it as grey or RGB, with its channels together and compressed by LZW, deflate or not at all."
    )


def open_words(stream: BinaryIO, found: TiffDirectory, samples: Samples) -> Image.Image:
    """The image whose rows are those of the file in words, not yet loaded."""
    longer = samples.pixel_bytes // samples.word
    order, big = found.order, found.big
    ours = {_WIDTH: samples.padded * longer, _BITS: 8 * samples.word, _PHOTOMETRIC: _BLACK_IS_ZERO, _SAMPLES: 1}
    if samples.tile:
        ours[_TILE_WIDTH] = samples.tile * longer
    entries = {tag: found.entries[tag] for tag in _KEPT if tag in found.entries}
    for tag, value in ours.items():
        packed = struct.pack(f"{order}L", value)
        entries[tag] = struct.pack(f"{order}HH{'Q' if big else 'L'}", tag, 4, 1) + packed.ljust(8 if big else 4, b"\0")
    count = struct.pack(f"{order}{'Q' if big else 'H'}", len(entries))
    directory = count + b"".join(entries[tag] for tag in sorted(entries)) + bytes(8 if big else 4)
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    start = 8 if big else 4
    head = stream.read(start) + struct.pack(f"{order}{'Q' if big else 'L'}", size)
    whole = Spliced(stream, [head, (len(head), size), directory])
    return Image.open(cast(BinaryIO, whole), formats=("TIFF",))


def sample_blocks(words: Image.Image, samples: Samples) -> Values:
    """Blocks (h, W, count) of the samples; WhiteIsZero is turned round."""

    def blocks(first: int, last: int) -> NDArray[Any]:
        cut = np.asarray(words.crop((0, first, words.width, last)))
        raw = np.ascontiguousarray(cut if samples.word == 1 else cut.astype(f"{samples.order}u2")).view(np.uint8)
        block = _unpredicted(raw, samples)[:, : samples.width]
        if samples.inverted:
            grey = block[..., :1]
            block = np.concatenate([-grey if grey.dtype.kind == "f" else ~grey, block[..., 1:]], axis=2)
        return block

    return blocks


def _unpredicted(raw: NDArray[np.uint8], samples: Samples) -> NDArray[Any]:
    """(h, W, count) from bytes (h, W × bytes of a pixel); predictors begin anew in each tile."""
    height = len(raw)
    native = samples.dtype.newbyteorder("=")
    if samples.predictor == 1:
        return raw.view(samples.dtype).reshape(height, -1, samples.count).astype(native, copy=False)
    parts = []
    step = (samples.tile or samples.width) * samples.pixel_bytes
    for start in range(0, raw.shape[1], step):
        piece = np.ascontiguousarray(raw[:, start : start + step])
        if samples.predictor == _DIFFERENCES:
            unsigned = samples.dtype.str.replace(samples.dtype.kind, "u")
            differences = piece.view(unsigned).reshape(height, -1, samples.count)
            whole = differences.astype(native.str.replace(native.kind, "u"), copy=False)
            parts.append(np.add.accumulate(whole, axis=1, dtype=whole.dtype).view(native))
        else:
            summed = np.add.accumulate(piece.reshape(height, -1, samples.count), axis=1, dtype=np.uint8)
            planes = summed.reshape(height, samples.dtype.itemsize, -1).transpose(0, 2, 1)
            floats = np.ascontiguousarray(planes).view(f">f{samples.dtype.itemsize}")
            parts.append(floats.reshape(height, -1, samples.count).astype(native))
    return np.concatenate(parts, axis=1)
