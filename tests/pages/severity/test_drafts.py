"""What a run of the screen that is ended half-way may leave behind."""

from contextlib import suppress

import pytest

from pages.severity import drafts as matrix_drafts
from riskcore.severity import SeverityMatrix
from riskcore.severity.draft_files import unsaved_matrices
from riskcore.severity.history import Draft, History
from riskcore.workspace import Workspace


class Ended(Exception):
    """What Streamlit raises in a run for which a newer one waits."""


class Session:
    """The drafts of a visit; as in Streamlit, asking the session for them ends a run when a newer one waits."""

    def __init__(self) -> None:
        self.drafts: dict[str, Draft] = {}
        self.may_be_asked = 0

    def ask(self) -> dict[str, Draft]:
        self.may_be_asked -= 1
        if self.may_be_asked < 0:
            raise Ended
        return self.drafts


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch, empty: Workspace) -> Session:
    session = Session()
    monkeypatch.setattr(matrix_drafts, "_drafts", session.ask)
    monkeypatch.setattr(matrix_drafts.cached, "workspace", lambda: empty)
    return session


@pytest.mark.parametrize("asked", range(8))
def test_an_undo_after_an_edit_whose_run_was_ended_leaves_the_matrix_as_it_was(
    asked: int, session: Session, empty: Workspace
) -> None:
    matrix = SeverityMatrix.preset("demo")
    draft = session.drafts["demo"] = Draft(History.begin(matrix), preset="demo")
    edit = {"sequence": 1, "kind": "edit", "cells": [["naevus", "keratosis", 4]]}
    session.may_be_asked = asked
    with suppress(Ended):
        matrix_drafts.receive({"token": draft.token, "events": [edit]})
    session.may_be_asked = 100
    matrix_drafts.receive({"token": draft.token, "events": [edit, {"sequence": 2, "kind": "undo"}]})
    assert matrix_drafts.draft("demo").history.current == matrix
    assert unsaved_matrices(empty) == []
