"""What screens ask the engine for again and again, remembered in the server while it does not change."""

from functools import lru_cache
from pathlib import Path

from pages.kit.part import Part
from pages.kit.remembered import remembered
from riskcore.comparing.comparison import Comparison
from riskcore.comparing.comparison import compare as compare_runs
from riskcore.data.class_counts import ClassCount
from riskcore.data.class_counts import class_counts as count_classes
from riskcore.data.images import thumbnail as make_thumbnail
from riskcore.data.manifest import Manifest
from riskcore.data.registry import load_dataset
from riskcore.decision.judged_run import JudgedRun
from riskcore.judging.whatif import Whatif
from riskcore.predictions import RunPredictions
from riskcore.runs import results
from riskcore.runs.choices import Choice, GivenChoice
from riskcore.runs.choices import finished_choices as list_finished
from riskcore.runs.overview import Entry
from riskcore.runs.overview import entries as list_entries
from riskcore.runs.store import RunStore
from riskcore.severity import SeverityMatrix
from riskcore.words.training_names import training_names
from riskcore.workspace import Workspace


def workspace() -> Workspace:
    """The workspace that the server shows."""
    return Workspace.default()


def store() -> RunStore:
    """Its runs."""
    return RunStore(workspace())


def finished_choices() -> list[Choice]:
    """Every finished run once, the newest first; those of a pool joined."""
    return _finished(store().version())


@remembered(2)
def _finished(version: str) -> list[Choice]:
    return list_finished(store())


def finished_names(data: str) -> dict[str, str]:
    """Id -> name of each finished run or pool of a data set, told apart from all the others."""
    return _finished_names(store().version(), data)


@remembered(8)
def _finished_names(version: str, data: str) -> dict[str, str]:
    return training_names([choice for choice in _finished(version) if choice.data == data])


def entries() -> list[Entry]:
    """Which finished runs are ranked together, the newest first."""
    return _entries(store().version())


@remembered(2)
def _entries(version: str) -> list[Entry]:
    return list_entries(_finished(version))


@remembered(64)
def predictions(choice: Choice) -> RunPredictions:
    """The stored predictions of a finished run or pool, or those given; InputError when they cannot be read."""
    if isinstance(choice, GivenChoice):
        return choice.predictions
    return results.load(choice.id, choice.runs)


def own_matrix(choice: Choice) -> SeverityMatrix:
    """The matrix that a run or pool was trained with, in the order of its classes."""
    return JudgedRun(predictions(choice), SeverityMatrix.load(choice.runs[0].folder / "matrix.json")).matrix


@remembered(64)
def judged(choice: Choice, matrix: SeverityMatrix, part: Part = "test") -> JudgedRun:
    """A finished run or pool under a matrix, on its test cases or on those of validation."""
    run = predictions(choice) if part == "test" else on_validation(choice)
    return JudgedRun(run, matrix)


@remembered(64)
def on_validation(choice: Choice) -> RunPredictions:
    """The predictions with the validation cases as those that are judged."""
    return predictions(choice).on_validation()


@remembered(16)
def whatif(choice: Choice) -> Whatif:
    """A finished run or pool, calibrated and ready to be asked under any matrix and wish."""
    return Whatif(predictions(choice))


@remembered(16)
def whatif_on_validation(choice: Choice) -> Whatif:
    """The same with the validation cases, on which one chooses."""
    return Whatif(on_validation(choice))


@remembered(64)
def compare(
    choices: tuple[Choice, ...],
    baseline: Choice,
    matrix: SeverityMatrix,
    labels: dict[str, str],
    floor: float | None = None,
) -> Comparison:
    """Runs beside a baseline; some seconds the first time.

    `floor`: default the baseline's own.
    """
    runs = [predictions(choice) for choice in choices]
    return compare_runs(runs, predictions(baseline), matrix, labels=labels, floor=floor)


@remembered(5000)
def synthetic(choice: Choice) -> bool:
    """Whether images drawn by the program were learnt from; InputError when a bundle cannot be read."""
    return results.synthetic(choice.runs)


def manifest(name: str) -> Manifest:
    """A registered data set; InputError when there is none of that name."""
    file = workspace().datasets / f"{name}.json"
    return _manifest(file, file.stat().st_mtime_ns if file.exists() else 0)


@remembered(16)
def _manifest(file: Path, changed: int) -> Manifest:
    return load_dataset(workspace(), file.stem)


def class_counts(name: str) -> list[ClassCount]:
    """How many images each class of a registered data set has; raises as `manifest` does."""
    file = workspace().datasets / f"{name}.json"
    return _class_counts(file, file.stat().st_mtime_ns if file.exists() else 0)


@remembered(16)
def _class_counts(file: Path, changed: int) -> list[ClassCount]:
    return count_classes(_manifest(file, changed))


def thumbnail(path: Path, side: int = 192) -> bytes:
    """A small picture of an image file, as JPEG; InputError when it cannot be read."""
    return _thumbnail(path, path.stat().st_mtime_ns if path.exists() else 0, side)


@lru_cache(maxsize=4000)  # a screen asks for dozens: Streamlit's cache takes a millisecond for each
def _thumbnail(path: Path, changed: int, side: int) -> bytes:
    return make_thumbnail(path, side)
