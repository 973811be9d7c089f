"""A file with pieces left out or put in, without a copy of it: for decoders that read more than the image."""

import os
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import BinaryIO

Piece = bytes | tuple[int, int]
"""What is put in, or the first place and the one after the last of what is kept."""


class Spliced:
    """A stream that reads as its pieces, one after the other.

    Args:
        stream: the file. pieces: of it, or put in.

    Example:
        >>> from io import BytesIO
        >>> Spliced(BytesIO(b"abcdefgh"), [(1, 3), b"-", (6, 8)]).read()
        b'bc-gh'
    """

    def __init__(self, stream: BinaryIO, pieces: Sequence[Piece]):
        self._stream, self._pieces = stream, pieces
        sizes = [len(piece) if isinstance(piece, bytes) else piece[1] - piece[0] for piece in pieces]
        self._starts = [0, *accumulate(sizes)]
        self._position = 0

    def read(self, size: int = -1) -> bytes:
        """As of any stream."""
        end = self._starts[-1]
        stop = end if size is None or size < 0 else min(self._position + size, end)
        parts = []
        while self._position < stop:
            number = bisect_right(self._starts, self._position) - 1
            piece, skip = self._pieces[number], self._position - self._starts[number]
            count = min(stop, self._starts[number + 1]) - self._position
            if isinstance(piece, bytes):
                part = piece[skip : skip + count]
            else:
                self._stream.seek(piece[0] + skip)
                part = self._stream.read(count)
            if not part:
                break
            parts.append(part)
            self._position += len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def readinto(self, into: bytearray) -> int:
        """As of any stream."""
        data = self.read(len(into))
        into[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As of any stream."""
        self._position = max(0, offset + (0, self._position, self._starts[-1])[whence])
        return self._position

    def tell(self) -> int:
        """As of any stream."""
        return self._position
