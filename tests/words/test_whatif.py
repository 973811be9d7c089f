"""Numbers of a what-if in words."""

import math

import pytest

from riskcore.decision.dial import Dial
from riskcore.decision.operating import Wish
from riskcore.metrics import Rate
from riskcore.severity import SeverityMatrix
from riskcore.words.whatif import MEASURES, broken_words, change_words, dial_words, rate_words, unmoved_words


def rate(value, events=None, n=100, low=0.01, high=0.2):
    return Rate(value, low, high, events, n, n, "")


def test_no_event_shows_what_the_rate_may_be_at_most():
    assert rate_words(rate(0.0, 0, n=40, low=0.0, high=0.0881)) == "0 of 40: 0.0 % (at most 8.8)"


def test_counts_of_a_pool_are_means_over_its_seeds():
    assert rate_words(rate(0.05, 7.5, n=150)) == "7.5 of 150: 5.0 % (1.0–20.0)"
    assert change_words(rate(0.05, 7.5), rate(0.03, 5)) == "2.5 fewer"


def test_large_numbers_are_grouped():
    assert rate_words(rate(0.5, 5000, n=10000)) == "5,000 of 10,000: 50.0 % (1.0–20.0)"


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (rate(0.05, 5), rate(0.08, 8), "3 more"),
        (rate(0.05, 5), rate(0.05, 5), "same"),
        (rate(0.85), rate(0.72), "0.13 less"),
        (rate(0.851), rate(0.853), "same"),
        (rate(0.85), rate(1.1), "0.25 more"),
        (rate(math.nan, 0, n=0), rate(math.nan, 0, n=0), "–"),
    ],
)
def test_changes(before, after, words):
    assert change_words(before, after) == words


def test_a_rate_of_no_cases_is_a_dash():
    assert rate_words(rate(math.nan, 0, n=0)) == "–"


def test_dials_of_one_rule_are_joined():
    assert dial_words([Dial("severity", 0.5), Dial("severity", 0.5)]) == "0.50 against average harm"
    assert dial_words([Dial("critical", a) for a in (0.9, 0.2, 0.4)]) == "0.20 to 0.90 against dangerous mistakes"


def test_every_measure_is_one_that_a_what_if_gives():
    from riskcore.judging.whatif import RATES

    assert set(MEASURES) == set(RATES)


@pytest.mark.parametrize(
    ("wish", "now", "words"),
    [
        (Wish("accuracy_loss", 0.005), 0.78, "You accepted 0.5 points on validation; on test it costs 2.0 points."),
        (Wish("accuracy_loss", 0.02), 0.7797, ""),  # costs 2.0 points as it is shown
        (Wish("accuracy_loss", 0.01), 0.85, ""),
        (Wish("accuracy_floor", 0.75), 0.742, "You asked for at least 75 % accuracy on validation; on test it is 74.2"),
        (Wish("accuracy_floor", 0.75), 0.7497, ""),
        (Wish("over_call_ceiling", 0.2), 0.3, ""),
        (Wish("least_severity", 0.0), 0.3, ""),
        (None, 0.3, ""),
    ],
)
def test_accuracy_that_test_loses_beyond_what_was_accepted(wish, now, words):
    said = broken_words(wish, rate(0.8, 80), rate(now, round(100 * now)))
    assert said.startswith(words)
    assert bool(said) == bool(words)


def test_an_edit_that_the_caution_does_not_look_at_is_explained():
    before = SeverityMatrix(["a", "b", "c"], [[0, 1, 2], [10, 0, 5], [3, 3, 0]], critical=10)
    heavier = SeverityMatrix(["b", "a", "c"], [[0, 20, 5], [1, 0, 2], [3, 3, 0]], critical=10)
    newly = SeverityMatrix(["a", "b", "c"], [[0, 1, 2], [10, 0, 10], [3, 3, 0]], critical=10)
    alike = [Dial("critical", 0.4), Dial("critical", 0.5)]
    assert "weighs all dangerous mistakes alike" in unmoved_words(alike, before, heavier)
    assert unmoved_words(alike, before, newly) == ""  # what is dangerous is another
    assert unmoved_words([*alike, Dial("severity", 0.5)], before, heavier) == ""
