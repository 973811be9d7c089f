"""Edits of a matrix: undo, redo, and messages that arrive late, twice or wrong."""

import random

import pytest

from riskcore.errors import InputError
from riskcore.severity import SeverityMatrix
from riskcore.severity.history import DEPTH, Draft, History, edited

START = SeverityMatrix(
    ["a", "b", "c"], [[0, 2, 9], [1, 0, 5], [4, 3, 0]], critical=5, groups={"a": "x", "b": "x", "c": "y"}
)


def cost(draft: Draft | History) -> float:
    """Of truth a, model says b."""
    history = draft.history if isinstance(draft, Draft) else draft
    return history.current.values[0, 1]


def with_cost(value: float) -> SeverityMatrix:
    return edited(START, [("a", "b", value)])


def edit(sequence: int, value: float) -> dict:
    return {"sequence": sequence, "kind": "edit", "cells": [["a", "b", value]]}


def test_an_edit_changes_its_cells_alone() -> None:
    changed = edited(START, [("c", "a", 7), ("a", "c", 8)], critical=6)
    assert changed.difference(START) == [("a", "c", 8, 9), ("c", "a", 7, 4)]
    assert (changed.critical, changed.groups, START.values[2, 0]) == (6, START.groups, 4)


@pytest.mark.parametrize(
    ("cells", "critical", "words"),
    [
        ([("a", "z", 1)], None, "the matrix has no class 'z'; it has a, b, c."),
        (
            [("a", "b", -1)],
            None,
            "row 'a' (truth), column 'b' (model says): the cost is -1; give a number of at least 0.",
        ),
        ([("a", "a", 1)], None, "row 'a' (truth), column 'a' (model says): the cost is 1; being right costs 0."),
        (
            [("a", "b", "5")],
            None,
            "row 'a' (truth), column 'b' (model says): the cost is '5'; give a number of at least 0.",
        ),
        ([], 0, "critical is 0; the critical threshold must be a number above 0."),
    ],
)
def test_an_edit_that_makes_no_matrix_is_refused(cells, critical, words) -> None:
    with pytest.raises(InputError) as caught:
        edited(START, cells, critical)
    assert str(caught.value) == words


def test_undo_and_redo_follow_a_plain_list_of_states() -> None:
    """Against the simplest model of an editor: two stacks."""
    source = random.Random(0)
    history, undone, done = History.begin(START), [], [START]
    for _ in range(500):
        kind = source.choice(["push", "push", "undo", "redo"])
        if kind == "push":
            matrix = with_cost(source.randint(0, 9))
            history = history.push(matrix)
            if matrix != done[-1]:
                done, undone = [*done, matrix][-DEPTH:], []
        elif kind == "undo":
            history = history.undo()
            if len(done) > 1:
                undone.append(done.pop())
        else:
            history = history.redo()
            if undone:
                done.append(undone.pop())
        assert history.current == done[-1]
        assert (history.can_undo, history.can_redo) == (len(done) > 1, bool(undone))


def test_old_states_are_forgotten() -> None:
    history = History.begin(START)
    for value in range(DEPTH + 50):
        history = history.push(with_cost(value + 10))
    assert len(history.states) == DEPTH
    assert cost(history) == DEPTH + 59
    assert history.before == START  # what is saved is not


def test_what_is_unsaved() -> None:
    history = History.begin(START)
    assert not history.changed
    assert history.push(with_cost(7)).changed
    assert not history.push(with_cost(7)).undo().changed
    saved = history.push(with_cost(7)).stored()
    assert not saved.changed
    assert saved.undo().changed  # back before what is saved
    assert saved.before == with_cost(7)
    new = History.begin(START, stored=False)
    assert (new.changed, new.before, new.push(with_cost(7)).before) == (True, START, START)


def test_messages_that_overlap_are_taken_in_once() -> None:
    """Two quick edits: the second message repeats the first, whichever of them arrives."""
    draft = Draft(History.begin(START))
    both = draft.receive({"token": draft.token, "events": [edit(1, 6), edit(2, 7)]})
    one_by_one = draft.receive({"token": draft.token, "events": [edit(1, 6)]})
    assert one_by_one.acknowledged == 1
    one_by_one = one_by_one.receive({"token": draft.token, "events": [edit(1, 6), edit(2, 7)]})
    assert one_by_one == both
    assert (both.acknowledged, cost(both), cost(both.history.undo())) == (2, 7, 6)
    assert both.receive({"token": draft.token, "events": [edit(1, 6), edit(2, 7)]}) == both  # the same again


def test_an_edit_after_an_undo_in_one_message() -> None:
    draft = Draft(History.begin(START).push(with_cost(6)))
    events = [{"sequence": 1, "kind": "undo"}, {"sequence": 2, "kind": "edit", "cells": [["c", "a", 8]]}]
    after = draft.receive({"token": draft.token, "events": events})
    assert after.history.current == edited(START, [("c", "a", 8)])
    assert not after.history.can_redo


def test_messages_for_another_draft_are_left_alone() -> None:
    draft, other = Draft(History.begin(START)), Draft(History.begin(START))
    assert draft.token != other.token
    for message in ({"token": other.token, "events": [edit(1, 6)]}, None, {}, "x"):
        assert draft.receive(message) == draft


def test_a_refused_edit_is_acknowledged_with_the_reason_and_the_next_goes_on() -> None:
    draft = Draft(History.begin(START))
    refused = draft.receive({"token": draft.token, "events": [edit(1, -3)]})
    assert (refused.acknowledged, refused.history) == (1, draft.history)
    assert refused.problem == "row 'a' (truth), column 'b' (model says): the cost is -3; give a number of at least 0."
    after = refused.receive({"token": draft.token, "events": [edit(1, -3), edit(2, 3)]})
    assert (after.problem, cost(after)) == (None, 3)
