"""Deep samples: TIFF of any number and type, 16-bit PNG with colours or opacity; the files are written here."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from riskcore.data.decoding import blocks
from riskcore.data.images import decode
from riskcore.errors import InputError
from tests.data.decoding.test_same_pixels import plain, plain_range
from tests.helpers.bombs import chunk

RNG = np.random.default_rng(12)
HEIGHT, WIDTH = 21, 27


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 4 * WIDTH)


def predicted(piece: np.ndarray, predictor: int) -> bytes:
    """As TIFF 6.0 section 14 and its technical note 3 have it."""
    height, _, count = piece.shape
    if predictor == 2:
        whole = piece.view(piece.dtype.str.replace(piece.dtype.kind, "u"))
        return np.concatenate([whole[:, :1], np.diff(whole, axis=1)], axis=1).astype(whole.dtype).tobytes()
    if predictor == 3:
        size = piece.dtype.itemsize
        octets = piece.astype(f">f{size}").reshape(height, -1, 1).view(np.uint8).transpose(0, 2, 1)
        octets = np.ascontiguousarray(octets).reshape(height, -1)
        less = octets.copy()
        less[:, count:] -= octets[:, :-count]
        return less.tobytes()
    return piece.tobytes()


def tiff(values: np.ndarray, photometric: int = 1, order: str = "<", **more: int) -> bytes:
    """(H, W, samples) as strips of 5 rows or tiles of 16 × 16; more: predictor, tiled, deflated, big, extra, planes."""
    values = values.astype(values.dtype.newbyteorder(order))
    height, width, count = values.shape
    if more.get("tiled"):
        padded = np.zeros((-(-height // 16) * 16, -(-width // 16) * 16, count), values.dtype)
        padded[:height, :width] = values
        pieces = [padded[y : y + 16, x : x + 16] for y in range(0, height, 16) for x in range(0, width, 16)]
    else:
        pieces = [values[y : y + 5] for y in range(0, height, 5)]
    data = [predicted(np.ascontiguousarray(piece), more.get("predictor", 1)) for piece in pieces]
    if more.get("deflated"):
        data = [zlib.compress(piece) for piece in data]
    big = bool(more.get("big"))
    start = 16 if big else 8
    places = np.cumsum([start, *map(len, data)]).tolist()
    tags = {
        256: [width], 257: [height], 258: [8 * values.dtype.itemsize] * count, 259: [8 if more.get("deflated") else 1],
        262: [photometric], 277: [count], 284: [more.get("planes", 1)], 317: [more.get("predictor", 1)],
        339: [{"u": 1, "i": 2, "f": 3}[values.dtype.kind]] * count,
    }  # fmt: skip
    tags |= {322: [16], 323: [16], 324: places[:-1]} if more.get("tiled") else {273: places[:-1], 278: [5]}
    tags[325 if more.get("tiled") else 279] = [len(piece) for piece in data]
    if "extra" in more:
        tags[338] = [more["extra"]]
    number, room = ("Q", 8) if big else ("L", 4)
    body, entries = b"".join(data), b""
    for tag, numbers in sorted(tags.items()):
        kind = 4 if tag in (256, 257, 273, 278, 279, 322, 323, 324, 325) else 3
        packed = struct.pack(f"{order}{len(numbers)}{'L' if kind == 4 else 'H'}", *numbers)
        if len(packed) > room:
            place = struct.pack(f"{order}{number}", start + len(body))
            body, packed = body + packed, place
        entries += struct.pack(f"{order}HH{number}", tag, kind, len(numbers)) + packed.ljust(room, b"\0")
    mark = b"II" if order == "<" else b"MM"
    head = mark + struct.pack(
        f"{order}HHHQ" if big else f"{order}HL", *([43, 8, 0] if big else [42]), start + len(body)
    )
    count_of = struct.pack(f"{order}{'Q' if big else 'H'}", len(tags))
    return head + body + count_of + entries + bytes(room)


def drawn(dtype: str, samples: int = 1) -> np.ndarray:
    shape = (HEIGHT, WIDTH, samples)
    kind = np.dtype(dtype)
    if kind.kind == "f":
        return RNG.normal(0, 1e3, shape).astype(kind)
    return RNG.integers(np.iinfo(kind).min, np.iinfo(kind).max, shape, dtype=kind, endpoint=True)


def greys(values: np.ndarray) -> np.ndarray:
    return np.repeat(plain(values[..., 0], *plain_range(values[..., 0]))[:, :, None], 3, axis=2)


@pytest.mark.parametrize("dtype", ["u2", "i2", "u4", "i4", "f4", "f8", "i1", "u8"])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    "form",
    [{}, {"deflated": 1}, {"deflated": 1, "predictor": 2}, {"tiled": 1}, {"deflated": 1, "tiled": 1}, {"big": 1}],
)
def test_grey_tiff_of_any_type(dtype: str, order: str, form: dict[str, int]) -> None:
    values = drawn(dtype)
    np.testing.assert_array_equal(decode(tiff(values, order=order, **form)), greys(values))


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("tiled", [0, 1])
def test_float_tiff_with_differences_by_byte(dtype: str, order: str, tiled: int) -> None:
    values = drawn(dtype)
    data = tiff(values, order=order, deflated=1, predictor=3, tiled=tiled)
    np.testing.assert_array_equal(decode(data), greys(values))


@pytest.mark.parametrize("dtype", ["u2", "f4", "i1"])
def test_white_is_zero_is_turned_round(dtype: str) -> None:
    values = drawn(dtype)
    shades = decode(tiff(values, photometric=0)).astype(int)
    assert np.abs(shades - (255 - greys(values).astype(int))).max() <= 1


@pytest.mark.parametrize("predictor", [1, 2])
@pytest.mark.parametrize("tiled", [0, 1])
@pytest.mark.parametrize("order", ["<", ">"])
def test_colour_of_12_bits_in_16(predictor: int, tiled: int, order: str) -> None:
    values = drawn("u2", 3) % 4096
    values[0, 0] = 4095
    expected = np.rint(values * (255 / 4095)).astype(np.uint8)
    data = tiff(values, 2, order, deflated=1, predictor=predictor, tiled=tiled)
    np.testing.assert_array_equal(decode(data), expected)
    np.testing.assert_array_equal(decode(png(values)), expected)


@pytest.mark.parametrize("top", [1.0, 7.5])
def test_colour_of_floats_runs_from_0_to_1_or_to_its_greatest_value(top: float) -> None:
    values = RNG.uniform(0.1, 1, (HEIGHT, WIDTH, 3)).astype(np.float32) * top
    greatest = max(1.0, float(values.max()))
    np.testing.assert_array_equal(decode(tiff(values, 2)), plain(values, 0, greatest))
    np.testing.assert_array_equal(decode(tiff(values.astype(np.float64), 2)), plain(values, 0, greatest))


def test_a_hot_sample_does_not_darken_the_colours() -> None:
    values = drawn("u2", 3) % 1024
    values[0, 0] = 1023
    values[3, 4, 1] = 65_535
    expected = plain(values, 0, 1023)
    np.testing.assert_array_equal(decode(tiff(values, 2)), expected)
    np.testing.assert_array_equal(decode(png(values)), expected)


def png(values: np.ndarray, key: tuple[int, ...] | None = None) -> bytes:
    """(H, W, samples) of 16 bits."""

    height, width, count = values.shape
    colour = {1: 0, 2: 4, 3: 2, 4: 6}[count]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    seen = chunk(b"tRNS", struct.pack(f">{len(key)}H", *key)) if key else b""
    head = chunk(b"IHDR", struct.pack(">LLBBBBB", width, height, 16, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + seen + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("colours", [1, 3])
def test_opacity_of_16_bits_is_laid_over_white(colours: int) -> None:
    values = drawn("u2", colours + 1) % 4096
    values[0, 0] = 4095
    values[..., -1] = 65_535
    values[5] = 65_535
    values[5, :, -1] = 0  # unseen, and beyond the range of what is seen
    values[6, :, -1] = 32_768
    ink = values[..., :colours].astype(float)
    seen = np.delete(ink, 5, axis=0)
    shades = plain(ink, *((0, 4095) if colours == 3 else (seen.min(), 4095))).astype(float)
    share = values[..., -1:] / 65_535
    expected = np.rint(shades * share + 255 * (1 - share)).astype(np.uint8)
    assert (expected[5] == 255).all()
    expected = np.broadcast_to(expected, (HEIGHT, WIDTH, 3))
    np.testing.assert_array_equal(decode(png(values)), expected)
    photometric = 2 if colours == 3 else 1
    np.testing.assert_array_equal(decode(tiff(values, photometric, extra=2)), expected)


@pytest.mark.parametrize("colours", [1, 3])
def test_opacity_of_as_many_bits_as_the_colours_or_never_filled_in(colours: int) -> None:
    values = drawn("u2", colours + 1) % 4096
    values[0, 0] = 4095
    ink = plain(values[..., :colours], *((0, 4095) if colours == 3 else (values[..., 0].min(), 4095)))
    for opacity in (4095, 0):
        values[..., -1] = opacity
        np.testing.assert_array_equal(decode(png(values)), np.broadcast_to(ink, (HEIGHT, WIDTH, 3)))


def test_one_transparent_grey_of_16_bits_and_of_4() -> None:
    values = drawn("u2") % 4096
    values[0], values[1, 0] = 60_000, 4095
    image = decode(png(values, (60_000,)))
    assert (image[0] == 255).all()
    np.testing.assert_array_equal(image[1:], greys(values[1:]))
    rows = b"".join(bytes([0, 0x0A, 0x5F]) for _ in range(3))
    head = chunk(b"IHDR", struct.pack(">LLBBBBB", 4, 3, 4, 0, 0, 0, 0)) + chunk(b"tRNS", b"\0\5")
    four = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    assert decode(four)[0, :, 0].tolist() == [0, 170, 255, 255]


def test_one_transparent_colour_of_16_bits() -> None:
    values = drawn("u2", 3)
    image = decode(png(values, tuple(values[2, 3].tolist())))
    assert image[2, 3].tolist() == [255, 255, 255]
    assert np.abs(image[3:].astype(int) - np.rint(values[3:] / 257)).max() == 0


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (tiff(drawn("u2", 3), 2, planes=2), "16 bits and 3 samples a pixel"),
        (tiff(drawn("u2", 4), 5), "16 bits and 4 samples a pixel"),
        (tiff(drawn("f8", 2), 1), "64 bits and 2 samples a pixel"),
    ],
    ids=["planes", "CMYK", "two channels"],
)
def test_what_is_not_read_says_what_to_do(data: bytes, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^image: a TIFF of .* is not supported; save it as grey or RGB") as caught:
        decode(data)
    assert words in str(caught.value)


@pytest.mark.parametrize("share", [0.3, 0.7, 0.95])
@pytest.mark.parametrize("form", [{}, {"deflated": 1}])
def test_a_cut_file_is_refused(share: float, form: dict[str, int]) -> None:
    data = tiff(drawn("f8"), **form)
    with pytest.raises(InputError, match=r"damaged or cut short|not an image"):
        decode(data[: int(len(data) * share)])
