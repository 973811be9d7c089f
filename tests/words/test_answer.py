"""The answer in words: what it says of each run, which run leads, and what it must not say."""

import dataclasses

import numpy as np
import pytest

from riskcore.decision.operating import Wish
from riskcore.judging.comparison import ComparedRun, Comparison, compare
from riskcore.judging.equal_accuracy import EqualAccuracy, equal_accuracy
from riskcore.metrics import Rate
from riskcore.words.answer import document, more_or_fewer, per_thousand, sentence, verdict
from tests.helpers.simulated import MATRIX, run

BASE = run("base", 1.5, noise=1, n=80, groups=40)
TEMPLATE = equal_accuracy(run("better", 2.5, noise=2, n=80, groups=40), BASE, MATRIX, resamples=2)


def rate(value: float, low: float, high: float, n: int = 1512) -> Rate:
    return Rate(value, low, high, None, n, n, "made up")


def equal(
    safer: str,
    *,
    cer=(-0.0124, -0.0204, -0.0033),
    missed=(-19, -31, -5),
    accuracy=(0.0, -0.004, 0.004),
    p: float = 0.01,
    critical: int = 394,
) -> EqualAccuracy:
    """A made-up result; `missed`: whole cases."""
    return dataclasses.replace(
        TEMPLATE,
        safer=safer,
        p_value=p,
        floor=0.774,
        accuracy=rate(0.776, 0.7, 0.8),
        baseline_accuracy=rate(0.7751, 0.7, 0.8),
        difference={
            "cer": rate(*cer),
            "accuracy": rate(*accuracy),
            "critical_miss_rate": rate(*(cases / critical for cases in missed), n=critical),
        },
    )


def found(*others: tuple[str, EqualAccuracy], baseline: str = "ce", seeds: int = 3) -> Comparison:
    def row(id: str, result: EqualAccuracy | None = None) -> ComparedRun:
        return ComparedRun(id, id, tuple(range(seeds)), {}, {}, True, result)

    runs = tuple(row(id, result) for id, result in others)
    return Comparison(row(baseline), runs, MATRIX, Wish(), 1512, 1200, 394, 0.6)


def of(result: EqualAccuracy, *beside: EqualAccuracy) -> str:
    """The sentence of a run, without what it is held to."""
    comparison = found(("margin", result), *((f"other{place}", each) for place, each in enumerate(beside)))
    start = "margin against ce, both held to at least 77.4 % accuracy on validation (on test 77.6 % and 77.5 %): "
    said = sentence(comparison.others[0], comparison)
    assert said.startswith(start)
    return said.removeprefix(start)


def answered(comparison: Comparison, severity=("margin", "barrier"), plain=("ce",)):
    return verdict(comparison, severity=severity, plain=plain, data="isic")


def test_a_sentence_gives_rates_and_whole_cases_with_their_intervals() -> None:
    assert of(equal("yes")) == (
        "12.4 fewer dangerous mistakes per 1,000 cases (95 % interval 20.4 fewer to 3.3 fewer); of 394 dangerous cases "
        "it misses 19 fewer (31 fewer to 5 fewer). Safer at equal accuracy."
    )


@pytest.mark.parametrize(
    ("missed", "text"),
    [
        ((-7, -15, 3), "it misses 7 fewer (15 fewer to 3 more)."),
        ((-7, -15, 0), "it misses 7 fewer (15 fewer to no more)."),
        ((0, 0, 0), "it misses as many (no fewer to no more)."),
        ((0.1, -0.2, 0.2), "it misses as many (no fewer to no more)."),
        ((1, -2, 9), "it misses 1 more (2 fewer to 9 more)."),
        ((4, 1, 9), "it misses 4 more (1 more to 9 more)."),
    ],
)
def test_signs_and_the_order_of_the_interval(missed, text) -> None:
    assert text in of(equal("undecided", cer=(0.0, -0.01, 0.01), missed=missed))


def test_thousands_are_grouped() -> None:
    assert "of 4,000 dangerous cases it misses 1,200 fewer (1,300 fewer to 1,100 fewer)." in of(
        equal("yes", missed=(-1200, -1300, -1100), critical=4000)
    )


@pytest.mark.parametrize(
    ("result", "answer"),
    [
        (equal("yes"), "Safer at equal accuracy."),
        (equal("no", cer=(0.01, 0.002, 0.02)), "Not safer at equal accuracy."),
        (
            equal("no", accuracy=(-0.012, -0.02, -0.006)),
            "Not safer at equal accuracy: its accuracy is 1.2 points lower (95 % interval 0.6 to 2.0).",
        ),
        (equal("undecided", cer=(-0.001, -0.02, 0.02)), "Undecided: the data cannot tell."),
        (
            equal("undecided", accuracy=(-0.002, -0.02, 0.01)),
            "Undecided: its accuracy may be more than 0.5 points lower.",
        ),
        (equal("undecided", p=0.08), "Undecided: that may be chance among 2 comparisons (Holm)."),
    ],
)
def test_the_answer_and_what_besides_the_difference_made_it(result, answer) -> None:
    assert of(result, equal("no")).endswith(f"). {answer}")


def test_what_cannot_be_compared_is_said() -> None:
    unreachable = found(("margin", equal("unreachable")))
    assert sentence(unreachable.others[0], unreachable) == (
        "margin against ce: 77.4 % accuracy on validation is not reached by both; choose a lower floor."
    )
    nothing = dataclasses.replace(
        equal("undecided"), difference={"critical_miss_rate": Rate(*[np.nan] * 3, None, 0, 0, "")}
    )
    assert of(nothing) == "there is no case of a critical class to miss."


def test_the_json_has_a_sentence_for_each_run_but_the_baseline() -> None:
    comparison = found(("margin", equal("yes")), ("focal", equal("no")))
    first, *others = document(comparison)["runs"]
    assert first["sentence"] is None
    assert [row["sentence"] for row in others] == [sentence(run, comparison) for run in comparison.others]


@pytest.mark.parametrize(
    ("result", "headline"),
    [
        (
            equal("yes"),
            "Yes: on isic, training with the severity matrix (margin) beats turning caution on plain cross-entropy "
            "at equal accuracy.",
        ),
        (
            equal("no", cer=(0.01, 0.002, 0.02)),
            "No: on isic, training with the severity matrix (margin) does not beat turning caution on plain "
            "cross-entropy at equal accuracy.",
        ),
        (
            equal("undecided", cer=(-0.001, -0.02, 0.02)),
            "Undecided: isic cannot tell whether training with the severity matrix (margin) beats turning caution on "
            "plain cross-entropy at equal accuracy.",
        ),
        (
            equal("unreachable"),
            "Unreachable: training with the severity matrix (margin) and turning caution on plain cross-entropy do not "
            "both reach the accuracy they are compared at, on isic.",
        ),
    ],
)
def test_the_headline_answers_the_question(result, headline) -> None:
    answer = answered(found(("margin", result)))
    assert answer.headline == headline
    assert answer.answer == result.safer
    assert answer.note is None


def test_the_verdict_is_the_sentence_of_its_run_and_names_the_cases() -> None:
    comparison = found(("margin", equal("yes")))
    assert answered(comparison).sentence == (
        f"{sentence(comparison.others[0], comparison)} "
        "1,512 test cases of 1,200 patients, slides or lesions, 394 of them dangerous; mean of 3 seeds."
    )


def test_one_seed_is_said_to_prove_little() -> None:
    assert answered(found(("margin", equal("yes")), seeds=1)).sentence.endswith("one seed, which proves little.")


def test_the_best_supported_loss_leads_and_each_is_listed() -> None:
    comparison = found(
        ("focal", equal("yes", p=0.0001)),
        ("margin", equal("no")),
        ("barrier", equal("undecided", p=0.3)),
    )
    answer = answered(comparison)
    assert (answer.answer, answer.run) == ("undecided", "barrier")  # focal knows nothing of the matrix
    assert [run.id for run in answer.asked] == ["barrier", "margin"]
    twice = found(("margin", equal("yes", p=0.04)), ("barrier", equal("yes", p=0.01)))
    assert answered(twice).run == "barrier"


def test_without_a_severity_loss_what_is_compared_is_said() -> None:
    answer = answered(found(("focal", equal("no", cer=(0.01, 0.0, 0.02)))))
    assert answer.headline.startswith(
        "No: on isic, training with focal does not beat turning caution on plain cross-entropy"
    )
    assert answer.note == (
        "No run compared here was trained with the severity matrix, so focal is compared with ce instead."
    )
    neither = answered(found(("focal", equal("no")), baseline="margin"))
    assert neither.note == (
        "No other run compared here was trained with the severity matrix and the baseline is not plain cross-entropy, "
        "so focal is compared with margin instead."
    )


def test_without_plain_cross_entropy_what_is_compared_is_said() -> None:
    answer = answered(found(("margin", equal("yes")), baseline="focal"))
    assert "beats turning caution on focal at" in answer.headline
    assert answer.note == "The baseline is not plain cross-entropy, so margin is compared with focal instead."


def test_it_reads_a_real_comparison() -> None:
    base, better = run("base", 1.0, seeds=(0, 1), noise=1), run("better", 3.0, seeds=(0, 1), noise=2)
    comparison = compare([better], base, MATRIX, labels={"base": "ce", "better": "margin s=6"}, resamples=100)
    answer = verdict(comparison, severity={"better"}, plain={"base"}, data="simulated")
    assert comparison.others[0].equal_accuracy is not None
    assert answer.answer == comparison.others[0].equal_accuracy.safer == "yes"
    assert answer.headline.startswith("Yes: on simulated, training with the severity matrix (margin s=6)")
    assert "400 test cases," in answer.sentence


@pytest.mark.parametrize(
    ("difference", "text"),
    [
        ((0.004, -0.001, 0.0121), "4 more dangerous mistakes per 1,000 cases (95 % interval 1 fewer to 12.1 more)"),
        ((-0.00001, -0.002, 0.001), "as many dangerous mistakes per 1,000 cases (95 % interval 2 fewer to 1 more)"),
        ((-0.004, -0.01, 0.0), "4 fewer dangerous mistakes per 1,000 cases (95 % interval 10 fewer to no more)"),
        ((0.001, 0.0, 0.01), "1 more dangerous mistake per 1,000 cases (95 % interval no fewer to 10 more)"),
    ],
)
def test_a_difference_in_words(difference, text) -> None:
    assert more_or_fewer(rate(*difference)) == text


def test_a_rate_per_thousand_with_its_interval() -> None:
    assert per_thousand(Rate(0.0048, 0.001, 0.0094, 5, 1000, 1000, "")) == "4.8 (1.0–9.4)"
    assert per_thousand(Rate(0.2, 0.1, 0.3, 5, 25, 25, "")) == "200 (100–300)"
    assert per_thousand(Rate(0.0, 0.0, 0.0119, 0, 250, 250, "")) == "0 (at most 12)"
    assert per_thousand(Rate(float("nan"), float("nan"), float("nan"), 0, 0, 0, "")) == "–"
