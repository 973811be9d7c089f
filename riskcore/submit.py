"""From settings to a queued run: everything that can be checked beforehand is checked before the run exists."""

import hashlib

from riskcore.config import RunConfig
from riskcore.data.manifest import Manifest
from riskcore.data.prepare import divide, select
from riskcore.run_folder import Run
from riskcore.runs import RunStore, pool_id
from riskcore.severity import SeverityMatrix
from riskcore.workspace import Workspace


def submit(workspace: Workspace, config: RunConfig, *, reuse: bool = False) -> Run:
    """Queue a run. Its folder keeps the content of the matrix, so later edits do not change it.

    Args:
        workspace: where data set, matrix and run live.
        config: the settings.
        reuse: give back an unfailed run of the same settings, matrix and data instead, so that nothing is trained
            twice; a stopped or interrupted one is queued again.

    Raises:
        InputError: unknown data set, matrix, fold or backbone, or a matrix for other classes.
        RunError: the run's folder cannot be written.
    """
    manifest = workspace.load_dataset(config.data.name)
    matrix = workspace.load_matrix(config.matrix)
    narrowed, _ = select(manifest, config.data, matrix)
    divide(narrowed, config.data, config.fold)
    settings = config.model_dump(mode="json")
    store = RunStore(workspace)
    if reuse:
        for run in store.list(pool=pool_of(config, matrix, manifest)):
            if (run.seed, run.fold) == (config.seed, config.fold) and run.state != "failed":
                if run.state in ("stopped", "interrupted"):
                    run.requeue()
                return run
    return store.create(
        settings,
        data=config.data.name,
        matrix=config.matrix,
        model=config.model.name,
        loss=config.loss.label,
        fingerprint=fingerprint(matrix, manifest),
        files={"matrix.json": matrix.to_json()},
    )


def fingerprint(matrix: SeverityMatrix, manifest: Manifest) -> str:
    """What a run is made from, by content: names alone could come to mean something else."""
    return hashlib.sha256(f"{matrix.hash} {manifest.hash}".encode()).hexdigest()


def pool_of(config: RunConfig, matrix: SeverityMatrix, manifest: Manifest) -> str:
    """The pool that a run of these settings joins."""
    settings = config.model_dump(mode="json")
    return pool_id(
        settings, data=config.data.name, loss=config.loss.label, fingerprint=fingerprint(matrix, manifest)
    )


def check_backbone(config: RunConfig) -> None:
    """Raise InputError for a backbone that timm does not know or weights that are not there.

    Apart from `submit`, because timm takes seconds to import.
    """
    from riskcore import backbones

    backbones.preprocessing(config.model.name, config.model.weights, config.model.size)
    backbones.weights_id(config.model.name, config.model.weights, config.seed)
