"""Checks of a matrix's parts alone; the words of each refusal are in test_matrix.py."""

import math
from collections import OrderedDict

import numpy as np
import pytest

from riskcore.errors import InputError
from riskcore.severity.checks import (
    CLASSES_MOST,
    as_number,
    checked_classes,
    checked_groups,
    checked_values,
)

NAMES = ("a", "b", "c")
COSTS = [[0, 2, 9], [1, 0, 5], [4, 3, 0]]


def refusal(call, *args) -> str:
    with pytest.raises(InputError) as caught:
        call(*args)
    return str(caught.value)


@pytest.mark.parametrize(
    ("value", "number"),
    [(3, 3.0), (-2.5, -2.5), (np.float32(0.5), 0.5), (np.int64(7), 7.0), (0, 0.0), (math.inf, math.inf)],
)
def test_numbers_are_taken_as_they_are(value, number) -> None:
    assert as_number(value) == number
    assert type(as_number(value)) is float


@pytest.mark.parametrize("value", [True, False, np.True_, "3", None, [3], 10**400, 1j, math.nan])
def test_what_is_no_number_is_nan(value) -> None:
    assert math.isnan(as_number(value))


@pytest.mark.parametrize("names", [["a", "b"], ("a", "b", "c"), np.array(["x", "y"]), [str(n) for n in range(1000)]])
def test_class_names_become_a_tuple_of_text(names) -> None:
    found = checked_classes(names)
    assert found == tuple(str(name) for name in names)
    assert {type(name) for name in found} == {str}


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ("ab", "give a list of class names"),
        ({"a", "b"}, "give a list of class names"),
        (["a", 1], "class name 1 must be text"),
        (["a", ""], "must be text without spaces around it"),
        (["a", "  "], "must be text without spaces around it"),
        (["a", " b"], "must be text without spaces around it"),
        (["a", "b", "a"], "class 'a' stands twice"),
        (["a"], "needs at least two classes, but got 1"),
        ([], "needs at least two classes, but got 0"),
        ([str(n) for n in range(CLASSES_MOST + 1)], "at most 1,000 classes, but got 1,001"),
    ],
)
def test_other_class_names_are_refused(names, message) -> None:
    assert message in refusal(checked_classes, names)


def test_costs_become_a_read_only_copy_without_negative_zeros() -> None:
    given = np.array(COSTS, float)
    given[0, 0] = -0.0
    found = checked_values(NAMES, given)
    assert found.tolist() == COSTS
    assert not np.signbit(found).any()
    assert found.dtype == np.float64
    given[0, 1] = 77
    assert found[0, 1] == 2
    with pytest.raises(ValueError, match="read-only"):
        found[0, 1] = 1
    least = checked_values(("a", "b"), [[0, 5e-324], [0, 0]])
    assert least[0, 1] > 0


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ("abc", "values must be 3 rows of 3 costs"),
        ({"a": 1, "b": 2, "c": 3}, "values must be 3 rows of 3 costs"),
        (None, "values must be 3 rows of 3 costs"),
        (COSTS[:2], "values has 2 rows; 3 classes need 3 rows"),
        ([*COSTS, [0, 0, 0]], "values has 4 rows"),
        ([COSTS[0], [1, 0], COSTS[2]], "row 'b' (truth) has 2 costs; 3 classes need 3 costs"),
        ([COSTS[0], "103", COSTS[2]], "row 'b' (truth) has 3 costs"),
        ([COSTS[0], 5, COSTS[2]], "row 'b' (truth) has no costs"),
        ([COSTS[0], [1, 0, -1], COSTS[2]], "row 'b' (truth), column 'c' (model says): the cost is -1"),
        ([COSTS[0], [1, 0, math.inf], COSTS[2]], "column 'c' (model says): the cost is inf"),
        ([COSTS[0], [1, 0, "5"], COSTS[2]], "column 'c' (model says): the cost is '5'"),
        ([COSTS[0], [1, 0.5, 5], COSTS[2]], "column 'b' (model says): the cost is 0.5; being right costs 0"),
        (np.zeros((3, 3)), "every confusion costs 0"),
    ],
)
def test_other_costs_are_refused(values, message) -> None:
    assert message in refusal(checked_values, NAMES, values)


def test_groups_name_every_class_and_no_other() -> None:
    given = OrderedDict(a="benign", b="malignant", c="benign")
    assert checked_groups(NAMES, None) is None
    found = checked_groups(NAMES, given)
    assert found == dict(given)
    assert type(found) is dict


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (["a", "b"], "give an object that names the group of each class"),
        ({"a": "x", "b": "x"}, "class 'c' has no group"),
        ({"a": "x", "b": "x", "c": "y", "d": "y"}, "names class 'd', which the matrix lacks"),
        ({"a": "x", "b": "x", "c": ""}, "the group of class 'c' is ''"),
        ({"a": "x", "b": "x", "c": 3}, "the group of class 'c' is 3"),
        ({"a": "x", "b": "x", "c": " "}, "give it a name"),
    ],
)
def test_other_groups_are_refused(groups, message) -> None:
    assert message in refusal(checked_groups, NAMES, groups)
