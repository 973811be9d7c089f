"""How long listing takes: ``python benchmarks/bench_runs.py [NUMBER ...]``, by default 1,000 and 5,000 runs.

Cold: the index is rebuilt from the folders. Warm: only the folders' signatures are compared. No index: the
folders are read each time, as where the index cannot be written.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from riskcore.runs.store import RunStore
from riskcore.workspace import Workspace

CONFIG = {
    "data": {"name": "isic2018", "classes": "all", "folds": 5, "validation": 0.15, "test": 0.2},
    "matrix": "isic2018",
    "model": {"name": "tf_efficientnet_lite0", "weights": "packaged", "size": 160},
    "loss": {"form": "log_harm", "strength": 3.0, "confusion": 0.0, "base": "ce"},
    "train": {"backbone": "frozen", "epochs": 40, "batch_size": 256, "learning_rate": 1e-3, "device": "auto"},
}


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def main(numbers: list[int]) -> None:
    columns = ("runs", "cold", "warm", "page of 50", "queue", "get", "no index")
    print("".join(f"{column:>11}" for column in columns) + "   (seconds)")
    for number in numbers:
        with tempfile.TemporaryDirectory() as folder:
            store = RunStore(Workspace(Path(folder)))
            labels = {"data": "isic2018", "matrix": "isic2018", "model": "lite0", "loss": "log_harm s=3"}
            template = store.create(CONFIG, **labels)
            for index in range(1, number):
                copy = template.folder.with_name(f"20250101-{index:06d}-isic2018-log_harm-s{index}-abcd")
                copy.mkdir()
                record = {**template.record, "id": copy.name, "state": "finished", "order": index}
                (copy / "run.json").write_text(json.dumps(record, indent=1))
            times = [seconds(store.list)]
            for action in (
                store.list,
                partial(store.list, limit=50),
                store.queue,
                partial(store.get, template.id),
            ):
                times.append(min(seconds(action) for _ in range(5)))
            store.workspace.index.unlink()
            store.workspace.index.mkdir()
            times.append(seconds(store.list))
        print(f"{number:>11}" + "".join(f"{value:>11.4f}" for value in times))


if __name__ == "__main__":
    main([int(number) for number in sys.argv[1:]] or [1000, 5000])
