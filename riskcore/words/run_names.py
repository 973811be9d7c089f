"""What single runs are called in lists: the name that a user gave, else the training and what tells it from others."""

from collections.abc import Mapping, Sequence
from typing import Any

from riskcore.runs.folder import Run
from riskcore.words.training_names import severity_grade, training_kind

_READ = {"form": str, "base": str, "strength": int | float}
"""Settings of a loss that say what the training is called; runs that have not finished may lack them."""


def run_names(runs: Sequence[Run]) -> dict[str, str]:
    """Id -> what a run is called among these: as briefly as those of the same name can be told apart.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from riskcore.runs.store import RunStore
        >>> from riskcore.workspace import Workspace
        >>> store = RunStore(Workspace(Path(tempfile.mkdtemp())))
        >>> about = {"data": "isic2018", "matrix": "isic2018", "model": "resnet18", "loss": "ce"}
        >>> loss = {"form": "ce", "base": "ce", "strength": 0.0}
        >>> runs = [store.create({"loss": loss, "seed": seed}, **about) for seed in range(3)]
        >>> _ = store.annotate(runs[2].id, name="For the board")
        >>> list(run_names(runs).values())
        ['plain · seed 0', 'plain · seed 1', 'For the board']
    """
    aspects = {run.id: _aspects(run) for run in runs}
    names = {run.id: run.annotation.name or _training_of(run.record)[0] for run in runs}
    for place in range(len(next(iter(aspects.values()), ()))):
        among: dict[str, set[str]] = {}
        for id, name in names.items():
            among.setdefault(name, set()).add(aspects[id][place])
        names = {
            id: " · ".join(filter(None, (name, aspects[id][place]))) if len(among[name]) > 1 else name
            for id, name in names.items()
        }
    return {id: name.replace(" · (", " (") for id, name in names.items()}


def training_words(record: Mapping[str, Any]) -> str:
    """What the training of a run's record is called, e.g. "with severity (mild)"."""
    return " ".join(_training_of(record))


def _aspects(run: Run) -> tuple[str, ...]:
    """What tells runs of one name apart, the most telling first."""
    return (
        _training_of(run.record)[1],
        run.data,
        f"seed {run.seed}",
        "" if run.fold is None else f"fold {run.fold}",
        run.record["created"][:16].replace("T", " "),
        run.id[-4:],
    )


def _training_of(record: Mapping[str, Any]) -> tuple[str, str]:
    """Kind of training and grade of severity; the loss as lists show it where the settings do not say them."""
    loss = record["config"].get("loss")
    if isinstance(loss, dict) and all(isinstance(loss.get(key), kind) for key, kind in _READ.items()):
        return training_kind(loss), severity_grade(loss)
    return record["loss"], ""
