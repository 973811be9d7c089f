"""TIFF in a form that Pillow reads: its first whole page, and BigTIFF of big-endian order as an ordinary one."""

import os
import struct
from typing import BinaryIO, cast

import numpy as np

from riskcore.data.decoding.headers import tiff_chain, tiff_directory
from riskcore.data.decoding.spliced import Spliced

_SUBFILE = 254
_NO_WHOLE = 1 | 4  # a smaller copy of another page, a mask for one
_LONG, _LONG_8 = 4, 16
_MAX_LOOKED = 16


def ordinary(stream: BinaryIO, name: str) -> BinaryIO:
    """The stream itself, or one that begins with the first page that is no smaller copy or mask of another.

    Example:
        >>> from io import BytesIO
        >>> from PIL import Image
        >>> file, small, whole = BytesIO(), Image.new("L", (2, 2)), Image.new("L", (9, 9))
        >>> small.save(file, "TIFF", tiffinfo={254: 1}, save_all=True, append_images=[whole])
        >>> head, first, second = file.getvalue().split(said := struct.pack("<HHLL", 254, 4, 1, 1))
        >>> Image.open(ordinary(BytesIO(head + said + first + said[:-4] + bytes(4) + second), "scan.tif")).size
        (9, 9)

    Raises:
        InputError: as `tiff_directory`.
    """
    stream.seek(0)
    mark = stream.read(4)
    order, big, size = "<" if mark[:2] == b"II" else ">", 43 in mark[2:], stream.seek(0, os.SEEK_END)
    for page, place in enumerate(tiff_chain(stream)):
        pointer = struct.pack(f"{order}{'Q' if big else 'L'}", place)
        head = mark + (_part(stream, 4, 8) if big else b"") + pointer
        seen = stream if page == 0 else cast(BinaryIO, Spliced(stream, [head, (len(head), size)]))
        found = tiff_directory(seen, name)
        if found and not found.numbers.get(_SUBFILE, 0) & _NO_WHOLE:
            return _classic(seen, name) if big and order == ">" else seen
        if page == _MAX_LOOKED:
            break
    return stream


def _part(stream: BinaryIO, first: int, last: int) -> bytes:
    """The bytes from `first` to before `last`."""
    stream.seek(first)
    return stream.read(last - first)


def _classic(stream: BinaryIO, name: str) -> BinaryIO:
    """With the first directory of a BigTIFF of big-endian order written anew, in places of 4 bytes."""
    found = tiff_directory(stream, name)
    size = stream.seek(0, os.SEEK_END)
    if found is None:
        return stream
    entries, beside = b"", b""
    start = size + 2 + 12 * len(found.entries) + 4
    for tag in sorted(found.entries):
        _, kind, count, value = struct.unpack(">HHQ8s", found.entries[tag])
        length = count * {3: 2, _LONG: 4, 5: 8, 9: 4, 10: 8, 11: 4, 12: 8, _LONG_8: 8, 8: 2}.get(kind, 1)
        data = value[:length] if length <= 8 else _part(stream, (at := struct.unpack(">Q", value)[0]), at + length)
        if kind == _LONG_8:
            kind, data = _LONG, np.frombuffer(data, ">u8").astype(">u4").tobytes()
        if len(data) > 4:
            data, beside = struct.pack(">L", start + len(beside)), beside + data
        entries += struct.pack(">HHL", tag, kind, count) + data.ljust(4, b"\0")
    directory = struct.pack(">H", len(found.entries)) + entries + bytes(4) + beside
    return cast(BinaryIO, Spliced(stream, [b"MM\0*" + struct.pack(">L", size), (8, size), directory]))
