import math
from types import SimpleNamespace

import pytest

from riskcore.formats import count, percent, points, ranged, signed


def rate(value, low, high):
    return SimpleNamespace(value=value, low=low, high=high)


def test_shares_are_shown_in_percent_with_one_decimal() -> None:
    assert [percent(share) for share in (0, 0.7412, 1.0, None, math.nan)] == ["0.0 %", "74.1 %", "100.0 %", "–", "–"]
    assert ranged(rate(0.0, 0.0, 0.0241)) == "0.0 (0.0–2.4)"
    assert ranged(rate(0.5, math.nan, math.nan)) == "50.0"
    assert ranged(rate(math.nan, math.nan, math.nan)) == "–"
    assert ranged(rate(0.5, 0.25, 0.75), scale=1, digits=2) == "0.50 (0.25–0.75)"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0004, "0.0"),
        (-0.0004, "0.0"),
        (-0.0, "0.0"),
        (-0.0112, "-1.1"),
        (0.25, "+25.0"),
        (None, "–"),
        (math.nan, "–"),
    ],
)
def test_changes_carry_their_sign_unless_they_round_to_nothing(share, text) -> None:
    assert signed(share) == text


def test_differences_are_shown_in_points() -> None:
    assert points(rate(-0.0075, -0.0116, -0.0046)) == "-0.8 (-1.2 to -0.5)"
    assert points(rate(0.0, -0.001, 0.0001)) == "0.0 (-0.1 to 0.0)"
    assert points(rate(math.nan, math.nan, math.nan)) == "–"


def test_counts_are_means_over_the_seeds() -> None:
    assert [count(1203.0), count(51, 2), count(50, 2)] == ["1,203", "25.5", "25.0"]
