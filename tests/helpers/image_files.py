"""Image files written by hand: headers that lie, sizes that no encoder would make, and honest files of any size."""

import io
import struct
import zlib

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


WINDOW = element(0x28, 0x1050, b"DS", b"20000") + element(0x28, 0x1051, b"DS", b"30000")
RESCALE = element(0x28, 0x1052, b"DS", b"-1024") + element(0x28, 0x1053, b"DS", b"1.5")


def coded_grey(syntax: str, frame: bytes, width: int, height: int, bits: int) -> bytes:
    """A compressed grey DICOM image."""
    return encapsulated(
        syntax, dicom_body(width, height, -(-bits // 8) * 8, stored=bits), frame + b"\0" * (len(frame) % 2)
    )


def many_comments(blocks: int) -> bytes:
    """A GIF with a comment in so many blocks of 255 bytes."""
    data = picture("GIF", 8, 8)
    head = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    return data[:head] + b"\x21\xfe" + (b"\xff" + bytes(255)) * blocks + b"\0" + data[head:]


def picture(kind: str, width: int, height: int, mode: str = "L", **options: object) -> bytes:
    """One of a single shade, as Pillow writes it."""
    from PIL import Image

    stream = io.BytesIO()
    Image.new(mode, (width, height), 90 if mode == "L" else (9, 90, 200)).save(stream, kind, **options)
    return stream.getvalue()


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
