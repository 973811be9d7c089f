"""Whatever goes wrong with one file is an error of that file, in one line, and the others go on."""

import os
import struct
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from riskcore.data import audit as audit_module
from riskcore.data import images
from riskcore.data.audit import audit
from riskcore.data.cache import decoded
from riskcore.data.decoding.headers import MAX_SCANS, jpeg_frame
from riskcore.data.decoding.limits import MAX_ASPECT, MAX_FILE
from riskcore.data.duplicates import fingerprint
from riskcore.data.images import decode, read_image_file
from riskcore.data.manifest import Manifest, register
from riskcore.errors import InputError
from tests.helpers import image_files


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    file = tmp_path / "a.png"
    Image.new("RGB", (9, 9)).save(file)
    return file


def refused(source: Path | bytes) -> str:
    with pytest.raises(InputError) as error:
        decode(source)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    "raised", [MemoryError, OverflowError, RecursionError, struct.error, SystemError, OSError, AssertionError, KeyError]
)
@pytest.mark.parametrize("decoder", ["decode_picture", "decode_dicom"])
def test_no_error_of_a_decoder_leaves(
    raised: type[Exception], decoder: str, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*arguments: object) -> None:
        raise raised("Doe^Jane")

    monkeypatch.setattr(images, decoder, fails)
    data = bytes(128) + b"DICM" + bytes(99) if decoder == "decode_dicom" else picture.read_bytes()
    reason = (
        "needs more memory than there is. Cut or shrink it first." if raised is MemoryError else "is damaged or cut"
    )
    assert refused(data).startswith(f"image: the image {reason}")
    assert "Doe" not in refused(data)


@pytest.mark.parametrize("give_up", [False, True])
def test_a_pipe_does_not_hold_up_the_others(tmp_path: Path, give_up: bool) -> None:
    pipe = tmp_path / "a.png"
    os.mkfifo(pipe)
    answers: list[str] = []
    waiting = threading.Thread(
        target=lambda: answers.append(refused(pipe) if give_up else _reading(pipe)),
        daemon=True,
    )
    waiting.start()
    waiting.join(20)
    assert answers == [f"{pipe}: this is no ordinary file; give the image itself."]


def _reading(path: Path) -> str:
    with pytest.raises(InputError) as error:
        read_image_file(path)
    return str(error.value)


def test_devices_and_odd_paths_are_refused(tmp_path: Path) -> None:
    assert refused(Path("/dev/zero")) == "/dev/zero: this is no ordinary file; give the image itself."
    assert "there is no such file" in refused(tmp_path / "a\0b.png")
    assert "cannot be read (File name too long)" in refused(tmp_path / ("a" * 300))
    assert "there is no such file" in refused(tmp_path)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "large.dcm"
    with open(file, "wb") as stream:
        stream.write(bytes(128) + b"DICM")
        stream.truncate(10_000_000_000)
    message = f"{file}: the file has more than 268 MB. Cut or shrink it first."
    assert refused(file) == _reading(file) == message
    assert MAX_FILE < 10_000_000_000


def manifest_of(folder: Path) -> Manifest:
    for label in "ab":
        (folder / label).mkdir(parents=True)
        for number in range(3):
            pixels = np.full((12, 12, 3), 40 * number + ord(label), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / label / f"{number}.png")
    return register("toy", folder)


def test_the_audit_names_what_memory_does_not_hold_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = manifest_of(tmp_path / "toy")

    def short(data: bytes, name: str) -> object:
        if name == "a/1.png":
            raise MemoryError
        return fingerprint(data, name)

    monkeypatch.setattr(audit_module, "fingerprint", short)
    found = audit(manifest)
    assert [(each.sample, each.reason) for each in found.unreadable] == [
        ("a/1.png", "the image needs more memory than there is. Cut or shrink it first.")
    ]
    assert found.sizes
    assert found.sizes.common == ((12, 12, 5),)


def test_the_cache_names_the_file_that_memory_does_not_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = manifest_of(tmp_path / "toy")

    def short(data: bytes, name: str) -> np.ndarray:
        if name == "b/2.png":
            raise MemoryError
        return decode(data, name)

    monkeypatch.setattr("riskcore.data.cache.decode", short)
    with pytest.raises(InputError, match=r"^toy: b/2.png: the image needs more memory than there is"):
        decoded(manifest, manifest.table["sample"].tolist(), 8, tmp_path / "cache")


def test_an_ecg_strip_is_an_image_and_a_line_is_not() -> None:
    assert decode(image_files.png(40 * MAX_ASPECT, 40, colour=0)).shape == (40, 40 * MAX_ASPECT, 3)
    assert "one side is more than 100 times the other" in refused(image_files.png(40 * MAX_ASPECT + 1, 40, colour=0))


def test_as_many_scans_as_editors_write_are_read() -> None:
    assert decode(image_files.many_scans(MAX_SCANS - 20)).shape == (2048, 2048, 3)
    assert "more than 100 scans" in refused(image_files.many_scans(MAX_SCANS))


def test_a_jpeg_says_what_its_coefficients_take(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"

    def coefficients(**options: object) -> float:
        Image.new("RGB", (64, 64)).save(file, **options)
        with open(file, "rb") as stream:
            frame = jpeg_frame(stream, "a.jpg")
        assert frame
        assert (frame.width, frame.height) == (64, 64)
        return frame.coefficients

    assert coefficients() == 0
    assert coefficients(progressive=True, subsampling=0) == 6
    assert coefficients(progressive=True, subsampling=2) == 3
