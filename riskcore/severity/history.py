"""Edits of a severity matrix: what can be undone and redone, and how the edits of a grid are taken in."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from riskcore.errors import InputError
from riskcore.foreign_text import listed, quoted
from riskcore.severity.matrix import SeverityMatrix

DEPTH = 200
"""So many states are kept; the oldest are forgotten."""


@dataclass(frozen=True)
class History:
    """The states of one matrix while it is edited; every method gives a new history.

    Attributes:
        saved: the matrix as it is stored under its name; None where it never was.
        states: the matrix before and after each edit, oldest first.
        position: which of the states is the current one.

    Example:
        >>> start = SeverityMatrix(["a", "b"], [[0, 2], [10, 0]])
        >>> edited = History.begin(start).push(SeverityMatrix(["a", "b"], [[0, 3], [10, 0]]))
        >>> edited.changed, edited.undo().current == start, edited.undo().redo() == edited
        (True, True, True)
    """

    saved: SeverityMatrix | None
    states: tuple[SeverityMatrix, ...]
    position: int = 0

    @classmethod
    def begin(cls, matrix: SeverityMatrix, *, stored: bool = True) -> "History":
        """A matrix that nobody has edited yet; `stored`: whether it lies somewhere under a name."""
        return cls(matrix if stored else None, (matrix,))

    @property
    def current(self) -> SeverityMatrix:
        """The matrix as it is now."""
        return self.states[self.position]

    @property
    def before(self) -> SeverityMatrix:
        """What an edit is compared with: the saved matrix, or where there is none the first state."""
        return self.states[0] if self.saved is None else self.saved

    @property
    def changed(self) -> bool:
        """Whether something would be lost without saving."""
        return self.current != self.saved

    @property
    def can_undo(self) -> bool:
        return self.position > 0

    @property
    def can_redo(self) -> bool:
        return self.position < len(self.states) - 1

    def push(self, matrix: SeverityMatrix) -> "History":
        """The history after an edit: what was undone before it is forgotten; an edit that changes nothing is none."""
        if matrix == self.current:
            return self
        states = (*self.states[: self.position + 1], matrix)[-DEPTH:]
        return replace(self, states=states, position=len(states) - 1)

    def undo(self) -> "History":
        """One state back, or the same history at its start."""
        return replace(self, position=max(self.position - 1, 0))

    def redo(self) -> "History":
        """One state forward, or the same history at its end."""
        return replace(self, position=min(self.position + 1, len(self.states) - 1))

    def stored(self) -> "History":
        """The history once the current matrix has been saved; its edits can still be undone."""
        return replace(self, saved=self.current)


@dataclass(frozen=True)
class Draft:
    """A history that is edited from afar: a grid sends its edits numbered, and each is taken in once.

    Attributes:
        history: the states of the matrix.
        token: names this draft, so that edits meant for another one are not mixed in.
        acknowledged: number of the last edit that was taken in.
        problem: why it was refused; None where it was not.
        preset: which one the matrix was made from; None where from none.
        kept: the unsaved edits as the workspace keeps them (`riskcore.severity.draft_files`); None for none.
    """

    history: History
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    acknowledged: int = 0
    problem: str | None = None
    preset: str | None = None
    kept: SeverityMatrix | None = None

    def receive(self, message: Any) -> "Draft":
        """The draft after the edits of a message that it has not taken in yet.

        A message repeats the edits that its sender does not know to have arrived. An edit that makes no valid matrix
        is refused: `problem` says why, and the matrix stays as it was.

        Args:
            message: `{"token", "events"}`; an event is `{"sequence", "kind"}` of kind "edit", "undo" or "redo", and
                an edit has `cells` (a list of [truth, prediction, cost]) or `critical` (the threshold), or both.

        Example:
            >>> draft = Draft(History.begin(SeverityMatrix(["a", "b"], [[0, 2], [10, 0]])))
            >>> edits = [{"sequence": 1, "kind": "edit", "cells": [["a", "b", 4]]}, {"sequence": 2, "kind": "undo"}]
            >>> once = draft.receive({"token": draft.token, "events": edits})
            >>> twice = once.receive({"token": draft.token, "events": [*edits, {"sequence": 3, "kind": "redo"}]})
            >>> twice.history.current.values.tolist(), twice.acknowledged
            ([[0.0, 4.0], [10.0, 0.0]], 3)
        """
        if not isinstance(message, Mapping) or message.get("token") != self.token:
            return self
        draft = self
        for event in message["events"]:
            if event["sequence"] > draft.acknowledged:
                draft = replace(draft._after(event), acknowledged=event["sequence"])
        return draft

    def _after(self, event: Mapping[str, Any]) -> "Draft":
        steps = {"undo": History.undo, "redo": History.redo}
        if step := steps.get(event["kind"]):
            return replace(self, history=step(self.history), problem=None)
        try:
            matrix = edited(self.history.current, event.get("cells", ()), event.get("critical"))
        except InputError as error:
            return replace(self, problem=str(error))
        return replace(self, history=self.history.push(matrix), problem=None)


def edited(
    matrix: SeverityMatrix, cells: Sequence[tuple[str, str, float]], critical: float | None = None
) -> SeverityMatrix:
    """The matrix with other costs in some cells, and another threshold where one is given.

    Args:
        cells: (truth, prediction, cost) of each cell that changes.
        critical: the critical threshold; None leaves it.

    Raises:
        InputError: a class is unknown, a cost is not one, or no cost is left above 0.

    Example:
        >>> edited(SeverityMatrix(["a", "b"], [[0, 2], [10, 0]]), [("a", "b", 3)], critical=3).critical_cells.tolist()
        [[False, True], [True, False]]
    """
    values = matrix.values.tolist()
    place = {name: index for index, name in enumerate(matrix.classes)}
    for truth, prediction, cost in cells:
        for name in (truth, prediction):
            if name not in place:
                raise InputError(f"the matrix has no class {quoted(name)}; it has {listed(matrix.classes)}.")
        values[place[truth]][place[prediction]] = cost
    return SeverityMatrix(matrix.classes, values, matrix.critical if critical is None else critical, matrix.groups)
