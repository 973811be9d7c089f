"""Lesion-like images drawn by the program: no patient's data, for demonstrations, tests and screenshots.

Five classes after dermoscopy. What makes the set hard is drawn in, not mislabelled: every lesion has an
`atypia` in 0..1 that sets how irregular and many-coloured it is drawn, and the distributions of a benign
class and of the malignant class that resembles it overlap (naevus and melanoma, keratosis and carcinoma).
"""

import csv
import io
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from riskcore.data.manifest import SYNTHETIC_MARKER
from riskcore.errors import InputError, RunError
from riskcore.progress import OnProgress
from riskcore.severity.presets import PRESETS

CLASSES = PRESETS["demo"].classes
_COLUMNS = ("path", "label", "group", "sex", "age", "site")

_SHARES = {
    "naevus": 0.48,
    "keratosis": 0.20,
    "vascular": 0.07,
    "melanoma": 0.11,
    "carcinoma": 0.14,
}  # of lesions
_VIEWS = (0.60, 0.25, 0.15)  # share of the lesions with one, two and three images
_ATYPIA = {  # parameters of the Beta distribution: the overlaps are the ambiguity
    "naevus": (1.3, 5.5),
    "melanoma": (3.6, 1.5),
    "keratosis": (1.4, 5.0),
    "carcinoma": (3.8, 1.6),
    "vascular": (2.0, 3.0),
}
_SITES = ("head", "trunk", "limb")
_SITE_SHARES = {"carcinoma": (0.6, 0.25, 0.15), "melanoma": (0.2, 0.45, 0.35)}
_MEAN_AGE = {"naevus": 42, "keratosis": 62, "vascular": 48, "melanoma": 59, "carcinoma": 66}

_SKIN = np.array([[0.91, 0.74, 0.66], [0.86, 0.66, 0.56], [0.76, 0.56, 0.45]])
_TAN = np.array([0.66, 0.46, 0.33])
_BROWN = np.array([0.44, 0.27, 0.18])
_BLACK = np.array([0.14, 0.10, 0.10])
_BLUE_GREY = np.array([0.42, 0.45, 0.54])
_WAXY = np.array([0.60, 0.48, 0.35])
_PINK = np.array([0.84, 0.52, 0.48])
_RED = np.array([0.68, 0.13, 0.15])
_PURPLE = np.array([0.40, 0.12, 0.24])
_CREAM = np.array([0.95, 0.88, 0.76])

Plane = NDArray[np.float64]  # one value a pixel, (size, size)


@dataclass(frozen=True)
class Lesion:
    """One lesion of one invented person; `views` images are taken of it."""

    number: int
    label: str
    views: int
    atypia: float
    sex: str
    age: str
    site: str


def lesions(images: int, seed: int) -> list[Lesion]:
    """The lesions of a set of `images` images: each class at least once, naevi the commonest.

    >>> sum(lesion.views for lesion in lesions(40, seed=0))
    40
    """
    if images < len(CLASSES):
        raise InputError(f"synthetic set: {images} images are too few; ask for at least {len(CLASSES)}.")
    rng = np.random.default_rng([seed, 0])
    drawn: list[Lesion] = []
    left = images
    while left:
        number = len(drawn)
        first_of_class = number < len(CLASSES)
        label = CLASSES[number] if first_of_class else str(rng.choice(CLASSES, p=[_SHARES[each] for each in CLASSES]))
        views = 1 if first_of_class else min(left, int(rng.choice(3, p=_VIEWS)) + 1)
        years = rng.normal(_MEAN_AGE[label], 14)
        age = "under 40" if years < 40 else "40 to 59" if years < 60 else "60 and over"
        sex = str(rng.choice(["female", "male", ""], p=(0.48, 0.48, 0.04)))
        site = str(rng.choice(_SITES, p=_SITE_SHARES.get(label, (0.2, 0.45, 0.35))))
        drawn.append(Lesion(number, label, views, float(rng.beta(*_ATYPIA[label])), sex, age, site))
        left -= views
    return drawn


def draw(lesion: Lesion, view: int, *, size: int = 96, seed: int = 0) -> NDArray[np.uint8]:
    """One image of a lesion.

    The lesion itself depends on (seed, lesion); turn, distance, light, hairs and focus on the view as well.

    Returns: (size, size, 3) uint8 RGB, the same bits for the same arguments.

    >>> draw(lesions(5, seed=0)[3], 0, size=32).shape
    (32, 32, 3)
    """
    own, pose, (x, y, to_pixels) = _arranged(lesion, view, size, seed)
    image, inside, depth = _skin_and_outline(lesion, own, x, y)
    surface = _SURFACES[lesion.label](lesion.atypia, own, x, y, depth, to_pixels)
    opacity = own.uniform(0.72, 0.97)
    image = image + (surface - image) * (opacity * inside)[..., None]
    return _photograph(image, lesion, pose, size)


def lesion_mask(lesion: Lesion, view: int, *, size: int = 96, seed: int = 0) -> NDArray[np.bool_]:
    """Where `draw` puts the lesion in the same image: (size, size), True where it covers half of the skin or more.

    >>> mask = lesion_mask(lesions(5, seed=0)[3], 0, size=32)
    >>> mask.shape, bool(mask[16, 16]), bool(mask[0, 0])
    ((32, 32), True, False)
    """
    own, _, (x, y, _) = _arranged(lesion, view, size, seed)
    _, inside, _ = _skin_and_outline(lesion, own, x, y)
    return inside >= 0.5


def synthetic_table(images: int, *, validation: int = 0, test: int = 0, seed: int = 0) -> str:
    """The table of a set as CSV: path, label, group (a lesion), sex, age, site, and split where parts are asked for.

    Args:
        images: number of images, at least 5.
        validation, test: so many of them, or up to two more, become that part: test the last lesions, validation those
            before; the rest is for training. With none of both the set has no parts.
        seed: any integer from 0.
    Raises:
        InputError: too few images, or not one of each class left to learn from.

    >>> [line.split(",")[-1] for line in synthetic_table(12, validation=2, test=3).splitlines()[5:]]
    ['train', 'train', 'validation', 'validation', 'validation', 'test', 'test', 'test']
    """
    drawn, parts = lesions(images, seed), {"test": test, "validation": validation}
    split = ["train"] * len(drawn)
    place = len(drawn)
    for part, wanted in parts.items():
        held = 0
        while held < wanted and place:
            place -= 1
            split[place] = part
            held += drawn[place].views
    if place < len(CLASSES):
        raise InputError(
            f"synthetic set: of {images} images {validation} for validation and {test} for test leave too few to "
            "learn from; draw more or hold fewer back."
        )
    rows = io.StringIO()
    table = csv.writer(rows, lineterminator="\n")
    divided = any(parts.values())
    table.writerow([*_COLUMNS, "split"] if divided else _COLUMNS)
    for lesion, view in _shots(drawn):
        row = [_name(lesion, view), lesion.label, f"lesion_{lesion.number:05d}", lesion.sex, lesion.age, lesion.site]
        table.writerow([*row, split[lesion.number]] if divided else row)
    return rows.getvalue()


def write_synthetic(
    folder: Path,
    *,
    images: int = 1500,
    validation: int = 0,
    test: int = 0,
    size: int = 96,
    seed: int = 0,
    progress: OnProgress | None = None,
) -> Path:
    """Draw the built-in synthetic set into `folder` and return the path of its table, `synthetic.csv`.

    The table (`synthetic_table`) is written last, so a folder without one is unfinished. The file `SYNTHETIC` beside
    it marks the set wherever it is shown.

    Args:
        folder: made when absent; files of an earlier call are overwritten. More images of a seed begin with the fewer.
        images, validation, test, seed: as for `synthetic_table`. size: pixels a side, at least 16.
        progress: called as progress(done, total, label).
    Raises:
        InputError: too few images, too small a size, a negative seed. RunError: the files cannot be written.

    >>> import tempfile
    >>> table = write_synthetic(Path(tempfile.mkdtemp()), images=5, size=32)
    >>> print(table.read_text().splitlines()[0])
    path,label,group,sex,age,site
    """
    if size < 16:
        raise InputError(f"synthetic set: images of {size} pixels are too small; ask for at least 16.")
    if seed < 0:
        raise InputError(f"synthetic set: the seed {seed} is negative; use 0 or more.")
    text = synthetic_table(images, validation=validation, test=test, seed=seed)
    shots = _shots(lesions(images, seed))

    def shoot(shot: tuple[Lesion, int]) -> None:
        Image.fromarray(draw(*shot, size=size, seed=seed)).save(folder / _name(*shot), compress_level=4)

    try:
        (folder / "images").mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for done, _ in enumerate(pool.map(shoot, shots), start=1):
                if progress:
                    progress(done, len(shots), "drawing synthetic images")
        (folder / SYNTHETIC_MARKER).write_text("These images were drawn by riskcore; they show no patient.\n")
        (folder / "synthetic.csv").write_text(text)
    except OSError as error:
        raise RunError(
            f"synthetic set: {folder} cannot be written ({error.strerror}); free some space or choose another folder."
        ) from error
    return folder / "synthetic.csv"


def _shots(drawn: list[Lesion]) -> list[tuple[Lesion, int]]:
    return [(lesion, view) for lesion in drawn for view in range(lesion.views)]


def _name(lesion: Lesion, view: int) -> str:
    return f"images/lesion_{lesion.number:05d}_{view + 1}.png"


# --- geometry: x and y are lesion coordinates; a lesion's radius is about 0.8, the image shows about ±1.4 ---

ToPixels = Callable[[NDArray[np.float64]], NDArray[np.float64]]  # (P, 2) lesion coordinates -> (P, 2) pixels


def _arranged(
    lesion: Lesion, view: int, size: int, seed: int
) -> tuple[np.random.Generator, np.random.Generator, tuple[Plane, Plane, ToPixels]]:
    """What draws the lesion and what its photograph, each at random, and where the lesion lies in the image."""
    own = np.random.default_rng([seed, 1, lesion.number])
    pose = np.random.default_rng([seed, 2, lesion.number, view])
    return own, pose, _pose(pose, size)


def _skin_and_outline(
    lesion: Lesion, own: np.random.Generator, x: Plane, y: Plane
) -> tuple[NDArray[np.float64], Plane, Plane]:
    """The skin's colours (size, size, 3), and what `_outline` gives."""
    skin = _SKIN[own.integers(len(_SKIN))] + own.normal(0, 0.012, 3) + own.normal(0, 0.025)
    image = skin + 0.05 * _texture(own, x, y, 2.0)[..., None] + 0.03 * _texture(own, x, y, 14.0)[..., None]
    inside, depth = _outline(lesion, own, x, y)
    return image, inside, depth


def _pose(rng: np.random.Generator, size: int) -> tuple[Plane, Plane, ToPixels]:
    """Lesion coordinates of every pixel for a random turn, distance and offset, and the way back."""
    angle, scale = rng.uniform(0, 2 * np.pi), rng.uniform(1.15, 1.6)
    offset = rng.normal(0, 0.12, 2)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    steps = (np.arange(size) + 0.5) / size * 2 - 1
    across, down = np.meshgrid(steps, steps)
    points = (np.stack([across, down], -1) * scale - offset) @ turn.T
    return points[..., 0], points[..., 1], lambda lesion: ((lesion @ turn + offset) / scale + 1) / 2 * size


def _texture(rng: np.random.Generator, x: Plane, y: Plane, frequency: float) -> Plane:
    """A smooth random field about zero, within about ±1: a sum of plane waves of nearly one frequency."""
    waves = 9
    direction, phase = rng.uniform(0, 2 * np.pi, (2, waves))
    length = frequency * rng.uniform(0.6, 1.4, waves)
    total = np.zeros_like(x)
    for k in range(waves):
        total += np.cos(length[k] * (np.cos(direction[k]) * x + np.sin(direction[k]) * y) + phase[k])
    return total / np.sqrt(2 * waves)


def _step(values: Plane, softness: float) -> Plane:
    """0 below zero, 1 above, with a soft edge of about `softness`."""
    return np.clip(values / softness + 0.5, 0, 1)


def _outline(lesion: Lesion, rng: np.random.Generator, x: Plane, y: Plane) -> tuple[Plane, Plane]:
    """Coverage in 0..1, and depth: 1 at the centre, 0 at the border; atypia makes it jagged."""
    ragged = {"vascular": 0.5, "keratosis": 0.8}.get(lesion.label, 1.0) * (0.25 + lesion.atypia)
    angle, distance = np.arctan2(y, x), np.hypot(x, y * rng.uniform(1.0, 1.3))
    radius = np.full_like(x, rng.uniform(0.62, 0.85) + 0.2 * lesion.atypia)
    for harmonic in range(2, 9):
        swing = rng.normal(0, 0.16) * ragged / harmonic**0.7
        radius += swing * np.cos(harmonic * angle + rng.uniform(0, 2 * np.pi))
    radius = np.maximum(radius + 0.10 * ragged * _texture(rng, x, y, 7.0), 0.15)
    depth = 1 - distance / radius
    return _step(depth, rng.uniform(0.07, 0.30)), depth


def _spots(
    rng: np.random.Generator, x: Plane, y: Plane, *, count: int, radius: tuple[float, float], spread: float
) -> Plane:
    """Coverage of `count` soft round spots scattered about the centre."""
    covered = np.zeros_like(x)
    for _ in range(count):
        (across, down), r = rng.normal(0, spread, 2), rng.uniform(*radius)
        squared = ((x - across) ** 2 + (y - down) ** 2) / r**2
        covered = np.maximum(covered, np.exp(-(squared**2)))
    return covered


def _network(rng: np.random.Generator, x: Plane, y: Plane, irregularity: float) -> Plane:
    """A honeycomb of lines in 0..1, warped by `irregularity`: the pigment network of melanocytic lesions."""
    spacing, turn = rng.uniform(26, 38), rng.uniform(0, np.pi)
    warp = 0.04 + 0.14 * irregularity
    u, v = x + warp * _texture(rng, x, y, 4.0), y + warp * _texture(rng, x, y, 4.0)
    holes = np.zeros_like(x)
    for k in range(3):
        holes += np.cos(spacing * (np.cos(turn + k * np.pi / 3) * u + np.sin(turn + k * np.pi / 3) * v))
    return 1 - _step(holes + 0.4, 1.6)


def _lines(paths: list[NDArray[np.float64]], size: int, width: float) -> Plane:
    """Coverage in 0..1 of smooth lines through pixel coordinates, drawn four times too large and reduced."""
    scale = 4
    canvas = Image.new("L", (size * scale, size * scale))
    pen = ImageDraw.Draw(canvas)
    for path in paths:
        points = [(float(a), float(b)) for a, b in path * scale]
        pen.line(points, fill=255, width=max(1, round(width * scale)), joint="curve")
    return np.asarray(canvas.reduce(scale), dtype=np.float64) / 255


def _vessels(rng: np.random.Generator, count: int, to_pixels: ToPixels, size: int) -> Plane:
    """Branching vessels: random walks, each with two side branches."""
    paths = []
    for _ in range(count):
        start, heading = rng.normal(0, 0.35, 2), rng.uniform(0, 2 * np.pi)
        for branch in range(3):
            turns = heading + np.cumsum(rng.normal(0, 0.35, 12))
            walk = start + np.cumsum(0.065 * np.stack([np.cos(turns), np.sin(turns)], -1), axis=0)
            paths.append(to_pixels(walk))
            if branch == 0:
                trunk = walk
            start, heading = trunk[rng.integers(3, 9)], heading + rng.choice([-1, 1]) * rng.uniform(0.6, 1.1)
    return _lines(paths, size, size / 96)


# --- surfaces: the colour of the lesion at every pixel, (size, size, 3) ---


def _mix(colour: NDArray[np.float64], other: NDArray[np.float64], share: Plane | float) -> NDArray[np.float64]:
    return colour + (other - colour) * np.asarray(share)[..., None]


def _melanocytic(
    atypia: float, rng: np.random.Generator, x: Plane, y: Plane, depth: Plane, to_pixels: ToPixels
) -> NDArray[np.float64]:
    """Naevus and melanoma alike; only the atypia differs."""
    uneven = 0.12 + 0.8 * atypia
    tone = np.clip(rng.normal(0.45, 0.18) + 0.15 * atypia, 0.05, 0.95)
    colour = _mix(_TAN + rng.normal(0, 0.03, 3), _BROWN, np.full_like(x, tone))
    colour = _mix(colour, _BROWN * 0.8, np.clip(0.55 * depth, 0, 1) * rng.uniform(0.2, 1.0))
    colour = _mix(colour, _BLACK, 0.75 * atypia * _step(_texture(rng, x, y, 2.6) - 0.9 + uneven, 0.5))
    colour = _mix(colour, _TAN * 1.15, 0.6 * uneven * _step(_texture(rng, x, y, 2.2) - 0.5, 0.5))
    veil = max(0.0, atypia - rng.uniform(0.3, 0.7)) * 3
    colour = _mix(colour, _BLUE_GREY, min(veil, 0.85) * _step(_texture(rng, x, y, 2.4) - 0.1, 0.6))
    regression = max(0.0, atypia - rng.uniform(0.4, 0.9)) * 2
    colour = _mix(colour, _PINK, min(regression, 0.8) * _step(_texture(rng, x, y, 2.0) - 0.4, 0.5))
    colour = _mix(colour, _BLACK * 1.4, rng.uniform(0.1, 0.5) * _network(rng, x, y, atypia))
    dots = _spots(rng, x, y, count=int(rng.integers(0, 14)), radius=(0.03, 0.07), spread=0.35 + 0.25 * atypia)
    return _mix(colour, _BLACK, 0.6 * dots)


def _keratinising(
    atypia: float, rng: np.random.Generator, x: Plane, y: Plane, depth: Plane, to_pixels: ToPixels
) -> NDArray[np.float64]:
    """Keratosis and carcinoma alike: waxy with cysts at low atypia, pink with vessels at high."""
    base = _mix(_WAXY + rng.normal(0, 0.04, 3), _BROWN, rng.uniform(0, 0.6))
    pink = np.clip(1.5 * atypia - 0.3 + rng.normal(0, 0.22), 0, 1)
    colour = _mix(np.broadcast_to(base, (*x.shape, 3)), _PINK + rng.normal(0, 0.03, 3), np.full_like(x, pink))
    ridges = np.abs(_texture(rng, x, y, 9.0))
    colour = _mix(colour, _BROWN, (1 - atypia) * 0.5 * _step(0.25 - ridges, 0.3))
    cysts = _spots(rng, x, y, count=int(rng.poisson(9 * (1 - atypia) ** 2)), radius=(0.03, 0.08), spread=0.4)
    colour = _mix(colour, _CREAM, 0.8 * cysts)
    plugs = _spots(rng, x, y, count=int(rng.poisson(5 * (1 - atypia))), radius=(0.03, 0.08), spread=0.4)
    colour = _mix(colour, _BROWN * 0.6, 0.7 * plugs)
    nests = _spots(rng, x, y, count=int(rng.poisson(4 * atypia)), radius=(0.07, 0.18), spread=0.4)
    colour = _mix(colour, _BLUE_GREY * 0.8, 0.75 * nests)
    if rng.random() < atypia - 0.25:
        ulcer = _spots(rng, x, y, count=2, radius=(0.14, 0.32), spread=0.25)
        colour = _mix(colour, _RED * 0.6, 0.7 * ulcer)
    vessels = _vessels(rng, int(rng.poisson(4 * atypia**1.5)), to_pixels, len(x))
    return _mix(colour, _RED, 0.75 * vessels)


def _vascular(
    atypia: float, rng: np.random.Generator, x: Plane, y: Plane, depth: Plane, to_pixels: ToPixels
) -> NDArray[np.float64]:
    """Red to purple lacunae; the older ones clot and look nearly as dark as melanoma."""
    ground = _mix(_PINK, _RED, rng.uniform(0.2, 0.9))
    colour = _mix(np.broadcast_to(ground, (*x.shape, 3)), _PINK, 0.4 * _step(_texture(rng, x, y, 3.0), 0.8))
    lacunae = _spots(rng, x, y, count=int(rng.integers(5, 13)), radius=(0.14, 0.34), spread=0.38)
    return _mix(colour, _mix(_RED, _mix(_PURPLE, _BLACK, 0.5 * atypia), 0.3 + 0.7 * atypia), 0.85 * lacunae)


_SURFACES = {
    "naevus": _melanocytic,
    "melanoma": _melanocytic,
    "keratosis": _keratinising,
    "carcinoma": _keratinising,
    "vascular": _vascular,
}


def _photograph(image: NDArray[np.float64], lesion: Lesion, rng: np.random.Generator, size: int) -> NDArray[np.uint8]:
    """Hairs, light, lens and noise: what differs between two photographs of one lesion."""
    density = {"head": 1.0, "trunk": 4.0, "limb": 3.0}[lesion.site] * (1.5 if lesion.sex == "male" else 0.7)
    hairs, bow = [], np.linspace(0, 1, 12)[:, None]
    for _ in range(int(rng.poisson(density)) if rng.random() < 0.6 else 0):
        start, bend, end = rng.uniform(-0.1, 1.1, (3, 2)) * size
        bend = (start + end) / 2 + (bend - size / 2) * 0.4
        hairs.append((1 - bow) ** 2 * start + 2 * bow * (1 - bow) * bend + bow**2 * end)
    hair_colour = _BROWN * rng.uniform(0.4, 1.2)
    image = _mix(image, hair_colour, 0.75 * _lines(hairs, size, rng.uniform(0.5, 1.1) * size / 96))

    steps = (np.arange(size) + 0.5) / size * 2 - 1
    across, down = np.meshgrid(steps, steps)
    light = 1 + rng.normal(0, 0.05) + across * rng.normal(0, 0.04) + down * rng.normal(0, 0.04)
    light -= rng.uniform(0, 0.18) * (across**2 + down**2)
    image = image * light[..., None] * (1 + rng.normal(0, 0.02, 3))

    picture = Image.fromarray((np.clip(image, 0, 1) * 255).round().astype(np.uint8))
    picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 0.9) * size / 96))
    noisy = np.asarray(picture) + rng.normal(0, rng.uniform(1, 4), (size, size, 3))
    return np.clip(noisy.round(), 0, 255).astype(np.uint8)
