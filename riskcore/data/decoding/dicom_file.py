"""The part of a DICOM file that an image needs: the elements that describe its pixels, and the pixels as stored.

Other elements are passed over. A deflated file is inflated up to a limit, and nothing is read before its size is
known to be within the limits.
"""

import os
import struct
import zlib
from dataclasses import dataclass, replace
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO, cast

from riskcore.data.decoding.dicom_tags import no_decoder, settle
from riskcore.data.decoding.limits import MAX_FILE, check_size, check_work, too_large_file, work_bytes
from riskcore.data.decoding.metered import Metered
from riskcore.data.decoding.spliced import Spliced
from riskcore.errors import InputError

if TYPE_CHECKING:
    from pydicom import Dataset

_DEFLATED = "1.2.840.10008.1.2.1.99"
_IMPORTING = Lock()  # threads that import pydicom at the same time find half of it

PLAIN = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", _DEFLATED, "1.2.840.10008.1.2.2")
"""Transfer syntaxes of pixels that are not compressed."""

_PIXEL_DATA = 0x7FE00010
_OTHER_PIXELS = (0x7FE00008, 0x7FE00009)  # float and double: not read here
_VALUES = tuple(b"AE AS AT CS DA DS DT FL FD IS LO LT OB OW PN SH SL SQ SS ST TM UI UL UN US UT".split())
_FIRST_GROUPS = (0x02, 0x08, 0x10, 0x18, 0x20, 0x28)
_ITEM = b"\xfe\xff\x00\xe0"
_UNDEFINED = 0xFFFFFFFF
_SHOWN = (
    *("RescaleSlope", "RescaleIntercept", "ModalityLUTSequence"),
    *("WindowCenter", "WindowWidth", "VOILUTFunction", "VOILUTSequence"),
)
_GROUPS = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
_NEEDED = (
    *("Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "NumberOfFrames"),
    *("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "PixelPresentation"),
    *("PixelPaddingValue", "PixelPaddingRangeLimit", "Modality", "BodyPartExamined"),
    *_SHOWN,
    *_GROUPS,
    *(
        f"{kind}{colour}PaletteColorLookupTable{part}"
        for colour in ("Red", "Green", "Blue", "Alpha")
        for kind, part in (("", "Descriptor"), ("", "Data"), ("Segmented", "Data"))
    ),
)


def looks_like_dicom(head: bytes) -> bool:
    """Whether a file's first 132 bytes are those of DICOM, with its preamble or, as some devices write it, without.

    >>> looks_like_dicom(bytes(128) + b"DICM"), looks_like_dicom(b"\\x08\\0\\x05\\0CS\\x0a\\0ISO_IR 100")
    (True, True)
    """
    if head[128:132] == b"DICM" or head.startswith(b"DICM"):
        return True
    group, number, length = struct.unpack_from("<HHL", head.ljust(8, b"\0"))
    if head[4:6] in _VALUES:
        return group in _FIRST_GROUPS or group >> 8 in _FIRST_GROUPS[1:]  # the latter in big-endian order
    return group == 8 and number < 0x100 and 0 < length <= 256 and length % 2 == 0


@dataclass(frozen=True)
class Stored:
    """A data set without its pixels, and where they are.

    Attributes:
        dataset: the elements of `_NEEDED`, with `file_meta`.
        stream: what holds the pixels. start, length: their place in it; length to the end where it is undefined.
        vr: their value representation.
        held: bytes of the file that are in memory.
        frames: how many there are.
        encapsulated: whether the pixels are compressed; what they look like decides where the syntax is wrong.
    """

    dataset: "Dataset"
    stream: BinaryIO
    start: int
    length: int
    vr: str
    held: int
    frames: int
    encapsulated: bool

    def pixels(self, most: int, skipped: int = 0) -> bytearray:
        """At most `most` bytes of the pixels as stored, after the first `skipped`; in an array that can be changed in
        place."""
        data = bytearray(max(0, min(self.length - skipped, most)))
        self.stream.seek(self.start + skipped)
        count = cast(BytesIO, self.stream).readinto(data)
        del data[count:]
        return data


def read_dicom(stream: BinaryIO, name: str, held: int) -> Stored:
    """What describes the image of a DICOM file, and where its pixels are.

    Args:
        stream: the file. name: what messages call it. held: bytes of it that are in memory already.

    Raises:
        InputError: it holds no image, or more than the limits.
    """
    with _IMPORTING:
        import pydicom.encaps
        import pydicom.pixels  # noqa: F401
    from pydicom.datadict import tag_for_keyword
    from pydicom.dataset import FileMetaDataset
    from pydicom.filereader import read_dataset, read_partial
    from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

    place: list[tuple[int, int, str]] = []
    others: list[int] = []
    wanted = [tag for keyword in _NEEDED if (tag := tag_for_keyword(keyword))]

    def at_pixels(tag: int, vr: str | None, length: int) -> bool:
        if tag == _PIXEL_DATA:
            place.append((source.tell(), length, vr or "OW"))
        elif tag in _OTHER_PIXELS:
            others.append(tag)
        return tag == _PIXEL_DATA or tag in _OTHER_PIXELS

    stream.seek(0)
    if stream.read(4) == b"DICM":  # the preamble alone is absent
        stream = cast(BinaryIO, Spliced(stream, [bytes(128), (0, stream.seek(0, os.SEEK_END))]))
    source = Metered(stream, name)
    source.seek(128)
    with_preamble = source.read(4) == b"DICM"
    source.seek(132 if with_preamble else 0)
    meta = read_dataset(
        cast(BinaryIO, source),
        False,
        True,
        stop_when=lambda tag, vr, length: tag >> 16 != 2,
        specific_tags=[0x00020010],
    )
    if meta.get("TransferSyntaxUID") == _DEFLATED:
        inflated = _inflated(stream, source.tell(), name)
        held += len(inflated.getbuffer())
        source = Metered(inflated, name)
        dataset = read_dataset(cast(BinaryIO, source), False, True, stop_when=at_pixels, specific_tags=wanted)
        dataset.file_meta = FileMetaDataset(meta)
        stream = inflated
    else:
        source.seek(0)
        dataset = read_partial(cast(BinaryIO, source), stop_when=at_pixels, specific_tags=wanted, force=True)
        if not dataset.file_meta.get("TransferSyntaxUID"):  # told by the data set itself, whose form was found out
            implicit, little = dataset.original_encoding
            known = ExplicitVRLittleEndian if little else ExplicitVRBigEndian
            dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else known
    if others:
        raise InputError(f"{name}: the DICOM file holds floats instead of pixels; export it with whole numbers.")
    if not place:
        raise InputError(f"{name}: the DICOM file holds no image or is cut short; export the image itself.")
    settle(dataset, name)
    start, length, vr = place[0]
    left = source.end - start
    stream.seek(start)
    items = stream.read(4) == _ITEM
    syntax = dataset.file_meta.TransferSyntaxUID
    encapsulated = items and (length == _UNDEFINED or syntax.is_private or syntax not in PLAIN)
    if syntax.is_private and not encapsulated:  # how its values are stored, only its maker knows
        raise no_decoder("private", name)
    length = left if length == _UNDEFINED else min(length, left)
    found = Stored(dataset, stream, start, length, vr, held, 1, encapsulated)
    _check(found, name)
    return replace(found, frames=_frames(found))


def _frames(found: Stored) -> int:
    """As stated where the pixels are compressed, else as many as they make."""
    dataset = found.dataset
    try:
        stated = int(dataset.get("NumberOfFrames") or 1)
    except ValueError:
        stated = 1
    if "NumberOfFrames" in dataset:  # what is decoded is one of them
        del dataset.NumberOfFrames
    if not found.encapsulated:
        if (
            dataset.PhotometricInterpretation == "YBR_FULL_422"
            and found.length >= stated * frame_bytes(dataset) * 3 // 2
        ):
            dataset.PhotometricInterpretation = "YBR_FULL"  # none of its colours is left out
        return max(1, found.length // frame_bytes(dataset))
    offsets = struct.unpack("<HHL", found.pixels(8))[2] // 4
    return max(1, stated, offsets)


def frame_bytes(dataset: "Dataset") -> int:
    """Bytes of a frame that is not compressed."""
    bits = int(dataset.Rows) * int(dataset.Columns) * samples_of(dataset) * int(dataset.BitsAllocated)
    if dataset.PhotometricInterpretation == "YBR_FULL_422":
        bits = bits * 2 // 3
    return bits + 7 >> 3


def samples_of(dataset: "Dataset") -> int:
    """Samples of a pixel: 1 of grey and palette, 3 of colour."""
    return int(dataset.get("SamplesPerPixel") or 1)


def _check(found: Stored, name: str) -> None:
    dataset = found.dataset
    width, height, samples = int(dataset.Columns), int(dataset.Rows), samples_of(dataset)
    check_size(width, height, name)
    stored = max(int(dataset.BitsAllocated), 8) / 8
    work = work_bytes(width, height, samples, stored)
    syntax = dataset.file_meta.TransferSyntaxUID
    if found.encapsulated:
        # The coded frame is copied once. The decoder's own picture (JPEG 2000: two of 4 bytes a sample) and copies of
        # its bytes stand beside the array; run lengths are expanded into the array itself.
        if syntax.name != "RLE Lossless":
            own = 8 * samples if "JPEG 2000" in syntax.name or syntax.is_private else 0
            work = int(width * height * (own + 4 + 3 * samples * stored))
        work += 2 * found.length
    elif dataset.get("PhotometricInterpretation") == "YBR_FULL_422" or int(dataset.BitsAllocated) == 1:
        work += int(width * height * samples * stored)
    check_work(work + found.held, width, height, name)


def _inflated(stream: BinaryIO, start: int, name: str) -> BytesIO:
    """What follows the file meta information, inflated piece by piece and never beyond the limit."""
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    whole = BytesIO()
    stream.seek(start)
    while not engine.eof and (piece := stream.read(1 << 16)):
        while piece and not engine.eof:
            whole.write(engine.decompress(piece, 1 << 20))
            piece = engine.unconsumed_tail
            if whole.tell() > MAX_FILE:
                raise too_large_file(name)
    whole.write(engine.flush())
    whole.seek(0)
    return whole


def take_functional_groups(dataset: "Dataset", frame: int) -> None:
    """What an enhanced file says of one frame, or of all, becomes the data set's own (DICOM PS3.3 C.7.6.16).

    Args:
        frame: which, from 1.
    """
    for sequence, place in zip(_GROUPS, (0, frame - 1), strict=True):
        groups = dataset.get(sequence) or []
        for element in groups[place] if place < len(groups) else ():
            for item in element.value if element.VR == "SQ" else ():
                for keyword in _SHOWN:
                    if keyword in item:
                        dataset[keyword] = item[keyword]
