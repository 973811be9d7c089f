"""The answer in words: what it says of each run, which run leads, and what it must not say."""

import math
from dataclasses import replace

import pytest

from riskcore.comparing.chosen import NOT_REACHED, ChosenDials
from riskcore.comparing.comparison import ComparedRun, Comparison, compare
from riskcore.comparing.equal_accuracy import EqualAccuracy
from riskcore.comparing.rate_differences import RATES
from riskcore.decision.operating import Wish
from riskcore.metrics import Rate
from riskcore.words.answer import (
    alarms_line,
    could_show,
    document,
    lower_or_higher,
    more_or_fewer,
    per_thousand,
    sentence,
    short_answer,
    spoken_of,
    verdict,
)
from tests.helpers.simulated import MATRIX, run

GAPS = {
    "yes": (-0.0124, -0.0204, -0.0033),
    "no": (0.01, 0.002, 0.02),
    "cannot tell": (-0.001, -0.02, 0.02),
    "unreachable": (-0.005, -0.02, 0.01),
}
ANSWERS = {
    "yes": "Safer at the same accuracy.",
    "no": "Not safer at the same accuracy: it makes more dangerous mistakes.",
    "cannot tell": (
        "Cannot tell: a true difference of 14.0 per 1,000 would have been shown four times in five, "
        "a smaller one less often."
    ),
}


def rate(value: float, low: float, high: float, n: int = 1512) -> Rate:
    return Rate(value, low, high, None, n, n, "made up")


def equal(
    safer: str, gap: tuple[float, float, float] | None = None, *, shown: float = 0.014, calibrated: bool = True
) -> EqualAccuracy:
    """A made-up first answer; the baseline makes 50 critical errors in 1,000 cases."""
    own = rate(*(gap or GAPS[safer]))
    return EqualAccuracy(
        safer=safer,
        window=(0.744, 0.764),
        top=0.7 if safer == "unreachable" else 0.8,
        gap=own,
        over_call_gap=rate(0.01, -0.01, 0.03),
        balanced_accuracy_gap=rate(0.0, -0.01, 0.01),
        cer=0.05 + own.value,
        baseline_cer=0.05,
        could_show=shown,
        calibrated=calibrated,
    )


def dials(
    missed=(-19, -31, -5), accuracy=(-0.0042, -0.0101, 0.0018), *, critical: int = 394, reached: bool = True, absent=()
) -> ChosenDials:
    """A made-up second answer; `missed`: whole cases."""
    shares = (cases / critical if critical else math.nan for cases in missed)
    return ChosenDials(
        floor=0.774,
        reachable=reached,
        why=None if reached else NOT_REACHED,
        rates=dict.fromkeys(RATES, rate(0.1, 0.0, 0.2)),
        baseline_rates=dict.fromkeys(RATES, rate(0.1, 0.0, 0.2)),
        difference={
            **dict.fromkeys(RATES, rate(0.0, -0.1, 0.1)),
            "critical_miss_rate": rate(*shares, n=critical),
            "accuracy": rate(*accuracy),
        },
        dials=(),
        baseline_dials=(),
        absent=absent,
    )


def found(
    *others: tuple[str, EqualAccuracy], baseline: str = "ce", seeds: int = 3, chosen: ChosenDials | None = None
) -> Comparison:
    def row(id: str, result: EqualAccuracy | None = None) -> ComparedRun:
        return ComparedRun(
            id, id, tuple(range(seeds)), {}, {}, True, (), result, None if result is None else chosen or dials()
        )

    runs = tuple(row(id, result) for id, result in others)
    return Comparison(row(baseline), runs, MATRIX, Wish(), 1512, 1200, 394, 0.6)


def said(result: EqualAccuracy, chosen: ChosenDials | None = None) -> tuple[str, str]:
    """What a run's sentence says of equal accuracy, and of chosen dials."""
    comparison = found(("margin", result), chosen=chosen)
    whole = sentence(comparison.others[0], comparison)
    place = whole.rindex("With dials chosen") if "With dials chosen" in whole else whole.rindex("margin: ")
    return whole[:place].rstrip(), whole[place:]


def answered(comparison: Comparison, severity=("margin", "barrier"), plain=("ce",)):
    return verdict(comparison, severity=severity, plain=plain)


def test_both_answers_in_one_line() -> None:
    comparison = found(("margin", equal("yes")))
    assert sentence(comparison.others[0], comparison) == (
        "At the same accuracy on test (74.4 to 76.4 %), margin makes 12.4 fewer dangerous mistakes per 1,000 cases "
        "(95 % interval 20.4 fewer to 3.3 fewer); ce makes 50.0. Safer at the same accuracy. "
        "With dials chosen on validation for at least 77.4 % accuracy, margin misses 19 fewer of 394 dangerous cases "
        "(31 fewer to 5 fewer); its accuracy is 0.4 points lower (1.0 lower to 0.2 higher)."
    )


@pytest.mark.parametrize("safer", ANSWERS)
def test_the_first_answer_ends_with_what_it_is(safer: str) -> None:
    assert said(equal(safer))[0].endswith(f"; ce makes 50.0. {ANSWERS[safer]}")
    others = [text for other, text in ANSWERS.items() if other != safer]
    assert not any(text in said(equal(safer))[0] for text in others)


def test_what_could_have_been_shown_is_a_number_or_nothing_at_all() -> None:
    assert could_show(equal("cannot tell", shown=0.05)).startswith("a true difference of 50.0 per 1,000 would")
    nothing = "with so few cases no improvement, however large, could have been shown"
    assert could_show(equal("cannot tell", shown=0.0501)) == nothing
    assert said(equal("cannot tell", shown=0.2))[0].endswith(f" Cannot tell: {nothing}.")


def test_unreachable_shows_the_gap_with_its_accuracy_and_answers_nothing() -> None:
    assert said(equal("unreachable"))[0] == (
        "margin and ce are compared at 74.4 to 76.4 % accuracy on test, but one of them reaches no more than 70.0 %. "
        "There margin makes 5 fewer dangerous mistakes per 1,000 cases (95 % interval 20 fewer to 10 more). "
        "Unreachable: that answers nothing."
    )


@pytest.mark.parametrize("safer", GAPS)
def test_what_is_not_calibrated_is_called_so(safer: str) -> None:
    assert ", not calibrated" in said(equal(safer, calibrated=False))[0]
    assert "calibrated" not in said(equal(safer))[0]


@pytest.mark.parametrize(
    ("missed", "text"),
    [
        ((-7, -15, 3), "misses 7 fewer of 394 dangerous cases (15 fewer to 3 more);"),
        ((-7, -15, 0), "misses 7 fewer of 394 dangerous cases (15 fewer to no more);"),
        ((0, 0, 0), "misses as many of 394 dangerous cases (no fewer to no more);"),
        ((0.1, -0.2, 0.2), "misses as many of 394 dangerous cases (no fewer to no more);"),
        ((1, -2, 9), "misses 1 more of 394 dangerous cases (2 fewer to 9 more);"),
        ((4, 1, 9), "misses 4 more of 394 dangerous cases (1 more to 9 more);"),
    ],
)
def test_signs_and_the_order_of_the_interval(missed, text) -> None:
    assert text in said(equal("cannot tell"), dials(missed))[1]


def test_thousands_are_grouped() -> None:
    many = dials((-1200, -1300, -1100), critical=4000)
    assert "misses 1,200 fewer of 4,000 dangerous cases (1,300 fewer to 1,100 fewer);" in said(equal("yes"), many)[1]


def test_dials_that_do_not_reach_the_accuracy_are_said_after_what_they_bring() -> None:
    reached, short = said(equal("yes"))[1], said(equal("yes"), dials(reached=False))[1]
    assert short == f"{reached} {NOT_REACHED}"


def test_a_class_that_was_not_there_to_choose_on_is_named() -> None:
    text = said(equal("yes"), dials(absent=("lobular carcinoma",)))[1]
    assert "for at least 77.4 % accuracy (chosen without a case of lobular carcinoma), margin misses" in text


def test_without_anything_to_choose_on_only_the_reason_stands_beside_the_first_answer() -> None:
    why = "margin: There are no validation cases, so nothing is calibrated and no dial can be chosen."
    better, nothing = said(equal("yes", calibrated=False), ChosenDials.none(why))
    assert better.endswith(ANSWERS["yes"])
    assert nothing == why


def test_without_a_case_of_a_critical_class_none_is_missed() -> None:
    assert said(equal("cannot tell"), dials(critical=0))[1] == (
        "With dials chosen on validation for at least 77.4 % accuracy: there is no case of a critical class to miss."
    )


def test_without_a_dangerous_case_the_first_answer_says_so() -> None:
    nothing = rate(float("nan"), float("nan"), float("nan"))
    assert said(replace(equal("cannot tell"), gap=nothing))[0] == (
        "There is no dangerous case in test, so margin and ce cannot be compared."
    )


def test_intervals_speak_of_recipes_only_where_every_side_has_five_seeds() -> None:
    few, many = (found(("margin", equal("yes")), seeds=seeds) for seeds in (4, 5))
    assert spoken_of(many) == "Intervals speak of the recipes: patients and training seeds are resampled."
    assert spoken_of(few) == (
        "Intervals speak of these trainings: patients are resampled, training seeds only where there are 5 or more."
    )
    mixed = Comparison(few.reference, many.others, MATRIX, Wish(), 9, 9, 9, 0.6)
    assert spoken_of(mixed) == spoken_of(few)


def test_intervals_of_several_runs_are_said_to_hold_together() -> None:
    three = found(*((name, equal("no")) for name in ("margin", "focal", "barrier")))
    assert spoken_of(three).startswith("Intervals speak of these trainings and hold for the 3 comparisons together: ")


def test_the_json_has_a_sentence_for_each_run_but_the_baseline() -> None:
    comparison = found(("margin", equal("yes")), ("focal", equal("no")))
    first, *others = document(comparison)["runs"]
    assert first["sentence"] is None
    assert [row["sentence"] for row in others] == [sentence(run, comparison) for run in comparison.others]


@pytest.mark.parametrize(
    ("safer", "line"),
    [
        (
            "yes",
            "Yes, safer at equal accuracy: margin, 3 to 20 fewer dangerous mistakes per 1,000 test cases than ce.",
        ),
        (
            "no",
            "No, not safer at equal accuracy: margin, 2 to 20 more dangerous mistakes per 1,000 test cases than ce.",
        ),
        (
            "cannot tell",
            "Cannot tell which is safer at equal accuracy: margin, 20 fewer to 20 more dangerous mistakes per 1,000 "
            "test cases than ce.",
        ),
        ("unreachable", "Unreachable: margin and ce have no accuracy in common to be compared at."),
    ],
)
def test_the_line_answers_the_question_with_its_interval(safer: str, line: str) -> None:
    answer = answered(found(("margin", equal(safer))))
    assert answer.line == line
    assert answer.answer == safer
    assert answer.note is None
    short = short_answer(found(("margin", equal(safer))).others[0])
    assert short.startswith(safer)
    assert safer == "unreachable" or short.removeprefix(f"{safer}: ") in line


def test_without_a_dangerous_case_nothing_can_be_told() -> None:
    nothing = equal("cannot tell", (math.nan, math.nan, math.nan))
    comparison = found(("margin", nothing))
    assert answered(comparison).line == "Cannot tell: no test case is dangerous."
    assert short_answer(comparison.others[0]) == "cannot tell"


def test_false_alarms_are_told_per_1000_cases_or_cannot_be() -> None:
    result = equal("yes")
    harmless = 1 - 394 / 1512
    run = found(("margin", result)).others[0]
    assert answered(found(("margin", result))).alarms == "False alarms: cannot tell, 7 fewer to 22 more per 1,000."
    more = replace(run, equal_accuracy=replace(result, over_call_gap=rate(0.03, 0.02, 0.04)))
    assert alarms_line(more, harmless) == "False alarms: 15 to 30 more per 1,000."
    none = replace(run, equal_accuracy=replace(result, over_call_gap=rate(math.nan, math.nan, math.nan)))
    assert alarms_line(none, 0.0) == "False alarms: nothing to compare."


def test_the_verdict_is_the_sentence_of_its_run_and_names_the_cases() -> None:
    comparison = found(("margin", equal("yes")))
    answer, whole = answered(comparison), sentence(comparison.others[0], comparison)
    better, dials = whole.split(" With dials chosen")
    assert answer.sentence == (
        f"{better} 1,512 test cases of 1,200 patients, slides or lesions, 394 of them dangerous; mean of 3 seeds."
    )
    assert answer.beside == f"With dials chosen{dials} {spoken_of(comparison)}"


def test_one_seed_is_said_to_prove_little() -> None:
    assert (
        "394 of them dangerous; one seed, which proves little."
        in answered(found(("margin", equal("yes")), seeds=1)).sentence
    )


def test_the_best_supported_loss_leads_and_each_is_listed() -> None:
    comparison = found(
        ("focal", equal("yes")),
        ("far", equal("unreachable")),
        ("margin", equal("no")),
        ("barrier", equal("cannot tell")),
    )
    answer = answered(comparison, severity=("margin", "barrier", "far"))
    assert (answer.answer, answer.run) == ("cannot tell", "barrier")  # focal knows nothing of the matrix
    assert [run.id for run in answer.asked] == ["barrier", "margin", "far"]


def test_of_equal_answers_the_lowest_upper_end_leads() -> None:
    near, sure = equal("yes", (-0.03, -0.05, -0.001)), equal("yes", (-0.02, -0.03, -0.01))
    assert [run.id for run in answered(found(("margin", near), ("barrier", sure))).asked] == ["barrier", "margin"]


def test_without_a_severity_loss_what_is_compared_is_said() -> None:
    answer = answered(found(("focal", equal("no"))))
    assert answer.line.startswith("No, not safer at equal accuracy: focal, ")
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
    assert answer.line.endswith(" than focal.")
    assert answer.note == "The baseline is not plain cross-entropy, so margin is compared with focal instead."


def test_it_reads_a_real_comparison() -> None:
    base, better = run("base", 1.0, seeds=(0, 1), noise=1), run("better", 3.0, seeds=(0, 1), noise=2)
    comparison = compare([better], base, MATRIX, labels={"base": "ce", "better": "margin s=6"}, resamples=100)
    answer = verdict(comparison, severity={"better"}, plain={"base"})
    assert comparison.others[0].equal_accuracy is not None
    assert answer.answer == comparison.others[0].equal_accuracy.safer == "yes"
    assert answer.line.startswith("Yes, safer at equal accuracy: margin s=6, ")
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


@pytest.mark.parametrize(
    ("difference", "text"),
    [
        ((0.0213, 0.001, 0.04), "2.1 points higher (0.1 higher to 4.0 higher)"),
        ((-0.01, -0.02, 0.0), "1.0 points lower (2.0 lower to no higher)"),
        ((0.0004, -0.0004, 0.01), "as high (no lower to 1.0 higher)"),
    ],
)
def test_a_difference_of_accuracies_in_words(difference, text) -> None:
    assert lower_or_higher(rate(*difference)) == text


def test_a_rate_per_thousand_with_its_interval() -> None:
    assert per_thousand(Rate(0.0048, 0.001, 0.0094, 5, 1000, 1000, "")) == "4.8 (1.0–9.4)"
    assert per_thousand(Rate(0.2, 0.1, 0.3, 5, 25, 25, "")) == "200 (100–300)"
    assert per_thousand(Rate(0.0, 0.0, 0.0119, 0, 250, 250, "")) == "0 (at most 12)"
    assert per_thousand(Rate(float("nan"), float("nan"), float("nan"), 0, 0, 0, "")) == "–"
