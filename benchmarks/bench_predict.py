"""What checksums cost `predict`: `python benchmarks/bench_predict.py [CHECKOUT]`.

100 images of ISIC's size judged by a bundle of EfficientNet-Lite0 (all of it trained, 160 px). In one process loading
the bundle and judging the images alternate with and without what guards a bundle: the SHA-256 of its weights, its seal,
and the look for numbers that are not finite. Given the checkout of an earlier version, `riskcore predict` is run whole,
in processes of its own that alternate between this version and that one, which reads the same bundle unsealed. Prints
medians and ratios (limit 1.05), and what hashing and looking cost per 100 MB.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from io import BufferedReader
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import nn

from riskcore.config import ModelSettings
from riskcore.decision.calibration import Calibration
from riskcore.decision.dial import Dial
from riskcore.learning import bundle as bundles
from riskcore.learning import checksums, description, network
from riskcore.learning.bundle import Bundle, describe, load_weights, save_weights
from riskcore.learning.predictor import Predictor
from riskcore.severity import SeverityMatrix

IMAGES, ROUNDS = 100, 5
LIMIT = 1.05
MATRIX = SeverityMatrix.preset("isic2018")
NUMBERS = 25_000_000  # of four bytes


def main(earlier: Path | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        images = write_images(here / "images")
        write_bundle(here / "sealed")
        one_process(here / "sealed", images)
        if earlier is not None:
            write_bundle(here / "unsealed")
            strip(here / "unsealed")
            processes(here, Path(__file__).parents[1], earlier.resolve())
        per_100_mb(here / "large.safetensors")


def write_images(folder: Path) -> list[Path]:
    folder.mkdir()
    random = np.random.default_rng(0)
    for number in range(IMAGES):
        coarse = random.integers(0, 256, (9, 12, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((600, 450), Image.Resampling.BICUBIC).save(folder / f"{number:03}.jpg")
    return sorted(folder.iterdir())


def write_bundle(folder: Path) -> None:
    settings = ModelSettings(size=160)
    built = network.build(settings, None, MATRIX.number_of_classes)
    save_weights(folder / description.TRAINED, built.trained)
    Bundle(
        classes=MATRIX.classes,
        matrix=MATRIX,
        model=settings.name,
        stages=None,
        preprocessing=describe(built.preprocessing),
        calibration=Calibration.identity(MATRIX.number_of_classes),
        dial=Dial("severity", 0.5),
        provenance={"run": "benchmark", "synthetic": True},
    ).save(folder)


def strip(folder: Path) -> None:
    """What an earlier version wrote."""
    file = folder / bundles.DESCRIPTION
    content = json.loads(file.read_text())
    file.write_text(json.dumps({key: content[key] for key in content if key not in ("files", "seal")} | {"format": 1}))


def one_process(folder: Path, images: list[Path]) -> None:
    def judge() -> None:
        checksums._known.clear()
        assert all(not isinstance(found, Exception) for _, found in Predictor.load(folder).many(images))

    def unguarded() -> None:
        digests = json.loads((folder / bundles.DESCRIPTION).read_text())

        def known(file: BufferedReader) -> str:
            return str(digests["files"][Path(file.name).name])

        with ExitStack() as stack:
            stack.enter_context(patch.object(bundles, "sha256", known))
            stack.enter_context(patch.object(description, "seal_of", lambda content: digests["seal"]))
            stack.enter_context(patch.object(bundles, "_fill", lambda module, tensors: module.load_state_dict(tensors)))
            judge()

    shown("one process, with against without checks", alternating(judge, unguarded, ROUNDS))


def processes(here: Path, now: Path, earlier: Path) -> None:
    def predict(checkout: Path, bundle: str) -> None:
        command = [sys.executable, "-c", "from riskcore.cli import main; main()", "predict", here / bundle]
        environment = {**os.environ, "PYTHONPATH": str(checkout), "RISKCORE_HOME": str(here / "workspace")}
        subprocess.run(
            [*command, here / "images"], cwd=checkout, env=environment, check=True, stdout=subprocess.DEVNULL
        )

    times = alternating(lambda: predict(now, "sealed"), lambda: predict(earlier, "unsealed"), ROUNDS)
    shown("whole processes, this version against the earlier one", times)


def alternating(first: Callable[[], None], second: Callable[[], None], rounds: int) -> list[tuple[float, float]]:
    """Seconds of both in each round, after one that is not counted; who begins alternates."""
    first(), second()
    found = []
    for number in range(rounds):
        if number % 2:
            found.append((timed(first), timed(second)))
        else:
            there = timed(second)
            found.append((timed(first), there))
    return found


def timed(action: Callable[[], None]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def shown(what: str, times: list[tuple[float, float]]) -> None:
    ours, theirs = (statistics.median(side) for side in zip(*times, strict=True))
    ratio = statistics.median(first / second for first, second in times)
    print(
        f"{what}: median {ours:.2f} s and {theirs:.2f} s for {IMAGES} images; "
        f"median of {len(times)} ratios {ratio:.3f} (limit {LIMIT})",
        flush=True,
    )


def per_100_mb(file: Path) -> None:
    save_file({"weight": torch.zeros(1, NUMBERS)}, file)
    module = nn.Linear(NUMBERS, 1, bias=False)

    def hashed() -> None:
        checksums._known.clear()
        with file.open("rb") as stream:
            checksums.sha256(stream)

    for name, action in (
        ("SHA-256", hashed),
        ("loaded with the look for what is not finite", lambda: load_weights(file, module)),
        ("loaded without", lambda: module.load_state_dict(load_file(file))),
    ):
        print(f"100 MB, {name}: {1000 * statistics.median(worked(action) for _ in range(5)):.0f} ms of CPU")


def worked(action: Callable[[], object]) -> float:
    """Seconds of CPU."""
    began = time.process_time()
    action()
    return time.process_time() - began


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
