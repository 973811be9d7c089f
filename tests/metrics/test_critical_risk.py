"""The risk of a critical class: a sum over the critical columns, in 0..1."""

import numpy as np
import pytest

from riskcore.errors import InputError
from riskcore.metrics.critical_risk import checked_risks, critical_risk
from riskcore.severity import SeverityMatrix

MATRIX = SeverityMatrix(["a", "b", "c"], [[0, 1, 1], [9, 0, 1], [9, 1, 0]], critical=9)


def test_it_is_the_sum_of_the_critical_columns_and_never_above_one() -> None:
    p = np.array([[0.5, 0.3, 0.2], [0.0, 1.0, 2e-16]])
    assert critical_risk(p, MATRIX).tolist() == [0.5, 1.0]


def test_without_a_critical_class_there_is_no_risk() -> None:
    mild = SeverityMatrix(["a", "b"], [[0, 1], [1, 0]], critical=9)
    assert critical_risk([[0.1, 0.9]], mild).tolist() == [0.0]


@pytest.mark.parametrize(
    ("risks", "groups", "message"),
    [
        ([0.1, 1.2], [0, 1], "case 1 has 1.2"),
        ([0.1, np.nan], [0, 1], "case 1 has nan"),
        ([0.1, 0.2], [0], "2, 2 and 1"),
    ],
)
def test_what_is_no_probability_or_of_other_length_is_refused(risks, groups, message: str) -> None:
    with pytest.raises(InputError, match=message):
        checked_risks([0, 1], risks, groups)
