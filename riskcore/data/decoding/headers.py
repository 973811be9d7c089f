"""What the headers of PNG, JPEG and TIFF declare, read before Pillow reads them, in little memory.

Pillow keeps all text, profiles and tables of a file; these are counted first. What is broken is left to Pillow,
which refuses it in its own way.
"""

import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from riskcore.data.decoding.limits import MAX_METADATA, too_much_metadata
from riskcore.data.decoding.spliced import Piece
from riskcore.errors import InputError

MAX_SCANS = 100
"""Scans of a progressive JPEG; cameras and editors write 10, and each is a pass over the whole image."""

_MAX_EXIF = 1_000_000
_PNG_IMAGE = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_MAX_CHUNKS = 200_000  # of a PNG; Pillow walks them one by one
_MAX_TAGS = 4096
_MAX_PAGES = 10_000
_MAX_NUMBERS = 1_000_000  # of one TIFF tag: each becomes a Python object
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # in coded data 0xFF is followed by 0 or a restart
_FRAMES = frozenset(range(0xC0, 0xD0)) | {0xF7}  # start of frame; less the three that are tables
_NO_FRAMES = {0xC4, 0xC8, 0xCC}
_COSINE = {0xC0, 0xC1, 0xC2, 0xC5, 0xC6, 0xC9, 0xCA, 0xCD, 0xCE}
_PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}


@dataclass(frozen=True)
class JpegFrame:
    """What the start of frame says.

    Attributes:
        width, height: pixels. components: horizontal and vertical sampling of each.
        buffered: coefficients of the whole image are kept until its last scan is read.
        bits: of a sample. lossy: by the cosine transform. near_lossless: JPEG-LS.
    """

    width: int
    height: int
    components: tuple[tuple[int, int], ...]
    buffered: bool
    bits: int
    lossy: bool
    near_lossless: bool

    @property
    def coefficients(self) -> float:
        """Bytes a pixel of the coefficients that are kept, 2 a sample."""
        if not self.buffered or not self.components:
            return 0.0
        across, down = (max(1, *(each[axis] for each in self.components), 1) for axis in (0, 1))
        return 2.0 * sum(h * v for h, v in self.components) / (across * down)


def png_image(stream: BinaryIO, name: str) -> list[Piece]:
    """What of a PNG makes the image, its EXIF included; Pillow would read and keep text and profiles, too.

    Raises:
        InputError: what stands beside the image is larger than `MAX_METADATA`, or in too many pieces.
    """
    end = _length(stream)
    position, beside = 8, 0
    pieces: list[Piece] = [(0, 8)]
    for _ in range(_MAX_CHUNKS):
        if position + 8 > end:
            return pieces
        stream.seek(position)
        head = stream.read(8)
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        if kind in _PNG_IMAGE or (kind == b"eXIf" and length <= _MAX_EXIF):
            pieces.append((position, min(position + length + 12, end)))
        if kind == b"IEND":
            return pieces
        if kind not in (b"IDAT", b"fdAT"):
            beside += min(length, end - position)
        if beside > MAX_METADATA:
            raise too_much_metadata(name)
        position += length + 12
    raise too_much_metadata(name)


def jpeg_frame(stream: BinaryIO, name: str) -> JpegFrame | None:
    """The frame that a JPEG or JPEG-LS stream declares; None where there is none before its first scan.

    Raises:
        InputError: too much beside the image, or more than `MAX_SCANS` scans.
    """
    stream.seek(2)
    beside = exif = 0
    frame, progressive = None, False
    while len(head := stream.read(4)) == 4:
        if head[0] != 0xFF:
            return None
        if head[1] == 0xFF:  # a fill byte before the marker
            stream.seek(-3, os.SEEK_CUR)
            continue
        marker, length = head[1], int.from_bytes(head[2:], "big") - 2
        body = stream.read(max(length, 0))
        beside += len(body)
        exif += len(body) if body.startswith(b"Exif") else 0
        if beside > MAX_METADATA or exif > _MAX_EXIF:
            raise too_much_metadata(name)
        if marker in _FRAMES - _NO_FRAMES and len(body) >= 6:
            height, width, count = struct.unpack(">HHB", body[1:6])
            sampling = body[7 : 6 + 3 * count : 3]
            components = tuple((each >> 4, each & 15) for each in sampling)
            frame = JpegFrame(width, height, components, False, body[0], marker in _COSINE, marker == 0xF7)
            progressive = marker in _PROGRESSIVE
        if marker == 0xDA:
            break
    else:
        return frame
    if frame is None or not (progressive or body[0] < len(frame.components)):
        return frame
    if _scans_follow(stream) >= MAX_SCANS:
        raise InputError(f"{name}: the JPEG has more than {MAX_SCANS} scans; save it again as an ordinary JPEG.")
    return replace(frame, buffered=True)


def _scans_follow(stream: BinaryIO) -> int:
    """Scans that start after this place and before the end of the image, counted up to `MAX_SCANS`."""
    scans, kept = 0, b""
    while scans < MAX_SCANS and (read := stream.read(1 << 20)):
        data, skip = kept + read, 0
        for found in _MARKER.finditer(data):
            if found.start() < skip:  # inside a table between two scans
                continue
            marker = data[found.start() + 1]
            if marker == 0xD9:
                return scans
            scans += marker == 0xDA
            if found.end() + 2 <= len(data):
                skip = found.end() + int.from_bytes(data[found.end() : found.end() + 2], "big")
        kept = data[-1:] if data.endswith(b"\xff") else b""
    return scans


@dataclass(frozen=True)
class TiffDirectory:
    """The first directory of a TIFF.

    Attributes:
        order: "<" or ">". big: BigTIFF, whose places take 8 bytes.
        numbers: first number of each tag that holds whole numbers. entries: tag -> its entry as stored.
    """

    order: str
    big: bool
    numbers: dict[int, int]
    entries: dict[int, bytes]


def tiff_directory(stream: BinaryIO, name: str) -> TiffDirectory | None:
    """The first directory; None where it is broken.

    Raises:
        InputError: the directory holds more than `MAX_METADATA` bytes, or far too many tags or numbers.
    """
    position = next(tiff_chain(stream), None)
    if position is None:
        return None
    order, big = _tiff_form(stream)
    entry = struct.Struct(f"{order}{'HHQ8s' if big else 'HHL4s'}")
    end = _length(stream)
    stream.seek(position)
    tags = int.from_bytes(stream.read(8 if big else 2), "little" if order == "<" else "big")
    if tags > _MAX_TAGS:
        raise too_much_metadata(name)
    found, total = TiffDirectory(order, big, {}, {}), 0
    table = stream.read(tags * entry.size)
    for place, (tag, kind, count, value) in enumerate(entry.iter_unpack(_whole(table, entry.size))):
        found.entries[tag] = table[place * entry.size : (place + 1) * entry.size]
        size = _TYPE_BYTES.get(kind, 0) * count
        total += size
        if total > MAX_METADATA or (count > _MAX_NUMBERS and _TYPE_BYTES.get(kind, 0) > 1):
            raise too_much_metadata(name)
        code = {3: "H", 4: "L", 16: "Q"}.get(kind)
        if code is None or not count:
            continue
        if size > len(value):
            offset = struct.unpack(f"{order}{'Q' if big else 'L'}", value)[0]
            if offset >= end:
                continue
            stream.seek(offset)
            value = stream.read(8)
        if len(value) >= struct.calcsize(f"{order}{code}"):
            found.numbers[tag] = struct.unpack_from(f"{order}{code}", value)[0]
    return found


def tiff_chain(stream: BinaryIO) -> Iterator[int]:
    """Where the directories of a TIFF start, one a page; none of another file, and up to `_MAX_PAGES`."""
    order, big = _tiff_form(stream)
    end, place, pages = _length(stream), 8 if big else 4, 0
    while order and pages < _MAX_PAGES:
        stream.seek(place)
        pointer = stream.read(8 if big else 4)
        position = int.from_bytes(pointer, "little" if order == "<" else "big")
        if not 0 < position < end:
            return
        yield position
        pages += 1
        stream.seek(position)
        tags = int.from_bytes(stream.read(8 if big else 2), "little" if order == "<" else "big")
        place = position + (8 + 20 * tags if big else 2 + 12 * tags)
        if place >= end:
            return


def _tiff_form(stream: BinaryIO) -> tuple[str, bool]:
    """Byte order, empty of another file, and whether places take 8 bytes."""
    stream.seek(0)
    head = stream.read(4)
    return {b"II": "<", b"MM": ">"}.get(head[:2], ""), 43 in head[2:]


def _whole(data: bytes, size: int) -> bytes:
    return data[: len(data) - len(data) % size]


def _length(stream: BinaryIO) -> int:
    return stream.seek(0, os.SEEK_END)
