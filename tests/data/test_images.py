"""Decoding: what comes out is compared with the pixels that went in, for each kind of file."""

import contextlib
import io
import subprocess
import sys
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, RLELossless, SecondaryCaptureImageStorage

from riskcore.data.decoding.limits import MAX_PIXELS
from riskcore.data.images import decode, is_blank, thumbnail
from riskcore.errors import InputError

RNG = np.random.default_rng(0)
COLOUR = RNG.integers(0, 256, (5, 7, 3), dtype=np.uint8)
GREY = RNG.integers(0, 256, (5, 7), dtype=np.uint8)


def encoded(image: Image.Image, format: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


def error_of(source: bytes | Path, name: str | None = None) -> str:
    with pytest.raises(InputError) as caught:
        decode(source, name)
    message = str(caught.value)
    assert "\n" not in message
    return message


def stretched(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """0..255 from low..high, in the plainest way, as three equal channels."""
    grey = np.round(255 * (np.clip(values.astype(float), low, high) - low) / (high - low)).astype(np.uint8)
    return np.stack([grey] * 3, axis=-1)


# --- ordinary files


@pytest.mark.parametrize("format", ["PNG", "TIFF", "BMP"])
def test_lossless_colour_comes_back_exactly(format: str) -> None:
    image = decode(encoded(Image.fromarray(COLOUR), format))
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    np.testing.assert_array_equal(image, COLOUR)


@pytest.mark.parametrize("format", ["PNG", "TIFF", "BMP"])
def test_grey_becomes_three_equal_channels(format: str) -> None:
    np.testing.assert_array_equal(decode(encoded(Image.fromarray(GREY), format)), np.stack([GREY] * 3, axis=-1))


def test_jpeg_is_close_and_recognised_by_content_not_name(tmp_path: Path) -> None:
    smooth = np.broadcast_to(np.linspace(0, 255, 64).astype(np.uint8)[None, :, None], (48, 64, 3))
    file = tmp_path / "a.png"
    file.write_bytes(encoded(Image.fromarray(np.ascontiguousarray(smooth)), "JPEG", quality=95))
    image = decode(file)
    assert image.shape == (48, 64, 3)
    assert np.abs(image.astype(int) - smooth).max() <= 4
    np.testing.assert_array_equal(image, decode(str(file)))


def test_palette_and_one_bit() -> None:
    palette = Image.fromarray(COLOUR).quantize(8)
    np.testing.assert_array_equal(decode(encoded(palette, "PNG")), np.asarray(palette.convert("RGB")))
    bits = Image.fromarray(GREY > 127)
    assert bits.mode == "1"
    expected = np.where(GREY > 127, 255, 0)
    np.testing.assert_array_equal(decode(encoded(bits, "PNG"))[..., 1], expected)


def test_transparency_is_laid_over_white() -> None:
    alpha = np.array([[0, 255], [128, 255]], dtype=np.uint8)
    ink = np.zeros((2, 2, 3), dtype=np.uint8)
    image = decode(encoded(Image.fromarray(np.dstack([ink, alpha])), "PNG"))
    assert image[0, 0].tolist() == [255, 255, 255]
    assert image[0, 1].tolist() == [0, 0, 0]
    assert abs(int(image[1, 0, 0]) - 127) <= 1
    palette = Image.new("P", (1, 1), 0)
    palette.putpalette([10, 20, 30])
    assert decode(encoded(palette, "PNG", transparency=0))[0, 0].tolist() == [255, 255, 255]


def test_cmyk_becomes_rgb() -> None:
    cmyk = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    red = decode(encoded(cmyk, "JPEG", quality=100))[4, 4]
    assert red[0] > 240
    assert red[1] < 15
    assert red[2] < 15


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_exif_orientation_is_applied(orientation: int, format: str) -> None:
    upright = np.zeros((16, 24, 3), dtype=np.uint8)
    upright[:8, :8] = 255  # top left
    # How a camera stores an upright scene under each orientation (EXIF 2.32, 4.6.4).
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = decode(encoded(Image.fromarray(np.ascontiguousarray(stored)), format, exif=exif))
    np.testing.assert_array_equal(image > 127, upright > 127)


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_sixteen_bits_run_from_minimum_to_maximum(format: str) -> None:
    values = RNG.integers(1000, 4096, (6, 5)).astype(np.uint16)
    image = decode(encoded(Image.fromarray(values), format))
    np.testing.assert_array_equal(image, stretched(values, values.min(), values.max()))


def test_float_tiff_with_nan_and_a_flat_image() -> None:
    values = np.array([[0.0, 0.5], [1.0, np.nan]], dtype=np.float32)
    assert decode(encoded(Image.fromarray(values), "TIFF"))[..., 0].tolist() == [[0, 128], [255, 0]]
    flat = np.full((2, 2), 700, dtype=np.uint16)
    assert not decode(encoded(Image.fromarray(flat), "TIFF")).any()


def test_first_page_of_a_tiff() -> None:
    pages = [Image.fromarray(COLOUR), Image.fromarray(255 - COLOUR)]
    data = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    assert Image.open(io.BytesIO(data)).n_frames == 2
    np.testing.assert_array_equal(decode(data), COLOUR)


# --- bad files


def test_missing_empty_and_text_files(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    assert error_of(file) == f"{file}: there is no such file; check the path."
    assert error_of(tmp_path) == f"{tmp_path}: there is no such file; check the path."
    file.write_bytes(b"")
    assert error_of(file) == f"{file}: the file is empty; fetch or export it again."
    file.write_text("this is not an image\n" * 20)
    expected = "the file is not an image; expected PNG, JPEG, TIFF, BMP, GIF, WebP or DICOM content."
    assert error_of(file) == f"{file}: {expected}"
    assert error_of(b"hello") == f"image: {expected}"
    assert error_of(b"hello", "upload 3") == f"upload 3: {expected}"


def test_formats_that_are_not_medical_images_are_refused() -> None:
    assert "is not an image" in error_of(encoded(Image.fromarray(COLOUR), "PCX"))
    assert "is not an image" in error_of(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")


@pytest.mark.parametrize("format", ["PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_truncated_files(format: str, share: float) -> None:
    data = encoded(Image.fromarray(RNG.integers(0, 256, (64, 64, 3), dtype=np.uint8)), format)
    message = error_of(data[: int(len(data) * share)], f"scan.{format}")
    assert message in {
        f"scan.{format}: the image is damaged or cut short; fetch or export it again.",
        f"scan.{format}: the file is not an image; expected PNG, JPEG, TIFF, BMP, GIF, WebP or DICOM content.",
    }
    if format in ("PNG", "JPEG"):  # their headers come first, so that the image is known to be one
        assert "damaged" in message


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("format", ["PNG", "JPEG", "TIFF", "BMP"])
def test_broken_bytes_never_raise_anything_else(format: str) -> None:
    data = encoded(Image.fromarray(RNG.integers(0, 256, (16, 16, 3), dtype=np.uint8)), format)
    rng = np.random.default_rng(1)
    refused = 0
    for _ in range(150):
        broken = bytearray(data)
        for position in rng.integers(0, len(broken), 6):
            broken[position] = rng.integers(0, 256)
        with contextlib.suppress(InputError):
            refused += 1
            image = decode(bytes(broken))
            refused -= 1
            assert image.ndim == 3
            assert image.shape[2] == 3
    assert refused > 0


def png_claiming(width: int, height: int) -> bytes:
    """A small file whose header promises many pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 2, 0, 0, 0])
    body = zlib.compress(b"\0" * 100)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def test_huge_images_are_refused_from_the_header() -> None:
    assert (
        error_of(png_claiming(30_000, 30_000), "big.png")
        == "big.png: the image has more than 89 million pixels. Cut or shrink it first."
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        message = error_of(png_claiming(10_000, 9_000), "big.png")
    assert message == ("big.png: the image has 10,000 × 9,000 pixels, more than 89 million. Cut or shrink it first.")
    assert MAX_PIXELS < 10_000 * 9_000


# --- DICOM


def dicom(pixels: np.ndarray, photometric: str = "MONOCHROME2", bits: int = 16, **tags: object) -> bytes:
    """A secondary capture with a patient's name in it."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = SecondaryCaptureImageStorage, "1.2.3"
    dataset.PatientName = "Doe^Jane"
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.SamplesPerPixel = 3 if pixels.ndim == 3 else 1
    if pixels.ndim == 3:
        dataset.PlanarConfiguration = 0
    dataset.PhotometricInterpretation = photometric
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = pixels.itemsize * 8, bits, bits - 1
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    dataset.PixelData = pixels.tobytes()
    for name, value in tags.items():
        setattr(dataset, name, value)
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


HOUNSFIELD = np.arange(-1000, 1000, 25, dtype=np.int16).reshape(8, 10)


def test_dicom_without_window_runs_from_minimum_to_maximum() -> None:
    np.testing.assert_array_equal(decode(dicom(HOUNSFIELD)), stretched(HOUNSFIELD, -1000, 975))


def test_dicom_monochrome1_is_inverted() -> None:
    np.testing.assert_array_equal(decode(dicom(HOUNSFIELD, "MONOCHROME1")), 255 - stretched(HOUNSFIELD, -1000, 975))


@pytest.mark.parametrize(("centre", "width"), [(40, 400), (-600, 1500), (0, 5000)])
def test_dicom_window_after_rescale(centre: int, width: int) -> None:
    stored = ((HOUNSFIELD + 1024) // 2).astype(np.uint16)
    values = stored * 2.0 - 1024
    image = decode(dicom(stored, RescaleSlope="2", RescaleIntercept="-1024", WindowCenter=centre, WindowWidth=width))
    # DICOM PS3.3 C.11.2.1.2.1: ((x − (c − 0.5)) / (w − 1) + 0.5) of the range, clipped.
    expected = np.clip((values - (centre - 0.5)) / (width - 1) + 0.5, 0, 1) * 255
    assert np.abs(image[..., 0] - expected).max() <= 0.5 + 1e-6
    if width == 5000:
        assert 50 < image.min() < image.max() < 205  # a window wider than the data is not stretched


def test_dicom_first_of_several_windows_and_a_useless_one() -> None:
    one = decode(dicom(HOUNSFIELD, WindowCenter=40, WindowWidth=400))
    np.testing.assert_array_equal(decode(dicom(HOUNSFIELD, WindowCenter=[40, 300], WindowWidth=[400, 1500])), one)
    np.testing.assert_array_equal(
        decode(dicom(HOUNSFIELD, WindowCenter=40, WindowWidth=0)), stretched(HOUNSFIELD, -1000, 975)
    )


def test_dicom_voi_lut() -> None:
    stored = np.arange(16, dtype=np.uint8).reshape(4, 4)
    lookup = 4000 - 200 * np.arange(16)  # of 12 bits: 0 to 4095
    table = Dataset()
    table.LUTDescriptor = [16, 0, 12]
    table.LUTData = lookup.astype("<u2").tobytes()
    image = decode(dicom(stored, bits=8, VOILUTSequence=Sequence([table])))
    np.testing.assert_array_equal(image, stretched(lookup[stored], 0, 4095))


def test_dicom_colour_and_palette() -> None:
    np.testing.assert_array_equal(decode(dicom(COLOUR, "RGB", bits=8)), COLOUR)
    palette = np.array([[0, 0, 0], [255, 0, 0], [0, 128, 255]], dtype=np.uint16)
    codes = (GREY % 3).astype(np.uint8)
    tags: dict[str, object] = {}
    for channel, name in enumerate(("Red", "Green", "Blue")):
        tags[f"{name}PaletteColorLookupTableDescriptor"] = [3, 0, 16]
        tags[f"{name}PaletteColorLookupTableData"] = (palette[:, channel] * 257).astype("<u2").tobytes()
    np.testing.assert_array_equal(
        decode(dicom(codes, "PALETTE COLOR", bits=8, **tags)), palette[codes].astype(np.uint8)
    )


def test_dicom_run_length_encoding_is_decoded() -> None:
    from pydicom import dcmread

    dataset = dcmread(io.BytesIO(dicom(COLOUR, "RGB", bits=8)))
    dataset.compress(RLELossless)
    stream = io.BytesIO()
    dataset.save_as(stream)
    np.testing.assert_array_equal(decode(stream.getvalue()), COLOUR)


def test_dicom_that_cannot_be_shown_says_why_and_names_no_patient() -> None:
    no_image = Dataset()
    no_image.PatientName = "Doe^Jane"
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = SecondaryCaptureImageStorage, "1.2.3"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    stream = io.BytesIO()
    FileDataset("", no_image, file_meta=meta, preamble=b"\0" * 128).save_as(stream)
    assert (
        error_of(stream.getvalue(), "a.dcm")
        == "a.dcm: the DICOM file holds no image or is cut short; export the image itself."
    )


def test_damaged_and_huge_dicom() -> None:
    damaged = "a.dcm: the image is damaged or cut short; fetch or export it again."
    data = dicom(HOUNSFIELD)
    assert error_of(data[:-40], "a.dcm") == damaged
    assert error_of(dicom(HOUNSFIELD, Rows=30_000, Columns=30_000), "a.dcm") == (
        "a.dcm: the image has 30,000 × 30,000 pixels, more than 89 million. Cut or shrink it first."
    )


def test_nothing_written_in_the_file_reaches_the_terminal(tmp_path: Path) -> None:
    odd = dicom(HOUNSFIELD, WindowCenter=40, WindowWidth=400)
    odd = odd.replace(b"UI\x06\x001.2.3\0", b"UI\x06\x00Doe^J\0")  # a name where an identifier belongs
    file = tmp_path / "a.dcm"
    file.write_bytes(odd)
    program = (
        "import logging, sys; logging.basicConfig(level=0, format='%(name)s %(message)s')\n"
        "from riskcore.data.images import decode\n"
        "from pydicom import dcmread\n"
        "decode(sys.argv[1]); str(dcmread(sys.argv[1])[0x00080018])\n"
        "print('decoded')"
    )
    result = subprocess.run(
        [sys.executable, "-W", "default", "-c", program, str(file)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == "decoded\n"
    assert "Doe" not in result.stderr


def test_blank_is_what_holds_99_percent_within_two_levels() -> None:
    image = RNG.integers(100, 103, (50, 40, 3)).astype(np.uint8)
    assert is_blank(image)
    image[0, :20] = 180  # 1 %
    assert is_blank(image)
    image[0, 20] = 180
    assert not is_blank(image)
    tinted = np.full((50, 40, 3), (200, 10, 90), dtype=np.uint8)
    assert is_blank(tinted)
    tinted[:, :, 1] = np.arange(40) * 6
    assert not is_blank(tinted)
    assert not is_blank(RNG.integers(100, 104, (50, 40, 3)).astype(np.uint8))


def test_a_thumbnail_is_a_small_jpeg_without_the_files_own_metadata(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "Jane Doe"
    path = tmp_path / "wide.jpg"
    Image.new("RGB", (400, 100), (200, 30, 30)).save(path, exif=exif)
    small = thumbnail(path, 100)
    opened = Image.open(io.BytesIO(small))
    assert (opened.format, opened.size, dict(opened.getexif())) == ("JPEG", (100, 25), {})
    assert b"Jane" not in small
    assert abs(np.asarray(opened)[10, 50].astype(int) - (200, 30, 30)).max() < 12
    tiny = Image.open(io.BytesIO(thumbnail(path.read_bytes(), 1000)))
    assert tiny.size == (400, 100)
