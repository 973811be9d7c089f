"""What a screen offers to look at: finished runs, joined over seeds and folds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from riskcore.predictions import RunPredictions
from riskcore.runs.folder import Run
from riskcore.runs.store import RunStore


@dataclass(frozen=True)
class Choice:
    """Finished runs that are looked at as one.

    Attributes:
        id: of the pool; of the run where it stands alone.
        runs: its members by seed and fold.
    """

    id: str
    runs: tuple[Run, ...]

    @property
    def members(self) -> str:
        """Ids of its runs: tells a pool apart from itself before another seed finished."""
        return " ".join(run.id for run in self.runs)

    @property
    def name(self) -> str | None:
        """The name that a user gave to all of its members; None where they differ, or have none."""
        names = {run.annotation.name for run in self.runs}
        return names.pop() if len(names) == 1 else None

    @property
    def data(self) -> str:
        return self.runs[0].data

    @property
    def matrix(self) -> str:
        """Name of the severity matrix that the runs were trained with."""
        return self.runs[0].record["matrix"]

    @property
    def loss(self) -> str:
        return self.runs[0].loss

    @property
    def seeds(self) -> tuple[int, ...]:
        return tuple(sorted({run.seed for run in self.runs}))

    @property
    def parts(self) -> frozenset[tuple[int, int | None]]:
        """The (seed, fold) of each member: only choices with equal parts can be compared."""
        return frozenset((run.seed, run.fold) for run in self.runs)

    @property
    def how(self) -> str:
        """Backbone and training, e.g. "tf_efficientnet_lite0 96 px, frozen"."""
        model, train = self.runs[0].config["model"], self.runs[0].config["train"]
        several = f"{model['members']} × " if model.get("members", 1) > 1 else ""
        hidden = f" + hidden {model['hidden']}" if model.get("hidden", 0) else ""
        teachers = f" + {train['teachers']} teachers" if train.get("teachers", 0) else ""
        return f"{several}{model['name']} {model['size']} px, {train['backbone']}{hidden}{teachers}"


@dataclass(frozen=True)
class GivenChoice(Choice):
    """A choice whose predictions are given instead of read from the folders of its runs.

    Attributes:
        predictions: what is looked at, e.g. its runs on fewer cases.
        key: tells other predictions of the same id apart.
    """

    predictions: RunPredictions
    key: str


@dataclass(frozen=True)
class FileChoice(GivenChoice):
    """Any model's predictions from a file, in the place of runs (`riskcore.runs.matching.placed`); it has none itself.

    Attributes:
        file: its name.
        beside: whose cases it was placed on; its data set, matrix, seeds and folds count for the file, too.
    """

    file: str
    beside: Choice

    @property
    def name(self) -> str | None:
        return self.file

    @property
    def data(self) -> str:
        return self.beside.data

    @property
    def matrix(self) -> str:
        return self.beside.matrix

    @property
    def loss(self) -> str:
        return self.file

    @property
    def seeds(self) -> tuple[int, ...]:
        return self.beside.seeds

    @property
    def parts(self) -> frozenset[tuple[int, int | None]]:
        return self.beside.parts

    @property
    def how(self) -> str:
        return "a file of predictions"


def as_delivered(choice: Choice) -> bool:
    """Whether it is a file without validation cases: no caution can be chosen for it, and it is seen on test only."""
    return isinstance(choice, FileChoice) and not all(len(each.validation) for each in choice.predictions.members)


def is_judged(run: Run) -> bool:
    """Whether a run holds the figures by which finished ones are listed and compared; its settings are whole then."""
    return run.state == "finished" and "validation" in (run.record["result"] or {})


def finished_choices(store: RunStore) -> list[Choice]:
    """Every finished run once, the newest first; those of a pool joined, whatever its other runs still do."""
    return joined(store.pools())


def joined(pools: Mapping[str, Sequence[Run]]) -> list[Choice]:
    """`finished_choices` of pools that were listed already: pool id -> its runs, in any state."""
    choices = []
    for id, runs in pools.items():
        finished = {(run.seed, run.fold): run for run in runs if run.state == "finished"}
        if len(finished) > 1:
            choices.append(Choice(id, tuple(finished.values())))
        else:
            choices += [Choice(run.id, (run,)) for run in finished.values()]
    return choices


def labels(choices: Sequence[Choice]) -> dict[str, str]:
    """Id -> the shortest label that tells the choices apart: the loss, then what else differs, at last the id."""
    return shortest({choice.id: {"loss": choice.loss, **circumstances(choice)} for choice in choices})


def shortest(described: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The shortest labels that tell apart: the first aspect, then each that separates what was alike, at last the id.

    Args:
        described: id -> aspects in the order of their importance, the same ones for each; an empty one is left out.

    Example:
        >>> shortest({"1": {"loss": "ce", "size": "96 px", "seed": "seed 0"},
        ...           "2": {"loss": "ce", "size": "96 px", "seed": "seed 1"}})
        {'1': 'ce · seed 0', '2': 'ce · seed 1'}
    """
    found: dict[str, str] = dict.fromkeys(described, "")
    for aspect in next(iter(described.values()), {}):
        longer = {id: " · ".join(filter(None, (found[id], aspects[aspect]))) for id, aspects in described.items()}
        if not any(found.values()) or len(set(longer.values())) > len(set(found.values())):
            found = longer
    if len(set(found.values())) == len(found):
        return found
    return {id: f"{label} · {id}" for id, label in found.items()}


def circumstances(choice: Choice) -> dict[str, str]:
    """What may tell two trainings with the same loss apart, the most telling first."""
    seeds, folds = choice.seeds, {run.fold for run in choice.runs if run.fold is not None}
    return {
        "data": choice.data,
        "how": choice.how,
        "matrix": f"matrix {choice.matrix}",
        "seeds": f"seed {seeds[0]}" if len(seeds) == 1 else f"{len(seeds)} seeds",
        "folds": f"fold {min(folds)}" if len(folds) == 1 else f"{len(folds)} folds" if folds else "",
        "created": choice.runs[0].record["created"][:16].replace("T", " "),
    }
