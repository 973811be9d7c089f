"""How fast this machine trains: measured on a few real batches by `riskcore.jobs.speed_job`, kept in the workspace."""

import hashlib
import json
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeGuard

from riskcore.config import RunConfig
from riskcore.errors import InputError
from riskcore.files import write_json
from riskcore.jobs import background
from riskcore.jobs.queue import device_of
from riskcore.readers import read_json
from riskcore.workspace import Workspace


@dataclass(frozen=True)
class Speed:
    """Seconds and images a second of one kind of training on this machine.

    Attributes:
        start: seconds until the first batch can be made: imports, and the network with its weights.
        decoding: images a second, from files to squares.
        features: images a second through a frozen front; None where the whole network is trained.
        training: images a second inside an epoch.
        evaluation: images a second, forward only.
    """

    start: float
    decoding: float
    features: float | None
    training: float
    evaluation: float


def kept_speed(workspace: Workspace, config: RunConfig) -> Speed | None:
    """What was measured on this host for runs like this one; None where nothing was."""
    kept = _kept(workspace).get(speed_key(config))
    return Speed(**kept) if _is_speed(kept) else None


def keep_speed(workspace: Workspace, config: RunConfig, speed: Speed) -> None:
    """Keep a measurement for runs like this one on this host."""
    write_json(speeds_file(workspace), {**_kept(workspace), speed_key(config): asdict(speed)})


def start_measuring(workspace: Workspace, configs: Sequence[RunConfig]) -> None:
    """Start the job "speed" of `riskcore.jobs.background`, which times a few real batches of each config.

    Its name is `measuring_name(configs)`; each figure is kept as it is found.

    Raises:
        RunError: the workspace cannot be written.
    """
    name = measuring_name(configs)
    write_json(_wanted(workspace, name), [config.model_dump(mode="json") for config in configs])
    background.start(workspace, "speed", name)


def measuring_name(configs: Sequence[RunConfig]) -> str:
    """The name of the job that measures these configs."""
    return hashlib.sha256(json.dumps([speed_key(config) for config in configs]).encode()).hexdigest()[:12]


def wanted_configs(workspace: Workspace, name: str) -> list[RunConfig]:
    """What a job of this name was asked to measure. InputError where that cannot be read."""
    path = _wanted(workspace, name)
    wanted = read_json(path)
    if not isinstance(wanted, list):
        raise InputError(f"{path}: damaged; ask for the measurement again.")
    return [RunConfig.build(values) for values in wanted]


def _kept(workspace: Workspace) -> dict[str, Any]:
    """What can be read of the measurements: what is damaged is measured again."""
    with suppress(InputError):
        kept = read_json(speeds_file(workspace))
        return kept if isinstance(kept, dict) else {}
    return {}


def _is_speed(kept: Any) -> TypeGuard[dict[str, Any]]:
    names = [field.name for field in fields(Speed)]
    if not isinstance(kept, dict) or sorted(kept) != sorted(names):
        return False
    numbers = [kept[name] for name in names if name != "features" or kept[name] is not None]
    return all(isinstance(number, int | float) and number > 0 for number in numbers)


def speed_key(config: RunConfig) -> str:
    """What decides the speed; loss, seed and strength do not."""
    train = config.train
    return json.dumps(
        [
            config.data.name,
            config.model.name,
            config.model.size,
            config.model.hidden,
            config.model.members,
            train.backbone,
            train.batch_size,
            train.augment,
            train.threads,
            device_of(config.model_dump(mode="json")),
        ]
    )


def speeds_file(workspace: Workspace) -> Path:
    """What was measured on this host."""
    return workspace.workers / f"{socket.gethostname()}-speed.json"


def _wanted(workspace: Workspace, name: str) -> Path:
    return workspace.workers / f"speed-{name}.json"
