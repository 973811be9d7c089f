"""Words for classes without a case; what is simple is an example of its function."""

import math

from riskcore.words.missing_cases import caution_note, cer_words, chosen_without


def test_several_classes_are_named() -> None:
    assert chosen_without(("ductal", "lobular")) == "chosen without a case of ductal, lobular"
    assert caution_note((), "Why.") == "The caution is 0, the likeliest class: Why."


def test_a_cer_of_zero_is_shown_only_where_a_dangerous_case_was_tested() -> None:
    assert cer_words(0.0, "test") == "CER 0.0 %"
    assert cer_words(math.nan, "validation") == cer_words(None, "validation") == "no dangerous case in validation"
