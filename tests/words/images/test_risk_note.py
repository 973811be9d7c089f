import pandas as pd
import pytest

from riskcore.decision.dial import Dial
from riskcore.learning.prediction import Call
from riskcore.severity import SeverityMatrix
from riskcore.words.images.risk_note import advice, chances, class_table, other_call, why, worst_miss

MATRIX = SeverityMatrix(["naevus", "keratosis", "melanoma"], [[0, 1, 3], [2, 0, 3], [10, 8, 0]], critical=8)
HARM = {"naevus": 2.6, "keratosis": 2.1, "melanoma": 2.4}


def judged(
    decision: str,
    shares: tuple[float, float, float] = (0.5, 0.3, 0.2),
    *,
    predicted: str = "naevus",
    worst: str | None = None,
    critical: float = 0.2,
) -> Call:
    return Call(predicted, decision, dict(zip(MATRIX.classes, shares, strict=True)), HARM, worst, critical)


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
            'Have a second person read it before relying on "keratosis": 5.1 % chance of a dangerous mistake.',
        ),
        (
            judged("naevus", critical=0.012),
            'Read it as usual: 1.2 % chance that "naevus" is a dangerous mistake. The model replaces no reading.',
        ),
    ],
)
def test_each_level_says_what_to_do(prediction: Call, said: str) -> None:
    assert advice(prediction, MATRIX) == said


def test_the_worst_miss_is_named_with_its_probability() -> None:
    assert worst_miss(judged("naevus", worst="melanoma")) == "melanoma (20.0 %)"
    assert worst_miss(judged("melanoma")) == "none of at least 5 %"


def test_a_call_of_a_dangerous_class_is_doubted_by_whether_it_is_that_class() -> None:
    assert chances(judged("melanoma", critical=0.0004), MATRIX) == ["Probability that it is not melanoma: 80.0 %"]
    assert chances(judged("naevus", critical=0.0), MATRIX) == ["0.0 % chance that the call is a dangerous mistake"]
    assert chances(judged("melanoma", critical=0.011), MATRIX) == [
        "Probability that it is not melanoma: 80.0 %",
        "1.1 % chance that the call is a dangerous mistake",
    ]


def test_nothing_is_explained_where_the_likeliest_class_does_the_least_harm() -> None:
    assert why(judged("keratosis", (0.3, 0.5, 0.2), predicted="keratosis"), MATRIX, Dial("severity", 0.4)) is None


@pytest.mark.parametrize(
    ("dial", "reason"),
    [
        (Dial("critical", 0.0), "this run's caution is 0, so it takes the likeliest class"),
        (
            Dial("critical", 0.16),
            "this run's caution of 0.16 weighs dangerous mistakes against being right, no other harm",
        ),
        (Dial("severity", 0.3), "this run's caution of 0.30 weighs being right as well as harm"),
    ],
)
def test_a_call_that_does_not_do_the_least_harm_is_explained(dial: Dial, reason: str) -> None:
    assert why(judged("naevus"), MATRIX, dial) == (
        f'"keratosis" would do less harm on average (2.10 against 2.60), but {reason}.'
    )


def test_harms_that_are_shown_alike_are_not_told_apart() -> None:
    shares = dict(zip(MATRIX.classes, (0.5, 0.3, 0.2), strict=True))
    alike = Call("naevus", "naevus", shares, {"naevus": 2.104, "keratosis": 2.1, "melanoma": 3}, None, 0.2)
    assert why(alike, MATRIX, Dial("severity", 0.3)) is None


def test_the_severity_rule_is_explained_by_the_two_harms() -> None:
    assert why(judged("keratosis"), MATRIX, Dial("severity", 1.0)) == (
        'The likeliest class is "naevus" (50.0 %), but calling it does more harm on average: 2.60 against 2.10 for '
        '"keratosis". So this run\'s caution decides.'
    )


def test_the_critical_rule_is_explained_by_the_two_chances_of_a_dangerous_mistake() -> None:
    assert why(judged("melanoma"), MATRIX, Dial("critical", 0.9)) == (
        'The likeliest class is "naevus" (50.0 %), but calling it would be a dangerous mistake with a probability of '
        '20.0 %, against 0.0 % for "melanoma". So this run\'s caution decides. "keratosis" would do less harm on '
        "average (2.10 against 2.40), but this run's caution of 0.90 weighs dangerous mistakes against being right, no "
        "other harm."
    )


def test_a_change_by_calibration_alone_is_not_put_down_to_caution() -> None:
    said = why(judged("keratosis", (0.3, 0.5, 0.2), predicted="melanoma"), MATRIX, Dial("critical", 0.0))
    assert said == 'Uncorrected, the model would say "melanoma"; calibrated, "keratosis" is likelier.'


@pytest.mark.parametrize(
    ("decision", "shares", "predicted", "words"),
    [
        ("naevus", (0.5, 0.3, 0.2), "naevus", None),
        ("naevus", (0.5, 0.3, 0.2), "melanoma", "Before correcting its probabilities: melanoma"),
        ("naevus", (0.4, 0.2, 0.4), "melanoma", "Before correcting its probabilities: melanoma"),
        ("melanoma", (0.5, 0.3, 0.2), "naevus", "Without caution: naevus"),
        ("melanoma", (0.5, 0.3, 0.2), "keratosis", "Without caution: keratosis"),
        ("melanoma", (0.5, 0.3, 0.2), "melanoma", None),  # the correction away from it was undone by caution
    ],
)
def test_what_made_the_call_another_is_told_apart(decision, shares, predicted, words) -> None:
    assert other_call(judged(decision, shares, predicted=predicted)) == words


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
