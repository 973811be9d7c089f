"""From a recipe to queued runs and the workers that carry them out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from riskcore.data.registry import load_dataset
from riskcore.errors import InputError
from riskcore.files import disk_full_is_clear
from riskcore.jobs.queue import start_workers
from riskcore.jobs.recipes import Recipe, configs
from riskcore.jobs.submit import Plan, check, enqueue, plan
from riskcore.runs.folder import Run
from riskcore.runs.store import RunStore
from riskcore.severity.store import load_matrix
from riskcore.workspace import Workspace

_LOCK_SECONDS = 60.0


def drafted(workspace: Workspace, recipe: Recipe) -> list[Plan]:
    """Every run as it would be queued; whether the data can be divided so is for `obstacle` to say, which takes longer.

    Raises:
        InputError: an unknown data set or matrix.
    """
    manifest, matrix = load_dataset(workspace, recipe.data.name), load_matrix(workspace, recipe.matrix)
    return [Plan.of(config, matrix, manifest) for config in configs(workspace, recipe)]


@dataclass(frozen=True)
class Obstacle:
    """Why a recipe cannot be trained, and whether leaving leaking images out (`data.drop_leaks`) would help."""

    reason: str
    drop_leaks_helps: bool


def obstacle(workspace: Workspace, recipe: Recipe) -> Obstacle | None:
    """What stands in the way of a recipe, found without looking at images or backbones; None if nothing does."""
    narrow = recipe.narrow
    reason = _refusal(workspace, narrow)
    if reason is None:
        return None
    dropped = recipe.data.model_copy(update={"drop_leaks": True})
    helps = not recipe.data.drop_leaks and _refusal(workspace, narrow.model_copy(update={"data": dropped})) is None
    return Obstacle(reason, helps)


def _refusal(workspace: Workspace, recipe: Recipe) -> str | None:
    try:
        check(workspace, configs(workspace, recipe))
    except InputError as error:
        return str(error)
    return None


@dataclass(frozen=True)
class Launched:
    """What a launch did: runs new in the queue, runs that go on, and runs that were there already."""

    new: tuple[Run, ...]
    resumed: tuple[Run, ...]
    present: tuple[Run, ...]

    def text(self) -> str:
        """What happened, in a sentence or three."""
        parts = []
        if self.new:
            parts.append(f"{_counted(self.new)} queued.")
        if self.resumed:
            parts.append(f"{_counted(self.resumed)} that had been stopped or interrupted queued again.")
        if self.present:
            parts.append(f"{_counted(self.present)} with these settings already there, not trained twice.")
        return " ".join(parts)


def launch(workspace: Workspace, recipe: Recipe) -> Launched:
    """Check a recipe, queue the runs that are missing, and start the workers that they need.

    Raises:
        InputError: as `submit.plan`, before anything is queued. RunError: something cannot be written.
    """
    plans = plan(workspace, configs(workspace, recipe))
    lock = workspace.workers / "launch.lock"
    with disk_full_is_clear(lock), _locked(lock):  # the second of two clicks finds the runs of the first
        before = {run.id: run.state for run in RunStore(workspace).list()}
        runs = enqueue(workspace, plans, reuse=True)
    start_workers(workspace)
    return Launched(
        tuple(run for run in runs if run.id not in before),
        tuple(run for run in runs if before.get(run.id) in ("stopped", "interrupted")),
        tuple(run for run in runs if before.get(run.id) in ("finished", "running", "queued")),
    )


def _locked(path: Path) -> FileLock:
    path.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(path, timeout=_LOCK_SECONDS)


def _counted(runs: Sequence[Run]) -> str:
    return f"{len(runs):,} run{'' if len(runs) == 1 else 's'}"
