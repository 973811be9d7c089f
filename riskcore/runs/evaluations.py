"""Evaluations on other data sets that `riskcore evaluate --data` left beside finished runs; read without a model."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from riskcore.predictions import Member, RunPredictions
from riskcore.runs.folder import Run
from riskcore.runs.predictions_file import EVALUATIONS, PREDICTIONS, read_predictions


@dataclass(frozen=True)
class StoredEvaluation:
    """Another data set that every one of some runs was judged on.

    Attributes:
        data: its name when it was judged.
        split: "train", "validation", "test" or "all".
        files: the stored predictions, one a run, in their order.
    """

    data: str
    split: str
    files: tuple[Path, ...]


def stored_evaluations(runs: Sequence[Run]) -> list[StoredEvaluation]:
    """What the runs were judged on besides their own test part, by name and split.

    Files are called DATA-SPLIT-HASH.parquet. A data set that was registered anew has another hash; the evaluation
    written last counts.

    Args:
        runs: a finished run, or the members of a pool: those evaluations count that all of them have.
    """
    newest: dict[tuple[str, str], tuple[float, StoredEvaluation]] = {}
    for path in (runs[0].folder / EVALUATIONS).glob("*-*-*.parquet"):
        files = tuple(run.folder / EVALUATIONS / path.name for run in runs)
        if not all(file.is_file() for file in files):
            continue
        data, split, _ = path.stem.rsplit("-", 2)
        written = path.stat().st_mtime
        if (data, split) not in newest or newest[data, split][0] < written:
            newest[data, split] = written, StoredEvaluation(data, split, files)
    return [found for _, (_, found) in sorted(newest.items())]


def load_evaluation(id: str, runs: Sequence[Run], stored: StoredEvaluation) -> RunPredictions:
    """Each run's own validation part, which calibration and dial come from, and the other set's cases as test part.

    Args:
        id: of the run or pool, as shown.
        runs: those that `stored` was found with.
        stored: which evaluation.

    Raises:
        InputError: a file cannot be read.
    """
    members = []
    for run, file in zip(runs, stored.files, strict=True):
        classes, own = read_predictions(run.folder / PREDICTIONS)
        _, other = read_predictions(file)
        members.append(Member(own["validation"], other["test"], run.seed, run.fold))
    return RunPredictions(id, classes, members)
