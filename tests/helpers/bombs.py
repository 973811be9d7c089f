"""Files of few bytes that ask for much: each made here, small and quickly, with the outcome that is expected of it.

Where the size is "at the cap" the file is honest and as large as is allowed, so that it is decoded; the others are
refused. A child process decodes one and reports what it took.
"""

import io
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


# --- pictures


def chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


def repeated(line: bytes, lines: int, level: int = 1) -> bytes:
    """A zlib stream of many equal lines, made in little memory."""
    engine = zlib.compressobj(level)
    out = io.BytesIO()
    block = line * max(1, (1 << 20) // len(line))
    per = len(block) // len(line)
    for _ in range(lines // per):
        out.write(engine.compress(block))
    out.write(engine.compress(line * (lines % per)) + engine.flush())
    return out.getvalue()


def png(
    width: int, height: int, depth: int = 8, colour: int = 2, before: bytes = b"", interlaced: bool = False
) -> bytes:
    """A PNG whose rows hold a ramp, so that its range is not empty."""
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    line = bytes(1) + bytes(each % 251 for each in range(251)) * (width * samples * depth // 8 // 251 + 1)
    size = 1 + width * samples * depth // 8
    rows = repeated(bytes(size), height + 16) if interlaced else repeated(line[:size], height)
    header = struct.pack(">LLBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    palette = chunk(b"PLTE", bytes(range(256)) * 3) + chunk(b"tRNS", bytes(range(256))) if colour == 3 else b""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + palette + before + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def tiff(width: int, height: int, tags: dict[int, tuple[int, tuple[int, ...]]], strips: list[bytes]) -> bytes:
    """A little-endian TIFF of the given tags (number: type 3 or 4, values); strips and their tags are added."""
    head, data, places = b"II*\0", b"", []
    for strip in strips:
        places.append(8 + len(data))
        data += strip
    every = {
        256: (4, (width,)),
        257: (4, (height,)),
        **tags,
        273: (4, tuple(places)),
        279: (4, tuple(map(len, strips))),
    }
    directory = 8 + len(data)
    extra_at = directory + 2 + 12 * len(every) + 4
    entries, extra = b"", b""
    for tag, (kind, values) in sorted(every.items()):
        packed = struct.pack(f"<{len(values)}{'H' if kind == 3 else 'L'}", *values)
        if len(packed) > 4:
            value = struct.pack("<L", extra_at + len(extra))
            extra += packed
        else:
            value = packed.ljust(4, b"\0")
        entries += struct.pack("<HHL", tag, kind, len(values)) + value
    return head + struct.pack("<L", directory) + data + struct.pack("<H", len(every)) + entries + bytes(4) + extra


def deflated_tiff(width: int, height: int, bits: int, samples: int, strip_rows: int, **more: int) -> bytes:
    """TIFF, deflated strips of a ramp; `more`: sample_format, photometric, orientation."""
    size = width * samples * bits // 8
    line = (struct.pack("<64f", *range(64)) * (size // 256 + 1))[:size]
    rows = [min(strip_rows, height - first) for first in range(0, height, strip_rows)]
    made = {each: repeated(line, each) for each in set(rows)}
    tags = {
        258: (3, (bits,) * samples),
        259: (3, (8,)),
        262: (3, (more.get("photometric", 1),)),
        274: (3, (more.get("orientation", 1),)),
        277: (3, (samples,)),
        278: (4, (strip_rows,)),
        339: (3, (more.get("sample_format", 1),) * samples),
    }
    return tiff(width, height, tags, [made[each] for each in rows])


def jpeg(width: int, height: int, mode: str = "RGB", orientation: int = 1, **options: object) -> bytes:
    """A JPEG of one colour, made by declaring the size of a small one's blocks again and again (Pillow)."""
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = orientation
    stream = io.BytesIO()
    Image.new(mode, (width, height)).save(stream, "JPEG", exif=exif, **options)
    return stream.getvalue()


def many_scans(scans: int) -> bytes:
    """A progressive JPEG that repeats its last scan."""
    data = jpeg(2048, 2048, progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * scans + data[-2:]


# --- DICOM

_VR_LONG = (b"OB", b"OW", b"SQ", b"UN", b"UT")


def element(group: int, number: int, vr: bytes, value: bytes, length: int | None = None) -> bytes:
    """Explicit VR, little endian."""
    value += b" " * (len(value) % 2) if vr in (b"CS", b"DS", b"IS", b"UI") else b""
    length = len(value) if length is None else length
    form = struct.pack("<HL", 0, length) if vr in _VR_LONG else struct.pack("<H", length)
    return struct.pack("<HH", group, number) + vr + form + value


def dicom_head(syntax: str = "1.2.840.10008.1.2.1") -> bytes:
    meta = element(2, 0x10, b"UI", syntax.encode() + b"\0" * (len(syntax) % 2))
    return bytes(128) + b"DICM" + element(2, 0, b"UL", struct.pack("<L", len(meta))) + meta


def dicom_body(
    width: int, height: int, bits: int = 16, samples: int = 1, kind: str = "MONOCHROME2", **more: bytes | int
) -> bytes:
    """The elements before the pixels. more: stored, signed, planar, frames; `group28` elements; `before`."""

    def us(number: int, value: int) -> bytes:
        return element(0x28, number, b"US", struct.pack("<H", value))

    frames = more.get("frames")
    return (
        bytes(more.get("before", b""))
        + us(2, samples)
        + element(0x28, 4, b"CS", kind.encode())
        + (us(6, int(more.get("planar", 0))) if samples > 1 else b"")
        + (element(0x28, 8, b"IS", str(frames).encode()) if frames is not None else b"")
        + us(0x10, height)
        + us(0x11, width)
        + us(0x100, bits)
        + us(0x101, int(more.get("stored", bits)))
        + us(0x102, int(more.get("stored", bits)) - 1)
        + us(0x103, int(more.get("signed", 0)))
        + bytes(more.get("group28", b""))
    )


def dicom(width: int, height: int, bits: int = 16, samples: int = 1, kind: str = "MONOCHROME2", **more) -> bytes:
    """Uncompressed, its pixels a ramp of bytes."""
    size = width * height * samples * bits // 8
    pixels = (bytes(range(256)) * (size // 256 + 1))[:size]
    return dicom_head() + dicom_body(width, height, bits, samples, kind, **more) + element(0x7FE0, 0x10, b"OW", pixels)


def deflated(body: bytes, zeros: int) -> bytes:
    """Deflated DICOM: the elements, then a pixel element of so many zeros."""
    engine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    head = engine.compress(body + element(0x7FE0, 0x10, b"OW", b"", zeros % (1 << 32))) + engine.flush(
        zlib.Z_FULL_FLUSH
    )
    # After a full flush nothing refers to what came before: the same block can stand there again and again.
    block = engine.compress(bytes(1 << 24)) + engine.flush(zlib.Z_FULL_FLUSH)
    rest = engine.compress(bytes(zeros % (1 << 24))) + engine.flush()
    return dicom_head("1.2.840.10008.1.2.1.99") + head + block * (zeros >> 24) + rest


def encapsulated(syntax: str, body: bytes, *frames: bytes) -> bytes:
    items = b"".join(b"\xfe\xff\x00\xe0" + struct.pack("<L", len(each)) + each for each in (b"", *frames))
    data = element(0x7FE0, 0x10, b"OB", b"", 0xFFFFFFFF) + items + b"\xfe\xff\xdd\xe0" + bytes(4)
    return dicom_head(syntax) + body + data


RLE = "1.2.840.10008.1.2.5"


def rle_frame(pixels: int, segments: int) -> bytes:
    """Segments of equal runs, which expand to (at least) so many bytes each."""
    runs = b"".join(bytes([129, value % 200]) for value in range(-(-pixels // 128)))
    offsets = [64 + place * len(runs) for place in range(segments)]
    return struct.pack("<16L", segments, *offsets, *[0] * (15 - segments)) + runs * segments


def rle_dicom(width: int, height: int, bits: int, samples: int = 1, declared: int | None = None) -> bytes:
    kind = "RGB" if samples == 3 else "MONOCHROME2"
    body = dicom_body(width, height, bits, samples, kind, planar=1)
    return encapsulated(RLE, body, rle_frame(declared or width * height, samples * bits // 8))


def jpeg_dicom(width: int, height: int, frame: bytes, samples: int = 3, kind: str = "YBR_FULL_422") -> bytes:
    syntax = "1.2.840.10008.1.2.4.50" if frame.startswith(b"\xff\xd8") else "1.2.840.10008.1.2.4.90"
    return encapsulated(syntax, dicom_body(width, height, 8, samples, kind), frame + b"\0" * (len(frame) % 2))


def jpeg_2000(width: int, height: int) -> bytes:
    """A small code stream that claims a size."""
    from PIL import Image

    stream = io.BytesIO()
    Image.new("RGB", (64, 64)).save(stream, "JPEG2000", no_jp2=True)
    data = bytearray(stream.getvalue())
    size = data.index(b"\xff\x51")
    struct.pack_into(">4L", data, size + 6, width, height, 0, 0)
    struct.pack_into(">4L", data, size + 22, width, height, 0, 0)
    return bytes(data)


_WINDOW = element(0x28, 0x1050, b"DS", b"20000") + element(0x28, 0x1051, b"DS", b"30000")
_RESCALE = element(0x28, 0x1052, b"DS", b"-1024") + element(0x28, 0x1053, b"DS", b"1.5")


def lookup() -> bytes:
    """A VOI LUT sequence of 65,536 entries."""
    table = struct.pack("<65536H", *range(65536))
    inside = element(0x28, 0x3002, b"US", struct.pack("<3H", 0, 0, 16)) + element(0x28, 0x3006, b"OW", table)
    item = b"\xfe\xff\x00\xe0" + struct.pack("<L", len(inside)) + inside
    return element(0x28, 0x3010, b"SQ", item)


def palettes() -> bytes:
    descriptors = [element(0x28, 0x1101 + each, b"US", struct.pack("<3H", 256, 0, 16)) for each in range(3)]
    tables = [element(0x28, 0x1201 + each, b"OW", struct.pack("<256H", *range(0, 65536, 256))) for each in range(3)]
    return b"".join(descriptors + tables)


def segmented_palettes() -> bytes:
    """Lines of 65,535 entries, thousands of them."""
    descriptors = [element(0x28, 0x1101 + each, b"US", struct.pack("<3H", 0, 0, 16)) for each in range(3)]
    line = struct.pack("<3H", 0, 1, 0) + struct.pack("<3H", 1, 65535, 9) * 20_000
    return b"".join(descriptors + [element(0x28, 0x1221 + each, b"OW", line) for each in range(3)])


def nested(depth: int) -> bytes:
    """A private sequence in a private sequence, thousands deep, of undefined lengths."""
    level = element(0x11, 0x1010, b"SQ", b"", 0xFFFFFFFF) + b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    return level * depth


def many_items(items: int) -> bytes:
    return element(0x11, 0x1010, b"SQ", b"", 0xFFFFFFFF) + b"\xfe\xff\x00\xe0\0\0\0\0" * items


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
            lambda: dicom(*sides(5), stored=12, signed=1, group28=_WINDOW + _RESCALE),
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
    ]


def _tiled(side: int) -> bytes:
    tags = {258: (3, (8,)), 259: (3, (8,)), 262: (3, (1,)), 277: (3, (1,)), 322: (4, (side,)), 323: (4, (side,))}
    offsets = {324: (4, (8,)), 325: (4, (16,))}
    return tiff(64, 64, tags | offsets, [zlib.compress(bytes(99))])


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
