"""What a reader must know first, sentence by sentence."""

from dataclasses import replace

import numpy as np
import pytest

from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.notes import FIXED_ONLY, reader_note, untested, untested_words
from riskcore.predictions import Cases, Member, RunPredictions
from riskcore.severity import SeverityMatrix

MATRIX = SeverityMatrix(
    ["naevus", "scar", "melanoma", "carcinoma"],
    [[0, 1, 2, 2], [1, 0, 2, 2], [10, 10, 0, 1], [10, 9, 1, 0]],
    critical=9,
)


def part(*truth: int) -> Cases:
    names = np.array([f"case{n}" for n in range(len(truth))], dtype=str)
    return Cases(np.zeros((len(truth), 4)), np.array(truth, np.int64), names, names)


def judged(*members: tuple[tuple[int, ...], tuple[int, ...]]) -> JudgedRun:
    made = [Member(part(*validation), part(*test), seed) for seed, (validation, test) in enumerate(members)]
    return JudgedRun(RunPredictions("run", MATRIX.classes, made), MATRIX)


EVERY = (0, 1, 2, 3)


def test_nothing_is_said_where_all_is_well() -> None:
    assert reader_note(judged((EVERY, EVERY)), "test", wished=True) is None
    assert reader_note(judged((EVERY, EVERY)), "test", wished=False) is None


def test_why_no_dial_was_chosen_and_which_rates_are_left() -> None:
    wished, fixed = (reader_note(judged(((0, 1), EVERY)), "test", wished=wished) for wished in (True, False))
    assert FIXED_ONLY in wished
    assert FIXED_ONLY not in fixed
    assert wished.replace(f" {FIXED_ONLY}", "") == fixed


def test_whose_probability_is_not_calibrated() -> None:
    one = reader_note(judged(((0, 2, 3), EVERY)), "test", wished=True)
    assert one == "Validation holds no case of scar: its probability is not calibrated."
    two = reader_note(judged((EVERY, EVERY), ((2, 3), EVERY)), "test", wished=True)
    assert two == (
        "Validation of at least one seed or fold holds no case of naevus, scar: their probabilities are not calibrated."
    )


@pytest.mark.parametrize(("split", "named"), [("test", "test"), ("all", "the data"), ("validation", "validation")])
def test_what_was_not_tested_is_said_of_the_part_by_its_name(split, named) -> None:
    note = reader_note(judged((EVERY, (0, 2, 3))), split, wished=True)
    assert note == f"No case of scar is in {named}: it is not tested."


def test_a_class_is_tested_where_any_member_holds_it() -> None:
    assert untested(judged((EVERY, (0, 1)), (EVERY, (0, 3)))) == ("melanoma",)
    assert untested(judged((EVERY, EVERY))) == ()
    assert untested(judged((EVERY, (2,)))) == ("naevus", "scar", "carcinoma")


def test_classes_without_a_case_in_words() -> None:
    assert untested_words([], MATRIX, "test") == []
    assert untested_words(["melanoma"], MATRIX, "test") == ["No case of melanoma is in test: it is not tested."]
    assert untested_words(["naevus", "melanoma"], MATRIX, "test") == [
        "No case of naevus, melanoma is in test: they are not tested."
    ]
    none = "There is no dangerous case in test (none of melanoma, carcinoma): no critical error is possible there."
    assert untested_words(["melanoma", "carcinoma"], MATRIX, "test") == [none]
    assert untested_words(["scar", "melanoma", "carcinoma"], MATRIX, "test") == [
        none,
        "No case of scar is in test: it is not tested.",
    ]


def test_without_a_critical_class_nothing_is_said_of_critical_errors() -> None:
    harmless = replace(MATRIX, critical=99)
    assert untested_words(["scar"], harmless, "test") == ["No case of scar is in test: it is not tested."]
    assert untested_words([], harmless, "test") == []
