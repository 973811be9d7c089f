import numpy as np
import pytest

from riskcore.errors import InputError
from riskcore.learning.prediction import Call, not_judged
from riskcore.learning.predictor import PLAUSIBLE
from riskcore.plots.palette import COLOURS
from riskcore.severity import SeverityMatrix
from riskcore.words.images.risk_level import (
    FINDING,
    HIGH,
    HIGH_FROM,
    LEVELS,
    LOW,
    RAISED,
    RAISED_FROM,
    STRANGE,
    RiskLevel,
    risk_level,
)

# Carcinoma called melanoma is no critical error; melanoma called carcinoma is one.
MATRIX = SeverityMatrix(
    ["naevus", "carcinoma", "melanoma"], [[0, 3, 3], [10, 0, 1], [10, 10, 0]], critical=10, groups=None
)


def judged(decision: str, critical_probability: float) -> Call:
    return Call(decision, decision, {}, {}, None, critical_probability)


@pytest.mark.parametrize(
    ("decision", "probability", "level"),
    [
        ("naevus", 0.0, LOW),
        ("naevus", 0.0494, LOW),
        ("naevus", 0.0496, RAISED),  # shown as 5.0 %
        ("naevus", 0.05, RAISED),
        ("naevus", 0.1994, RAISED),
        ("naevus", 0.2, HIGH),
        ("naevus", 1.0, HIGH),
        ("melanoma", 0.0, FINDING),
        ("carcinoma", 0.19, FINDING),
        ("carcinoma", 0.2, HIGH),  # what was called is dangerous, what it may hide is worse
    ],
)
def test_the_level_follows_the_chance_of_a_critical_error_and_the_danger_of_the_call(
    decision: str, probability: float, level: RiskLevel
) -> None:
    assert risk_level(judged(decision, probability), MATRIX) is level


def test_an_image_that_is_not_judged_comes_first() -> None:
    assert risk_level(not_judged(["grey"]), MATRIX) is STRANGE is LEVELS[0]


def test_a_matrix_without_critical_cells_gives_low_risk_only() -> None:
    harmless = SeverityMatrix(["a", "b"], [[0, 1], [2, 0]], critical=5)
    assert risk_level(judged("b", 0.0), harmless) is LOW


def test_levels_differ_in_words_icon_and_colour_and_stand_from_most_to_least_urgent() -> None:
    for name in ("key", "words", "icon", "colour", "meaning"):
        assert len({getattr(level, name) for level in LEVELS}) == len(LEVELS) == 5
    assert [level.rank for level in LEVELS] == [4, 3, 2, 1, 0]
    assert 0 < RAISED_FROM < HIGH_FROM < 1


def test_a_raised_risk_starts_where_a_miss_is_called_plausible() -> None:
    assert RAISED_FROM == PLAUSIBLE


def test_black_text_can_be_read_on_every_colour_of_the_palette_used() -> None:
    for level in LEVELS:
        assert level is STRANGE or level.colour in COLOURS  # no level of risk has no colour of one
        channels = np.array([int(level.colour[start : start + 2], 16) for start in (1, 3, 5)]) / 255
        linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
        assert (linear @ [0.2126, 0.7152, 0.0722] + 0.05) / 0.05 >= 5  # WCAG contrast ratio


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("decision", ["naevus", "melanoma"])
def test_a_probability_that_is_not_finite_has_no_level(decision: str, value: float) -> None:
    with pytest.raises(InputError, match="has no level of risk"):
        risk_level(judged(decision, value), MATRIX)
