"""From the id of a run or pool to what evaluation and comparison need: its predictions and its matrix."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from riskcore.errors import InputError
from riskcore.judging.overlap import Overlap, overlap_of
from riskcore.learning.bundle import Bundle
from riskcore.predictions import RunPredictions
from riskcore.runs.folder import Run
from riskcore.runs.predictions_file import PREDICTIONS, load_predictions
from riskcore.runs.store import RunStore
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
                f"Run {run.id} is {run.state}: only finished runs can be judged; see `riskcore runs show {run.id}`."
            )
    return list(done.values())


def predictions(store: RunStore, id: str) -> RunPredictions:
    """The stored predictions of a finished run or pool. InputError as `finished` raises it."""
    runs = finished(store, id)
    return load(shown_id(id, runs), runs)


def load(id: str, runs: Sequence[Run]) -> RunPredictions:
    """The stored predictions of finished runs, joined under an id."""
    return load_predictions(id, [(run.folder / PREDICTIONS, run.seed, run.fold) for run in runs])


def shown_id(id: str, runs: Sequence[Run]) -> str:
    """The full id behind the beginning of one that someone typed."""
    return id if id == runs[0].pool else runs[0].id


def own_matrix(store: RunStore, id: str) -> SeverityMatrix:
    """The matrix that a run or pool was trained with."""
    return SeverityMatrix.load(store.resolve(id)[0].folder / "matrix.json")


def labels(store: RunStore, ids: Sequence[str]) -> dict[str, str]:
    """Id -> loss, as tables show it; with the id where two have the same."""
    losses = {id: store.resolve(id)[0].loss for id in ids}
    counts = Counter(losses.values())
    return {id: loss if counts[loss] == 1 else f"{loss} ({id})" for id, loss in losses.items()}


def synthetic(runs: Sequence[Run]) -> bool:
    """Whether finished runs learnt from images drawn by the program, which is to be said wherever they are shown."""
    return any(Bundle.load(run.folder / "bundle").provenance["synthetic"] for run in runs)


def own_overlap(run: RunPredictions, members: Sequence[Run]) -> Overlap:
    """What finished runs knew of their own test part: groups of validation, and what was warned of before training."""
    warned = dict.fromkeys(
        sentence for member in members for sentence in (member.record["result"] or {}).get("warnings", ())
    )
    return replace(overlap_of(run), notes=tuple(warned))


def bundle_folder(store: RunStore, id_or_folder: str) -> Path:
    """The bundle of a finished run, by its id or by its folder."""
    folder = Path(id_or_folder)
    if folder.is_dir():
        return folder / "bundle" if (folder / "bundle").is_dir() else folder
    runs = finished(store, id_or_folder)
    if len(runs) > 1:
        raise InputError(f"{id_or_folder} is a pool of {len(runs)} runs; give one of them, e.g. {runs[0].id}.")
    return runs[0].folder / "bundle"
