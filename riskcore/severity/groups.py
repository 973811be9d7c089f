"""Clinical groups of a severity matrix that exists already: set them, and put classes of one group side by side."""

from collections.abc import Mapping, Sequence
from itertools import combinations

from riskcore.errors import InputError
from riskcore.severity.matrix import SeverityMatrix


def group_order(matrix: SeverityMatrix) -> list[str]:
    """The groups, the least dangerous first; none where the matrix has none."""
    return list(dict.fromkeys((matrix.groups or {}).values()))


def banded_classes(matrix: SeverityMatrix) -> list[str]:
    """The classes with those of one group side by side, in order of danger; as they are where there are no groups.

    Example:
        >>> banded_classes(SeverityMatrix.preset("isic2018"))
        ['NV', 'BKL', 'DF', 'VASC', 'MEL', 'BCC', 'AKIEC']
    """
    if matrix.groups is None:
        return list(matrix.classes)
    order, groups = group_order(matrix), matrix.groups
    return sorted(matrix.classes, key=lambda name: order.index(groups[name]))


def regrouped(matrix: SeverityMatrix, groups: Mapping[str, str], order: Sequence[str]) -> SeverityMatrix:
    """The same costs with other groups.

    Args:
        groups: class name -> group name.
        order: the group names, the least dangerous first.

    Raises:
        InputError: groups, order and classes do not fit.

    Example:
        >>> matrix = SeverityMatrix(["melanoma", "naevus"], [[0, 9], [2, 0]])
        >>> regrouped(matrix, {"melanoma": "malignant", "naevus": "benign"}, ["benign", "malignant"]).groups
        {'naevus': 'benign', 'melanoma': 'malignant'}
    """
    generated = SeverityMatrix.from_groups(groups, order)  # checks what is said about groups, in the same words
    return SeverityMatrix(matrix.classes, matrix.values, matrix.critical, generated.groups)


def possible_misses(order: Sequence[str]) -> list[tuple[str, str]]:
    """Each (true group, called group) of which the called one is less dangerous, the worst first.

    Example:
        >>> possible_misses(["benign", "suspicious", "malignant"])
        [('malignant', 'benign'), ('malignant', 'suspicious'), ('suspicious', 'benign')]
    """
    return sorted(
        ((high, low) for low, high in combinations(order, 2)),
        key=lambda pair: (-order.index(pair[0]), order.index(pair[1])),
    )


def parsed_order(text: str) -> list[str]:
    """The group names of a line, separated by commas.

    Raises:
        InputError: fewer than two, or one twice.

    Example:
        >>> parsed_order("benign, malignant")
        ['benign', 'malignant']
    """
    order = [name.strip() for name in text.split(",") if name.strip()]
    if len(order) < 2 or len(set(order)) < len(order):
        raise InputError("name at least two groups, each once, separated by commas: benign, malignant.")
    return order
