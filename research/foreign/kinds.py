"""Images that no model of a data set should answer, at least 100 of each kind, out of what packages carry.

Files are called NUMBER-SOURCE.png: windows of one picture and frames of one film have one source.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from riskcore.data.images import count_frames, decode
from riskcore.errors import InputError

EACH = 120
"""Images of a kind that is cut or drawn here."""

Pictures = Iterator[tuple[str, NDArray[np.uint8]]]

_PHOTOGRAPHS = (
    *("astronaut.png", "brick.png", "camera.png", "chelsea.png", "coffee.png", "coins.png", "grass.png"),
    *("gravel.png", "hubble_deep_field.jpg", "moon.png", "motorcycle_left.png", "rocket.jpg"),
)
_SCREENSHOTS = Path(__file__).parents[2] / "docs" / "screenshots"


@dataclass(frozen=True)
class Item:
    """An image: its file, which of several images in it, and where it comes from."""

    path: Path
    source: str
    frame: int = 1


def write_kinds(folder: Path) -> dict[str, list[Item]]:
    """Draw and cut all of them into a folder (PNG, one folder a kind); what is there already stays."""
    found = {}
    for name, pictures in _KINDS.items():
        own = folder / name
        if not own.is_dir():
            unfinished = folder / f"{name}.part"
            unfinished.mkdir(parents=True, exist_ok=True)
            for number, (source, pixels) in enumerate(pictures()):
                Image.fromarray(pixels).save(unfinished / f"{number:03}-{source}.png")
            unfinished.rename(own)
        found[name] = [Item(file, file.stem.partition("-")[2]) for file in sorted(own.iterdir())]
    return found | {"DICOM files of pydicom": _pydicom()}


def _pydicom() -> list[Item]:
    """Every frame of every file that can be read."""
    from pydicom.data import get_testdata_files

    found = []
    for path in sorted(Path(name) for name in get_testdata_files("*.dcm")):
        with suppress(InputError):
            decode(path)
            found += [Item(path, path.name, frame) for frame in range(1, count_frames(path) + 1)]
    return found


def _cuts(files: list[Path], seed: int) -> Pictures:
    """Windows of pictures in turn, of half to all of their shorter side."""
    rng = np.random.default_rng(seed)
    pictures = [np.asarray(Image.open(file).convert("RGB")) for file in files]
    for number in range(EACH):
        pixels = pictures[number % len(pictures)]
        height, width = pixels.shape[:2]
        side = int(min(height, width) * rng.uniform(0.5, 1.0))
        top, left = rng.integers(height - side + 1), rng.integers(width - side + 1)
        yield files[number % len(files)].stem, pixels[top : top + side, left : left + side]


def _photographs() -> Pictures:
    import skimage
    import sklearn

    own, others = Path(skimage.__file__).parent / "data", Path(sklearn.__file__).parent / "datasets" / "images"
    return _cuts([*(own / name for name in _PHOTOGRAPHS), others / "china.jpg", others / "flower.jpg"], 0)


def _screenshots() -> Pictures:
    return _cuts(sorted(_SCREENSHOTS.glob("*.png")), 1)


def _charts() -> Pictures:
    """Figures of the tables that scikit-learn carries, in matplotlib's own styles."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine

    rng = np.random.default_rng(2)
    tables = [load().data for load in (load_iris, load_wine, load_breast_cancer, load_diabetes)]
    styles = ["default", "dark_background", "ggplot", "bmh", "seaborn-v0_8", "Solarize_Light2"]
    for number in range(EACH):
        table = tables[number % 4]
        first, second = (table[:, column] for column in rng.choice(table.shape[1], 2, replace=False))
        with plt.style.context(styles[number // 5 % 6]):
            figure, axes = plt.subplots(figsize=(rng.uniform(3, 6), rng.uniform(3, 5)), dpi=100)
            match number % 5:
                case 0:
                    axes.scatter(first, second, c=first)
                case 1:
                    axes.hist(first, bins=20)
                case 2:
                    axes.plot(np.sort(first))
                case 3:
                    axes.imshow(np.corrcoef(table.T))
                case _:
                    axes.boxplot([first, second])
            axes.set_title(f"Table {number}")
            stream = BytesIO()
            figure.savefig(stream, format="png")
            plt.close(figure)
        yield f"chart{number}", np.asarray(Image.open(stream).convert("RGB"))


def _noise() -> Pictures:
    """Uniform noise in colour and grey, as it is and smoothed over 2 to 32 pixels."""
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(3)
    for number in range(EACH):
        channels = 3 if number % 2 else 1
        pixels = rng.random((256, 256, channels))
        if spread := (0, 2, 4, 8, 16, 32)[number // 2 % 6]:
            pixels = gaussian_filter(pixels, (spread, spread, 0))
            pixels = (pixels - pixels.min()) / (pixels.max() - pixels.min())
        yield f"noise{number}", np.broadcast_to(np.round(255 * pixels), (256, 256, 3)).astype(np.uint8)


def _eye() -> Pictures:
    """Windows of photographs of a retina and its vessels, and of stained tissue."""
    import skimage

    own = Path(skimage.__file__).parent / "data"
    return _cuts([own / name for name in ("retina.jpg", "microaneurysms.png", "ihc.png", "cell.png")], 4)


def _ultrasound() -> Pictures:
    """Frames of a colour ultrasound, and windows of them."""
    from pydicom.data import get_testdata_file

    found: list[tuple[str, NDArray[np.uint8]]] = []
    for name in ("examples_ybr_color.dcm", "examples_rgb_color.dcm", "examples_jpeg2k.dcm", "examples_palette.dcm"):
        path = get_testdata_file(name)
        assert isinstance(path, str)
        found += [(Path(name).stem, decode(path, frame=frame)) for frame in range(1, count_frames(path) + 1)]
    yield from found
    rng = np.random.default_rng(5)
    for number in range(EACH - len(found)):
        source, pixels = found[number % len(found)]
        height, width = pixels.shape[:2]
        side = int(min(height, width) * rng.uniform(0.6, 1.0))
        top, left = rng.integers(height - side + 1), rng.integers(width - side + 1)
        yield source, pixels[top : top + side, left : left + side]


_KINDS: dict[str, Callable[[], Pictures]] = {
    "photographs": _photographs,
    "charts": _charts,
    "noise": _noise,
    "screenshots of the dashboard": _screenshots,
    "retina and stained cells": _eye,
    "ultrasound in colour": _ultrasound,
}
