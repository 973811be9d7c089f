"""Each scale against the probabilities that it was written from; the tolerance against what rounding can do."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax

from riskcore.errors import InputError
from riskcore.judging.scale import logits_of

SHARES = np.array([[0.7, 0.2, 0.1], [0.05, 0.05, 0.9], [0.34, 0.33, 0.33]])


def cells(numbers: np.ndarray, digits: int = 6) -> pd.DataFrame:
    return pd.DataFrame(
        [[f"{value:.{digits}f}" for value in row] for row in numbers], columns=list("abcde")[: numbers.shape[1]]
    )


@pytest.mark.parametrize(
    ("written", "scale"),
    [(SHARES, "probability"), (100 * SHARES, "percent"), (np.log(SHARES) + 3, "logit"), (np.log(SHARES), "logit")],
)
def test_each_scale_gives_the_same_probabilities(written: np.ndarray, scale: str) -> None:
    logits = logits_of(cells(written), scale, "file")
    np.testing.assert_allclose(softmax(logits, axis=1), SHARES, atol=1e-5)


@given(
    st.lists(st.floats(0.001, 1), min_size=3, max_size=3),
    st.integers(2, 5),
    st.sampled_from([("probability", 1), ("percent", 100)]),
)
@settings(max_examples=60, deadline=None)
def test_what_was_only_rounded_is_read(weights: list[float], digits: int, kind: tuple[str, int]) -> None:
    scale, whole = kind
    shares = np.array(weights) / sum(weights)
    decimals = digits if whole == 1 else digits - 2
    read = np.exp(logits_of(cells(whole * shares[None], decimals), scale, "file"))[0]
    np.testing.assert_allclose(read, shares, atol=0.51 * 10.0**-digits + 1e-9)


@pytest.mark.parametrize("sums_to", [0.98, 1.02])
def test_what_rounding_cannot_explain_is_refused(sums_to: float) -> None:
    with pytest.raises(InputError, match=rf"line 3: the probabilities sum to {sums_to}.*1 such row"):
        logits_of(cells(SHARES * np.array([[1], [sums_to], [1]])), "probability", "file")


def test_the_logarithm_of_0_is_that_of_the_least_probability() -> None:
    written = pd.DataFrame([["0", "-inf", "-Inf"], ["-inf", "-0.6931472", "-0.6931472"]], columns=list("abc"))
    shares = softmax(logits_of(written, "logit", "file"), axis=1)
    np.testing.assert_allclose(shares, [[1, 0, 0], [0, 0.5, 0.5]], atol=1e-9)
    with pytest.raises(InputError, match=r"these look like logits.*--logits"):
        logits_of(written, "probability", "file")


@pytest.mark.parametrize("whole", [5, 10, 255])
def test_scores_of_another_whole_are_not_taken_for_logits(whole: int) -> None:
    with pytest.raises(InputError, match=f"the rows sum to {whole}, not to 1; divide the values by {whole}"):
        logits_of(cells(whole * SHARES), "probability", "file")


@pytest.mark.parametrize(
    ("written", "scale", "words"),
    [
        (SHARES, "percent", "these are probabilities; leave --percent out"),
        (SHARES, "logit", "these are probabilities; leave --logits out"),
        (100 * SHARES, "probability", "the rows sum to 100: these look like percentages; pass --percent"),
        (100 * SHARES, "logit", "the rows sum to 100: these look like percentages; pass --percent"),
        (np.log(SHARES) + 3, "probability", "these look like logits, not probabilities; pass --logits"),
        (np.log(SHARES), "percent", "these look like logits, not percentages; pass --logits"),
    ],
)
def test_numbers_of_another_scale_are_told_and_not_guessed(written: np.ndarray, scale: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        logits_of(cells(written), scale, "file")


@pytest.mark.parametrize("scale", ["logit", "probability", "percent"])
def test_zeros_sum_to_nothing_and_are_logits_alone(scale: str) -> None:
    written = cells(np.zeros((3, 3)))
    if scale == "logit":
        np.testing.assert_array_equal(logits_of(written, scale, "file"), np.zeros((3, 3)))
    else:
        with pytest.raises(InputError, match="sum to 0, not to 1"):
            logits_of(written, scale, "file")


def test_five_classes_of_two_decimals_may_miss_one_by_two_and_a_half_hundredths() -> None:
    row = np.full((4, 5), 0.2)
    row[0, 0] = 0.22
    assert logits_of(cells(row, digits=2), "probability", "file").shape == (4, 5)
    row[0, 0] = 0.23
    with pytest.raises(InputError, match=r"sum to 1\.03, not to 1"):
        logits_of(cells(row, digits=2), "probability", "file")


def test_the_cell_that_is_no_number_is_named_by_line_and_column() -> None:
    written = cells(SHARES)
    written.iat[1, 2] = "much"
    written.iat[2, 0] = "none"
    with pytest.raises(InputError, match=r"line 3: column 'c': 'much' is no probability"):
        logits_of(written, "probability", "file")
