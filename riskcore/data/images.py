"""Safe decoding of image files: PNG, JPEG, TIFF, BMP and DICOM become RGB uint8.

A file is recognised by its content, never by its name. Sizes are checked from the header before any pixel is
decoded. Messages name the file and nothing that is written inside it, so that no DICOM tag can leak.
"""

import logging
import warnings
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from riskcore.errors import InputError

if TYPE_CHECKING:
    from pydicom import Dataset

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".dcm")
"""Suffixes, in lower case, by which folders are searched for images."""

MAX_PIXELS = 89_478_485
"""Largest image that is decoded (Pillow's own threshold, 268 MB as RGB)."""

_FORMATS = ("PNG", "JPEG", "TIFF", "BMP")
_DAMAGED = "is damaged or cut short; fetch or export it again"

# The decoders' warnings and logs quote what is written in the file, a patient's name for one; what matters
# becomes an InputError. Filters are set once, as setting them around each call is not safe in threads.
for _decoder in ("PIL", "pydicom"):
    warnings.filterwarnings("ignore", module=rf"{_decoder}\b")
logging.getLogger("pydicom").disabled = True


def decode(source: str | Path | bytes, name: str | None = None) -> NDArray[np.uint8]:
    """An image file as RGB.

    EXIF orientation is applied, transparency is laid over white, and of a TIFF with several pages the first
    is taken. Greys of more than 8 bits run from the image's own minimum (0) to its maximum (255). DICOM:
    rescale slope and intercept, then the first VOI LUT or window (without one, minimum to maximum);
    MONOCHROME1 is inverted; several frames are refused, as which one to judge is not ours to choose.

    Args:
        source: path of a file, or the file's bytes.
        name: what messages call it; by default the path, or "image" for bytes.

    Returns:
        (H, W, 3) uint8, contiguous.

    Raises:
        InputError: no such file, not an image, damaged, larger than `MAX_PIXELS`, or a DICOM file without a
            single image that can be decoded.

    Source: DICOM PS3.3 C.7.6.3, C.11.1 and C.11.2 (through pydicom).

    Example:
        >>> file = BytesIO()
        >>> Image.new("L", (3, 2), color=7).save(file, "PNG")
        >>> image = decode(file.getvalue())
        >>> image.shape, image[0, 0].tolist()
        ((2, 3, 3), [7, 7, 7])
    """
    if isinstance(source, bytes):
        return _decode(BytesIO(source), name or "image")
    name = name or str(source)
    if not Path(source).is_file():
        raise InputError(f"{name}: there is no such file; check the path.")
    try:
        with open(source, "rb") as stream:
            return _decode(stream, name)
    except PermissionError:
        raise InputError(f"{name}: the file cannot be read; check its permissions.") from None


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
        >>> stream = BytesIO()
        >>> Image.new("L", (640, 320), 200).save(stream, "PNG")
        >>> Image.open(BytesIO(thumbnail(stream.getvalue(), 64))).size
        (64, 32)
    """
    image = Image.fromarray(source if isinstance(source, np.ndarray) else decode(source, name))
    image.thumbnail((side, side))
    stream = BytesIO()
    image.save(stream, "JPEG", quality=88)
    return stream.getvalue()


def _decode(stream: BinaryIO, name: str) -> NDArray[np.uint8]:
    head = stream.read(132)
    stream.seek(0)
    if not head:
        raise InputError(f"{name}: the file is empty; fetch or export it again.")
    try:
        pixels = _decode_dicom(stream, name) if head[128:] == b"DICM" else _decode_pillow(stream, name)
    except (InputError, MemoryError, PermissionError):
        raise
    except Exception:  # a decoder fed broken bytes may raise anything, and its words may quote the content
        raise InputError(f"{name}: the image {_DAMAGED}.") from None
    return np.ascontiguousarray(pixels)


def _check_size(width: int, height: int, name: str) -> None:
    if width * height > MAX_PIXELS:
        raise InputError(
            f"{name}: the image has {width:,} × {height:,} pixels, more than {MAX_PIXELS / 1e6:.0f} million. "
            "Cut or shrink it first."
        )


def _stretched(values: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """Values from low..high to 0..255, clipped; a flat image becomes black."""
    scaled = (values.astype(np.float64) - low) * (255.0 / (high - low) if high > low else 0.0)
    return np.clip(np.rint(np.nan_to_num(scaled)), 0, 255).astype(np.uint8)


def _grey_to_rgb(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.repeat(grey[:, :, None], 3, axis=2)


def _decode_pillow(stream: BinaryIO, name: str) -> NDArray[np.uint8]:
    try:
        image: Image.Image = Image.open(stream, formats=_FORMATS)
    except Image.DecompressionBombError:
        raise InputError(
            f"{name}: the image has more than {MAX_PIXELS / 1e6:.0f} million pixels. Cut or shrink it first."
        ) from None
    except UnidentifiedImageError:
        raise InputError(f"{name}: the file is not an image; expected PNG, JPEG, TIFF, BMP or DICOM content.") from None
    _check_size(*image.size, name)
    image.load()
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I") or image.mode == "F":
        values = np.asarray(image, dtype=np.float64)
        finite = values[np.isfinite(values)]
        low, high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
        return _grey_to_rgb(_stretched(values, low, high))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    try:
        return np.asarray(image.convert("RGB"))
    except ValueError:
        raise InputError(f"{name}: the colour mode {image.mode} is not supported; convert the image to RGB.") from None


def _decode_dicom(stream: BinaryIO, name: str) -> NDArray[np.uint8]:
    import pydicom
    from pydicom.pixels import pixel_array

    dataset = pydicom.dcmread(stream)
    if "PixelData" not in dataset:
        raise InputError(f"{name}: the DICOM file holds no image or is cut short; export the image itself.")
    frames = int(dataset.get("NumberOfFrames") or 1)
    if frames > 1:
        raise InputError(f"{name}: the DICOM file holds {frames:,} frames; export the one to judge as a single image.")
    _check_size(int(dataset.Columns), int(dataset.Rows), name)
    _require_decoder(dataset, name)
    pixels = pixel_array(dataset)  # colours come out as RGB
    if dataset.PhotometricInterpretation in ("MONOCHROME1", "MONOCHROME2"):
        return _grey_to_rgb(_windowed(pixels, dataset))
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        bits = int(dataset.RedPaletteColorLookupTableDescriptor[2])
        pixels = pydicom.pixels.apply_color_lut(pixels, dataset)
    else:
        bits = int(dataset.BitsStored)
    return _stretched(pixels[..., :3], 0, 2**bits - 1)


def _require_decoder(dataset: "Dataset", name: str) -> None:
    from pydicom.pixels import get_decoder

    syntax = dataset.file_meta.TransferSyntaxUID
    try:
        available = get_decoder(syntax).is_available
    except NotImplementedError:
        available = False
    if not available:
        raise InputError(
            f"{name}: no decoder for its DICOM transfer syntax ({syntax.name}) is installed; install "
            "pylibjpeg with its plug-ins, or export the image uncompressed."
        )


def _windowed(pixels: NDArray[Any], dataset: "Dataset") -> NDArray[np.uint8]:
    """Modality transform, then VOI transform, as 0 (darkest) to 255; MONOCHROME1 inverted."""
    from pydicom.multival import MultiValue
    from pydicom.pixels import apply_modality_lut, apply_voi, apply_windowing

    def first(value: Any) -> Any:
        return value[0] if isinstance(value, MultiValue) and value else value

    values = apply_modality_lut(pixels, dataset)
    centre, width = first(dataset.get("WindowCenter")), first(dataset.get("WindowWidth"))
    low: float
    high: float
    if dataset.get("VOILUTSequence"):
        low, high = 0, 2 ** int(dataset.VOILUTSequence[0].LUTDescriptor[2]) - 1
        values = apply_voi(values, dataset)
    elif centre is not None and width and float(width) >= 1:
        # pydicom maps the window to a range of its own: ask it where values far outside end up.
        far = 100.0 * float(width)
        low, high = apply_windowing(np.array([float(centre) - far, float(centre) + far]), dataset)
        values = apply_windowing(values, dataset)
    else:
        low, high = float(values.min()), float(values.max())
    grey = _stretched(values, low, high)
    return 255 - grey if dataset.PhotometricInterpretation == "MONOCHROME1" else grey
