import pandas as pd
import pytest

from riskcore.decision import Dial
from riskcore.inference import RiskPrediction
from riskcore.risk_note import advice, class_table, why, worst_miss
from riskcore.severity import SeverityMatrix

MATRIX = SeverityMatrix(["naevus", "keratosis", "melanoma"], [[0, 1, 3], [2, 0, 3], [10, 8, 0]], critical=8)
HARM = {"naevus": 2.6, "keratosis": 2.1, "melanoma": 2.4}


def judged(
    decision: str,
    shares: tuple[float, float, float] = (0.5, 0.3, 0.2),
    *,
    predicted: str = "naevus",
    worst: str | None = None,
    critical: float = 0.2,
) -> RiskPrediction:
    return RiskPrediction(predicted, decision, dict(zip(MATRIX.classes, shares, strict=True)), HARM, worst, critical)


@pytest.mark.parametrize(
    ("prediction", "said"),
    [
        (
            judged("naevus", critical=0.2),
            "Have a specialist look before anything else: with a probability of 20.0 % it is a class that "
            '"naevus" would miss dangerously.',
        ),
        (
            judged("melanoma", critical=0.0),
            'Have a specialist look: the model says "melanoma", a class that must not be missed.',
        ),
        (
            judged("keratosis", critical=0.051),
            'Have a second person read it before relying on "keratosis", a dangerous mistake with a probability of '
            "5.1 %.",
        ),
        (
            judged("naevus", critical=0.012),
            'Read it as usual: "naevus" is a dangerous mistake with a probability of 1.2 %. The model replaces no '
            "reading.",
        ),
    ],
)
def test_each_level_says_what_to_do(prediction: RiskPrediction, said: str) -> None:
    assert advice(prediction, MATRIX) == said


def test_the_worst_miss_is_named_with_its_probability() -> None:
    assert worst_miss(judged("naevus", worst="melanoma")) == "melanoma (20.0 %)"
    assert worst_miss(judged("melanoma")) == "none of at least 5 %"


def test_nothing_is_explained_where_the_likeliest_class_is_called() -> None:
    assert why(judged("naevus"), MATRIX, Dial("severity", 1.0)) is None


def test_the_severity_rule_is_explained_by_the_two_harms() -> None:
    assert why(judged("keratosis"), MATRIX, Dial("severity", 1.0)) == (
        'The likeliest class is "naevus" (50.0 %), but calling it does more harm on average: 2.60 against 2.10 for '
        '"keratosis". So this run\'s caution decides.'
    )


def test_the_critical_rule_is_explained_by_the_two_chances_of_a_dangerous_mistake() -> None:
    assert why(judged("melanoma"), MATRIX, Dial("critical", 0.9)) == (
        'The likeliest class is "naevus" (50.0 %), but calling it would be a dangerous mistake with a probability of '
        '20.0 %, against 0.0 % for "melanoma". So this run\'s caution decides.'
    )


def test_a_change_by_calibration_alone_is_not_put_down_to_caution() -> None:
    said = why(judged("naevus", predicted="melanoma"), MATRIX, Dial("critical", 0.0))
    assert said == 'Uncorrected, the model would say "melanoma"; calibrated, "naevus" is likelier.'


def test_classes_stand_by_probability_and_the_called_one_is_marked() -> None:
    expected = pd.DataFrame(
        {
            "class": ["melanoma", "naevus", "keratosis"],
            "probability": [0.6, 0.3, 0.1],
            "harm": [2.4, 2.6, 2.1],
            "called": [False, False, True],
        }
    )
    pd.testing.assert_frame_equal(class_table(judged("keratosis", (0.3, 0.1, 0.6))), expected)
