"""Files with several images: how many, and which is read."""

import io
import struct
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from riskcore.data.images import count_frames, decode
from riskcore.errors import InputError
from tests.helpers import image_files

RNG = np.random.default_rng(6)
FRAMES = RNG.integers(0, 256, (3, 9, 7, 3), dtype=np.uint8)
HEIGHT, WIDTH = FRAMES.shape[1:3]


def body(**more: bytes | int) -> bytes:
    return image_files.dicom_body(WIDTH, HEIGHT, 8, 3, "RGB", **more)


def plain(frames: np.ndarray = FRAMES, stated: int | None = 3) -> bytes:
    pixels = frames.tobytes() + b"\0" * (frames.size % 2)
    more = {} if stated is None else {"frames": stated}
    return image_files.dicom_head() + body(**more) + image_files.element(0x7FE0, 0x10, b"OW", pixels)


def jpeg_ls(stated: int | None = 3, table: bool = False) -> bytes:
    frames = [imagecodecs.jpegls_encode(frame) for frame in FRAMES]
    frames = [each + b"\0" * (len(each) % 2) for each in frames]
    more = {} if stated is None else {"frames": stated}
    data = image_files.encapsulated("1.2.840.10008.1.2.4.80", body(**more), *frames)
    if table:
        places = np.cumsum([0, *(len(each) + 8 for each in frames)])[:-1]
        empty = b"\xfe\xff\x00\xe0" + bytes(4)
        filled = b"\xfe\xff\x00\xe0" + struct.pack("<L3L", 12, *places)
        data = data.replace(empty, filled, 1)
    return data


@pytest.mark.parametrize(
    "data",
    [plain(), plain(stated=None), plain(stated=1), jpeg_ls(), jpeg_ls(table=True), jpeg_ls(None, table=True)],
    ids=["plain", "not stated", "stated wrongly", "coded", "with offsets", "offsets alone"],
)
def test_each_frame_of_dicom_is_read(data: bytes) -> None:
    assert count_frames(data) == 3
    np.testing.assert_array_equal(decode(data), FRAMES[0])
    for number in (1, 2, 3):
        np.testing.assert_array_equal(decode(data, frame=number), FRAMES[number - 1])
    with pytest.raises(InputError, match=r"^a.dcm: there is no frame 4; the file holds 3\.$"):
        decode(data, "a.dcm", frame=4)


def test_more_frames_than_there_are_are_damage() -> None:
    with pytest.raises(InputError, match="is damaged or cut short"):
        decode(jpeg_ls(10**9))


def test_frames_of_an_odd_number_of_bytes_lie_side_by_side() -> None:
    frames = FRAMES[:2]
    assert frames[0].size % 2
    np.testing.assert_array_equal(decode(plain(frames, 2), frame=2), frames[1])


def test_what_is_declared_of_one_frame_counts_for_that_frame() -> None:
    """Of enhanced files the functional groups say how a frame is shown (DICOM PS3.3 C.7.6.16)."""
    values = np.arange(2 * 20 * 20, dtype=np.uint16).reshape(2, 20, 20)
    dataset = dcmread(io.BytesIO(image_files.dicom(20, 20, 16)))
    dataset.NumberOfFrames, dataset.PixelData = 2, values.tobytes()
    shared, rescale = Dataset(), Dataset()
    rescale.RescaleSlope, rescale.RescaleIntercept = 2, -100
    shared.PixelValueTransformationSequence = Sequence([rescale])
    dataset.SharedFunctionalGroupsSequence = Sequence([shared])
    groups = []
    for centre in (300, 1200):
        group, window = Dataset(), Dataset()
        window.WindowCenter, window.WindowWidth, window.VOILUTFunction = centre, 400, "LINEAR_EXACT"
        group.FrameVOILUTSequence = Sequence([window])
        groups.append(group)
    dataset.PerFrameFunctionalGroupsSequence = Sequence(groups)
    file = io.BytesIO()
    dataset.save_as(file)
    for number, centre in ((1, 300), (2, 1200)):
        real = 2.0 * values[number - 1] - 100
        expected = np.rint(255 * np.clip((real - centre) / 400 + 0.5, 0, 1))
        found = decode(file.getvalue(), frame=number)[..., 0]
        assert np.abs(found - expected).max() <= 1


def several(format: str, count: int) -> bytes:
    file = io.BytesIO()
    first, *others = (Image.new("L", (12, 8), 40 * number) for number in range(count))
    first.save(file, format, save_all=True, append_images=others)
    return file.getvalue()


@pytest.mark.parametrize("format", ["TIFF", "GIF", "WEBP"])
@pytest.mark.parametrize("count", [1, 2, 5])
def test_pages_and_frames_of_pictures_are_counted_and_the_first_is_read(format: str, count: int) -> None:
    data = several(format, count)
    assert count_frames(data) == count == getattr(Image.open(io.BytesIO(data)), "n_frames", 1)
    assert decode(data).max() <= 2
    with pytest.raises(InputError, match="frames are chosen in DICOM files only; save image 2 as a file of its own"):
        decode(data, frame=2)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "BMP"])
def test_other_files_hold_one(format: str, tmp_path: Path) -> None:
    file = tmp_path / "a"
    Image.new("RGB", (12, 8)).save(file, format)
    assert count_frames(file) == 1


def test_bigtiff_pages_are_counted() -> None:
    data = bigtiff(3)
    assert count_frames(data) == 3


def bigtiff(pages: int) -> bytes:
    """Directories of no tag but one, which suffice to be counted."""
    data = struct.pack("<2sHHHQ", b"II", 43, 8, 0, 16)
    for page in range(pages):
        following = 16 + (page + 1) * 36 if page + 1 < pages else 0
        data += struct.pack("<QHHQQQ", 1, 256, 3, 1, 9, following)
    return data


def test_long_comments_and_profiles_are_refused() -> None:
    gif = several("GIF", 1)
    comment = b"\x21\xfe" + (b"\xff" + b"a" * 255) * 5000 + b"\0"
    head = 13 + (3 << ((gif[10] & 7) + 1) if gif[10] & 0x80 else 0)
    with pytest.raises(InputError, match="beside the image"):
        decode(gif[:head] + comment + gif[head:])
    webp = several("WEBP", 1)
    profile = b"ICCP" + struct.pack("<L", 40_000_000) + bytes(40_000_000)
    with pytest.raises(InputError, match="beside the image"):
        decode(webp[:12] + profile + webp[12:])
