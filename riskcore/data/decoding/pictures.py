"""PNG, JPEG, TIFF, BMP, GIF and WebP as RGB, through Pillow, in blocks of rows."""

import os
from io import BytesIO
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageFile, UnidentifiedImageError
from PIL.TiffImagePlugin import TiffImageFile

from riskcore.data.decoding.blocks import Values, rgb
from riskcore.data.decoding.deep import shown
from riskcore.data.decoding.deep_png import deep_png
from riskcore.data.decoding.headers import TiffDirectory, jpeg_frame, png_image, tiff_directory
from riskcore.data.decoding.kinds import HEAD, no_image, unusual
from riskcore.data.decoding.limits import MAX_PIXELS, check_size, check_work, work_bytes
from riskcore.data.decoding.several import gif_images, webp_images
from riskcore.data.decoding.spliced import Spliced
from riskcore.data.decoding.tiff import PREMULTIPLIED, Samples, deep_samples, open_words, sample_blocks, unsupported
from riskcore.data.decoding.tiff_form import ordinary
from riskcore.errors import InputError

_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP")
_WIDTH, _BITS, _COMPRESSION, _ORIENTATION, _SAMPLES, _STRIP_ROWS, _PLANES = 256, 258, 259, 274, 277, 278, 284
_PALETTE, _TILE_WIDTH, _TILE_HEIGHT = 320, 322, 323
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_BEGUN = {b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG", b"GIF8": "GIF", b"BM": "BMP"}
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
    head = stream.read(12)
    if head.startswith(_TIFF):
        whole, stream = stream, ordinary(stream, name)
        if stream is not whole:  # Pillow copies what it cannot hand to the system
            held += stream.seek(0, os.SEEK_END)
        found = tiff_directory(stream, name)
        if found and (samples := deep_samples(found, name)):
            return _deep_tiff(stream, found, samples, name, held)
        loading = _tiff_loading(found.numbers, name) if found else 0.0
    elif head.startswith(b"\xff\xd8"):
        frame = jpeg_frame(stream, name)
        if frame and (frame.bits != 8 or frame.near_lossless):
            raise unusual("JPEG", name)
        loading = frame.coefficients if frame else 0.0
    elif head.startswith(b"\x89PNG"):
        loading, stream = 0.0, cast(BinaryIO, Spliced(stream, png_image(stream, name)))
    elif head.startswith(b"GIF8"):
        loading = 4.0  # the picture is filled, and its first image pasted
        next(gif_images(stream, name), None)
    elif head.startswith(b"RIFF"):
        loading = 12.0  # two canvases of the decoder, and a copy of one
        webp_images(stream, name)
    else:
        loading = 0.0
    image = _opened(stream, name)
    _mend(image)
    width, height = image.size
    check_size(width, height, name)
    if image.format == "PNG" and (deep := deep_png(image)):
        check_work(work_bytes(width, height, 1, deep.held_bytes) + held, width, height, name)
        values = shown(deep.blocks(_opened(stream, name)), height, width, deep.colours, deep.opaque, False)
        return _upright(values, width, height, _orientation(image))
    own = _WORD.get(image.mode, 4)
    if image.format == "BMP":
        loading = 2.0  # a run-length coded one is expanded beside the image, and copied
    work = max(work_bytes(width, height, own, 1), int(width * height * (own + loading)))
    check_work(work + held, width, height, name)
    image.load()
    if image.format == "TIFF" and image.mode == "P":
        _mend_palette(cast(TiffImageFile, image))
    return _upright(_values(image, name), width, height, _orientation(image))


def _opened(stream: BinaryIO, name: str) -> Image.Image:
    stream.seek(0)
    try:
        return Image.open(stream, formats=_FORMATS)
    except Image.DecompressionBombError:
        raise InputError(
            f"{name}: the image has more than {MAX_PIXELS / 1e6:.0f} million pixels. Cut or shrink it first."
        ) from None
    except UnidentifiedImageError:
        stream.seek(0)
        head = stream.read(HEAD)
        kind = next((each for sign, each in _BEGUN.items() if head.startswith(sign)), None)
        found = tiff_directory(stream, name) if head.startswith(_TIFF) else None
        if found and found.entries:
            raise unsupported(found, name) from None
        raise (unusual(kind, name) if kind else no_image(head, name)) from None


def _mend(image: Image.Image) -> None:
    """What Pillow takes wrongly of an image that is not loaded yet.

    Greys of 2 and 4 bits are spread over 8, but not their transparent one. JPEG of four inks is taken for Adobe's,
    whose inks are inverted, though it does not say so.
    """
    tiles = cast(ImageFile.ImageFile, image).tile
    raw = tiles[0].args if tiles else ""
    key = image.info.get("transparency")
    if image.format == "PNG" and raw in ("L;2", "L;4") and isinstance(key, int):
        image.info["transparency"] = key * (85 if raw == "L;2" else 17)
    if image.format == "JPEG" and image.mode == "CMYK" and "adobe" not in image.info:
        cast(ImageFile.ImageFile, image).tile = [tiles[0]._replace(args=("CMYK", ""))]


def _mend_palette(image: TiffImageFile) -> None:
    """Entries have 16 bits, but some programs write 8: what is then read as black throughout."""
    entries = image.tag_v2.get(_PALETTE, ())
    if entries and max(entries) < 256:
        image.putpalette(np.array(entries, dtype=np.uint8).reshape(3, -1).T.tobytes())


def _orientation(image: Image.Image) -> int:
    """1 to 8; other tags of the EXIF may be broken, which does not concern the image."""
    try:
        found = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # a broken number among others; only this one is looked for
        exif = bytes(image.info.get("exif", b"")).removeprefix(b"Exif\0\0")
        directory = tiff_directory(BytesIO(exif), "EXIF")
        found = directory.numbers.get(_ORIENTATION, 1) if directory else 1
    return found if found in range(1, 9) else 1


def _deep_tiff(stream: BinaryIO, found: TiffDirectory, samples: Samples, name: str, held: int) -> NDArray[np.uint8]:
    width, height = samples.width, samples.height
    check_size(width, height, name)
    loading = _tiff_loading(found.numbers, name, samples.count * samples.dtype.itemsize)
    own = samples.pixel_bytes * samples.padded / width
    check_work(max(work_bytes(width, height, 1, own), width * height * (own + loading)) + held, width, height, name)
    words = open_words(stream, found, samples)
    words.load()
    opaque = None
    if samples.alpha:
        opaque = 1.0 if samples.dtype.kind == "f" else float(np.iinfo(samples.dtype).max)
    values = sample_blocks(words, samples)
    pixels = shown(values, height, width, samples.colours, opaque, samples.alpha == PREMULTIPLIED)
    return _upright(pixels, width, height, found.numbers.get(_ORIENTATION, 1))


def _tiff_loading(numbers: dict[int, int], name: str, words: int = 0) -> float:
    """Bytes a pixel that loading takes beside the image: a strip or tile is expanded in one piece; one that is turned
    is copied, but where it is read as `words` (bytes a pixel), which Pillow does not turn."""
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
    strip = piece * (words or max(samples * sample, 4)) / (width * height) if compressed else 0.0
    turned = not words and numbers.get(_ORIENTATION, 1) in range(2, 9)
    return max(strip, 6.0 if turned else 0.0)  # 4 of the copy; what the system still holds of it was measured


def _upright(values: Values, width: int, height: int, orientation: int) -> NDArray[np.uint8]:
    """Written straight to where the rows belong, so that no turned copy is needed."""
    turned = orientation in (5, 6, 7, 8)
    upright = np.empty((width, height, 3) if turned else (height, width, 3), dtype=np.uint8)
    rgb(values, height, width, into=_as_stored(upright, orientation))
    return upright


def _as_stored(upright: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """A view of the upright image in the order in which the file stores it (EXIF 2.32, 4.6.4)."""
    if orientation in (5, 6, 7, 8):
        upright = upright.transpose(1, 0, 2)
    across = -1 if orientation in (2, 3, 7, 8) else 1
    down = -1 if orientation in (3, 4, 6, 7) else 1
    return upright[::down, ::across]


def _values(image: Image.Image, name: str) -> Values:
    """Blocks of the image as uint8, grey or RGB."""
    width, height = image.size

    def part(first: int, last: int) -> Image.Image:
        return image if last - first == height else image.crop((0, first, width, last))

    if image.mode.startswith("I") or image.mode == "F":
        return shown(lambda first, last: np.asarray(part(first, last))[:, :, None], height, width, 1, None, False)
    transparent = image.has_transparency_data
    if image.mode in ("LA", "RGBA") and cast(list[tuple[int, int]], image.getextrema())[-1][1] == 0:
        transparent = False  # an opacity that was never filled in: nothing at all could be seen

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
