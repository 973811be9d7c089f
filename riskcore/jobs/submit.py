"""From settings to queued runs: everything that can be checked beforehand is checked before a run exists."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from riskcore.config import NO_CUDA, ModelSettings, RunConfig
from riskcore.data.manifest import Manifest
from riskcore.data.prepare import divide, select
from riskcore.data.registry import load_dataset
from riskcore.errors import InputError
from riskcore.jobs.queue import devices
from riskcore.runs.folder import Run
from riskcore.runs.ids import pool_id
from riskcore.runs.store import RunStore
from riskcore.severity import SeverityMatrix
from riskcore.severity.store import load_matrix
from riskcore.workspace import Workspace


@dataclass(frozen=True)
class Plan:
    """A run that can be queued.

    Attributes:
        config: its settings.
        matrix: the severity matrix that `config.matrix` named.
        fingerprint: hash of the content of matrix and data set.
        pool: the pool that it will join.
    """

    config: RunConfig
    matrix: SeverityMatrix
    fingerprint: str
    pool: str

    @classmethod
    def of(cls, config: RunConfig, matrix: SeverityMatrix, manifest: Manifest) -> "Plan":
        """A run of these settings, its matrix and data looked up before."""
        return cls(config, matrix, fingerprint(matrix, manifest), pool_of(config, matrix, manifest))


def check(workspace: Workspace, configs: Iterable[RunConfig]) -> list[Plan]:
    """Look up what settings name and see that it fits together, all of it before anything is queued.

    Args:
        workspace: where data sets and matrices are.
        configs: the settings; each data set is read and divided once, however many runs use it.

    Raises:
        InputError: an unknown data set, matrix or fold, a matrix for other classes, groups in two parts, more
            teachers than training groups, or CUDA on a machine without it.
    """
    sources = {}
    training_groups: dict[tuple[Any, int | None], int] = {}
    plans = []
    for config in configs:
        if config.train.device == "cuda" and devices() == ("cpu",):
            raise InputError(NO_CUDA)
        source = (config.data, config.matrix)
        if source not in sources:
            manifest, matrix = load_dataset(workspace, config.data.name), load_matrix(workspace, config.matrix)
            sources[source] = manifest, matrix, select(manifest, config.data, matrix)[0]
        manifest, matrix, narrowed = sources[source]
        division = (source, config.fold)
        if division not in training_groups:
            parts = divide(narrowed, config.data, config.fold)
            training_groups[division] = narrowed.table["group"][parts == "train"].nunique()
        if config.train.teachers > training_groups[division]:
            raise InputError(
                f"train.teachers={config.train.teachers}, but the training images form {training_groups[division]:,} "
                "groups; each teacher needs one that it does not learn from."
            )
        plans.append(Plan.of(config, matrix, manifest))
    return plans


def plan(workspace: Workspace, configs: Iterable[RunConfig]) -> list[Plan]:
    """`check`, and each backbone looked up once; nothing is queued.

    Imports timm, which takes seconds the first time.

    Raises:
        InputError: as `check` and `check_backbone`.
    """
    plans = check(workspace, configs)
    first: dict[ModelSettings, RunConfig] = {}
    for found in plans:
        first.setdefault(found.config.model, found.config)
    for config in first.values():
        check_backbone(config)
    return plans


def enqueue(workspace: Workspace, plans: Sequence[Plan], *, reuse: bool = False) -> list[Run]:
    """Queue checked runs. Each folder keeps the content of its matrix, so later edits do not change it.

    Args:
        workspace: where the runs will live.
        plans: from `check`.
        reuse: give back runs of the same settings, matrix and data that are there already, so that nothing is
            trained twice: a stopped or interrupted one is queued again, a failed one is tried anew.

    Raises:
        RunError: a run's folder cannot be written.
    """
    store = RunStore(workspace)
    pools = store.pools() if reuse else {}
    return [_reused(pools.get(plan.pool, ()), plan.config) or _created(store, plan) for plan in plans]


def submit(workspace: Workspace, config: RunConfig) -> Run:
    """Check and queue one run; raises as `check` and `enqueue` do."""
    return enqueue(workspace, check(workspace, [config]))[0]


def find(runs: Iterable[Run], config: RunConfig) -> Run | None:
    """Of a pool's runs the one with this seed and fold that did not fail; a finished one before others."""
    own = [run for run in runs if (run.seed, run.fold) == (config.seed, config.fold) and run.state != "failed"]
    return min(own, key=lambda run: run.state != "finished", default=None)


def _reused(runs: Iterable[Run], config: RunConfig) -> Run | None:
    run = find(runs, config)
    if run is not None and run.state in ("stopped", "interrupted"):
        run.requeue()
    return run


def _created(store: RunStore, plan: Plan) -> Run:
    config = plan.config
    return store.create(
        config.model_dump(mode="json"),
        data=config.data.name,
        matrix=config.matrix,
        model=config.model.name,
        loss=config.loss.label,
        fingerprint=plan.fingerprint,
        files={"matrix.json": plan.matrix.to_json()},
    )


def fingerprint(matrix: SeverityMatrix, manifest: Manifest) -> str:
    """What a run is made from, by content: names alone could come to mean something else."""
    return hashlib.sha256(f"{matrix.hash} {manifest.hash}".encode()).hexdigest()


def pool_of(config: RunConfig, matrix: SeverityMatrix, manifest: Manifest) -> str:
    """The pool that a run of these settings joins."""
    settings = config.model_dump(mode="json")
    return pool_id(settings, data=config.data.name, loss=config.loss.label, fingerprint=fingerprint(matrix, manifest))


def check_backbone(config: RunConfig) -> None:
    """Raise InputError for a backbone that timm does not know or weights that are not there.

    Apart from `check`, because timm takes seconds to import.
    """
    from riskcore.learning import backbones

    backbones.preprocessing(config.model.name, config.model.weights, config.model.size)
    backbones.weights_id(config.model.name, config.model.weights, config.seed)
