"""DICOM images as RGB: modality and VOI transforms, palettes and colour spaces, in blocks of rows."""

from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from riskcore.data.decoding.blocks import rgb, stretched
from riskcore.data.decoding.deep import colour_range
from riskcore.data.decoding.dicom_file import Stored, frame_bytes, read_dicom, take_functional_groups
from riskcore.data.decoding.dicom_frames import decoded_frame
from riskcore.data.decoding.dicom_grey import grey
from riskcore.data.decoding.dicom_tables import table
from riskcore.data.decoding.dicom_tags import aligned, lacks
from riskcore.data.decoding.limits import too_much_metadata
from riskcore.errors import InputError

if TYPE_CHECKING:
    from pydicom import Dataset

_CHANNELS = ("Red", "Green", "Blue")
_MAX_LUT_ENTRIES = 1 << 20  # of a segmented palette, expanded; a palette has at most 65,536


def count_dicom_frames(stream: BinaryIO, name: str) -> int:
    """Images that a DICOM file holds; its pixels are not read.

    Raises:
        InputError: as `decode_dicom`.
    """
    return read_dicom(stream, name, 0).frames


def decode_dicom(stream: BinaryIO, name: str, held: int, frame: int) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 of one image of a DICOM file.

    Args:
        stream: the file. name: what messages call it. held: bytes of it that are in memory already.
        frame: which image, from 1.

    Raises:
        InputError: no image, no such frame, no decoder, or beyond the limits; what else pydicom raises is left to
            the caller.
    """
    found = read_dicom(stream, name, held)
    if frame > found.frames:
        raise InputError(f"{name}: there is no frame {frame}; the file holds {found.frames:,}.")
    dataset = found.dataset
    take_functional_groups(dataset, frame)
    pixels, space = decoded_frame(found, frame, name) if found.encapsulated else _plain_frame(found, frame, name)
    height, width = pixels.shape[:2]
    kind = dataset.PhotometricInterpretation
    if kind in ("MONOCHROME1", "MONOCHROME2"):
        return rgb(grey(pixels, dataset), height, width)
    if kind == "PALETTE COLOR":
        return _palette(pixels, dataset, name)

    def colours(first: int, last: int) -> NDArray[Any]:
        from pydicom.pixels import convert_color_space

        block = pixels[first:last]
        if space in ("YBR_FULL", "YBR_FULL_422"):
            block = convert_color_space(np.ascontiguousarray(block), "YBR_FULL", "RGB")
        return block[..., :3]

    low, high = 0.0, 2.0 ** int(dataset.BitsStored) - 1
    if dataset.BitsStored > 8:
        own = colour_range(colours, height, width)
        if own[0] < 0 or own[1] > high or dataset.BitsStored == dataset.BitsAllocated:
            low, high = own
    return rgb(lambda first, last: stretched(colours(first, last), low, high), height, width)


def _plain_frame(found: Stored, frame: int, name: str) -> tuple[NDArray[Any], str]:
    """Stored values (H, W) or (H, W, samples) of a frame that is not compressed, and their colour space."""
    from pydicom.pixels import get_decoder
    from pydicom.pixels.utils import as_pixel_options
    from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian

    dataset = found.dataset
    size = frame_bytes(dataset)
    if frame > 1 and int(dataset.BitsAllocated) == 1:
        raise InputError(
            f"{name}: of frames with one bit a pixel the first alone is read; export the one to be judged."
        )
    data = found.pixels(size + size % 2, (frame - 1) * size)
    options = as_pixel_options(
        dataset, pixel_keyword="PixelData", pixel_vr=found.vr, view_only=True, allow_excess_frames=False
    )
    big = dataset.file_meta.TransferSyntaxUID == ExplicitVRBigEndian
    decoder = get_decoder(ExplicitVRBigEndian if big else ExplicitVRLittleEndian)
    pixels, properties = decoder.as_array(data, raw=True, **(options | {"correct_unused_bits": False}))
    return aligned(pixels, dataset), str(properties["photometric_interpretation"])


def _palette(pixels: NDArray[Any], dataset: "Dataset", name: str) -> NDArray[np.uint8]:
    """Whether entries have 8, 16 or some bits between is told by the tables; the descriptor often says otherwise."""
    if any(_segment_entries(dataset, colour) for colour in _CHANNELS):
        from pydicom.pixels import apply_color_lut

        if any(_segment_entries(dataset, colour) > _MAX_LUT_ENTRIES for colour in (*_CHANNELS, "Alpha")):
            raise too_much_metadata(name)
        count, start = (int(each) for each in dataset.RedPaletteColorLookupTableDescriptor[:2])
        every = apply_color_lut(np.arange(start, start + (count or 65_536)), dataset)[..., :3]
        top = 255 if every.max() <= 255 else 65_535
        return rgb(
            lambda first, last: stretched(apply_color_lut(pixels[first:last], dataset)[..., :3], 0, top),
            *pixels.shape[:2],
        )
    big = dataset.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.2"
    words = [f"{colour}PaletteColorLookupTable" for colour in _CHANNELS]
    signed = bool(dataset.PixelRepresentation)
    tables = [table(dataset, f"{word}Descriptor", f"{word}Data", signed=signed, big=big) for word in words]
    sound = [each for each in tables if each]
    if len(sound) < 3:
        raise lacks([f"{word}Data" for word, each in zip(words, tables, strict=True) if not each], name)
    top = max(int(each.entries.max()) for each in sound)
    said = int(dataset.RedPaletteColorLookupTableDescriptor[2])
    top = 255 if top <= 255 else 2**said - 1 if 8 < said < 16 and top < 2**said else 65_535
    return rgb(
        lambda first, last: stretched(np.stack([each.of(pixels[first:last]) for each in sound], axis=-1), 0, top),
        *pixels.shape[:2],
    )


def _segment_entries(dataset: "Dataset", colour: str) -> int:
    """At most as many entries has a segmented palette once expanded (DICOM PS3.3 C.7.9.2); 0 of a plain one."""
    data = dataset.get(f"Segmented{colour}PaletteColorLookupTableData") or b""
    deep = int(dataset.RedPaletteColorLookupTableDescriptor[2]) > 8 if data else False
    codes = np.frombuffer(data[: len(data) - len(data) % 2], dtype="<u2") if deep else np.frombuffer(data, np.uint8)
    position, direct, repeated = 0, 0, 0
    while position + 1 < len(codes):
        code, length = int(codes[position]), int(codes[position + 1])
        position += 2 + {0: length, 1: 1}.get(code, 2)
        direct += length if code < 2 else 0
        repeated += length if code >= 2 else 0
    return direct * (1 + repeated)
