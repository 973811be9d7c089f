"""What screens ask the engine for again and again, remembered in the server while it does not change."""

from pathlib import Path
from typing import Any

import streamlit as st

from riskcore.data.images import thumbnail as make_thumbnail
from riskcore.data.manifest import Manifest
from riskcore.data.registry import load_dataset
from riskcore.decision.operating import Wish
from riskcore.judging import comparison
from riskcore.judging.whatif import Whatif
from riskcore.predictions import RunPredictions
from riskcore.runs import results
from riskcore.runs.choices import Choice
from riskcore.runs.store import RunStore
from riskcore.severity import SeverityMatrix
from riskcore.workspace import Workspace


def workspace() -> Workspace:
    """The workspace that the server shows."""
    return Workspace.default()


def store() -> RunStore:
    """Its runs."""
    return RunStore(workspace())


def predictions(choice: Choice) -> RunPredictions:
    """The stored predictions of a finished run or pool; InputError when they cannot be read."""
    return _predictions(choice.id, _folders(choice), choice)


@st.cache_resource(max_entries=64, show_spinner=False)
def _predictions(id: str, folders: tuple[str, ...], _choice: Choice) -> RunPredictions:
    return results.load(id, _choice.runs)


def own_matrix(choice: Choice) -> SeverityMatrix:
    """The matrix that a run or pool was trained with, in the order of its classes."""
    return results.fit_matrix(SeverityMatrix.load(choice.runs[0].folder / "matrix.json"), predictions(choice).classes)


def whatif(choice: Choice) -> Whatif:
    """A finished run or pool, calibrated and ready to be asked under any matrix and wish."""
    return _whatif(choice.id, _folders(choice), choice)


@st.cache_resource(max_entries=16, show_spinner=False)
def _whatif(id: str, folders: tuple[str, ...], _choice: Choice) -> Whatif:
    return Whatif(predictions(_choice))


def compare(
    choices: tuple[Choice, ...],
    baseline: Choice,
    matrix: SeverityMatrix,
    wish: Wish,
    labels: dict[str, str],
    floor: float | None = None,
) -> dict[str, Any]:
    """What `riskcore compare --json` gives, without the areas between frontiers, which no screen shows.

    Some seconds the first time. `floor`: default the baseline's own.
    """
    folders = tuple(_folders(choice) for choice in (baseline, *choices))
    return _compare(folders, baseline.id, matrix.to_json(), str(wish), labels, floor, choices, baseline)


@st.cache_data(max_entries=64, show_spinner=False)
def _compare(
    folders: tuple[tuple[str, ...], ...],
    baseline: str,
    matrix: str,
    wish: str,
    labels: dict[str, str],
    floor: float | None,
    _choices: tuple[Choice, ...],
    _baseline: Choice,
) -> dict[str, Any]:
    return comparison.compare(
        [predictions(choice) for choice in _choices],
        predictions(_baseline),
        SeverityMatrix.from_json(matrix),
        labels=labels,
        wish=Wish.parse(wish),
        floor=floor,
        areas=False,
    )


def manifest(name: str) -> Manifest:
    """A registered data set; InputError when there is none of that name."""
    file = workspace().datasets / f"{name}.json"
    return _manifest(str(file), file.stat().st_mtime_ns if file.exists() else 0)


@st.cache_resource(max_entries=16, show_spinner=False)
def _manifest(file: str, changed: int) -> Manifest:
    return load_dataset(workspace(), Path(file).stem)


def thumbnail(path: Path, side: int = 192) -> bytes:
    """A small picture of an image file, as JPEG; InputError when it cannot be read."""
    return _thumbnail(str(path), path.stat().st_mtime_ns if path.exists() else 0, side)


@st.cache_data(max_entries=4000, show_spinner=False)
def _thumbnail(path: str, changed: int, side: int) -> bytes:
    return make_thumbnail(Path(path), side)


def _folders(choice: Choice) -> tuple[str, ...]:
    return tuple(str(run.folder) for run in choice.runs)
