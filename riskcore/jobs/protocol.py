"""A protocol: data sets × backbones × losses × seeds (× folds) becomes runs; `protocol_result` reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from riskcore.config import DataSettings, LossSettings, ModelSettings, RunConfig, Settings, TrainSettings, validated
from riskcore.decision.operating import Wish
from riskcore.jobs import recipes, submit
from riskcore.jobs.estimates import estimates, total
from riskcore.jobs.submit import Plan, enqueue, find
from riskcore.readers import read_yaml
from riskcore.runs.folder import Run
from riskcore.runs.store import RunStore
from riskcore.workspace import Workspace


def _named(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


def _listed(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


Models = Annotated[tuple[Annotated[ModelSettings, BeforeValidator(_named)], ...], BeforeValidator(_listed)]
Losses = tuple[LossSettings, ...]


class ProtocolData(DataSettings):
    """A data set of a protocol.

    Attributes:
        matrix: that it is judged by; "": the one of the same name.
        models, losses: for this data set in place of the protocol's; None: the protocol's.
    """

    matrix: str = ""
    models: Models | None = Field(None, min_length=1)
    losses: Losses | None = Field(None, min_length=2)

    @property
    def settings(self) -> DataSettings:
        return DataSettings.model_validate(self.model_dump(exclude={"matrix", "models", "losses"}))


class Protocol(Settings):
    """The content of a protocol file; docs/protocols.md explains each key.

    Attributes:
        title: heading of the table.
        note: what a reader must know about the figures, printed under the title.
        data: data sets, each with its own folds and matrix, and where it says so its own backbones and losses.
        models: backbones.
        losses: forms with strengths; the baselines must be among them, and among those of a data set.
        seeds: how many (0, 1, …) or which.
        train: settings of training, the same for all.
        baselines: labels of the losses that every other is compared with; the first one leads the table.
        wish: for operating points.
    """

    title: str
    note: str = ""
    data: Annotated[
        tuple[Annotated[ProtocolData, BeforeValidator(_named)], ...],
        BeforeValidator(_listed),
        Field(min_length=1),
    ]
    models: Models = Field((ModelSettings(),), min_length=1)
    losses: Losses = Field(min_length=2)
    seeds: tuple[Annotated[int, Field(ge=0)], ...] = Field((0,), min_length=1)
    train: TrainSettings = TrainSettings.model_validate({})
    baselines: tuple[str, ...] = Field(("focal", "ce"), min_length=1)
    wish: str = "accuracy_loss=0.01"

    @model_validator(mode="before")
    @classmethod
    def _count_of_seeds(cls, values: Any) -> Any:
        if isinstance(values, dict) and isinstance(values.get("seeds"), int):
            return {**values, "seeds": list(range(values["seeds"]))}
        return values

    @model_validator(mode="after")
    def _consistent(self) -> "Protocol":
        Wish.parse(self.wish)
        _each_once({"seed": self.seeds, "data set": self.data})
        for data in self.data:
            models, losses = self.of(data)
            labels = [loss.label for loss in losses]
            _each_once({"loss": labels, "model": models})
            for name in self.baselines:
                if name not in labels:
                    raise ValueError(
                        f"The baseline {name!r} is none of the losses ({', '.join(labels)}); add it to them."
                    )
        return self

    def of(self, data: ProtocolData) -> tuple[Models, Losses]:
        """Backbones and losses for one of the data sets."""
        return data.models or self.models, data.losses or self.losses


def _each_once(listed: Mapping[str, Sequence[Any]]) -> None:
    for what, values in listed.items():
        if len(set(values)) < len(values):
            raise ValueError(f"A {what} is listed twice; list each once.")


def read_protocol(path: Path) -> Protocol:
    """A protocol file. InputError with one line when it is not valid."""
    return validated(Protocol, read_yaml(path))


def configs(workspace: Workspace, protocol: Protocol) -> list[RunConfig]:
    """The settings of every run: losses change fastest, so that comparisons are complete early.

    Raises:
        InputError: a data set that is not registered.
    """
    return [config for data in protocol.data for config in recipes.configs(workspace, _recipe(protocol, data))]


def _recipe(protocol: Protocol, data: ProtocolData) -> recipes.Recipe:
    models, losses = protocol.of(data)
    return recipes.Recipe(
        data=data.settings,
        matrix=data.matrix or data.name,
        models=models,
        losses=losses,
        seeds=protocol.seeds,
        train=protocol.train,
        wish=protocol.wish,
    )


def plan(workspace: Workspace, protocol: Protocol) -> list[Plan]:
    """Every run of a protocol, looked up and checked; nothing is queued.

    Raises:
        InputError: an unknown data set, matrix, fold or backbone, a matrix for other classes, or missing weights.
    """
    return submit.plan(workspace, configs(workspace, protocol))


def queue(workspace: Workspace, protocol: Protocol) -> list[Run]:
    """Queue the runs that are missing; finished ones of the same settings and data are taken as they are.

    Raises:
        InputError: as `plan`, before anything is queued.
    """
    return enqueue(workspace, plan(workspace, protocol), reuse=True)


@dataclass(frozen=True)
class Outlook:
    """What a protocol still has to do.

    Attributes:
        runs: all of its runs.
        finished: those that are done already.
        seconds: estimate for the rest, one after the other; None where nothing comparable has finished.
    """

    runs: int
    finished: int
    seconds: float | None


def outlook(workspace: Workspace, plans: Sequence[Plan]) -> Outlook:
    """How much is done, and how long the rest may take; `estimates.estimates` says where the seconds come from."""
    pools = RunStore(workspace).pools()
    states = [run.state if (run := find(pools.get(own.pool, ()), own.config)) else None for own in plans]
    left = [own for own, state in zip(plans, states, strict=True) if state != "finished"]
    seconds = total(estimates(workspace, left, [run for runs in pools.values() for run in runs]))
    return Outlook(len(plans), states.count("finished"), seconds)
