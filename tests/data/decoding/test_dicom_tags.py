"""DICOM that describes its pixels in an unusual way, or wrongly: read rightly, or refused with the tag's name."""

import io
import threading

import imagecodecs
import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence

from riskcore.data.decoding import dicom_file
from riskcore.data.finding import is_image_content
from riskcore.data.images import count_frames, decode
from riskcore.errors import InputError
from tests.data.decoding.test_same_pixels import plain, saved
from tests.data.test_images import HOUNSFIELD, dicom, stretched
from tests.helpers import image_files

RNG = np.random.default_rng(9)
TWELVE = np.linspace(0, 4095, 24 * 31).astype(np.uint16).reshape(24, 31)
SHOWN = stretched(TWELVE, 0, 4095)


def refused(data: bytes) -> str:
    with pytest.raises(InputError) as caught:
        decode(data, "a.dcm")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def saved_again(data: bytes, **tags: object) -> bytes:
    """With elements set to any value, or taken out (None)."""
    dataset = dcmread(io.BytesIO(data))
    for keyword, value in tags.items():
        if value is None:
            del dataset[keyword]
        else:
            setattr(dataset, keyword, value)
    stream = io.BytesIO()
    dataset.save_as(stream)
    return stream.getvalue()


def run_lengths(values: np.ndarray, **tags: object) -> bytes:
    from pydicom.uid import RLELossless

    dataset = dcmread(io.BytesIO(dicom(values)))
    dataset.compress(RLELossless)
    for keyword, value in tags.items():
        setattr(dataset, keyword, value)
    stream = io.BytesIO()
    dataset.save_as(stream)
    return stream.getvalue()


# --- where the bits of a value stand


@pytest.mark.parametrize("coded", [False, True])
@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("upper", [False, True])
def test_bits_beside_the_value_take_no_part(coded: bool, signed: bool, upper: bool) -> None:
    stored = (TWELVE.astype(int) - 2048 * signed & 4095).astype(np.uint16)
    beside = RNG.integers(0, 16, TWELVE.shape).astype(np.uint16)
    cells = stored << 4 | beside if upper else stored | beside << 12
    tags = {"BitsStored": 12, "HighBit": 15 if upper else 11, "PixelRepresentation": int(signed)}
    data = run_lengths(cells, **tags) if coded else dicom(cells, **tags)
    np.testing.assert_array_equal(decode(data), SHOWN)


def test_a_high_bit_that_no_value_reaches_is_wrong() -> None:
    np.testing.assert_array_equal(decode(dicom(TWELVE, bits=12, HighBit=15)), SHOWN)


@pytest.mark.parametrize("value", [2048, -2048])
def test_padding_is_of_as_many_bits_as_the_values(value: int) -> None:
    values = np.linspace(-1500, 1500, 24 * 31).astype(int).reshape(24, 31)
    values[:5] = -2048
    data = dicom((values & 4095).astype(np.uint16), bits=12, PixelRepresentation=1)
    dataset = dcmread(io.BytesIO(data))
    dataset.add_new(0x00280120, "US" if value > 0 else "SS", [value, value])
    stream = io.BytesIO()
    dataset.save_as(stream)
    image = decode(stream.getvalue())
    assert not image[:5].any()
    np.testing.assert_array_equal(image[5:], stretched(values[5:], values[5:].min(), 1500))


# --- tags that are absent or contradict one another


@pytest.mark.parametrize("keyword", ["SamplesPerPixel", "PlanarConfiguration", "HighBit"])
def test_what_follows_from_the_rest_may_be_absent(keyword: str) -> None:
    colours = RNG.integers(0, 256, (6, 8, 3), dtype=np.uint8)
    np.testing.assert_array_equal(decode(saved_again(dicom(colours, "RGB", bits=8), **{keyword: None})), colours)


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("PhotometricInterpretation", "HSV"),
        ("PhotometricInterpretation", "GRAYSCALE"),
        ("PhotometricInterpretation", "YBR_PARTIAL_422"),
        ("SamplesPerPixel", 3),
        ("BitsAllocated", 12),
        ("BitsStored", 17),
        ("PixelRepresentation", 2),
    ],
)
def test_a_tag_that_fits_nothing_is_named(keyword: str, value: object) -> None:
    assert refused(saved_again(dicom(HOUNSFIELD), **{keyword: value})) == (
        f"a.dcm: the DICOM file's {keyword} is not one that is read, or does not fit its other tags; export it again, "
        "as grey (MONOCHROME2) or RGB."
    )


def test_the_name_of_the_colours_may_be_written_small() -> None:
    data = dicom(HOUNSFIELD, "monochrome1")
    np.testing.assert_array_equal(decode(data), decode(dicom(HOUNSFIELD, "MONOCHROME1")))


def test_floats_instead_of_pixels_are_named() -> None:
    data = saved_again(dicom(HOUNSFIELD), PixelData=None, FloatPixelData=HOUNSFIELD.astype("<f4").tobytes())
    assert refused(data) == "a.dcm: the DICOM file holds floats instead of pixels; export it with whole numbers."


def test_colours_that_claim_to_be_halved_are_told_by_their_number() -> None:
    ramp = np.linspace(0, 255, 48).astype(np.uint8).reshape(6, 8)
    colours = np.stack([ramp, 255 - ramp, ramp], axis=-1)
    coded = np.asarray(Image.fromarray(colours).convert("YCbCr"))
    assert np.abs(decode(dicom(coded, "YBR_FULL_422", bits=8)).astype(int) - colours).max() <= 4


# --- transfer syntaxes that are private or wrong


def test_a_private_syntax_is_read_where_the_frame_tells_its_code() -> None:
    body = image_files.dicom_body(31, 24, 16, stored=12)
    coded = imagecodecs.jpegls_encode(TWELVE)
    data = image_files.encapsulated("1.2.840.113619.5.2.9", body, coded + b"\0" * (len(coded) % 2))
    np.testing.assert_array_equal(decode(data), SHOWN)
    plain_one = dicom(TWELVE, bits=12).replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.113619.5.2\0\0", 1)
    assert refused(plain_one) == (
        "a.dcm: there is no decoder for its DICOM transfer syntax (private); export the image uncompressed."
    )


def test_pixels_decide_whether_they_are_compressed() -> None:
    expanded = dicom(TWELVE, bits=12).replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.5\0", 1)
    np.testing.assert_array_equal(decode(expanded), SHOWN)
    body, coded = image_files.dicom_body(31, 24, 16, stored=12), imagecodecs.jpegls_encode(TWELVE)
    data = image_files.encapsulated("1.2.840.10008.1.2.1", body, coded + b"\0" * (len(coded) % 2))
    np.testing.assert_array_equal(decode(data), SHOWN)


def test_jpeg_of_8_bits_in_cells_of_16() -> None:
    greys = np.linspace(0, 255, 24 * 31).astype(np.uint8).reshape(24, 31)
    coded = saved(Image.fromarray(greys), "JPEG", quality=98)
    body = image_files.dicom_body(31, 24, 16, stored=12)
    data = image_files.encapsulated("1.2.840.10008.1.2.4.50", body, coded + b"\0" * (len(coded) % 2))
    assert np.abs(decode(data)[..., 0].astype(int) - greys).max() <= 4


# --- files without their head


@pytest.mark.parametrize("first", [b"\x08\x00\x16\x00UI", b"\x10\x00\x10\x00PN", b"\x28\x00\x02\x00US", b"DICM"])
def test_a_file_that_begins_later(first: bytes) -> None:
    data = dicom(HOUNSFIELD)
    bare = data[data.index(first) :]
    assert is_image_content(bare[:132])
    np.testing.assert_array_equal(decode(bare), decode(data))
    assert count_frames(bare) == 1


def test_big_endian_without_its_head() -> None:
    from pydicom.uid import ExplicitVRBigEndian

    dataset = Dataset()
    dataset.update(dcmread(io.BytesIO(dicom(HOUNSFIELD))))
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    dataset.PixelData = HOUNSFIELD.astype(">i2").tobytes()
    stream = io.BytesIO()
    dataset.save_as(stream)
    data = stream.getvalue()
    bare = data[data.index(b"\x00\x08\x00\x16UI") :]
    assert is_image_content(bare[:132])
    np.testing.assert_array_equal(decode(bare), decode(dicom(HOUNSFIELD)))


# --- lookup tables


def lut(count: int, first: int, bits: int, data: bytes) -> Sequence:
    item = Dataset()
    item.add_new(0x00283002, "US", [count, first, bits])
    item.add_new(0x00283006, "OW", data)
    return Sequence([item])


CURVE = np.rint(4095 * np.linspace(0, 1, 4096) ** 2).astype(np.uint16)
CURVED = stretched(CURVE[TWELVE], 0, 4095)


@pytest.mark.parametrize("sequence", ["VOILUTSequence", "ModalityLUTSequence"])
@pytest.mark.parametrize(
    ("count", "bits", "table"),
    [
        (4096, 12, CURVE),
        (4096, 16, CURVE),
        (4096, 12, CURVE * 16),
        (4096, 0, CURVE),
        (4095, 12, CURVE),
        (4096, 8, (CURVE >> 4).astype(np.uint8)),
        (4096, 8, CURVE >> 4),
    ],
)
def test_a_lookup_table_is_what_it_holds(sequence: str, count: int, bits: int, table: np.ndarray) -> None:
    image = decode(dicom(TWELVE, bits=12, **{sequence: lut(count, 0, bits, table.tobytes())}))
    assert np.abs(image.astype(int) - CURVED).max() <= 1


@pytest.mark.parametrize("sequence", ["VOILUTSequence", "ModalityLUTSequence"])
@pytest.mark.parametrize(
    "broken",
    [
        lut(4096, 0, 12, CURVE[:3000].tobytes()),
        lut(8192, 0, 12, CURVE.tobytes()),
        lut(1, 0, 12, b"\7\0"),
        lut(4096, 60_000, 12, CURVE.tobytes()),
    ],
    ids=["short", "half", "one entry", "beside the values"],
)
def test_a_table_that_tells_nothing_is_as_if_absent(sequence: str, broken: Sequence) -> None:
    np.testing.assert_array_equal(decode(dicom(TWELVE, bits=12, **{sequence: broken})), SHOWN)


def test_the_first_value_of_a_table_may_be_negative() -> None:
    table = np.linspace(0, 4095, 2001).astype(np.uint16)
    image = decode(dicom(HOUNSFIELD, VOILUTSequence=lut(2001, 64_536, 12, table.tobytes())))
    assert np.abs(image.astype(int) - stretched(HOUNSFIELD, -1000, 1000)).max() <= 1


def test_a_palette_of_12_bits_and_one_without_a_table() -> None:
    palette, codes = RNG.integers(0, 4096, (256, 3)).astype("<u2"), np.arange(256, dtype=np.uint8).reshape(16, 16)
    tags: dict[str, object] = {}
    for channel, name in enumerate(("Red", "Green", "Blue")):
        tags[f"{name}PaletteColorLookupTableDescriptor"] = [256, 0, 12]
        tags[f"{name}PaletteColorLookupTableData"] = palette[:, channel].tobytes()
    data = dicom(codes, "PALETTE COLOR", bits=8, **tags)
    np.testing.assert_array_equal(decode(data), plain(palette[codes], 0, 4095))
    assert "lacks GreenPaletteColorLookupTableData" in refused(saved_again(data, GreenPaletteColorLookupTableData=None))


# --- windows


@pytest.mark.parametrize(("centre", "width"), [(32_768, 65_536), (4120, 60), (-40, 60)])
def test_a_window_that_leaves_nearly_one_shade_is_not_used(centre: int, width: int) -> None:
    np.testing.assert_array_equal(decode(dicom(TWELVE, bits=12, WindowCenter=centre, WindowWidth=width)), SHOWN)


def test_a_window_for_what_is_small_and_bright_is_used() -> None:
    values = RNG.integers(0, 40, (60, 60)).astype(np.uint16)
    values[20:30, 20:30] = RNG.integers(6000, 9000, (10, 10))
    image = decode(dicom(values, WindowCenter=4500, WindowWidth=9000))
    assert image[0].max() <= 2
    assert image[20:30, 20:30].std() > 10


def test_threads_do_not_import_pydicom_side_by_side() -> None:
    """Else one of them may find half of it, and call its sound file damaged."""
    shapes: list[tuple[int, ...]] = []
    thread = threading.Thread(target=lambda: shapes.append(decode(dicom(HOUNSFIELD)).shape))
    with dicom_file._IMPORTING:
        thread.start()
        thread.join(0.2)
        assert thread.is_alive()
    thread.join(20)
    assert shapes == [(8, 10, 3)]
