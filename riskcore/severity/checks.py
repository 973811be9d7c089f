"""What a severity matrix accepts: each check returns the value in its stored form or names what is wrong."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from riskcore.errors import InputError
from riskcore.foreign_text import listed, quoted

CLASSES_MOST = 1000
"""So many classes a severity matrix may have."""

Values = Sequence[Sequence[float]] | NDArray[np.floating] | NDArray[np.integer]


def _cell(truth: str, prediction: str) -> str:
    return f"row {quoted(truth)} (truth), column {quoted(prediction)} (model says)"


def as_number(value: object) -> float:
    """The value as a float; nan where it is no number (text, true/false, nothing)."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.number):
        return math.nan
    try:
        return float(value)
    except (OverflowError, TypeError):
        return math.nan


def checked_classes(classes: Sequence[str]) -> tuple[str, ...]:
    """At least two different class names, without spaces around them."""
    if isinstance(classes, str) or not isinstance(classes, Sequence | np.ndarray):
        raise InputError(f"classes is {quoted(classes)}; give a list of class names.")
    for name in classes:
        if not isinstance(name, str) or not name.strip() or name != name.strip():
            raise InputError(f"class name {quoted(name)} must be text without spaces around it.")
    names = tuple(str(name) for name in classes)
    if len(names) > CLASSES_MOST:
        raise InputError(f"a severity matrix has at most {CLASSES_MOST:,} classes, but got {len(names):,}.")
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"class {quoted(name)} stands twice; class names must differ.")
    if len(names) < 2:
        raise InputError(f"a severity matrix needs at least two classes, but got {len(names)}.")
    return names


def checked_values(classes: tuple[str, ...], values: Values) -> NDArray[np.float64]:
    """(K, K) costs that are finite and not negative, with a zero diagonal; read-only."""
    size = len(classes)
    if isinstance(values, str | Mapping) or not hasattr(values, "__len__"):
        raise InputError(f"values must be {size} rows of {size} costs.")
    if len(values) != size:
        raise InputError(f"values has {len(values)} rows; {size} classes need {size} rows.")
    costs = np.zeros((size, size))
    for i, row in enumerate(values):
        if isinstance(row, str | Mapping) or not hasattr(row, "__len__") or len(row) != size:
            found = f"{len(row)} costs" if hasattr(row, "__len__") else "no costs"
            raise InputError(f"row {quoted(classes[i])} (truth) has {found}; {size} classes need {size} costs.")
        for j, cost in enumerate(row):
            costs[i, j] = _checked_cost(classes[i], classes[j], cost)
    if costs.max() == 0:
        raise InputError("every confusion costs 0; give at least one a cost above 0.")
    costs.flags.writeable = False
    return costs


def _checked_cost(truth: str, prediction: str, cost: object) -> float:
    number = as_number(cost)
    shown = f"{number:g}" if isinstance(cost, np.number) or math.isfinite(number) else quoted(cost)
    if not (math.isfinite(number) and number >= 0):
        raise InputError(f"{_cell(truth, prediction)}: the cost is {shown}; give a number of at least 0.")
    if truth == prediction and number != 0:
        raise InputError(f"{_cell(truth, prediction)}: the cost is {shown}; being right costs 0.")
    return number + 0.0  # turns -0.0 into 0.0, which would otherwise change the hash


def checked_groups(classes: tuple[str, ...], groups: Mapping[str, str] | None) -> dict[str, str] | None:
    """The group of each class, or None for none; every class has one, and no other."""
    if groups is None:
        return None
    if not isinstance(groups, Mapping):
        raise InputError(f"groups is {quoted(groups)}; give an object that names the group of each class, or null.")
    for name, group in groups.items():
        if name not in classes:
            raise InputError(f"groups names class {quoted(name)}, which the matrix lacks: {listed(classes)}.")
        if not isinstance(group, str) or not group.strip():
            raise InputError(f"the group of class {quoted(name)} is {quoted(group)}; give it a name.")
    for name in classes:
        if name not in groups:
            raise InputError(f"class {quoted(name)} has no group; name one for each class or for none.")
    return dict(groups)
