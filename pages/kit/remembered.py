"""How screens remember what the engine found: by what a question is about, while that does not change."""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import streamlit as st

from riskcore.predictions import RunPredictions
from riskcore.runs.choices import Choice, FileChoice, GivenChoice
from riskcore.runs.folder import Run
from riskcore.severity import SeverityMatrix

P = ParamSpec("P")
R = TypeVar("R")

KEYS: dict[str | type[Any], Callable[[Any], Any]] = {
    Run: lambda run: str(run.folder),  # what a finished run holds never changes
    Choice: lambda choice: (choice.id, *(str(run.folder) for run in choice.runs)),
    GivenChoice: lambda choice: choice.key,
    FileChoice: lambda choice: choice.key,
    SeverityMatrix: lambda matrix: matrix.to_json(),  # unlike its hash it tells orders of classes apart
    RunPredictions: id,  # compares by identity
}
"""Type -> what tells two values of it apart."""


def remembered(entries: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A decorator: the server keeps the last so many answers; whoever gets one must not change it."""
    return st.cache_resource(max_entries=entries, show_spinner=False, hash_funcs=KEYS)
