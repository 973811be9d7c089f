"""Which finished runs a severity matrix can judge: those that know its classes, or its groups."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from riskcore.errors import InputError
from riskcore.learning.bundle import Bundle
from riskcore.runs.choices import Choice
from riskcore.severity import SeverityMatrix


def fitting(choices: Sequence[Choice], matrix: SeverityMatrix) -> list[Choice]:
    """The choices whose classes are those of the matrix, in any order, or its clinical groups.

    `riskcore.decision.judged_run.JudgedRun` joins one with the matrix. A run without a readable bundle fits nothing.

    Args:
        choices: finished runs and pools.
        matrix: the severity matrix.
    """
    wanted = [frozenset(matrix.classes)]
    if matrix.groups is not None:
        wanted.append(frozenset(matrix.groups.values()))
    return [choice for choice in choices if _known_classes(choice) in wanted]


def _known_classes(choice: Choice) -> frozenset[str] | None:
    try:
        return _classes(choice.runs[0].folder / "bundle")
    except InputError:
        return None


@lru_cache(maxsize=4096)
def _classes(bundle: Path) -> frozenset[str]:
    """Read once a run: what a finished one knows never changes, and a screen asks for hundreds at each click."""
    return frozenset(Bundle.load(bundle).classes)
