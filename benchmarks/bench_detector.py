"""What the detector of foreign images costs: `python benchmarks/bench_detector.py`.

On 400 synthetic images at 160 px, in one process: fitting it, as a share of a run that computes its features and of
a whole network trained for ten epochs; then 100 images judged with and without it, alternating, the bundle loaded each
time. Prints seconds and ratios (limits 1.05 and 1.15).
"""

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bench_predict import alternating, timed

from riskcore.config import RunConfig
from riskcore.data.manifest import register
from riskcore.data.prepare import stored_audit
from riskcore.data.registry import save_dataset
from riskcore.data.synthetic import write_synthetic
from riskcore.jobs import job
from riskcore.jobs.submit import submit
from riskcore.learning import checksums
from riskcore.learning.bundle import Bundle
from riskcore.learning.predictor import Predictor
from riskcore.workspace import Workspace

IMAGES, SIZE, JUDGED, ROUNDS = 400, 160, 100, 5


def trained(here: Workspace, **train: Any) -> tuple[Path, float]:
    """The bundle of a run, and how much longer the run took for the detector."""
    spent: list[float] = []

    def watched(action: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any) -> Any:
            began = time.perf_counter()
            try:
                return action(*given)
            finally:
                spent.append(time.perf_counter() - began)

        return call

    run = submit(here, RunConfig.build({"data": "demo", "matrix": "demo", "model": {"size": SIZE}, "train": train}))
    with (
        patch.object(job, "recognition", watched(job.recognition)),
        patch.object(job, "save_detector", watched(job.save_detector)),
    ):
        whole = timed(lambda: job.main(run.folder))
    return run.folder / "bundle", whole / (whole - sum(spent))


def judged(bundle: Path, images: list[Path]) -> list[tuple[float, float]]:
    """Seconds with and without the detector."""
    without = shutil.copytree(bundle, bundle.with_name("without"))
    replace(Bundle.load(bundle), limit=None, kind=None).save(without)

    def judge(folder: Path) -> None:
        checksums._known.clear()
        assert all(not isinstance(found, Exception) for _, found in Predictor.load(folder).many(images))

    return alternating(lambda: judge(bundle), lambda: judge(without), ROUNDS)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        here = Workspace(Path(folder) / "workspace")
        manifest = register("demo", write_synthetic(Path(folder) / "images", images=IMAGES, size=SIZE).parent)
        save_dataset(here, manifest)
        stored_audit(here, manifest)
        images = [manifest.path(name) for name in manifest.table["sample"][:JUDGED]]
        for what, train in (
            ("classifier on a frozen backbone", {"backbone": "frozen", "views": 4}),
            ("whole network, ten epochs", {"backbone": "full", "epochs": 10}),
        ):
            bundle, ratio = trained(here, **train)
            print(f"{what}: a run with the detector takes {ratio:.3f} of the time without (limit 1.05)", flush=True)
            size = (bundle / "detector.safetensors").stat().st_size / 1e6
            times = judged(bundle, images)
            ours, theirs = (statistics.median(side) for side in zip(*times, strict=True))
            share = statistics.median(first / second for first, second in times)
            print(
                f"{what}: {JUDGED} images judged in {ours:.2f} s with and {theirs:.2f} s without; median of {ROUNDS} "
                f"ratios {share:.3f} (limit 1.15); {size:.2f} MB",
                flush=True,
            )


if __name__ == "__main__":
    main()
