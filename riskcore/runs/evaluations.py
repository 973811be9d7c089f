"""Evaluations on other data sets that `riskcore evaluate --data` left beside finished runs; read without a model."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from riskcore.data.manifest import Manifest
from riskcore.files import write_json
from riskcore.judging.left_out import NOTHING_LEFT_OUT, LeftOut
from riskcore.judging.overlap import Overlap, Shared, joined
from riskcore.predictions import Member, RunPredictions
from riskcore.readers import read_json
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

    @classmethod
    def of(cls, manifest: Manifest, split: str, runs: Sequence[Run]) -> "StoredEvaluation":
        """Where the evaluation of this version of a data set is stored, or will be."""
        file = f"{manifest.name}-{split}-{manifest.hash[:12]}.parquet"
        return cls(manifest.name, split, tuple(run.folder / EVALUATIONS / file for run in runs))

    def overlap(self, of: int) -> Overlap | None:
        """What the runs knew of the `of` different cases; None where that was not looked at.

        Raises:
            InputError: a note is damaged.
        """
        shared = [read_shared(file) for file in self.files]
        found = [each for each in shared if each is not None]
        return joined(found, of) if len(found) == len(shared) else None

    @property
    def left_out(self) -> LeftOut:
        """Which images of the other data set were not judged; InputError when the note on it is damaged."""
        path = _left_out_file(self.files[0])
        return LeftOut.from_dict(read_json(path)) if path.exists() else NOTHING_LEFT_OUT


def write_left_out(evaluation: Path, left_out: LeftOut) -> None:
    """Keep beside an evaluation what was left out of it; nothing is written where that is nothing."""
    if left_out != NOTHING_LEFT_OUT:
        write_json(_left_out_file(evaluation), left_out.as_dict())


def _left_out_file(evaluation: Path) -> Path:
    return evaluation.with_suffix(".left_out.json")


def write_shared(evaluation: Path, shared: Shared) -> None:
    """Keep what a run knew of the cases of an evaluation beside it."""
    write_json(evaluation.with_suffix(".shared.json"), shared.as_dict())


def read_shared(evaluation: Path) -> Shared | None:
    """What `write_shared` kept; None where nothing was; InputError when it is damaged."""
    path = evaluation.with_suffix(".shared.json")
    return Shared.from_dict(read_json(path)) if path.exists() else None


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
