"""Safe decoding of image files: PNG, JPEG, TIFF, BMP, GIF, WebP and DICOM become RGB uint8.

A file is recognised by its content, never by its name. Sizes are checked from the header before any pixel is
decoded, so that no file takes 600 MB or more (`riskcore.data.decoding`). Messages name the file and nothing that is
written inside it, so that no DICOM tag can leak.
"""

import logging
import os
import stat
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, TypeVar

import numpy as np
from numpy.typing import NDArray

from riskcore.data.decoding.blocks import row_blocks
from riskcore.data.decoding.declared import NOTHING_DECLARED, Declared, declared_kind
from riskcore.data.decoding.dicom import count_dicom_frames, decode_dicom
from riskcore.data.decoding.dicom_file import looks_like_dicom
from riskcore.data.decoding.limits import MAX_FILE, too_large_file, too_little_memory
from riskcore.data.decoding.pictures import decode_picture
from riskcore.data.decoding.several import count_pictures
from riskcore.data.resizing import within
from riskcore.errors import InputError

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp", ".dcm")
"""Suffixes, in lower case, by which folders are searched for images."""

BLANK_LEVELS, BLANK_SHARE = 2, 0.99
BLANK = f"blank or nearly so: {BLANK_SHARE:.0%} of its pixels are within {BLANK_LEVELS} levels of 255".replace(
    "%", " %"
)
"""What is said of an image that shows nothing."""

GREY_LEVELS, GREY_SHARE = 4, 0.99

T = TypeVar("T")

_DAMAGED = "is damaged or cut short; fetch or export it again"

# The decoders' warnings and logs quote what is written in the file, a patient's name for one; what matters
# becomes an InputError. Filters are set once, as setting them around each call is not safe in threads.
for _decoder in ("PIL", "pydicom"):
    warnings.filterwarnings("ignore", module=rf"{_decoder}\b")
logging.getLogger("pydicom").disabled = True


def decode(source: str | Path | bytes, name: str | None = None, frame: int = 1) -> NDArray[np.uint8]:
    """An image file as RGB.

    EXIF orientation is applied, and transparency is laid over white. 8 bits stay as they are. What is deeper is
    brought to 8 bits in one range for the whole image:

    - what the file declares. DICOM: rescale slope and intercept, then the first VOI LUT, else the first window, that
      leaves the image at least 3 shades of 255, and 32 with what lies alone; colours of fewer bits than are
      allocated: all those bits;
    - else what it holds: greys from the least to the greatest value (`riskcore.data.decoding.ranges`: without values
      that lie alone, and those far beyond the middle 98 %), colours from 0 to the end of the bits that they fill,
      floats of colour to 1 or, beyond it, their greatest value.

    MONOCHROME1 and WhiteIsZero are inverted. DICOM's padding values take no part in the range and become black.

    Args:
        source: path of a file, or the file's bytes.
        name: what messages call it; by default the path, or "image" for bytes.
        frame: which image of a DICOM file with several, from 1; of other files the first is read, of a TIFF the first
            page that is not said to be a smaller copy of another.

    Returns:
        (H, W, 3) uint8, contiguous.

    Raises:
        InputError: no such file or frame, not an image, damaged, beyond the limits (`riskcore.data.decoding.limits`:
            pixels, bytes of work, sides, metadata), more than memory holds, or of a kind for which there is no decoder.

    Source: DICOM PS3.3 C.7.6.3, C.11.1 and C.11.2 (through pydicom).

    Example:
        >>> from PIL import Image
        >>> file = BytesIO()
        >>> Image.new("L", (3, 2), color=7).save(file, "PNG")
        >>> image = decode(file.getvalue())
        >>> image.shape, image[0, 0].tolist()
        ((2, 3, 3), [7, 7, 7])
    """
    if isinstance(source, bytes):
        if len(source) > MAX_FILE:
            raise too_large_file(name or "image")
        return _decode(BytesIO(source), name or "image", len(source), frame)
    name = name or str(source)
    with _opened(source, name) as stream:
        return _decode(stream, name, 0, frame)


def count_frames(source: str | Path | bytes, name: str | None = None) -> int:
    """Images that a file holds: frames of a DICOM file, GIF or WebP, pages of a TIFF; no pixel is decoded.

    Args:
        source, name: as for `decode`.

    Raises:
        InputError: as `decode`, as far as the file's header tells.

    Example:
        >>> from PIL import Image
        >>> file, second = BytesIO(), Image.new("L", (3, 2), 9)
        >>> Image.new("L", (3, 2)).save(file, "GIF", save_all=True, append_images=[second])
        >>> count_frames(file.getvalue())
        2
    """
    name = name or ("image" if isinstance(source, bytes) else str(source))
    if isinstance(source, bytes):
        return _guarded(_count, BytesIO(source), name)
    with _opened(source, name) as stream:
        return _guarded(_count, stream, name)


def declared(source: str | Path | bytes) -> Declared:
    """What a DICOM file declares to be: modality and body part; nothing of other files, or of one that is damaged.

    Args:
        source: as for `decode`.

    Example:
        >>> declared(b"no image")
        Declared(modality=None, body_part=None)
    """
    try:
        if isinstance(source, bytes):
            return _guarded(_declared, BytesIO(source), "image")
        with _opened(source, str(source)) as stream:
            return _guarded(_declared, stream, str(source))
    except InputError:
        return NOTHING_DECLARED


def thumbnail(source: str | Path | bytes | NDArray[np.uint8], side: int, name: str | None = None) -> bytes:
    """A small picture for a screen.

    Args:
        source, name: as for `decode`; or what `decode` gave.
        side: greatest width and height in pixels; smaller images stay as they are.

    Returns:
        JPEG bytes, without any of the file's own metadata.

    Raises:
        InputError: as `decode`.

    Example:
        >>> from PIL import Image
        >>> stream = BytesIO()
        >>> Image.new("L", (640, 320), 200).save(stream, "PNG")
        >>> Image.open(BytesIO(thumbnail(stream.getvalue(), 64))).size
        (64, 32)
    """
    pixels = source if isinstance(source, np.ndarray) else decode(source, name)
    stream = BytesIO()
    within(pixels, side).save(stream, "JPEG", quality=88)
    return stream.getvalue()


def is_blank(pixels: NDArray[np.uint8]) -> bool:
    """Whether an image shows nothing: in every channel 99 % of its pixels lie within 2 of 255 levels of one another.

    Args:
        pixels: (H, W, 3) uint8.

    Example:
        >>> is_blank(np.full((20, 20, 3), 7, dtype=np.uint8))
        True
    """
    for channel in range(3):
        counts = np.zeros(256, dtype=np.int64)
        for first, last in row_blocks(*pixels.shape[:2]):
            counts += np.bincount(pixels[first:last, :, channel].reshape(-1), minlength=256)
        if np.convolve(counts, np.ones(BLANK_LEVELS + 1, dtype=np.int64)).max() < BLANK_SHARE * counts.sum():
            return False
    return True


def is_grey(pixels: NDArray[np.uint8]) -> bool:
    """Whether an image has no colour: in 99 % of its pixels the channels are within 4 of 255 levels of one another.

    Args:
        pixels: (H, W, 3) uint8.

    Example:
        >>> is_grey(np.full((20, 20, 3), 7, dtype=np.uint8)), is_grey(np.full((20, 20, 3), (90, 60, 50), np.uint8))
        (True, False)
    """
    grey = 0
    for first, last in row_blocks(*pixels.shape[:2]):
        block = pixels[first:last]
        red, green, blue = (block[..., channel] for channel in range(3))  # many times as fast as along the axis
        most, least = np.maximum(np.maximum(red, green), blue), np.minimum(np.minimum(red, green), blue)
        grey += int(np.count_nonzero(most - least <= GREY_LEVELS))
    return grey >= GREY_SHARE * pixels.shape[0] * pixels.shape[1]


def read_image_file(path: str | Path, name: str | None = None) -> bytes:
    """The bytes of an image file, no more of them than any image may have.

    Args:
        path: of the file.
        name: what messages call it; by default the path.

    Raises:
        InputError: no such file, not an ordinary one (a pipe, a device), unreadable, or larger than `MAX_FILE`.

    Example:
        >>> read_image_file("/dev/zero")
        Traceback (most recent call last):
        ...
        riskcore.errors.InputError: /dev/zero: this is no ordinary file; give the image itself.
    """
    name = name or str(path)
    with _opened(path, name) as stream:
        data = stream.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise too_large_file(name)
    return data


@contextmanager
def _opened(path: str | Path, name: str) -> Iterator[BinaryIO]:
    """An ordinary file of bearable size, for reading; whatever the system says becomes an error of this file."""
    try:
        mode = os.stat(path).st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise InputError(f"{name}: this is no ordinary file; give the image itself.")
        with open(path, "rb") as stream:
            if os.fstat(stream.fileno()).st_size > MAX_FILE:
                raise too_large_file(name)
            yield stream
    except InputError:
        raise
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, ValueError):
        raise InputError(f"{name}: there is no such file; check the path.") from None
    except PermissionError:
        raise InputError(f"{name}: the file cannot be read; check its permissions.") from None
    except OSError as error:
        raise InputError(f"{name}: the file cannot be read ({error.strerror}); check the path and its disk.") from None


def _decode(stream: BinaryIO, name: str, held: int, frame: int) -> NDArray[np.uint8]:
    def pixels(stream: BinaryIO, name: str) -> NDArray[np.uint8]:
        if _is_dicom(stream):
            return decode_dicom(stream, name, held, frame)
        if frame > 1:
            raise InputError(f"{name}: frames are chosen in DICOM files only; save image {frame} as a file of its own.")
        return decode_picture(stream, name, held)

    return _guarded(pixels, stream, name)


def _count(stream: BinaryIO, name: str) -> int:
    return count_dicom_frames(stream, name) if _is_dicom(stream) else count_pictures(stream, name)


def _declared(stream: BinaryIO, name: str) -> Declared:
    return declared_kind(stream, name) if _is_dicom(stream) else NOTHING_DECLARED


def _is_dicom(stream: BinaryIO) -> bool:
    head = stream.read(132)
    stream.seek(0)
    return looks_like_dicom(head)


def _guarded(answer: Callable[[BinaryIO, str], T], stream: BinaryIO, name: str) -> T:
    """The answer; whatever a decoder raises instead becomes an error of this file."""
    try:
        if not stream.read(1):
            raise InputError(f"{name}: the file is empty; fetch or export it again.")
        stream.seek(0)
        return answer(stream, name)
    except InputError:
        raise
    except MemoryError:
        raise too_little_memory(name) from None
    except Exception:  # a decoder fed broken bytes may raise anything, and its words may quote the content
        raise InputError(f"{name}: the image {_DAMAGED}.") from None
