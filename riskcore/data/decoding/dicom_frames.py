"""One frame of a compressed DICOM image: checked against the data set, then decoded by its own code.

What the frame holds is told by its first bytes, not by the transfer syntax, which is often wrong. Run lengths are
expanded here; JPEG of 8 bits is left to Pillow; JPEG-LS, lossless and 12-bit JPEG and JPEG 2000 go to imagecodecs.
"""

import struct
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from riskcore.data.decoding.dicom_file import Stored, samples_of
from riskcore.data.decoding.dicom_tags import aligned, no_decoder
from riskcore.data.decoding.headers import jpeg_frame
from riskcore.data.decoding.limits import check_work
from riskcore.errors import InputError

if TYPE_CHECKING:
    from pydicom import Dataset

_MAX_TILES = 4096
"""Of a JPEG 2000 image; OpenJPEG keeps several kilobytes for each before the first is decoded."""


def decoded_frame(found: Stored, frame: int, name: str) -> tuple[NDArray[Any], str]:
    """Stored values (H, W) or (H, W, samples) of a compressed frame, and their colour space as DICOM calls it.

    Args:
        found: the file. frame: which, from 1. name: what messages call the file.

    Raises:
        InputError: no decoder, or a frame of another size than the data set says.
        ValueError: no such frame, or a broken one; what the decoders raise is left to the caller, too.
    """
    from pydicom.encaps import generate_frames
    from pydicom.uid import RLELossless

    dataset = found.dataset
    syntax = dataset.file_meta.TransferSyntaxUID
    coded = found.pixels(found.length)
    every = generate_frames(cast(bytes, coded), number_of_frames=found.frames)
    data = next(islice(every, frame - 1, None), None)
    del coded, every
    if data is None:
        raise ValueError("no such frame")
    space = str(dataset.PhotometricInterpretation)
    if syntax == RLELossless:
        return _run_lengths(data, dataset), "YBR_FULL" if space == "YBR_FULL_422" else space
    if data.startswith(b"\xff\xd8"):
        return _jpeg(data, dataset, space, name)
    if (start := data[:4096].find(b"\xff\x4f\xff\x51")) >= 0:
        return _jpeg_2000(data, start, dataset, space, name)
    raise no_decoder("private" if syntax.is_private else syntax.name, name)


def _run_lengths(data: bytes, dataset: "Dataset") -> NDArray[Any]:
    height, width, samples = int(dataset.Rows), int(dataset.Columns), samples_of(dataset)
    plain = run_lengths(data, height * width, samples, int(dataset.BitsAllocated))
    kind = "i" if dataset.PixelRepresentation == 1 else "u"
    values = np.frombuffer(plain, dtype=f"<{kind}{int(dataset.BitsAllocated) // 8}")
    planes = values.reshape(samples, height, width)
    return aligned(planes[0] if samples == 1 else planes.transpose(1, 2, 0), dataset)


def run_lengths(frame: bytes, pixels: int, samples: int, bits: int) -> memoryview:
    """A frame of DICOM's run-length code as plain little-endian samples, plane after plane.

    Args:
        frame: header of 64 bytes and segments.
        pixels: of a plane. samples: planes. bits: allocated, a multiple of 8.

    Returns: pixels × samples × bits / 8 bytes; what a segment holds beyond `pixels` is not expanded.

    Raises:
        ValueError: another number of segments, or one that ends early.

    Source: DICOM PS3.5 annex G.

    Example:
        >>> header = struct.pack("<16L", 1, 64, *[0] * 14)
        >>> run_lengths(header + bytes([254, 7, 1, 8, 9]), 5, 1, 8).hex()
        '0707070809'
    """
    size = bits // 8
    count, *offsets = struct.unpack("<16L", frame[:64])
    if bits % 8 or count != samples * size or count > 15:
        raise ValueError("segments")
    ends = [*offsets[1:count], len(frame)]
    plain = np.empty((samples, pixels, size), dtype=np.uint8)
    for segment, (start, end) in enumerate(zip(offsets, ends, strict=False)):
        sample, byte = divmod(segment, size)
        plain[sample, :, size - 1 - byte] = np.frombuffer(_segment(frame[start:end], pixels), dtype=np.uint8)
    return plain.reshape(-1).data


def _segment(coded: bytes, pixels: int) -> bytearray:
    expanded, position, end = bytearray(), 0, len(coded)
    while len(expanded) < pixels and position < end:
        run = coded[position]
        if run > 128:
            expanded += coded[position + 1 : position + 2] * (257 - run)
            position += 2
        elif run < 128:
            expanded += coded[position + 1 : position + 2 + run]
            position += 2 + run
        else:
            position += 1
    if len(expanded) < pixels:
        raise ValueError("a segment ends early")
    del expanded[pixels:]
    return expanded


def _jpeg(data: bytes, dataset: "Dataset", space: str, name: str) -> tuple[NDArray[Any], str]:
    """JPEG of any process, and JPEG-LS."""
    import imagecodecs

    found = jpeg_frame(BytesIO(data), name)
    if found is None:
        raise ValueError("no start of frame")
    _check_size(dataset, (found.width, found.height, len(found.components)), name)
    pixels = found.width * found.height
    check_work(pixels * (found.coefficients + 4.0) + 2 * len(data), found.width, found.height, name)
    if found.lossy and found.bits <= 8:
        return _jpeg_of_8_bits(data, dataset)
    if b"\xff\xd9" not in data[-16:]:  # what is missing would be filled up, by CharLS after seconds
        raise ValueError("no end of image")
    if found.near_lossless:
        return _as_declared(imagecodecs.jpegls_decode(data), dataset, found.bits), space
    if not found.lossy:  # colours as they are stored: the data set says what they are
        stored = "rgb" if len(found.components) == 3 else None
        values = imagecodecs.jpeg8_decode(data, colorspace=stored, outcolorspace=stored)
        return _as_declared(values, dataset, found.bits), space
    colours = "RGB" if len(found.components) == 3 else space
    return _as_declared(imagecodecs.jpeg8_decode(data), dataset, found.bits), colours


def _jpeg_of_8_bits(data: bytes, dataset: "Dataset") -> tuple[NDArray[Any], str]:
    """Through pydicom, which knows whether Pillow's guess at the colour space of such files is to be believed."""
    from pydicom.encaps import encapsulate
    from pydicom.pixels import get_decoder
    from pydicom.pixels.utils import as_pixel_options
    from pydicom.uid import JPEGBaseline8Bit

    options = as_pixel_options(dataset, pixel_keyword="PixelData", pixel_vr="OB", view_only=True)
    values, properties = get_decoder(JPEGBaseline8Bit).as_array(
        encapsulate([data]), raw=True, decoding_plugin="pillow", **(options | {"bits_allocated": 8, "bits_stored": 8})
    )
    return values, str(properties["photometric_interpretation"])


def _jpeg_2000(data: bytes, start: int, dataset: "Dataset", space: str, name: str) -> tuple[NDArray[Any], str]:
    import imagecodecs

    right, bottom, left, top, across, down, x, y, count, depth = struct.unpack_from(">8LHB", data, start + 8)
    _check_size(dataset, (right - left, bottom - top, count), name)
    if not across or not down or -(-(right - x) // across) * -(-(bottom - y) // down) > _MAX_TILES:
        raise InputError(f"{name}: the JPEG 2000 image has more than {_MAX_TILES:,} tiles; export it again in one.")
    values = imagecodecs.jpeg2k_decode(data, numthreads=1)
    return _as_declared(values, dataset, (depth & 0x7F) + 1), "RGB" if space in ("YBR_RCT", "YBR_ICT") else space


def _check_size(dataset: "Dataset", found: tuple[int, int, int], name: str) -> None:
    """The frame's header must agree with the data set, by which memory was judged."""
    if found != (int(dataset.Columns), int(dataset.Rows), samples_of(dataset)):
        raise InputError(
            f"{name}: the compressed image is not of the size that the DICOM file states; export it again."
        )


def _as_declared(values: NDArray[Any], dataset: "Dataset", bits: int) -> NDArray[Any]:
    """Signed or not, as the data set says: JPEG cannot tell, and JPEG 2000 is often written with the wrong sign.

    Args:
        values: as decoded. bits: of a sample, as the frame says.
    """
    kind = "i" if dataset.PixelRepresentation == 1 else "u"
    if values.dtype.kind != kind:
        shift = 8 * values.dtype.itemsize - min(bits, int(dataset.BitsStored))
        values = values.view(f"{kind}{values.dtype.itemsize}")
        values <<= shift
        values >>= shift
    return values
