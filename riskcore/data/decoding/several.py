"""How many images a picture file holds, and what GIF and WebP keep beside them; read without decoding any.

What is broken is left to Pillow, which refuses it in its own way.
"""

import os
import struct
from collections.abc import Iterator
from typing import BinaryIO

from riskcore.data.decoding.headers import tiff_chain
from riskcore.data.decoding.limits import MAX_METADATA, too_much_metadata

_MAX_COMMENT = 1_000_000  # Pillow joins a GIF's comment block by block, each time as a copy
_MAX_CHUNKS = 200_000
_COMMENT, _EXTENSION, _IMAGE = 0xFE, 0x21, 0x2C


def count_pictures(stream: BinaryIO, name: str) -> int:
    """Pages of a TIFF, frames of a GIF or WebP; 1 of any other file.

    Raises:
        InputError: too much stands beside the images.

    Example:
        >>> from io import BytesIO
        >>> from PIL import Image
        >>> file, pages = BytesIO(), [Image.new("L", (4, 4), shade) for shade in (0, 9, 99)]
        >>> pages[0].save(file, "TIFF", save_all=True, append_images=pages[1:])
        >>> count_pictures(file, "scan.tif")
        3
    """
    stream.seek(0)
    head = stream.read(12)
    if head.startswith(b"GIF8"):
        return max(1, sum(1 for _ in gif_images(stream, name)))
    if head.startswith(b"RIFF") and head.endswith(b"WEBP"):
        return max(1, webp_images(stream, name))
    return max(1, sum(1 for _ in tiff_chain(stream)))


def gif_images(stream: BinaryIO, name: str) -> Iterator[int]:
    """Where each image of a GIF starts.

    Raises:
        InputError: the comments are longer than any that a person writes.

    Source: GIF89a specification, appendix B.
    """
    stream.seek(10)
    comment = 0
    stream.seek(13 + _table(stream.read(1)))
    while (kind := stream.read(1)) and kind[0] in (_EXTENSION, _IMAGE):
        if kind[0] == _IMAGE:
            yield stream.tell() - 1
            stream.seek(_table(stream.read(9)[8:]) + 1, os.SEEK_CUR)
            _skip_blocks(stream)
        elif stream.read(1) == bytes([_COMMENT]):
            comment += _skip_blocks(stream)
        else:
            _skip_blocks(stream)
        if comment > _MAX_COMMENT:
            raise too_much_metadata(name)


def _table(flags: bytes) -> int:
    """Bytes of the colour table that the flags announce."""
    return 3 << ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0


def _skip_blocks(stream: BinaryIO) -> int:
    passed = 0
    while (length := stream.read(1)) and length[0]:
        stream.seek(length[0], os.SEEK_CUR)
        passed += length[0]
    return passed


def webp_images(stream: BinaryIO, name: str) -> int:
    """Frames of a WebP.

    Raises:
        InputError: profile, EXIF and the like take more than `MAX_METADATA` bytes, or far too many pieces.

    Source: RFC 9649, section 2.
    """
    end = stream.seek(0, os.SEEK_END)
    position, beside, frames = 12, 0, 0
    for _ in range(_MAX_CHUNKS):
        stream.seek(position)
        head = stream.read(8)
        if len(head) < 8:
            return frames
        kind, length = struct.unpack("<4sL", head)
        if kind in (b"VP8 ", b"VP8L", b"ANMF"):
            frames += 1
        else:
            beside += min(length, end - position)
        if beside > MAX_METADATA:
            raise too_much_metadata(name)
        position += 8 + length + length % 2
    raise too_much_metadata(name)
