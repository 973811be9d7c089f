"""Files of few bytes that ask for much: each made here, small and quickly, with the outcome that is expected of it.

Where the size is "at the cap" the file is honest and as large as is allowed, so that it is decoded; the others are
refused. A child process decodes one and reports what it took.
"""

import json
import math
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.helpers.image_files import (
    RESCALE,
    WINDOW,
    chunk,
    coded_grey,
    deflated,
    deflated_tiff,
    dicom,
    dicom_body,
    dicom_head,
    element,
    jpeg,
    jpeg_2000,
    jpeg_dicom,
    lookup,
    many_comments,
    many_items,
    many_scans,
    nested,
    palettes,
    picture,
    png,
    rle_dicom,
    segmented_palettes,
    tiff,
)

LIMIT_MB = 600
"""Most megabytes (of a million bytes) above the process that any one file may take."""

CAP = 89_478_485
_PROGRAM = """
import contextlib, json, sys, time
from pathlib import Path
from riskcore.data import images
from riskcore.data.cache import to_square
from riskcore.errors import InputError

def status(key):
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(key))
    return int(line.split()[1]) * 1024

def take(file):
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before, start = status("VmRSS:"), time.monotonic()
    try:
        to_square(images.decode(file, "bomb"), 64)
        outcome = "decoded"
    except InputError as error:
        outcome = str(error)
    return {"outcome": outcome, "peak": (status("VmHWM:") - before) / 1e6, "seconds": time.monotonic() - start}

for line in sys.stdin:
    print(json.dumps(take(line.rstrip("\\n"))), flush=True)
"""


@dataclass(frozen=True)
class Bomb:
    """A file that asks for much.

    Attributes:
        kind: what it is. make: gives its bytes.
        decoded: whether it is honest and within the limits; else it is refused.
        quick: takes so little that the suite decodes it each time.
    """

    kind: str
    make: Callable[[], bytes]
    decoded: bool
    quick: bool = True


@dataclass(frozen=True)
class Measured:
    """What a child process took: outcome "decoded" or the error's words, peak in MB above the process, seconds."""

    outcome: str
    peak: float
    seconds: float


@contextmanager
def measuring(folder: Path) -> Iterator[Callable[[Bomb], Measured]]:
    """A process that decodes one bomb after another, once it has imported all that decoding needs."""
    command = [sys.executable, "-W", "ignore", "-c", _PROGRAM]
    file = folder / "bomb"
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin
        assert child.stdout

        def measure(data: bytes) -> Measured:
            file.write_bytes(data)
            child.stdin.write(f"{file}\n")
            child.stdin.flush()
            answer = child.stdout.readline()
            assert answer, "the process ended"
            return Measured(**json.loads(answer))

        try:
            for warm in (png(64, 64), jpeg(64, 64), dicom(64, 64), deflated_tiff(64, 64, 8, 1, 8)):
                measure(warm)
            yield lambda bomb: measure(bomb.make())
        finally:
            child.stdin.close()


def sides(bytes_a_pixel: float, budget: float = 555e6) -> tuple[int, int]:
    """Width and height of about the largest image of so many bytes of work a pixel, a multiple of 8."""
    pixels = min(CAP, budget / bytes_a_pixel)
    side = int(math.sqrt(pixels)) // 8 * 8
    return side, side


def bombs() -> list[Bomb]:
    """All of them, the quick ones first."""
    small = dicom_body(64, 64)
    exif = b"Exif\0\0" + b"MM\0*\0\0\0\x08" + b"\xff\xff" + bytes(65_000 - 16)
    app1 = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    tiny = jpeg(64, 64)
    text = zlib.compress(bytes(200_000_000))
    one_strip, wide_tile = sides(8), 100_000
    return [
        Bomb("PNG of 89,478,485 × 1", lambda: png(CAP, 1, colour=0), False),
        Bomb("PNG of 1 × 20,000", lambda: png(1, 20_000, colour=0), False),
        Bomb("PNG, text that inflates to 200 MB", lambda: png(9, 9, before=chunk(b"zTXt", b"a\0\0" + text)), True),
        Bomb("PNG, profile that inflates to 200 MB", lambda: png(9, 9, before=chunk(b"iCCP", b"a\0\0" + text)), True),
        Bomb("PNG, 60 MB of unknown chunks", lambda: png(9, 9, before=chunk(b"juNk", bytes(10**7)) * 6), False),
        Bomb("PNG, 300,000 empty chunks", lambda: png(9, 9, before=chunk(b"juNk", b"") * 300_000), False),
        Bomb("JPEG with 1,000 scans", lambda: many_scans(1000), False),
        Bomb("JPEG with 2 MB of EXIF", lambda: tiny[:2] + app1 * 32 + tiny[2:], False),
        Bomb("TIFF, tiles of 100,000 × 100,000", lambda: _tiled(wide_tile), False),
        Bomb("TIFF with 60,000 tags of 1 MB", _many_tags, False),
        Bomb("TIFF, deflated strip longer than said", lambda: _lying_strip(), True),
        Bomb("GIF of 60,000 × 60,000", lambda: _claiming(60_000), False),
        Bomb("GIF with 20 MB of comments", lambda: many_comments(80_000), False),
        Bomb("DICOM, JPEG-LS larger than stated", lambda: _coded_elsewhere(), False),
        Bomb("TIFF with 100,000 pages", lambda: _pages(100_000, loop=False), True),
        Bomb("TIFF whose pages go in a circle", lambda: _pages(3, loop=True), True),
        Bomb("DICOM, 4 MB deflated to 4 GB", lambda: deflated(dicom_body(40_000, 40_000), 4_000_000_000), False),
        Bomb(
            "DICOM, deflated text of 4 GB",
            lambda: deflated(small + element(0x29, 0x10, b"UT", b"", 1 << 31), 1 << 32),
            False,
        ),
        Bomb("DICOM, RLE segments longer than the image", lambda: rle_dicom(64, 64, 16, declared=100_000_000), True),
        Bomb("DICOM, JPEG larger than stated", lambda: jpeg_dicom(64, 64, jpeg(8000, 8000)), False),
        Bomb("DICOM, JPEG of 1,000 scans", lambda: jpeg_dicom(2048, 2048, many_scans(1000)), False),
        Bomb("DICOM, JPEG 2000 larger than stated", lambda: jpeg_dicom(64, 64, jpeg_2000(60_000, 60_000)), False),
        Bomb("DICOM, JPEG 2000 of 8,000 × 8,000", lambda: jpeg_dicom(8000, 8000, jpeg_2000(8000, 8000)), False),
        Bomb(
            "DICOM, 64 bits × 65,535 samples",
            lambda: dicom_head() + dicom_body(9, 9, 64, 65535) + element(0x7FE0, 0x10, b"OW", bytes(64)),
            False,
        ),
        Bomb("DICOM, 10⁹ frames", lambda: dicom(64, 64, frames=10**9), True),
        Bomb("DICOM, sequences 5,000 deep", lambda: dicom_head() + nested(5000) + small, False),
        Bomb("DICOM, a million empty items", lambda: dicom_head() + many_items(1_000_000), False),
        Bomb(
            "DICOM, element longer than the file",
            lambda: dicom_head() + small + element(0x29, 0x10, b"UN", b"", 0xFFFFFFF0),
            False,
        ),
        Bomb(
            "DICOM, palette that expands to 1.3 billion",
            lambda: dicom(64, 64, 8, kind="PALETTE COLOR", group28=segmented_palettes()),
            False,
        ),
        Bomb("PNG, grey 16 bits at the cap", lambda: png(*sides(5), 16, 0), True, quick=False),
        Bomb("PNG, RGB at the cap", lambda: png(*sides(7)), True, quick=False),
        Bomb("PNG, RGB 16 bits at the cap", lambda: png(*sides(11), 16), True, quick=False),
        Bomb("PNG, RGBA at the cap", lambda: png(*sides(7), colour=6), True, quick=False),
        Bomb("PNG, palette with transparency at the cap", lambda: png(*sides(4), colour=3), True, quick=False),
        Bomb("PNG, interlaced at the cap", lambda: png(*sides(7), interlaced=True), True, quick=False),
        Bomb(
            "TIFF, float32 in one strip at the cap",
            lambda: deflated_tiff(*one_strip, 32, 1, one_strip[1], sample_format=3),
            True,
            quick=False,
        ),
        Bomb(
            "TIFF, float32 at the cap", lambda: deflated_tiff(*sides(7), 32, 1, 64, sample_format=3), True, quick=False
        ),
        Bomb(
            "TIFF, turned, at the cap",
            lambda: deflated_tiff(*sides(10), 8, 3, 64, photometric=2, orientation=6),
            True,
            quick=False,
        ),
        Bomb("JPEG, RGB with EXIF rotation at the cap", lambda: jpeg(*sides(7), orientation=6), True, quick=False),
        Bomb("JPEG, CMYK at the cap", lambda: jpeg(*sides(7), "CMYK"), True, quick=False),
        Bomb("JPEG, progressive at the cap", lambda: jpeg(*sides(7), progressive=True), True, quick=False),
        Bomb(
            "JPEG, progressive, full colour",
            lambda: jpeg(*sides(10), progressive=True, subsampling=0),
            True,
            quick=False,
        ),
        Bomb("DICOM, 16 bits at the cap", lambda: dicom(*sides(5)), True, quick=False),
        Bomb(
            "DICOM, 16 bits, rescaled and windowed",
            lambda: dicom(*sides(5), stored=12, signed=1, group28=WINDOW + RESCALE),
            True,
            quick=False,
        ),
        Bomb(
            "DICOM, 16 bits, lookup table, inverted",
            lambda: dicom(*sides(5), kind="MONOCHROME1", group28=lookup()),
            True,
            quick=False,
        ),
        Bomb(
            "DICOM, palette at the cap",
            lambda: dicom(*sides(4), 8, kind="PALETTE COLOR", group28=palettes()),
            True,
            quick=False,
        ),
        Bomb(
            "DICOM, RGB 16 bits, as large as a file may be",
            lambda: dicom(*sides(6, 268e6), 16, 3, "RGB", planar=1),
            True,
            quick=False,
        ),
        Bomb("DICOM, YBR at the cap", lambda: dicom(*sides(6), 8, 3, "YBR_FULL"), True, quick=False),
        Bomb(
            "DICOM, deflated at the cap",
            lambda: deflated(dicom_body(*sides(7)), sides(7)[0] * sides(7)[1] * 2),
            True,
            quick=False,
        ),
        Bomb("DICOM, RLE 16 bits at the cap", lambda: rle_dicom(*sides(5.1), 16), True, quick=False),
        Bomb("DICOM, RLE RGB at the cap", lambda: rle_dicom(*sides(6.2), 8, 3), True, quick=False),
        Bomb("DICOM, JPEG at the cap", lambda: jpeg_dicom(*sides(13.1), jpeg(*sides(13.1))), True, quick=False),
        Bomb("GIF at the cap", lambda: picture("GIF", *sides(8.1)), True, quick=False),
        Bomb("WebP at the cap", lambda: picture("WEBP", *sides(16.1), mode="RGB", lossless=True), True, quick=False),
        Bomb("DICOM, JPEG-LS 16 bits at the cap", lambda: _coded("80", 10.5, 16), True, quick=False),
        Bomb("DICOM, lossless JPEG 16 bits at the cap", lambda: _coded("70", 10.6, 16), True, quick=False),
        Bomb("DICOM, JPEG of 12 bits at the cap", lambda: _coded("51", 10.1, 12), True, quick=False),
        Bomb("DICOM, JPEG 2000 16 bits at the cap", lambda: _coded("90", 18.1, 16), True, quick=False),
    ]


def _coded(syntax: str, bytes_a_pixel: float, bits: int) -> bytes:
    import imagecodecs

    width, height = sides(bytes_a_pixel)
    ramp = np.broadcast_to(np.arange(width, dtype=np.uint16) % 4096, (height, width)).copy()
    frame = {
        "80": lambda: imagecodecs.jpegls_encode(ramp),
        "70": lambda: imagecodecs.jpeg8_encode(ramp, lossless=True, bitspersample=16),
        "51": lambda: imagecodecs.jpeg8_encode(ramp, bitspersample=12),
        "90": lambda: imagecodecs.jpeg2k_encode(ramp, level=0, reversible=True, codecformat="j2k"),
    }[syntax]()
    return coded_grey(f"1.2.840.10008.1.2.4.{syntax}", frame, width, height, bits)


def _tiled(side: int) -> bytes:
    tags = {258: (3, (8,)), 259: (3, (8,)), 262: (3, (1,)), 277: (3, (1,)), 322: (4, (side,)), 323: (4, (side,))}
    offsets = {324: (4, (8,)), 325: (4, (16,))}
    return tiff(64, 64, tags | offsets, [zlib.compress(bytes(99))])


def _claiming(side: int) -> bytes:
    """A GIF whose screen and image are said to be so large."""
    data = bytearray(picture("GIF", 8, 8))
    data[6:10] = struct.pack("<2H", side, side)
    return bytes(data)


def _coded_elsewhere() -> bytes:
    import imagecodecs

    frame = bytearray(imagecodecs.jpegls_encode(np.zeros((64, 64), np.uint8)))
    place = frame.index(b"\xff\xf7") + 5
    frame[place : place + 4] = struct.pack(">2H", 60_000, 60_000)
    return coded_grey("1.2.840.10008.1.2.4.80", bytes(frame), 64, 64, 8)


def _many_tags() -> bytes:
    """All tags name the same megabyte."""
    count = 60_000
    head = b"II*\0" + struct.pack("<L", 8) + struct.pack("<H", count)
    place = 8 + 2 + count * 12 + 4
    tags = b"".join(struct.pack("<HHLL", 1000 + tag, 1, 1_000_000, place) for tag in range(count))
    return head + tags + bytes(4) + bytes(1_000_000)


def _lying_strip() -> bytes:
    """A strip of 4,096 bytes that inflates to 50 MB."""
    tags = {258: (3, (8,)), 259: (3, (8,)), 262: (3, (1,)), 277: (3, (1,)), 278: (4, (64,))}
    return tiff(64, 64, tags, [zlib.compress(bytes(50_000_000))])


def _pages(pages: int, loop: bool) -> bytes:
    """Pages of 8 × 8, each with its own directory."""
    first = bytearray(tiff(8, 8, {258: (3, (8,)), 259: (3, (1,)), 262: (3, (1,)), 277: (3, (1,))}, [bytes(range(64))]))
    start = struct.unpack_from("<L", first, 4)[0]
    count = struct.unpack_from("<H", first, start)[0]
    size = 2 + 12 * count + 4
    directory = bytes(first[start : start + size - 4])
    places = [start + each * size for each in range(pages)]
    linked = [directory + struct.pack("<L", place) for place in [*places[1:], places[0] if loop else 0]]
    return bytes(first[:start]) + b"".join(linked)
