"""The simulated table in its reduced form: what holds is not called broken, and what is broken on purpose is."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from research.simulations.cells import CELLS, REDUCED, Cell
from research.simulations.draws import draw, large, sides
from research.simulations.models import MATRIX, Design, Model
from research.simulations.table import Share, markdown, rows
from riskcore.metrics.differences import Difference

RESAMPLES = 200


def drawn(cell: Cell) -> pd.DataFrame:
    return pd.DataFrame([draw(cell, number, RESAMPLES) for number in range(cell.draws)])


@pytest.mark.parametrize("cell", REDUCED, ids=lambda cell: cell.name)
def test_intervals_and_answers_hold(cell: Cell) -> None:
    found = rows(cell, drawn(cell))
    assert [row for row in found if row.broken] == []
    quantities = {row.quantity for row in found}
    assert {"better: CER", "chosen: cer", "single: cer"} <= quantities
    assert ("claims: change of CER" in quantities) == cell.claims
    if not cell.null:
        better = found[0]
        assert better.yes is not None
        assert better.yes.value > 0.7  # where the comparison of before said yes in 12 %


def test_an_interval_broken_on_purpose_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Difference.rate

    def halved(self, *z):
        rate = whole(self, *z)
        low, high = ((rate.value + end) / 2 for end in (rate.low, rate.high))
        return dataclasses.replace(rate, low=low, high=high)

    monkeypatch.setattr(Difference, "rate", halved)
    found = rows(REDUCED[0], drawn(REDUCED[0]))
    broken = {row.quantity: row.broken for row in found if row.broken}
    assert "coverage too low" in broken["better: CER"]
    assert "coverage too low" in broken["chosen: cer"]


def test_draws_repeat_and_trainings_stay_or_change() -> None:
    cell = Cell("x", Design(50, 50, groups=10, seeds=2, folds=2), run=Model(between=1.0), baseline=Model())
    first, again, other = (sides(cell, number) for number in (0, 0, 1))
    for one, same, different in zip(first, again, other, strict=True):
        assert [member.seed for member in one.members] == [0, 0, 1, 1]
        assert [member.fold for member in one.members] == [0, 1, 0, 1]
        for member, repeated, new in zip(one.members, same.members, different.members, strict=True):
            np.testing.assert_array_equal(member.test.logits, repeated.test.logits)
            assert not np.array_equal(member.test.logits, new.test.logits)
            assert not set(member.test.groups) & set(member.validation.groups)
    assert len(np.unique(first[0].members[0].test.groups)) == 5


def test_quality_noise_and_bias_do_what_they_say() -> None:
    def accuracy(model: Model) -> float:
        return sides(Cell("y", Design(4_000, 50), run=model), 0)[0].members[0].test.argmax_accuracy

    plain = accuracy(Model())
    assert accuracy(Model(quality=3.0)) > plain + 0.05
    assert accuracy(Model(own=1.5)) < plain - 0.05
    assert accuracy(Model(scale=2.0)) == plain
    said = sides(Cell("y", Design(4_000, 50), run=Model(bias=(0, 0, 0, -2))), 0)[0].members[0].test
    critical = MATRIX.classes.index("melanoma")
    assert (said.logits.argmax(axis=1) == critical).mean() < 0.15 < (said.truth == critical).mean()


def test_a_value_on_many_cases_is_near_the_mean_of_large_draws() -> None:
    cell = next(cell for cell in CELLS if cell.name == "better, 600 cases")
    values = large(dataclasses.replace(cell, design=Design(600, 600)))
    assert -0.03 < values["better: CER"] < -0.01


def test_a_share_and_the_table() -> None:
    assert str(Share.of([True] * 19 + [False])) == "95.0 (75.1–99.9)"
    found = rows(REDUCED[0], drawn(dataclasses.replace(REDUCED[0], draws=4)))
    assert markdown(found).count("\n") == len(found) + 1
