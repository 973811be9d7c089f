"""What the Compare screen asks again and again beyond `cached`, remembered while it does not change."""

from typing import Any

import streamlit as st

from pages.compare.choice import Chosen
from pages.kit import cached
from riskcore.decision.operating import Wish
from riskcore.judging.argmax import ArgmaxDifference, argmax_differences
from riskcore.runs import results
from riskcore.runs.choices import Choice
from riskcore.severity import SeverityMatrix


def compared(chosen: Chosen, floor: float | None = None) -> dict[str, Any]:
    """What `riskcore compare --json` gives; about a second the first time. `floor`: default the baseline's own."""
    labels = {choice.id: chosen.labels[choice.id] for choice in chosen.choices}
    return cached.compare(chosen.others, chosen.baseline, chosen.matrix, Wish(), labels, floor)


def argmax_compared(chosen: Chosen) -> list[ArgmaxDifference]:
    """The other runs against the baseline without caution."""
    folders = tuple(_folders(choice) for choice in chosen.choices)
    return _argmax_compared(folders, chosen.baseline.id, chosen.matrix.to_json(), chosen)


@st.cache_data(max_entries=64, show_spinner=False)
def _argmax_compared(
    folders: tuple[tuple[str, ...], ...], baseline: str, matrix: str, _chosen: Chosen
) -> list[ArgmaxDifference]:
    runs = [cached.predictions(choice) for choice in _chosen.others]
    return argmax_differences(runs, cached.predictions(_chosen.baseline), SeverityMatrix.from_json(matrix))


def synthetic(chosen: Chosen) -> bool:
    """Whether images drawn by the program were learnt from."""
    return any(_synthetic(_folders(choice), choice) for choice in chosen.choices)


@st.cache_data(max_entries=1000, show_spinner=False)
def _synthetic(folders: tuple[str, ...], _choice: Choice) -> bool:
    return results.synthetic(_choice.runs)


def _folders(choice: Choice) -> tuple[str, ...]:
    return tuple(str(run.folder) for run in choice.runs)
