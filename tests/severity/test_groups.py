"""Groups of a matrix that exists."""

import numpy as np
import pytest

from riskcore.errors import InputError
from riskcore.severity import SeverityMatrix
from riskcore.severity.groups import banded_classes, group_order, parsed_order, possible_misses, regrouped

MATRIX = SeverityMatrix(["a", "b", "c"], [[0, 2, 9], [1, 0, 5], [4, 3, 0]], critical=5)


def test_new_groups_leave_the_costs_and_the_threshold() -> None:
    made = regrouped(MATRIX, {"a": "bad", "b": "good", "c": "bad"}, ["good", "bad"])
    assert np.array_equal(made.values, MATRIX.values)
    assert (made.critical, made.classes, group_order(made)) == (5, MATRIX.classes, ["good", "bad"])
    assert banded_classes(made) == ["b", "a", "c"]


def test_without_groups_classes_stay_as_they_are() -> None:
    assert banded_classes(MATRIX) == ["a", "b", "c"]
    assert group_order(MATRIX) == []


@pytest.mark.parametrize(
    ("groups", "order", "words"),
    [
        ({"a": "x", "b": "x", "c": "y"}, ["y", "z"], "class 'a' is in group 'x', which order lacks: y, z."),
        ({"a": "x", "b": "x", "c": "x"}, ["x", "y"], "group 'y' has no class; give it one or take it out of order."),
        ({"a": "x", "b": "y"}, ["x", "y"], "class 'c' has no group; name one for each class or for none."),
    ],
)
def test_groups_that_do_not_fit_are_refused(groups, order, words) -> None:
    with pytest.raises(InputError) as caught:
        regrouped(MATRIX, groups, order)
    assert str(caught.value) == words


def test_misses_go_to_less_dangerous_groups_only() -> None:
    assert possible_misses(["low", "high"]) == [("high", "low")]
    order = ["a", "b", "c", "d"]
    pairs = possible_misses(order)
    assert len(pairs) == len(set(pairs)) == 6
    assert all(order.index(truth) > order.index(called) for truth, called in pairs)
    assert pairs[0] == ("d", "a")


@pytest.mark.parametrize("text", ["", "benign", "benign, benign", " , benign,"])
def test_fewer_than_two_groups_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="name at least two groups, each once, separated by commas"):
        parsed_order(text)


@pytest.mark.parametrize("order", [["low", "high"], ["c", "a", "b"], list("zyxwv")])
def test_groups_of_a_line_keep_their_order(order: list[str]) -> None:
    assert parsed_order(" ,".join(order) + ", ") == order
    with pytest.raises(InputError, match="each once"):
        parsed_order(",".join([*order, order[1]]))
