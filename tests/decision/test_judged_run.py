"""A run and its matrix in one order of classes."""

import numpy as np
import pytest

from riskcore.decision.judged_run import JudgedRun, fit_matrix
from riskcore.errors import InputError
from riskcore.severity import SeverityMatrix
from tests.helpers.simulated import MATRIX, run


def test_the_matrix_takes_the_order_of_the_run() -> None:
    pool = run("pool", 1.5)
    judged = JudgedRun(pool, MATRIX.reordered(["c", "a", "b"]))
    assert judged.matrix == MATRIX
    assert (judged.id, judged.classes, judged.seeds) == (pool.id, pool.classes, pool.seeds)
    assert judged != JudgedRun(pool, MATRIX)  # by identity, as the predictions


def test_a_matrix_for_other_classes_is_refused() -> None:
    with pytest.raises(InputError, match="the severity matrix is for other classes"):
        JudgedRun(run("pool", 1.5), SeverityMatrix(["a", "b"], [[0, 1], [2, 0]]))


def test_a_matrix_is_merged_where_the_classes_are_its_groups() -> None:
    grouped = SeverityMatrix.from_groups(
        {"naevus": "benign", "wart": "benign", "melanoma": "malignant"}, order=["benign", "malignant"]
    )
    assert fit_matrix(grouped, ["malignant", "benign"]).classes == ("malignant", "benign")
    assert fit_matrix(grouped, ["malignant", "benign"]).values.tolist() == [[0, 10], [3, 0]]
    assert fit_matrix(grouped, ["wart", "melanoma", "naevus"]).classes == ("wart", "melanoma", "naevus")
    with pytest.raises(InputError, match="the severity matrix is for other classes"):
        fit_matrix(grouped, ["benign", "malign"])


def test_groups_named_like_the_classes_merge_nothing() -> None:
    crossed = SeverityMatrix(["a", "b"], [[0, 1], [2, 0]], groups={"a": "b", "b": "a"})
    np.testing.assert_array_equal(fit_matrix(crossed, ["a", "b"]).values, crossed.values)
