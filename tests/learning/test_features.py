import errno
import threading
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from riskcore.data.batches import mirror, normalise, to_float
from riskcore.errors import RunError
from riskcore.learning import features
from riskcore.learning.backbones import Preprocessing
from riskcore.learning.features import ActivationKey, ActivationSource, ImageSource, cached_activations
from riskcore.learning.network import Network

CPU = torch.device("cpu")
PREPARED = Preprocessing(8, (0.5, 0.4, 0.3), (0.2, 0.3, 0.4), "bicubic")
KEY = ActivationKey("images", "weights", 8, 0, 4, "standard")


class Front(nn.Module):
    """Activations of 1,000 times the first pixel's channels: beyond float16's range at times, none beyond reading."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(40_000.0))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images[:, :, 0, 0] * self.scale


@pytest.fixture
def images() -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (150, 8, 8, 3), dtype=np.uint8)


class Builder:
    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> Network:
        self.calls += 1
        return Network(Front(), nn.Identity(), PREPARED)


def get(folder: Path, images: NDArray[np.uint8], build: Builder, key: ActivationKey = KEY, progress: Any = None) -> Any:
    return cached_activations(key, folder, build, images, CPU, progress or (lambda *_: None))


def expected(images: NDArray[np.uint8], flipped: bool) -> NDArray[np.float32]:
    shown = to_float(torch.from_numpy(images))
    shown = normalise(mirror(shown) if flipped else shown, PREPARED.mean, PREPARED.std)
    return np.clip((shown[:, :, 0, 0] * 40_000).numpy(), -65504, 65504)


def test_views_are_the_image_its_mirror_and_augmented_ones(tmp_path: Path, images: NDArray[np.uint8]) -> None:
    steps: list[tuple[int, int, str]] = []
    found = get(tmp_path, images, Builder(), progress=lambda *step: steps.append(step))
    assert found.values.shape == (4, 150, 3)
    assert found.values.dtype == np.float16
    np.testing.assert_allclose(found.values[0].astype(np.float64), expected(images, False), rtol=1e-3)
    np.testing.assert_allclose(found.values[1].astype(np.float64), expected(images, True), rtol=1e-3)
    views = found.values.astype(np.float64)
    assert not np.allclose(views[2], views[3], rtol=1e-2)
    assert found.preprocessing == PREPARED
    assert steps[0] == (64, 600, "features")
    assert steps[-1] == (600, 600, "features")
    assert [step[0] for step in steps] == sorted(step[0] for step in steps)


def test_what_is_cached_is_not_computed_again(tmp_path: Path, images: NDArray[np.uint8]) -> None:
    build = Builder()
    first = get(tmp_path, images, build)
    second = get(tmp_path, images, build)
    assert build.calls == 1
    assert np.array_equal(first.values, second.values)
    assert second.preprocessing == PREPARED
    names = sorted(path.suffix for path in tmp_path.iterdir() if path.suffix != ".lock")
    assert names == [".json", ".npy", ".safetensors"]


@pytest.mark.parametrize(
    "change",
    [{"images": "x"}, {"weights": "x"}, {"size": 9}, {"stages": 1}, {"views": 5}, {"level": "light"}],
    ids=lambda change: next(iter(change)),
)
def test_the_key_is_everything_that_the_numbers_depend_on(change: dict[str, Any]) -> None:
    assert ActivationKey(**{**vars(KEY), **change}).digest != KEY.digest


@pytest.mark.parametrize("suffix", [".npy", ".safetensors", ".json"])
@pytest.mark.parametrize("damage", ["gone", "short", "flipped"])
def test_damaged_files_are_computed_anew(
    tmp_path: Path, images: NDArray[np.uint8], suffix: str, damage: Literal["gone", "short", "flipped"]
) -> None:
    build = Builder()
    first = np.array(get(tmp_path, images, build).values)
    file = tmp_path / f"{KEY.digest}{suffix}"
    content = bytearray(file.read_bytes())
    if damage == "gone":
        file.unlink()
    elif damage == "short":
        file.write_bytes(content[: len(content) // 2])
    else:
        content[len(content) // 2] ^= 0xFF
        file.write_bytes(content)
    assert np.array_equal(get(tmp_path, images, build).values, first)
    assert build.calls == 2


def test_an_interruption_leaves_nothing_that_looks_like_a_result(tmp_path: Path, images: NDArray[np.uint8]) -> None:
    class Interrupted(Exception):
        pass

    def interrupt(done: int, total: int, label: str) -> None:
        if done > total / 2:
            raise Interrupted

    build = Builder()
    with pytest.raises(Interrupted):
        get(tmp_path, images, build, progress=interrupt)
    assert [path.suffix for path in tmp_path.iterdir() if path.suffix != ".lock"] == [".safetensors"]
    assert get(tmp_path, images, build).values.shape == (4, 150, 3)
    assert build.calls == 2


def test_a_full_disk_is_one_line(tmp_path: Path, images: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(features, "_compute", full)
    with pytest.raises(RunError) as caught:
        get(tmp_path, images, Builder())
    path = tmp_path / f"{KEY.digest}.npy"
    assert str(caught.value) == f"{path}: cannot be written, the disk is full; free some space and try again."
    assert not list(tmp_path.glob("*.npy")) + list(tmp_path.glob("*.partial"))


def test_two_that_want_the_same_compute_it_once(tmp_path: Path, images: NDArray[np.uint8]) -> None:
    builds = [Builder(), Builder()]
    found: list[Any] = []
    threads = [
        threading.Thread(target=lambda build=build: found.append(get(tmp_path, images, build))) for build in builds
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(build.calls for build in builds) == [0, 1]
    assert np.array_equal(found[0].values, found[1].values)


def test_training_draws_a_view_for_each_case_by_seed() -> None:
    activations = (np.arange(4)[:, None] * 100 + np.arange(50)).astype(np.float16)[:, :, None]
    source = ActivationSource(activations, "standard", CPU)
    rows = np.arange(50)
    batch = source.training_batch(rows, 3)[:, 0].numpy()
    assert batch.dtype == np.float32
    assert np.array_equal(batch % 100, rows)
    assert set(batch // 100) == {0, 1, 2, 3}
    assert np.array_equal(batch, source.training_batch(rows, 3)[:, 0].numpy())
    assert not np.array_equal(batch, source.training_batch(rows, 4)[:, 0].numpy())
    assert np.array_equal(ActivationSource(activations, "none", CPU).training_batch(rows, 3)[:, 0], rows)


def test_evaluation_sees_the_image_and_its_mirror_in_order() -> None:
    activations = np.random.default_rng(0).normal(size=(4, 10, 2)).astype(np.float16)
    pairs = list(ActivationSource(activations, "standard", CPU).clean_batches(np.array([7, 1, 4]), 2))
    assert [len(clean) for clean, _ in pairs] == [2, 1]
    assert np.array_equal(torch.cat([clean for clean, _ in pairs]), activations[0, [7, 1, 4]])
    assert np.array_equal(torch.cat([flipped for _, flipped in pairs]), activations[1, [7, 1, 4]])


def test_images_are_normalised_and_mirrored(images: NDArray[np.uint8]) -> None:
    source = ImageSource(images, PREPARED, "none", CPU)
    rows = np.array([9, 2, 5])
    whole = normalise(to_float(torch.from_numpy(images[rows])), PREPARED.mean, PREPARED.std)
    assert torch.equal(source.training_batch(rows, 0), whole)
    ((clean, flipped),) = source.clean_batches(rows, 5)
    assert torch.equal(clean, whole)
    assert torch.equal(flipped, whole.flip(-1))
    changed = ImageSource(images, PREPARED, "standard", CPU)
    assert torch.equal(changed.training_batch(rows, 1), changed.training_batch(rows, 1))
    assert not torch.equal(changed.training_batch(rows, 1), whole)
