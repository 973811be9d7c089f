"""Sound files that are odd beside their pixels, and DICOM that declares what does not fit: read all the same."""

import io
import zlib

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from riskcore.data.images import decode
from riskcore.errors import InputError
from tests.data.decoding.test_same_pixels import plain, saved
from tests.data.test_images import HOUNSFIELD, dicom
from tests.helpers.bombs import chunk

RNG = np.random.default_rng(4)
PLAIN = decode(dicom(HOUNSFIELD))


def of(**tags: object) -> np.ndarray:
    return decode(dicom(HOUNSFIELD, **tags))


def edited(data: bytes, **tags: object) -> bytes:
    """With tags set that setattr refuses, or taken out (None)."""
    dataset = dcmread(io.BytesIO(data))
    for keyword, value in tags.items():
        del dataset[keyword]
        assert value is None
    stream = io.BytesIO()
    dataset.save_as(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    "tags",
    [
        {"RescaleSlope": "", "RescaleIntercept": ""},
        {"RescaleSlope": "", "RescaleIntercept": "-5"},
        {"RescaleSlope": "0", "RescaleIntercept": "3"},
        {"WindowCenter": "9000", "WindowWidth": "50"},
        {"WindowCenter": "-99000", "WindowWidth": "1"},
        {"WindowCenter": "", "WindowWidth": ""},
        {"WindowCenter": "40", "WindowWidth": ""},
        {"WindowCenter": "0", "WindowWidth": "9999999"},
        {"VOILUTSequence": Sequence([Dataset()])},
        {"ModalityLUTSequence": Sequence([Dataset()])},
        {"VOILUTFunction": "ODD", "WindowCenter": "9000", "WindowWidth": "50"},
    ],
)
def test_what_declares_nothing_is_as_if_absent(tags: dict[str, object]) -> None:
    np.testing.assert_array_equal(of(**tags), PLAIN)


@pytest.mark.parametrize("broken", [b"NaN     ", b"inf     ", b"abcdefgh"])
@pytest.mark.parametrize("keyword", ["WindowCenter", "WindowWidth", "RescaleSlope"])
def test_no_number_is_as_if_absent(broken: bytes, keyword: str) -> None:
    other = {"WindowCenter": "WindowWidth", "WindowWidth": "WindowCenter", "RescaleSlope": "RescaleIntercept"}[keyword]
    data = dicom(HOUNSFIELD, **{keyword: "12345678", other: "0" if keyword != "WindowCenter" else "400"})
    assert data.count(b"12345678") == 1
    np.testing.assert_array_equal(decode(data.replace(b"12345678", broken)), PLAIN)


def test_the_window_stands_where_the_table_is_empty_and_the_second_where_the_first_misses() -> None:
    window = of(WindowCenter=40, WindowWidth=400)
    assert (window != PLAIN).any()
    np.testing.assert_array_equal(of(WindowCenter=40, WindowWidth=400, VOILUTSequence=Sequence([Dataset()])), window)
    np.testing.assert_array_equal(of(WindowCenter=[9000, 40], WindowWidth=[50, 400]), window)


@pytest.mark.parametrize("kind", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("window", [{}, {"WindowCenter": 0, "WindowWidth": 900}])
def test_padding_takes_no_part_and_is_black(kind: str, window: dict[str, int]) -> None:
    values = HOUNSFIELD.copy()
    values[0] = [-2000] * 10
    values[7, 3:] = -1990
    inside = np.ones(values.shape, dtype=bool)
    inside[0], inside[7, 3:] = False, False
    image = decode(dicom(values, kind, PixelPaddingValue=-2000, PixelPaddingRangeLimit=-1990, **window))[..., 0]
    low, high = (-449.5, 449.5) if window else (values[inside].min(), values[inside].max())
    expected = plain(values + 0.5 * bool(window), low, high).astype(int)
    expected = 255 - expected if kind == "MONOCHROME1" else expected
    assert np.abs(image[inside] - expected[inside]).max() <= 1
    assert not image[~inside].any()


@pytest.mark.parametrize(("said", "held"), [(8, 16), (16, 8), (16, 16), (8, 8)])
def test_the_tables_tell_how_deep_a_palette_is(said: int, held: int) -> None:
    palette = RNG.integers(0, 256, (256, 3))
    palette[7] = 255
    codes = np.arange(256, dtype=np.uint8).reshape(16, 16)
    tags: dict[str, object] = {}
    for channel, name in enumerate(("Red", "Green", "Blue")):
        tags[f"{name}PaletteColorLookupTableDescriptor"] = [256, 0, said]
        table = palette[:, channel] * (257 if held == 16 else 1)
        tags[f"{name}PaletteColorLookupTableData"] = table.astype("<u2" if held == 16 else "u1").tobytes()
    image = decode(dicom(codes, "PALETTE COLOR", bits=8, **tags))
    np.testing.assert_array_equal(image, palette[codes].astype(np.uint8))


def test_colours_of_12_bits_that_claim_16() -> None:
    values = RNG.integers(0, 4096, (9, 11, 3)).astype(np.uint16)
    values[0, 0] = 4095
    expected = plain(values, 0, 4095)
    np.testing.assert_array_equal(decode(dicom(values, "RGB")), expected)
    dark = values // 5
    np.testing.assert_array_equal(decode(dicom(dark, "RGB", bits=12)), plain(dark, 0, 4095))


@pytest.mark.parametrize("shift", [0, 8])
def test_dicom_without_its_preamble(shift: int) -> None:
    data = dicom(HOUNSFIELD, WindowCenter=40, WindowWidth=400)
    bare = data[132:]
    if shift:  # without the file meta information, too
        bare = data[data.index(b"\x08\x00\x16\x00UI") :]
    np.testing.assert_array_equal(decode(bare), of(WindowCenter=40, WindowWidth=400))


@pytest.mark.parametrize("keyword", ["PhotometricInterpretation", "Rows", "BitsStored", "PixelRepresentation"])
def test_a_missing_tag_is_named(keyword: str) -> None:
    with pytest.raises(InputError, match=rf"^image: the DICOM file lacks {keyword}, without which"):
        decode(edited(dicom(HOUNSFIELD), **{keyword: None}))


def test_a_jpeg_whose_exif_is_broken_is_upright_all_the_same() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x011A] = 6, 72.0
    picture = Image.fromarray(RNG.integers(0, 256, (16, 24, 3), dtype=np.uint8))
    data = saved(picture, "JPEG", exif=exif)
    expected = decode(data)
    assert expected.shape == (24, 16, 3)
    start, end = data.index(b"Exif\0\0"), data.index(b"\xff\xdb")
    tried = 0
    for place in range(start + 20, end):  # behind the head and the orientation, each byte in turn
        for value in (0, 7, 255):
            broken = bytearray(data)
            broken[place] = value
            if b"\x12\x01" not in broken[start:end] and b"\x01\x12" not in broken[start:end]:
                continue
            image = decode(bytes(broken))
            tried += image.shape == expected.shape
    assert tried > 20


@pytest.mark.parametrize("kind", [b"zTXt", b"iCCP", b"iTXt", b"tEXt"])
def test_a_png_with_megabytes_beside_the_image(kind: bytes) -> None:
    values = RNG.integers(0, 256, (8, 9, 3), dtype=np.uint8)
    data = saved(Image.fromarray(values), "PNG")
    large = RNG.bytes(3_000_000) if kind == b"tEXt" else zlib.compress(bytes(9_000_000))
    body = b"a\0" + (b"\1\0\0\0" if kind == b"iTXt" else b"\0") + large
    np.testing.assert_array_equal(decode(data[:33] + chunk(kind, body) + data[33:]), values)
