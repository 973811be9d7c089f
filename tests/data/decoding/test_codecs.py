"""Compressed DICOM: what went into each code comes out, signed or not, and damage is refused."""

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from riskcore.data.decoding.dicom_file import read_dicom
from riskcore.data.decoding.dicom_frames import decoded_frame
from riskcore.data.images import decode
from riskcore.errors import InputError
from tests.helpers import image_files

RNG = np.random.default_rng(5)
HEIGHT, WIDTH = 24, 31
JPEG_LS, LOSSLESS, EXTENDED, JPEG_2000 = (f"1.2.840.10008.1.2.4.{number}" for number in ("80", "70", "51", "90"))


def file_of(
    syntax: str, frame: bytes, bits: int, *, signed: bool = False, colours: bool = False, kind: str = ""
) -> bytes:
    body = image_files.dicom_body(
        WIDTH,
        HEIGHT,
        16 if bits > 8 else 8,
        3 if colours else 1,
        kind or ("RGB" if colours else "MONOCHROME2"),
        stored=bits,
        signed=int(signed),
    )
    return image_files.encapsulated(syntax, body, frame + b"\0" * (len(frame) % 2))


def stored(data: bytes) -> tuple[np.ndarray, str]:
    import io

    return decoded_frame(read_dicom(io.BytesIO(data), "a.dcm", 0), 1, "a.dcm")


def values(bits: int, signed: bool, colours: bool = False) -> np.ndarray:
    low = -(2 ** (bits - 1)) if signed else 0
    kind = ("i" if signed else "u") + ("2" if bits > 8 else "1")
    shape = (HEIGHT, WIDTH, 3) if colours else (HEIGHT, WIDTH)
    return RNG.integers(low, low + 2**bits, shape).astype(kind)


def masked(pixels: np.ndarray, bits: int) -> np.ndarray:
    """As encoders without a sign write them: the lowest bits."""
    return pixels.view(pixels.dtype.str.replace("i", "u")) & np.array(2**bits - 1, dtype=f"u{pixels.itemsize}")


@pytest.mark.parametrize("bits", [8, 12, 16])
@pytest.mark.parametrize("signed", [False, True])
def test_jpeg_ls_comes_back_exactly(bits: int, signed: bool) -> None:
    pixels = values(bits, signed)
    found, space = stored(file_of(JPEG_LS, imagecodecs.jpegls_encode(masked(pixels, bits)), bits, signed=signed))
    np.testing.assert_array_equal(found, pixels)
    assert found.dtype == pixels.dtype
    assert space == "MONOCHROME2"


@pytest.mark.parametrize("bits", [8, 12, 16])
@pytest.mark.parametrize("signed", [False, True])
def test_lossless_jpeg_comes_back_exactly(bits: int, signed: bool) -> None:
    pixels = values(bits, signed)
    coded = imagecodecs.jpeg8_encode(masked(pixels, bits), lossless=True, bitspersample=bits)
    found, _ = stored(file_of(LOSSLESS, coded, bits, signed=signed))
    np.testing.assert_array_equal(found, pixels)


@pytest.mark.parametrize("kind", ["RGB", "YBR_FULL"])
def test_colours_of_lossless_jpeg_are_what_the_data_set_says(kind: str) -> None:
    pixels = values(8, False, colours=True)
    coded = imagecodecs.jpeg8_encode(pixels, lossless=True, colorspace="rgb", outcolorspace="rgb")
    data = file_of(LOSSLESS, coded, 8, colours=True, kind=kind)
    found, space = stored(data)
    np.testing.assert_array_equal(found, pixels)
    assert space == kind
    expected = pixels if kind == "RGB" else np.asarray(Image.fromarray(pixels, "YCbCr").convert("RGB"))
    assert np.abs(decode(data).astype(int) - expected).max() <= 1


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("told", [False, True])
def test_jpeg_2000_with_the_sign_that_the_data_set_states(signed: bool, told: bool) -> None:
    """Many encoders write signed values as unsigned; then the code stream does not tell (told)."""
    pixels = values(16, signed)
    coded = imagecodecs.jpeg2k_encode(
        pixels if told else masked(pixels, 16), level=0, reversible=True, codecformat="j2k"
    )
    found, _ = stored(file_of(JPEG_2000, coded, 16, signed=signed))
    np.testing.assert_array_equal(found, pixels)


def test_colours_of_jpeg_2000() -> None:
    pixels = values(8, False, colours=True)
    coded = imagecodecs.jpeg2k_encode(pixels, level=0, reversible=True, codecformat="j2k")
    np.testing.assert_array_equal(decode(file_of(JPEG_2000, coded, 8, colours=True, kind="YBR_RCT")), pixels)


def test_jpeg_of_12_bits_is_close() -> None:
    ramp = np.broadcast_to(np.linspace(0, 4095, WIDTH).astype(np.uint16), (HEIGHT, WIDTH)).copy()
    coded = imagecodecs.jpeg8_encode(ramp, level=99, bitspersample=12)
    found, _ = stored(file_of(EXTENDED, coded, 12))
    assert found.dtype == np.uint16
    assert np.abs(found.astype(int) - ramp).max() <= 12


@pytest.mark.parametrize("syntax", [JPEG_LS, LOSSLESS, JPEG_2000])
def test_the_frame_and_not_the_syntax_says_what_it_is(syntax: str) -> None:
    pixels = values(8, False)
    np.testing.assert_array_equal(stored(file_of(syntax, imagecodecs.jpegls_encode(pixels), 8))[0], pixels)


def refused(data: bytes) -> str:
    with pytest.raises(InputError) as caught:
        decode(data, "a.dcm")
    return str(caught.value)


def test_a_frame_of_another_size_is_refused_before_it_is_decoded() -> None:
    coded = bytearray(imagecodecs.jpegls_encode(values(8, False)))
    place = coded.index(b"\xff\xf7") + 5
    coded[place : place + 4] = b"\xea\x60\xea\x60"
    assert "not of the size that the DICOM file states" in refused(file_of(JPEG_LS, bytes(coded), 8))


def test_jpeg_2000_of_many_tiles_is_refused() -> None:
    coded = bytearray(imagecodecs.jpeg2k_encode(values(8, False), codecformat="j2k"))
    place = coded.index(b"\xff\x51") + 22
    coded[place : place + 8] = b"\0\0\0\1\0\0\0\1"
    body = image_files.dicom_body(100, 99, 8)
    coded[place - 16 : place - 8] = b"\0\0\0\x64\0\0\0\x63"
    found = refused(image_files.encapsulated(JPEG_2000, body, bytes(coded) + b"\0" * (len(coded) % 2)))
    assert found == "a.dcm: the JPEG 2000 image has more than 4,096 tiles; export it again in one."


@pytest.mark.parametrize("share", [0.3, 0.6])
@pytest.mark.parametrize("code", ["jpegls", "lossless"])
def test_a_frame_that_ends_early_is_damaged(code: str, share: float) -> None:
    pixels = values(8, False)
    coded = imagecodecs.jpegls_encode(pixels) if code == "jpegls" else imagecodecs.jpeg8_encode(pixels, lossless=True)
    data = file_of(JPEG_LS, coded[: int(len(coded) * share)], 8)
    assert refused(data) == "a.dcm: the image is damaged or cut short; fetch or export it again."


def test_video_has_no_decoder_and_the_cure_is_named() -> None:
    data = file_of("1.2.840.10008.1.2.4.102", bytes(range(99)) + b"\0", 8, colours=True)
    assert refused(data) == (
        "a.dcm: there is no decoder for its DICOM transfer syntax (MPEG-4 AVC/H.264 High Profile / Level 4.1); export "
        "the image uncompressed."
    )
