"""PNG, JPEG, TIFF and BMP as RGB, through Pillow, in blocks of rows."""

from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from riskcore.data.decoding.blocks import finite_range, rgb, stretched
from riskcore.data.decoding.headers import check_png, jpeg_frame, tiff_numbers
from riskcore.data.decoding.limits import MAX_PIXELS, check_size, check_work, work_bytes
from riskcore.errors import InputError

_FORMATS = ("PNG", "JPEG", "TIFF", "BMP")
_WIDTH, _BITS, _COMPRESSION, _ORIENTATION, _SAMPLES, _STRIP_ROWS, _PLANES = 256, 258, 259, 274, 277, 278, 284
_TILE_WIDTH, _TILE_HEIGHT = 322, 323
_WORD = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16L": 2, "I;16B": 2}  # bytes a pixel in Pillow; 4 in other modes


def decode_picture(stream: BinaryIO, name: str, held: int) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 of a picture, upright, over white.

    Args:
        stream: the file, at its start.
        name: what messages call it.
        held: bytes of the file that are in memory already.

    Raises:
        InputError: not an image, or larger than the limits; what else Pillow raises is left to the caller.
    """
    loading = _before_opening(stream, name)
    stream.seek(0)
    try:
        image: Image.Image = Image.open(stream, formats=_FORMATS)
    except Image.DecompressionBombError:
        raise InputError(
            f"{name}: the image has more than {MAX_PIXELS / 1e6:.0f} million pixels. Cut or shrink it first."
        ) from None
    except UnidentifiedImageError:
        raise InputError(f"{name}: the file is not an image; expected PNG, JPEG, TIFF, BMP or DICOM content.") from None
    width, height = image.size
    check_size(width, height, name)
    own = _WORD.get(image.mode, 4)
    if image.format == "BMP":
        loading = 2.0  # a run-length coded one is expanded beside the image, and copied
    work = max(work_bytes(width, height, own, 1), int(width * height * (own + loading)))
    check_work(work + held, width, height, name)
    image.load()
    return _upright_rgb(image, image.getexif().get(ExifTags.Base.Orientation, 1), name)


def _before_opening(stream: BinaryIO, name: str) -> float:
    """Bytes a pixel that loading takes beside the image, from the file's own header."""
    head = stream.read(12)
    if head.startswith(b"\x89PNG"):
        check_png(stream, name)
    elif head.startswith(b"\xff\xd8"):
        frame = jpeg_frame(stream, name)
        return frame.coefficients if frame else 0.0
    elif head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return _tiff_loading(tiff_numbers(stream, name), name)
    return 0.0


def _tiff_loading(numbers: dict[int, int], name: str) -> float:
    """A strip or tile is expanded in one piece, beside the image; one that is turned is copied."""
    width, height = numbers.get(_WIDTH, 0), numbers.get(_WIDTH + 1, 0)
    if not width or not height:
        return 0.0
    samples = 1 if numbers.get(_PLANES, 1) == 2 else numbers.get(_SAMPLES, 1)
    sample = max(numbers.get(_BITS, 1), 8) / 8
    piece = width * min(numbers.get(_STRIP_ROWS, height), height)
    if _TILE_WIDTH in numbers:
        piece = numbers[_TILE_WIDTH] * numbers.get(_TILE_HEIGHT, 1)
        check_size(numbers[_TILE_WIDTH], numbers.get(_TILE_HEIGHT, 1), name)
    compressed = numbers.get(_COMPRESSION, 1) != 1
    strip = piece * max(samples * sample, 4) / (width * height) if compressed else 0.0
    return max(strip, 4.0 if numbers.get(_ORIENTATION, 1) in range(2, 9) else 0.0)


def _upright_rgb(image: Image.Image, orientation: int, name: str) -> NDArray[np.uint8]:
    """Written straight to where the rows belong, so that no turned copy is needed."""
    width, height = image.size
    turned = orientation in (5, 6, 7, 8)
    upright = np.empty((width, height, 3) if turned else (height, width, 3), dtype=np.uint8)
    rgb(_values(image, name), height, width, into=_as_stored(upright, orientation))
    return upright


def _as_stored(upright: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """A view of the upright image in the order in which the file stores it (EXIF 2.32, 4.6.4)."""
    if orientation in (5, 6, 7, 8):
        upright = upright.transpose(1, 0, 2)
    across = -1 if orientation in (2, 3, 7, 8) else 1
    down = -1 if orientation in (3, 4, 6, 7) else 1
    return upright[::down, ::across]


def _values(image: Image.Image, name: str) -> Any:
    """Blocks of the image as uint8, grey or RGB."""
    width, height = image.size

    def part(first: int, last: int) -> Image.Image:
        return image if last - first == height else image.crop((0, first, width, last))

    if image.mode.startswith("I") or image.mode == "F":
        low, high = finite_range(lambda first, last: np.asarray(part(first, last)), height, width)
        return lambda first, last: stretched(np.asarray(part(first, last)), low, high)
    transparent = image.has_transparency_data

    def colours(first: int, last: int) -> NDArray[np.uint8]:
        block = part(first, last)
        if transparent:
            block = block.convert("RGBA")
            block = Image.alpha_composite(Image.new("RGBA", block.size, "white"), block)
        elif block.mode == "RGB":
            return np.asarray(block)
        try:
            return np.asarray(block.convert("RGB"))
        except ValueError:
            raise InputError(
                f"{name}: the colour mode {block.mode} is not supported; convert the image to RGB."
            ) from None

    return colours
