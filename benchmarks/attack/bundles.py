"""Bundles with a fault: each is refused, or its damaged byte changes nothing that is read."""

import json
import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.attack.kills import DATA, prepared, until
from riskcore.config import RunConfig
from riskcore.errors import InputError
from riskcore.jobs.queue import start_workers
from riskcore.jobs.submit import submit
from riskcore.learning.predictor import Predictor

SMALL: dict[str, Any] = {
    "model": {"name": "test_efficientnet", "weights": "none", "size": 32},
    "train": {"backbone": "frozen", "views": 2, "epochs": 1, "threads": 1, "device": "cpu"},
}


def attack(number: int, folder: Path, seed: int = 0) -> list[str]:
    """So many damaged copies of a trained bundle; prints a table and returns what went wrong, one line each."""
    workspace = prepared(folder)
    run = submit(workspace, RunConfig.build({"data": DATA, "matrix": DATA, "loss": "ce", **SMALL}))
    start_workers(workspace)
    until(lambda: run.reload().state == "finished", f"{run.id} to finish")
    whole, image = run.folder / "bundle", np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    sound = Predictor.load(whole)(image)
    outcomes: Counter[str] = Counter()
    faults = []
    for place in range(number):
        chance, copy = random.Random(f"{seed} {place}"), folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(whole, copy)
        fault = chance.choice((_flip, _flip, _cut, _value))
        what = fault(copy, chance)
        try:
            same = Predictor.load(copy)(image) == sound
            outcomes["read, and as sound as before" if same else "read, with another answer"] += 1
            faults += [] if same else [f"{what}: another answer"]
        except InputError:
            outcomes["refused in one line"] += 1
        except Exception as error:
            faults.append(f"{what}: {type(error).__name__} leaves")
    print(f"{number} damaged bundles:")
    for outcome, count in outcomes.most_common():
        print(f"  {count:>5}  {outcome}")
    return faults


def _flip(bundle: Path, chance: random.Random) -> str:
    file = chance.choice(sorted(bundle.iterdir()))
    content = bytearray(file.read_bytes())
    place = chance.randrange(len(content))
    content[place] ^= 1 << chance.randrange(8)
    file.write_bytes(content)
    return f"{file.name}: a bit of byte {place:,} flipped"


def _cut(bundle: Path, chance: random.Random) -> str:
    file = chance.choice(sorted(bundle.iterdir()))
    content = file.read_bytes()
    place = chance.randrange(len(content) - 1)
    file.write_bytes(content[:place])
    return f"{file.name}: cut after byte {place:,}"


def _value(bundle: Path, chance: random.Random) -> str:
    """Another number, or none, in the description."""
    file = bundle / "bundle.json"
    content = json.loads(file.read_text())
    changes: list[Callable[[Any], Any]] = [
        lambda value: value + 1,
        lambda value: 0,
        lambda value: -value,
        lambda _: None,
    ]
    at = chance.choice(("temperature", "bias", "std", "mean", "aversion", "matrix", "hidden"))
    change = chance.choice(changes)
    if at == "temperature":
        content["calibration"]["temperature"] = change(content["calibration"]["temperature"])
    elif at == "bias":
        content["calibration"]["bias"][0] = float("inf")
    elif at in ("std", "mean"):
        content["preprocessing"][at][0] = change(content["preprocessing"][at][0])
    elif at == "aversion":
        content["dial"]["aversion"] = change(content["dial"]["aversion"])
    elif at == "matrix":
        content["matrix"]["values"][0][1] += 1
    else:
        content["hidden"] = change(content["hidden"])
    file.write_text(json.dumps(content))
    return f"bundle.json: {at} changed"
