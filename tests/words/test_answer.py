"""The answer in words: which run leads, what it says, and what it must not say."""

from typing import Any

import pytest

from riskcore.judging.comparison import compare
from riskcore.metrics import Rate
from riskcore.words.answer import more_or_fewer, per_thousand, verdict
from tests.helpers.simulated import MATRIX, run


def equal(
    safer: str, *, cer=(-0.0124, -0.0204, -0.0033), accuracy=(0.0, -0.004, 0.004), p: float = 0.01
) -> dict[str, Any]:
    def rate(value: float, low: float, high: float) -> dict[str, Any]:
        return {"value": value, "low": low, "high": high, "n": 1512}

    return {
        "safer": safer,
        "p_value": p,
        "floor": 0.774,
        "accuracy": rate(0.776, 0.7, 0.8),
        "baseline_accuracy": rate(0.7751, 0.7, 0.8),
        "difference": {"cer": rate(*cer), "accuracy": rate(*accuracy)},
    }


def found(*others: tuple[str, dict[str, Any]], baseline: str = "ce", seeds: int = 3) -> dict[str, Any]:
    rows = [{"id": baseline, "loss": baseline, "seeds": list(range(seeds)), "equal_accuracy": None, "sentence": None}]
    rows += [
        {"id": id, "loss": id, "seeds": list(range(seeds)), "equal_accuracy": result, "sentence": f"About {id}."}
        for id, result in others
    ]
    return {"n": 1512, "groups": 1200, "critical_cases": 394, "runs": rows}


def said(comparison: dict[str, Any], severity=("margin", "barrier"), plain=("ce",)):
    return verdict(comparison, severity=severity, plain=plain, data="isic")


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
    answer = said(found(("margin", result)))
    assert answer.headline == headline
    assert answer.answer == result["safer"]
    assert answer.note is None
    assert answer.each == {}


def test_the_sentence_gives_the_interval_both_accuracies_and_the_cases() -> None:
    assert said(found(("margin", equal("yes")))).sentence == (
        "12.4 fewer dangerous mistakes per 1,000 cases than ce (95 % interval 20.4 fewer to 3.3 fewer) at equal "
        "accuracy (both held to at least 77.4 % on validation; on test margin 77.6 %, ce 77.5 %). "
        "1,512 test cases of 1,200 patients, slides or lesions, 394 of them dangerous; mean of 3 seeds."
    )


def test_one_seed_is_said_to_prove_little() -> None:
    assert said(found(("margin", equal("yes")), seeds=1)).sentence.endswith("one seed, which proves little.")


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (
            equal("no", accuracy=(-0.012, -0.02, -0.006)),
            "; but its accuracy is 1.2 points lower (95 % interval 0.6 to 2.0).",
        ),
        (equal("undecided", accuracy=(-0.002, -0.02, 0.01)), "; but its accuracy may be more than 0.5 points lower."),
        (equal("undecided", p=0.08), "; but that may be chance among 2 comparisons (Holm)."),
    ],
)
def test_what_besides_the_difference_made_the_answer(result, reason) -> None:
    assert reason in said(found(("margin", result), ("focal", equal("no")))).sentence


def test_what_is_unreachable_names_the_accuracy() -> None:
    assert said(found(("margin", equal("unreachable")))).sentence == (
        "The accuracy asked for on validation was 77.4 %; ask for less below."
    )


def test_the_best_supported_loss_leads_and_each_is_listed() -> None:
    comparison = found(
        ("focal", equal("yes", p=0.0001)),
        ("margin", equal("no")),
        ("barrier", equal("undecided", p=0.3)),
    )
    answer = said(comparison)
    assert (answer.answer, answer.run) == ("undecided", "barrier")  # focal knows nothing of the matrix
    assert answer.each == {"barrier": "About barrier.", "margin": "About margin."}
    twice = found(("margin", equal("yes", p=0.04)), ("barrier", equal("yes", p=0.01)))
    assert said(twice).run == "barrier"


def test_without_a_severity_loss_what_is_compared_is_said() -> None:
    answer = said(found(("focal", equal("no", cer=(0.01, 0.0, 0.02)))))
    assert answer.headline.startswith(
        "No: on isic, training with focal does not beat turning caution on plain cross-entropy"
    )
    assert answer.note == (
        "No run compared here was trained with the severity matrix, so focal is compared with ce instead."
    )
    neither = said(found(("focal", equal("no")), baseline="margin"))
    assert neither.note == (
        "No other run compared here was trained with the severity matrix and the baseline is not plain cross-entropy, "
        "so focal is compared with margin instead."
    )


def test_without_plain_cross_entropy_what_is_compared_is_said() -> None:
    answer = said(found(("margin", equal("yes")), baseline="focal"))
    assert "beats turning caution on focal at" in answer.headline
    assert answer.note == "The baseline is not plain cross-entropy, so margin is compared with focal instead."


def test_it_reads_a_real_comparison() -> None:
    base, better = run("base", 1.0, seeds=(0, 1), noise=1), run("better", 3.0, seeds=(0, 1), noise=2)
    comparison = compare([better], base, MATRIX, labels={"base": "ce", "better": "margin s=6"}, resamples=100)
    answer = verdict(comparison, severity={"better"}, plain={"base"}, data="simulated")
    assert answer.answer == comparison["runs"][1]["equal_accuracy"]["safer"] == "yes"
    assert answer.headline.startswith("Yes: on simulated, training with the severity matrix (margin s=6)")
    assert "400 test cases," in answer.sentence


@pytest.mark.parametrize(
    ("difference", "text"),
    [
        (
            (0.004, -0.001, 0.0121),
            "4 more dangerous mistakes per 1,000 cases than ce (95 % interval 1 fewer to 12.1 more)",
        ),
        (
            (-0.00001, -0.002, 0.001),
            "As many dangerous mistakes per 1,000 cases as ce (95 % interval 2 fewer to 1 more)",
        ),
        (
            (-0.004, -0.01, 0.0),
            "4 fewer dangerous mistakes per 1,000 cases than ce (95 % interval 10 fewer to no more)",
        ),
        ((0.001, 0.0, 0.01), "1 more dangerous mistake per 1,000 cases than ce (95 % interval no fewer to 10 more)"),
    ],
)
def test_a_difference_in_words(difference, text) -> None:
    assert more_or_fewer(dict(zip(("value", "low", "high"), difference, strict=True)), "ce") == text


def test_a_rate_per_thousand_with_its_interval() -> None:
    assert per_thousand(Rate(0.0048, 0.001, 0.0094, 5, 1000, 1000, "")) == "4.8 (1.0–9.4)"
    assert per_thousand(Rate(0.2, 0.1, 0.3, 5, 25, 25, "")) == "200 (100–300)"
    assert per_thousand(Rate(0.0, 0.0, 0.0119, 0, 250, 250, "")) == "0 (at most 12)"
    assert per_thousand(Rate(float("nan"), float("nan"), float("nan"), 0, 0, 0, "")) == "–"
