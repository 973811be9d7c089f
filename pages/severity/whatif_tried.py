"""An edit tried on stored predictions; remembered, so that to look at its details costs nothing."""

from dataclasses import dataclass

import streamlit as st

from pages.kit.part import Part
from pages.kit.remembered import KEYS
from pages.severity.whatif_source import PredictionSource
from riskcore.comparing.before_now import before_now
from riskcore.decision.dial import Dial
from riskcore.decision.judged_run import fit_matrix
from riskcore.decision.operating import Wish
from riskcore.judging.whatif import Whatif, WhatifResult
from riskcore.metrics.intervals import Rate
from riskcore.severity import SeverityMatrix
from riskcore.severity.groups import banded_classes


@dataclass(frozen=True)
class Tried:
    """What the parts of the panel show.

    Attributes:
        source: whose predictions.
        part: which of their cases.
        matrix, before: the edited matrix and the one before; merged into groups where the run knows only those.
        caution: the wish that dials are chosen for, or a fixed dial.
        old: the dials that were chosen under `before`, one a member; None where none could be.
        result: before and after.
        change: rate -> now − before, with its paired interval.
    """

    source: PredictionSource
    part: Part
    matrix: SeverityMatrix
    before: SeverityMatrix
    caution: Wish | Dial
    old: tuple[Dial, ...] | None
    result: WhatifResult
    change: dict[str, Rate]

    @property
    def names(self) -> tuple[str, str]:
        """What before and now are called: without an edit, caution is what is tried."""
        return (
            ("before the edit", "after the edit")
            if self.edited and self.old is not None
            else ("without caution", "with caution")
        )

    @property
    def edited(self) -> bool:
        """Whether there is anything to compare: the matrix is another, or nothing was dangerous before."""
        return self.matrix != self.before or not self.before.critical_cells.any()

    @property
    def seeds(self) -> int:
        """How many seeds the counts are sums of."""
        return len(self.whatif.run.seeds)

    @property
    def whatif(self) -> Whatif:
        """The predictions for the cases of the part."""
        return _whatif(self.source, self.part)


def tried(
    source: PredictionSource, part: Part, matrix: SeverityMatrix, before: SeverityMatrix, caution: Wish | Dial
) -> Tried:
    """Try an edited matrix on predictions; InputError where it has no dangerous mistake or is for other classes."""
    matrix, before = _fitted(matrix, source), _fitted(before, source)
    order = banded_classes(matrix)  # so that figures look like the grid
    matrix, before = matrix.reordered(order), before.reordered(order)
    matrix.require_critical()
    asked = (_whatif(source, part), matrix, before, caution)
    old, result, change = _updated(f"{source.key} {part}", *asked)
    return Tried(source, part, matrix, before, caution, old, result, change)


def _whatif(source: PredictionSource, part: Part) -> Whatif:
    return source.whatif if part == "test" or source.on_validation is None else source.on_validation


def _fitted(matrix: SeverityMatrix, source: PredictionSource) -> SeverityMatrix:
    """As it is where it has the run's classes, else merged into them."""
    classes = source.whatif.run.classes
    return matrix if set(matrix.classes) == set(classes) else fit_matrix(matrix, classes)


@st.cache_resource(max_entries=8, scope="session", show_spinner=False, hash_funcs=KEYS)
def _updated(
    key: str, _whatif: Whatif, matrix: SeverityMatrix, before: SeverityMatrix, caution: Wish | Dial
) -> tuple[tuple[Dial, ...] | None, WhatifResult, dict[str, Rate]]:
    # Without an edit the same caution would stand on both sides; what is tried then is caution itself.
    able = matrix != before and before.critical_cells.any() and not _whatif.unable(before, caution)
    old = _chosen(key, _whatif, before, caution) if able else None
    result = _whatif.update(matrix, caution, old, before)
    return old, result, before_now(result)


@st.cache_resource(max_entries=8, scope="session", show_spinner=False, hash_funcs=KEYS)
def _chosen(key: str, _whatif: Whatif, matrix: SeverityMatrix, caution: Wish | Dial) -> tuple[Dial, ...]:
    """What stays the same from edit to edit."""
    return _whatif.choose(matrix, caution)
