"""Dots with intervals: a subgroup of which nothing is claimed is not drawn."""

import pytest

from riskcore.judging.subgroups import SubgroupRates
from riskcore.metrics import Rate
from riskcore.plots.subgroups import subgroups_figure

CASES = {"accuracy": 50, "critical_miss_rate": 30}


def row(column: str, value: str, share: float | None) -> SubgroupRates:
    rate = {} if share is None else {"critical_miss_rate": Rate(share, share / 2, 2 * share, 3, 60, 60, "made")}
    return SubgroupRates(column, value, CASES, rate, groups=60, majority_accuracy=None)


def test_a_dot_with_its_interval_for_each_that_something_is_claimed_of() -> None:
    rows = [row("sex", "female", 0.1), row("sex", "male", 0.2), row("sex", "unknown", None), row("site", "arm", 0.3)]
    figure = subgroups_figure(rows, "critical_miss_rate", "Missed, %")
    sex, site = figure.data
    assert (sex.name, site.name) == ("sex", "site")
    assert list(sex.x) == pytest.approx([10, 20])
    assert list(sex.y[1]) == ["female", "male"]
    assert list(sex.error_x.array) == pytest.approx([10, 20])
    assert list(sex.error_x.arrayminus) == pytest.approx([5, 10])
    assert [n for n, _, _ in sex.customdata] == [30, 30]  # cases, not the 60 that two seeds make of them
    assert sex.marker.symbol != site.marker.symbol
    assert figure.layout.xaxis.title.text == "Missed, %"


def test_a_factor_of_one_leaves_values_as_they_are() -> None:
    (only,) = subgroups_figure([row("sex", "male", 0.2)], "critical_miss_rate", "Harm", factor=1).data
    assert list(only.x) == pytest.approx([0.2])
