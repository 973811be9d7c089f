import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from riskcore.data import cache
from riskcore.data.cache import decoded, to_square
from riskcore.data.images import decode
from riskcore.data.manifest import Manifest, register
from riskcore.data.synthetic import write_synthetic
from riskcore.errors import InputError, RunError


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    return register("toy", write_synthetic(tmp_path / "toy", images=8, size=40, seed=0))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def samples_of(manifest: Manifest) -> list[str]:
    return manifest.table["sample"].tolist()


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the images that are decoded."""
    names: list[str] = []

    def counted(source: bytes, name: str) -> np.ndarray:
        names.append(name)
        return decode(source, name)

    monkeypatch.setattr(cache, "decode", counted)
    return names


def test_rows_are_the_images_in_the_order_asked_for(manifest: Manifest, folder: Path) -> None:
    samples = samples_of(manifest)[::-1]
    images = decoded(manifest, samples, 24, folder)
    assert isinstance(images, np.memmap)
    assert images.shape == (8, 24, 24, 3)
    assert images.dtype == np.uint8
    assert not images.flags.writeable
    for row, sample in zip(images, samples, strict=True):
        assert np.array_equal(row, to_square(decode(manifest.path(sample)), 24))
    assert np.array_equal(np.load(next(folder.glob("*.npy"))), images)


def test_each_image_is_decoded_once(manifest: Manifest, folder: Path, calls: list[str]) -> None:
    samples = samples_of(manifest)
    first = np.array(decoded(manifest, samples, 24, folder))
    assert sorted(calls) == samples
    assert np.array_equal(decoded(manifest, samples, 24, folder), first)
    assert len(calls) == len(samples)


def test_the_key_is_the_content_not_the_name(manifest: Manifest, folder: Path, calls: list[str]) -> None:
    samples = samples_of(manifest)
    decoded(manifest, samples, 24, folder)
    os.utime(manifest.path(samples[0]))
    decoded(manifest, samples, 24, folder)
    assert len(calls) == 8
    manifest.path(samples[0]).write_bytes(manifest.path(samples[1]).read_bytes())
    images = decoded(manifest, samples, 24, folder)
    assert len(calls) == 16
    assert np.array_equal(images[0], images[1])
    decoded(manifest, samples, 20, folder)
    decoded(manifest, samples[:-1], 24, folder)
    assert len(list(folder.glob("*.npy"))) == 4


def test_another_recipe_decodes_anew(
    manifest: Manifest, folder: Path, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded(manifest, samples_of(manifest), 24, folder)
    monkeypatch.setattr(cache, "RECIPE", cache.RECIPE + 1)
    decoded(manifest, samples_of(manifest), 24, folder)
    assert len(calls) == 16


@pytest.mark.parametrize("damage", ["cut", "emptied", "a bit", "header", "longer", "checksum"])
def test_a_damaged_file_is_built_again(manifest: Manifest, folder: Path, damage: str) -> None:
    samples = samples_of(manifest)
    expected = np.array(decoded(manifest, samples, 24, folder))
    file = next(folder.glob("*.npy"))
    content = file.read_bytes()
    middle = len(content) // 2
    file.write_bytes(
        {
            "cut": content[:middle],
            "emptied": b"",
            "a bit": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
            "header": b"rubbish" + content[7:],
            "longer": content + b"\0",
            "checksum": content[:-4],
        }[damage]
    )
    assert np.array_equal(decoded(manifest, samples, 24, folder), expected)
    assert file.read_bytes() == content


def test_an_interrupted_build_leaves_nothing_behind(manifest: Manifest, folder: Path) -> None:
    def interrupt(done: int, total: int, label: str) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        decoded(manifest, samples_of(manifest), 24, folder, interrupt)
    assert not list(folder.glob("*.npy"))
    assert not list(folder.glob("*.part"))
    assert decoded(manifest, samples_of(manifest), 24, folder).shape == (8, 24, 24, 3)


def test_the_remains_of_a_killed_build_are_written_over(manifest: Manifest, folder: Path) -> None:
    decoded(manifest, samples_of(manifest), 24, folder)
    file = next(folder.glob("*.npy"))
    content = file.read_bytes()
    file.unlink()
    file.with_suffix(".part").write_bytes(content * 2)
    decoded(manifest, samples_of(manifest), 24, folder)
    assert file.read_bytes() == content
    assert not file.with_suffix(".part").exists()


def test_two_processes_may_build_the_same_file(manifest: Manifest, folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from riskcore.data.cache import decoded; "
        "from riskcore.data.manifest import register; manifest = register('toy', sys.argv[1]); decodes = [];"
        "images = decoded(manifest, list(manifest.table['sample']), 24, Path(sys.argv[2]), "
        "lambda *step: decodes.append(step)); print(images.sum(), len(decodes))"
    )
    command = [sys.executable, "-c", code, str(manifest.root), str(folder)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    answers = [process.communicate()[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    total = sum(int(to_square(decode(manifest.path(name)), 24).sum()) for name in samples_of(manifest))
    assert [int(answer[0]) for answer in answers] == [total, total]
    assert sorted(int(answer[1]) for answer in answers) == [0, 8]


def test_progress_reaches_the_total(manifest: Manifest, folder: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    for _ in range(2):
        decoded(manifest, samples_of(manifest), 24, folder, lambda *step: seen.append(step))
    assert seen == [(done, 8, "decoding images") for done in range(1, 9)]


def test_a_file_that_cannot_be_decoded_is_named_with_the_remedy(manifest: Manifest, folder: Path) -> None:
    broken = samples_of(manifest)[2]
    manifest.path(broken).write_text("not an image")
    with pytest.raises(InputError) as error:
        decoded(manifest, samples_of(manifest), 24, folder)
    assert str(error.value) == (
        f"toy: {broken}: the file is not an image; expected PNG, JPEG, TIFF, BMP, GIF, WebP or DICOM content; "
        "`riskcore data audit toy` lists every such file."
    )
    assert not list(folder.glob("*.npy"))
    assert not list(folder.glob("*.part"))


def test_an_absent_file_is_named_with_the_remedy(manifest: Manifest, folder: Path) -> None:
    gone = samples_of(manifest)[1]
    manifest.path(gone).unlink()
    with pytest.raises(InputError) as error:
        decoded(manifest, samples_of(manifest), 24, folder)
    assert str(error.value) == (
        f"toy: {gone}: there is no such file; check the path; `riskcore data audit toy` lists every such file."
    )


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes, which is how a full disk looks to the writer."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_one_clear_line_and_leaves_no_partial_file(manifest: Manifest, folder: Path) -> None:
    with largest_file(5000), pytest.raises(RunError) as error:
        decoded(manifest, samples_of(manifest), 250, folder)
    assert str(error.value) == (
        f"{folder}: the decoded images cannot be stored (File too large; 2 MB are needed); "
        "free some space or move RISKCORE_HOME to a larger disk."
    )
    assert not list(folder.glob("*.npy"))
    assert not list(folder.glob("*.part"))
    assert decoded(manifest, samples_of(manifest), 250, folder).shape == (8, 250, 250, 3)


def test_a_square_of_the_right_size_stays_as_it_is() -> None:
    image = np.random.default_rng(0).integers(0, 256, (20, 20, 3), dtype=np.uint8)
    assert np.array_equal(to_square(image, 20), image)


@pytest.mark.parametrize("shape", [(12, 20), (20, 12), (13, 20), (1, 20)])
def test_the_short_side_is_mirrored_at_its_borders(shape: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    square = to_square(image, 20)
    axis = int(np.argmin(shape))
    short = shape[axis]
    before = (20 - short) // 2
    for position in range(20):
        inside = (position - before) % (2 * short)
        source = inside if inside < short else 2 * short - 1 - inside
        assert np.array_equal(square.take(position, axis), image.take(source, axis))


@pytest.mark.parametrize("shape", [(300, 200), (64, 301), (9, 1200), (5, 3)])
def test_images_of_any_shape_become_squares_that_keep_their_tissue(shape: tuple[int, int]) -> None:
    image = np.full((*shape, 3), (200, 90, 30), dtype=np.uint8)
    square = to_square(image, 32)
    assert square.shape == (32, 32, 3)
    assert (square == (200, 90, 30)).all()
    ramp = np.tile(np.linspace(0, 255, shape[1]).round().astype(np.uint8)[None, :, None], (shape[0], 1, 3))
    row = to_square(ramp, 32)[16, :, 0].astype(int)
    assert row.min() <= 40
    assert row.max() >= 215


def test_reduction_averages_instead_of_skipping() -> None:
    stripes = np.zeros((256, 256, 3), dtype=np.uint8)
    stripes[:, ::2] = 200
    reduced = to_square(stripes, 32)[4:-4, 4:-4]
    assert np.abs(reduced.astype(int) - 100).max() <= 3
    reference = Image.fromarray(stripes).resize((32, 32), Image.Resampling.BICUBIC)
    assert np.abs(np.asarray(reference)[4:-4, 4:-4].astype(int) - reduced).max() <= 3
