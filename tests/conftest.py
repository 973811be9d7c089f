"""What tests share: the real images, if they are there, and small registered data sets."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from riskcore.data.manifest import register
from riskcore.data.registry import save_dataset
from riskcore.severity import SeverityMatrix
from riskcore.severity.store import save_matrix
from riskcore.workspace import Workspace

DATA_VARIABLE = "RISKCORE_TEST_DATA"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of the real data sets; tests that need it are skipped without it."""
    folder = os.environ.get(DATA_VARIABLE)
    if not folder:
        pytest.skip(f"{DATA_VARIABLE} does not name the folder of the real data sets")
    if not Path(folder).is_dir():
        pytest.skip(f"{DATA_VARIABLE}={folder} is not a folder")
    return Path(folder)


def write_patches(folder: Path, images_a_class: int = 24, size: int = 40, seed: int = 0) -> Path:
    """A folder per class of noisy coloured patches (test material, not a data set): red, green, or in between.

    The three classes overlap, so that a model learns something and still makes mistakes.
    """
    random = np.random.default_rng(seed)
    colours = {"benign": (90, 150, 90), "unsure": (120, 120, 90), "malignant": (150, 90, 90)}
    for label, colour in colours.items():
        (folder / label).mkdir(parents=True, exist_ok=True)
        for number in range(images_a_class):
            shade = np.array(colour) + random.normal(0, 25, 3)
            pixels = np.clip(shade + random.normal(0, 20, (size, size, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / label / f"{number:03}.png")
    return folder


@pytest.fixture
def patches(tmp_path: Path) -> Path:
    """A fresh folder of patches."""
    return write_patches(tmp_path / "patches")


@pytest.fixture
def patch_matrix() -> SeverityMatrix:
    """Malignant called benign is critical."""
    return SeverityMatrix(["benign", "malignant", "unsure"], [[0, 3, 1], [10, 0, 5], [4, 1, 0]], critical=10)


@pytest.fixture
def workspace(tmp_path: Path, patches: Path, patch_matrix: SeverityMatrix) -> Workspace:
    """A workspace in which the patches and their matrix are registered under the name "patches"."""
    here = Workspace(tmp_path / "workspace")
    save_dataset(here, register("patches", patches))
    save_matrix(here, "patches", patch_matrix)
    return here
