"""Pictures of unusual kinds: read rightly, or refused for what they are; a sound file is never called damaged."""

import gzip
import io
import struct

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from riskcore.data.images import count_frames, decode
from riskcore.errors import InputError
from tests.data.decoding.test_deep import tiff
from tests.data.decoding.test_same_pixels import saved
from tests.helpers import image_files

RNG = np.random.default_rng(21)
COLOURS = RNG.integers(0, 256, (21, 27, 3), dtype=np.uint8)
GREYS = COLOURS[..., 0]
SMOOTH = np.linspace(0, 255, 24 * 32).astype(np.uint8).reshape(24, 32)


def refused(data: bytes) -> str:
    with pytest.raises(InputError) as caught:
        decode(data, "a")
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (imagecodecs.jpeg2k_encode(COLOURS), "JPEG 2000"),
        (imagecodecs.jpeg2k_encode(COLOURS, codecformat="j2k"), "JPEG 2000"),
        (imagecodecs.jpegxl_encode(COLOURS), "JPEG XL"),
        (imagecodecs.jpegxr_encode(COLOURS), "JPEG XR"),
        (imagecodecs.avif_encode(COLOURS), "AVIF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (struct.pack("<L", 348) + bytes(340) + b"n+1\0" + bytes(99), "NIfTI"),
        (saved(Image.fromarray(COLOURS), "PPM"), "PNM"),
        (gzip.compress(b"scan", mtime=0), "gzip"),
        (b"PK\3\4" + bytes(40), "ZIP"),
        (b"%PDF-1.7", "PDF"),
    ],
)
def test_a_kind_that_is_not_read_is_named(data: bytes, kind: str) -> None:
    expected = f"a: this is a file of the kind {kind}, which is not read; convert or unpack it to PNG, TIFF or DICOM."
    assert refused(bytes(data)) == expected


@pytest.mark.parametrize(
    "data",
    [
        imagecodecs.jpegls_encode(GREYS),
        imagecodecs.jpeg8_encode(GREYS.astype(np.uint16) * 16, level=95, bitspersample=12),
        imagecodecs.jpeg8_encode(GREYS.astype(np.uint16), lossless=True, bitspersample=16),
    ],
    ids=["JPEG-LS", "12 bits", "lossless of 16"],
)
def test_jpeg_of_an_unusual_sort(data: bytes) -> None:
    words = "a: this JPEG file is of an unusual sort or damaged; save it again as an ordinary PNG or TIFF."
    assert refused(bytes(data)) == words


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({259: (3, (33005,))}, "8 bits and 1 sample"),
        ({258: (3, (14,))}, "14 bits and 1 sample"),
        ({277: (3, (5,)), 258: (3, (8,) * 5)}, "8 bits and 5 samples"),
        ({259: (3, (7,)), 258: (3, (16,))}, "16 bits and 1 sample"),
    ],
    ids=["JPEG 2000 in it", "packed", "five channels", "lossless JPEG in it"],
)
def test_tiff_of_an_unusual_sort(tags: dict[int, tuple[int, tuple[int, ...]]], words: str) -> None:
    data = image_files.tiff(8, 6, {258: (3, (8,)), 259: (3, (1,)), 262: (3, (1,)), 277: (3, (1,))} | tags, [bytes(999)])
    assert refused(data).startswith(f"a: a TIFF of {words} a pixel in this arrangement is not supported; save it")


# --- TIFF


def test_greys_that_may_be_inverted_are_refused() -> None:
    tags = {258: (3, (8,)), 259: (3, (1,)), 277: (3, (1,))}
    words = "a: this TIFF file is of an unusual sort or damaged; save it again as an ordinary PNG or TIFF."
    assert refused(image_files.tiff(27, 21, tags, [GREYS.tobytes()])) == words


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("form", [{}, {"tiled": 1}, {"deflated": 1}])
def test_big_tiff_of_8_bits(order: str, form: dict[str, int]) -> None:
    np.testing.assert_array_equal(decode(tiff(COLOURS, 2, order, big=1, **form)), COLOURS)
    inverted = decode(tiff(GREYS[..., None], 0, order, big=1, **form))
    np.testing.assert_array_equal(inverted[..., 1], 255 - GREYS)


@pytest.mark.parametrize("deep", [False, True])
def test_a_smaller_copy_that_comes_first_is_passed_over(deep: bool) -> None:
    values = (GREYS.astype(np.uint16) << 8) if deep else GREYS
    small, whole = Image.fromarray(values[::3, ::3].copy()), Image.fromarray(values)
    stream = io.BytesIO()
    small.save(stream, "TIFF", tiffinfo={254: 1}, save_all=True, append_images=[whole])
    parts = stream.getvalue().split(said := struct.pack("<HHLL", 254, 4, 1, 1))
    assert len(parts) == 3
    data = parts[0] + said + parts[1] + said[:-4] + bytes(4) + parts[2]
    assert count_frames(data) == 2
    np.testing.assert_array_equal(decode(data), decode(saved(whole, "TIFF")))


@pytest.mark.parametrize("times", [1, 257])
def test_a_palette_of_8_or_16_bits(times: int) -> None:
    palette = RNG.integers(0, 256, (256, 3))
    entries = (palette.T * times).ravel().tolist()
    tags = {258: (3, (8,)), 259: (3, (1,)), 262: (3, (3,)), 277: (3, (1,)), 320: (3, tuple(entries))}
    data = image_files.tiff(27, 21, tags, [GREYS.tobytes()])
    np.testing.assert_array_equal(decode(data), palette[GREYS])


# --- inks and opacity


@pytest.mark.parametrize("adobe", [False, True])
def test_four_inks_are_inverted_only_where_adobe_says_so(adobe: bool) -> None:
    inks = np.asarray(Image.fromarray(SMOOTH).convert("RGB").convert("CMYK"))
    data = imagecodecs.jpeg8_encode(255 - inks if adobe else inks, level=98, colorspace="cmyk", outcolorspace="cmyk")
    if not adobe:
        place = data.index(b"\xff\xee")
        data = data[:place] + data[place + 2 + int.from_bytes(data[place + 2 : place + 4], "big") :]
    assert np.abs(decode(bytes(data))[..., 0].astype(int) - SMOOTH).max() <= 12


@pytest.mark.parametrize("format", ["PNG", "TIFF", "WEBP"])
def test_an_opacity_that_was_never_filled_in_hides_nothing(format: str) -> None:
    image = Image.fromarray(np.dstack([COLOURS, np.zeros_like(GREYS)]))
    options = {"lossless": True, "exact": True} if format == "WEBP" else {}
    np.testing.assert_array_equal(decode(saved(image, format, **options)), COLOURS)


def test_bmp_with_an_empty_opacity() -> None:
    rows = np.dstack([COLOURS[..., ::-1], np.zeros_like(GREYS)])[::-1].tobytes()
    masks = struct.pack("<4L", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    head = (struct.pack("<LllHHLLllLL", 124, 27, 21, 1, 32, 3, len(rows), 1, 1, 0, 0) + masks).ljust(124, b"\0")
    data = b"BM" + struct.pack("<LHHL", 138 + len(rows), 0, 0, 138) + head + rows
    np.testing.assert_array_equal(decode(data), COLOURS)
