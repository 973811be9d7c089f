"""What the two caches save: `python benchmarks/bench_training.py`.

On 600 synthetic images at 160 px, in one process: decoding against the decoded cache, and features computed against
features cached, each with the head's training behind it. Prints seconds and ratios.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from riskcore.config import RunConfig
from riskcore.data.cache import decoded
from riskcore.data.manifest import register
from riskcore.data.registry import save_dataset
from riskcore.data.synthetic import write_synthetic
from riskcore.jobs.job import main as carry_out
from riskcore.jobs.submit import submit
from riskcore.workspace import Workspace

IMAGES, SIZE = 600, 160


def timed(action: Callable[[], Any]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        here = Workspace(Path(folder) / "workspace")
        manifest = register("demo", write_synthetic(Path(folder) / "images", images=IMAGES, size=SIZE).parent)
        save_dataset(here, manifest)
        samples = manifest.table["sample"].tolist()
        first, again = (
            timed(lambda: decoded(manifest, samples, SIZE, here.cache, None).sum(dtype="int64")) for _ in range(2)
        )
        print(f"decoding {IMAGES} images: {first:.2f} s; from the cache: {again:.2f} s; ratio {first / again:.1f}")

        def run(seed: int) -> None:
            settings = {"data": "demo", "matrix": "demo", "train": {"backbone": "frozen", "views": 4}, "seed": seed}
            carry_out(submit(here, RunConfig.build(settings)).folder)

        first, again = (timed(lambda seed=seed: run(seed)) for seed in range(2))
        print(
            f"frozen run, features computed: {first:.1f} s; features cached: {again:.1f} s; ratio {first / again:.1f}"
        )


if __name__ == "__main__":
    main()
