"""Runs held to an accuracy floor, for the screens that rank them; remembered in the server while nothing changes."""

from collections.abc import Sequence

import streamlit as st

from pages.kit import cached
from riskcore.judging.standings import Floors, HeldRun, Standing, fewest_dangerous
from riskcore.runs.choices import Choice
from riskcore.runs.overview import Entry
from riskcore.severity import SeverityMatrix


def held_run(choice: Choice, matrix: SeverityMatrix) -> HeldRun:
    """A run ready to be held to any accuracy floor under a matrix."""
    return _held(choice.id, _folders(choice), matrix.to_json(), choice)


@st.cache_resource(max_entries=64, show_spinner=False)
def _held(id: str, folders: tuple[str, ...], matrix: str, _choice: Choice) -> HeldRun:
    return HeldRun(cached.predictions(_choice), SeverityMatrix.from_json(matrix))


def standings_at(choices: Sequence[Choice], matrix: SeverityMatrix, floor: float | Floors) -> list[Standing]:
    """Each run held to an accuracy floor, as `HeldRun.at` takes it."""
    content = matrix.to_json()
    return [_standing(choice.id, _folders(choice), content, floor, choice, matrix) for choice in choices]


@st.cache_data(max_entries=256, show_spinner=False)
def _standing(
    id: str, folders: tuple[str, ...], matrix: str, floor: float | Floors, _choice: Choice, _matrix: SeverityMatrix
) -> Standing:
    return held_run(_choice, _matrix).at(floor)


def best_of(entry: Entry) -> tuple[Standing | None, HeldRun]:
    """Which of the entry's rivals makes the fewest dangerous mistakes on validation at its baseline's floor.

    Returns:
        Its standing, None where none keeps to the floor; and the baseline.
    """
    matrix = cached.own_matrix(entry.baseline)
    baseline = held_run(entry.baseline, matrix)
    return fewest_dangerous(standings_at(entry.rivals, matrix, baseline.default_floors)), baseline


def _folders(choice: Choice) -> tuple[str, ...]:
    return tuple(str(run.folder) for run in choice.runs)
