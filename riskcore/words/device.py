"""What a run computes on, in words."""

import os
import shutil
import subprocess
from functools import cache

from riskcore.jobs.queue import devices


def device_words(asked: str = "auto") -> str:
    """The device that a run with this `train.device` (auto, cpu, cuda) will use on this host, said plainly.

    Example:
        >>> device_words("cpu").startswith("CPU, ")
        True
    """
    gpus = _gpus()
    cores = os.cpu_count() or 1
    processor = f"CPU, {cores} core{'' if cores == 1 else 's'}"
    if not gpus:
        return f"{processor} — no GPU found"
    if asked == "cpu":
        return f"{processor} — by the setting “device”; there is a GPU"
    names = _gpu_names()
    listed = [f"CUDA GPU {gpu}" + (f": {names[gpu]}" if gpu in names else "") for gpu in gpus]
    return ", ".join(listed)


def side_by_side(asked: str = "auto") -> int:
    """How many runs with this `train.device` go on at once on this host: one a GPU, or one on the CPU."""
    return 1 if asked == "cpu" else max(1, len(_gpus()))


def _gpus() -> list[str]:
    return [device.removeprefix("cuda:") for device in devices() if device != "cpu"]


@cache
def _gpu_names() -> dict[str, str]:
    """GPU's number and its UUID (which `CUDA_VISIBLE_DEVICES` may hold) -> its name."""
    if shutil.which("nvidia-smi") is None:
        return {}
    query = ["nvidia-smi", "--query-gpu=index,uuid,name", "--format=csv,noheader"]
    listed = subprocess.run(query, capture_output=True, text=True, check=False, timeout=60)
    rows = [line.split(", ", 2) for line in listed.stdout.splitlines()]
    return {id: name for number, uuid, name in (row for row in rows if len(row) == 3) for id in (number, uuid)}
