"""A stream that counts what is read of it, so that a parser of other people's files cannot be made to run away."""

import os
from typing import BinaryIO

from riskcore.data.decoding.limits import too_much_metadata

MAX_READ = 4_000_000
"""Most bytes of one element that is not the image; lookup tables, the largest that matter, take 131,072 each."""

MAX_READS = 400_000
"""Most pieces that are read; each becomes Python objects of some hundred bytes."""


class Metered:
    """Reads a stream within limits.

    Lengths beyond the end of the file are cut before memory is asked for.

    Args:
        stream: seekable. name: what messages call the file.

    Example:
        >>> from io import BytesIO
        >>> Metered(BytesIO(b"abc"), "scan.dcm").read(10**9)
        b'abc'
    """

    def __init__(self, stream: BinaryIO, name: str):
        self._stream, self._name = stream, name
        here = stream.tell()
        self.end = stream.seek(0, os.SEEK_END)
        stream.seek(here)
        self._reads = 0

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; InputError where that is too much, or where far too many pieces were read."""
        self._reads += 1
        left = max(self.end - self._stream.tell(), 0)
        size = left if size < 0 else min(size, left)
        if size > MAX_READ or self._reads > MAX_READS:
            raise too_much_metadata(self._name)
        return self._stream.read(size)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As of any stream."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """As of any stream."""
        return self._stream.tell()
