"""Two matrices side by side."""

import numpy as np
import pytest

from riskcore.severity import SeverityMatrix
from riskcore.severity.comparison import compare_matrices
from riskcore.severity.history import edited

DEMO = SeverityMatrix.preset("demo")


def test_the_same_matrix_in_another_order_of_classes() -> None:
    comparison = compare_matrices(DEMO, DEMO.reordered(sorted(DEMO.classes)))
    assert comparison.equal
    assert comparison.sentences() == ["Nothing differs."]


@pytest.mark.parametrize("seed", range(5))
def test_cells_against_a_loop_over_names(seed: int) -> None:
    random = np.random.default_rng(seed)
    names = np.array(["a", "b", "c", "d"])
    first, second = (
        SeverityMatrix(list(random.permutation(names)), random.integers(1, 4, (4, 4)) * (1 - np.eye(4)), tau)
        for tau in (2, 3)
    )

    def cell(matrix: SeverityMatrix, truth: str, prediction: str) -> float:
        return matrix.to_dict()["values"][matrix.classes.index(truth)][matrix.classes.index(prediction)]

    expected = {
        (a, b): (cell(first, a, b), cell(second, a, b))
        for a in names
        for b in names
        if a != b and (cell(first, a, b) != cell(second, a, b) or (cell(first, a, b) >= 2) != (cell(second, a, b) >= 3))
    }
    found = compare_matrices(first, second)
    assert {(found.truth, found.prediction): found.costs for found in found.cells} == expected
    assert all(found.critical == (found.costs[0] >= 2, found.costs[1] >= 3) for found in found.cells)
    assert found.compared == 12


def test_everything_that_can_differ_is_said() -> None:
    second = edited(
        DEMO, [("melanoma", "naevus", 8), ("naevus", "melanoma", 4), ("naevus", "carcinoma", 20)], critical=9
    )
    groups = {**(DEMO.groups or {}), "vascular": "odd"}
    second = SeverityMatrix(second.classes, second.values, second.critical, groups)
    comparison = compare_matrices(DEMO, second)
    assert [cell.change for cell in comparison.cells] == [
        "higher",
        "higher, becomes dangerous",
        "lower, no longer dangerous",
    ]
    assert comparison.sentences() == [
        "3 of 20 mistakes have another severity: 2 higher, 1 lower.",
        "1 becomes dangerous.",
        "1 is no longer dangerous.",
        "The threshold of a dangerous mistake goes from 10 to 9.",
        "The group of vascular goes from benign to odd.",
    ]


def test_the_threshold_alone_changes_what_is_dangerous() -> None:
    comparison = compare_matrices(DEMO, edited(DEMO, [], critical=3))
    assert comparison.sentences() == [
        "All 20 mistakes have the same severity.",
        "6 become dangerous.",
        "The threshold of a dangerous mistake goes from 10 to 3.",
    ]
    assert {cell.change for cell in comparison.cells} == {"becomes dangerous"}


def test_classes_that_only_one_has() -> None:
    sentences = compare_matrices(DEMO, SeverityMatrix.preset("sicapv2")).sentences()
    assert sentences == [
        "They share no mistake.",
        "Only the first has naevus, keratosis, vascular, melanoma, carcinoma.",
        "Only the second has NC, G3, G4, G5.",
    ]
