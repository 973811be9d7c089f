"""The one frame of a compressed DICOM image: checked against the data set, and run lengths expanded within bounds."""

import struct
from io import BytesIO
from typing import TYPE_CHECKING, cast

import numpy as np

from riskcore.data.decoding.dicom_file import Stored, samples_of, several_frames
from riskcore.data.decoding.headers import jpeg_frame
from riskcore.data.decoding.limits import check_work
from riskcore.errors import InputError

if TYPE_CHECKING:
    from pydicom import Dataset
    from pydicom.uid import UID


_READERS = ("pillow", "pyjpegls", "pylibjpeg")
"""pydicom's plug-ins in the order in which they are asked. Not gdcm: damaged files end the whole process."""

_INSTALL = {"JPEG-LS": "pyjpegls", "JPEG 2000": "pylibjpeg with pylibjpeg-openjpeg"}


def reader(syntax: "UID", name: str, deep: bool = False) -> str:
    """Which plug-in reads a transfer syntax of compressed pixels.

    Args:
        syntax: transfer syntax. name: what messages call the file.
        deep: a JPEG of more than 8 bits that is not lossless, which Pillow does not read.

    Raises:
        InputError: none that is installed.
    """
    from pydicom.pixels import get_decoder

    try:
        installed = get_decoder(syntax).available_plugins
    except NotImplementedError:
        installed = ()
    for each in _READERS:
        if each in installed and not (deep and each == "pillow"):
            return each
    wanted = next((package for kind, package in _INSTALL.items() if kind in syntax.name), "")
    wanted = wanted or "pylibjpeg with pylibjpeg-libjpeg (GPL)"
    bits = ", of 12 bits" if deep else ""
    raise InputError(
        f"{name}: no decoder for its DICOM transfer syntax ({syntax.name}{bits}) is installed; install {wanted}, "
        "or export the image uncompressed."
    )


def coded_or_plain(found: Stored, name: str) -> tuple[bytearray | memoryview, str]:
    """The compressed pixels, once they were checked, and the plug-in that reads them; run lengths are expanded, and the
    data set becomes a plain one.

    Raises:
        InputError: no decoder, several frames, or a frame of another size than the data set says.
    """
    from pydicom.encaps import generate_frames, parse_basic_offsets
    from pydicom.uid import ExplicitVRLittleEndian, RLELossless

    dataset = found.dataset
    syntax = dataset.file_meta.TransferSyntaxUID
    plugin = "" if syntax == RLELossless else reader(syntax, name)
    coded = found.pixels(found.length)
    if len(offsets := parse_basic_offsets(coded)) > 1:
        raise several_frames(name, len(offsets))
    frame = next(generate_frames(cast(bytes, coded), number_of_frames=1))
    if plugin:
        deep = _check_declared(dataset, frame, name)
        return coded, reader(syntax, name, deep)
    del coded
    plain = run_lengths(
        frame, int(dataset.Rows) * int(dataset.Columns), samples_of(dataset), int(dataset.BitsAllocated)
    )
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.PlanarConfiguration = 1
    if dataset.PhotometricInterpretation == "YBR_FULL_422":  # not subsampled in run lengths
        dataset.PhotometricInterpretation = "YBR_FULL"
    return plain, ""


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


def _check_declared(dataset: "Dataset", frame: bytes, name: str) -> bool:
    """Whether the frame is deep (`reader`); its header must agree with the data set, by which memory was judged."""
    width, height = int(dataset.Columns), int(dataset.Rows)
    deep, declared = False, None
    if frame.startswith(b"\xff\xd8"):
        if found := jpeg_frame(BytesIO(frame), name):
            deep = found.lossy and found.bits > 8
            declared = (found.width, found.height, len(found.components))
            check_work(width * height * (found.coefficients + 4.0) + 2 * len(frame), width, height, name)
    else:
        declared = _jpeg_2000_size(frame)
    if declared and declared != (width, height, samples_of(dataset)):
        raise InputError(
            f"{name}: the compressed image is not of the size that the DICOM file states; export it again."
        )
    return deep


def _jpeg_2000_size(frame: bytes) -> tuple[int, int, int] | None:
    """Width, height and components of a JPEG 2000 code stream, bare or in a JP2 file."""
    start = frame[:4096].find(b"\xff\x4f\xff\x51")
    if start < 0 or len(frame) < start + 42:
        return None
    right, bottom, left, top = struct.unpack_from(">4L", frame, start + 8)
    return right - left, bottom - top, struct.unpack_from(">H", frame, start + 40)[0]
