"""Bars of claims: what is accepted, what stands where nothing is said."""

import pytest
from pydantic import ValidationError

from riskcore.comparing.bars import Bars


def test_nothing_is_claimed_unless_it_is_said() -> None:
    bars = Bars()
    assert bars.usual.model_dump() == {"reserve": 0.0, "cer_lower": None, "accuracy_loss": None}
    assert (bars.plain.accuracy_losses, bars.plain.over_calls) == ((0.01,), ())
    limits = (bars.plain.cer_lower, bars.plain.accuracy_loss, bars.plain.more_over_calls)
    assert {*limits, *bars.harmless.model_dump().values()} == {None}


@pytest.mark.parametrize(
    "bar",
    [
        *({"usual": {name: 0.0}} for name in ("reserve", "cer_lower", "accuracy_loss")),
        *({"plain": {name: 0.999}} for name in ("cer_lower", "accuracy_loss", "more_over_calls")),
        {"plain": {"accuracy_losses": [], "over_calls": [0.1, 0.2]}},
        {"harmless": {"ece": 0.0, "expected_severity": 0.5}},
    ],
)
def test_shares_from_0_to_below_1_are_accepted(bar) -> None:
    (part, values), *_ = bar.items()
    found = getattr(Bars.model_validate(bar), part)
    for name, value in values.items():
        assert getattr(found, name) == (tuple(value) if isinstance(value, list) else value)


@pytest.mark.parametrize(
    "bar",
    [
        {"usual": {"cer_lower": 1.0}},
        {"usual": {"reserve": -0.01}},
        {"usual": {"reserve": None}},
        {"plain": {"accuracy_losses": [0.01, 1.0]}},
        {"plain": {"over_calls": [-0.1]}},
        {"harmless": {"ece": "much"}},
        {"harmless": {"accuracy": 0.1}},
        {"other": {}},
    ],
)
def test_other_figures_and_names_are_refused(bar) -> None:
    with pytest.raises(ValidationError):
        Bars.model_validate(bar)


def test_bars_do_not_change_once_they_are_stated() -> None:
    bars = Bars()
    with pytest.raises(ValidationError):
        bars.usual.cer_lower = 0.1
    with pytest.raises(ValidationError):
        bars.usual = None
