"""Costs against the numbers that people of several countries mean by them."""

import pytest

from riskcore.errors import InputError
from riskcore.severity.costs import cost_of, decimal_sign


@pytest.mark.parametrize(
    ("cells", "separator", "numbers"),
    [
        (["0", "1,5", "1.000"], ";", [0, 1.5, 1000]),
        (["0", "1.5", "1,000"], ",", [0, 1.5, 1000]),
        (["0", "1,500", "1,000,000"], ",", [0, 1500, 1_000_000]),
        (["0", "1,5", "1.234,5"], ";", [0, 1.5, 1234.5]),
        (["0", "1.5", "1,234.5"], ",", [0, 1.5, 1234.5]),
        (["0", "1'000", "2 500", "3\u202f000,5"], ";", [0, 1000, 2500, 3000.5]),
        (["0,000", "2,500", "10,000"], ";", [0, 2.5, 10]),
        (["0", "1.125"], ",", [0, 1.125]),
        (["2,5", "2.5"], ";", [2.5, 2.5]),
        (["1E+01", "5e-1"], ",", [10, 0.5]),
    ],
)
def test_a_column_of_costs_is_read_as_it_is_meant(cells: list[str], separator: str, numbers: list[float]) -> None:
    decimal = decimal_sign(cells, separator)
    assert [cost_of(cell, decimal) for cell in cells] == numbers


@pytest.mark.parametrize(
    ("cell", "both"), [("1,000", "1000 or 1"), ("1.500", "1500 or 1.5"), ("12,125", "12125 or 12.125")]
)
def test_what_may_be_thousands_or_decimals_is_refused_with_both(cell: str, both: str) -> None:
    with pytest.raises(InputError, match=f"may mean {both}; write it so"):
        cost_of(cell, decimal_sign(["0", "10", cell], ";"))


@pytest.mark.parametrize("cell", ["1 €", "much", "10 00", "1/2", "--", "01. Mai"])
def test_what_is_no_number_stays_text(cell: str) -> None:
    assert cost_of(cell, ".") == cell
