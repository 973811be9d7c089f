"""From the id of a run or pool to what evaluation and comparison need: its predictions and its matrix."""

from collections.abc import Sequence
from pathlib import Path

from riskcore import evaluation
from riskcore.errors import InputError
from riskcore.predictions import RunPredictions
from riskcore.run_folder import Run
from riskcore.runs import RunStore
from riskcore.severity import SeverityMatrix


def finished(store: RunStore, id: str) -> list[Run]:
    """The finished runs behind a run's or pool's id, by seed and fold.

    Of a pool, runs that failed or were stopped are left out when another run of the same seed and fold finished.

    Raises:
        InputError: unknown id, or a seed and fold without a finished run.
    """
    runs = store.resolve(id)
    done = {(run.seed, run.fold): run for run in runs if run.state == "finished"}
    for run in runs:
        if (run.seed, run.fold) not in done:
            raise InputError(
                f"Run {run.id} is {run.state}: only finished runs can be judged; "
                f"see `riskcore runs show {run.id}`."
            )
    return list(done.values())


def predictions(store: RunStore, id: str) -> RunPredictions:
    """The stored predictions of a finished run or pool. InputError as `finished` raises it."""
    runs = finished(store, id)
    shown = id if id == runs[0].pool else runs[0].id
    return evaluation.load(shown, [(run.folder / evaluation.PREDICTIONS, run.seed, run.fold) for run in runs])


def own_matrix(store: RunStore, id: str) -> SeverityMatrix:
    """The matrix that a run or pool was trained with."""
    return SeverityMatrix.load(store.resolve(id)[0].folder / "matrix.json")


def fit_matrix(matrix: SeverityMatrix, classes: Sequence[str]) -> SeverityMatrix:
    """A matrix in the order of `classes`; merged into its groups where `classes` are those.

    Raises:
        InputError: it is for other classes.
    """
    if matrix.groups is not None and set(matrix.groups.values()) == set(classes):
        matrix = matrix.merged_groups()
    return matrix.reordered(classes)


def label(store: RunStore, id: str) -> str:
    """The loss of a run or pool, as tables show it."""
    return store.resolve(id)[0].loss


def bundle_folder(store: RunStore, id_or_folder: str) -> Path:
    """The bundle of a finished run, by its id or by its folder."""
    folder = Path(id_or_folder)
    if folder.is_dir():
        return folder / "bundle" if (folder / "bundle").is_dir() else folder
    runs = finished(store, id_or_folder)
    if len(runs) > 1:
        raise InputError(f"{id_or_folder} is a pool of {len(runs)} runs; give one of them, e.g. {runs[0].id}.")
    return runs[0].folder / "bundle"
