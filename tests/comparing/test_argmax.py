"""Argmax side by side, against plain counting."""

import numpy as np
import pytest

from riskcore.comparing.argmax import ArgmaxDifference, argmax_differences
from riskcore.decision.judged_run import JudgedRun
from riskcore.metrics import holm, sign_flip_test
from tests.helpers.simulated import MATRIX, run

SMALL = {"n": 90, "groups": 30, "seeds": (0, 1)}
BASE, BETTER, SAME = run("base", 1.0, noise=1, **SMALL), run("better", 2.5, noise=2, **SMALL), run("same", 1.0, **SMALL)


def critical(side):
    """sample -> critical errors over both seeds."""
    found: dict[str, int] = {}
    for member in side.members:
        said = member.test.logits.argmax(axis=1)
        for sample, wrong in zip(member.test.samples, MATRIX.values[member.test.truth, said] >= 9, strict=True):
            found[sample] = found.get(sample, 0) + int(wrong)
    return found


def test_counts_are_means_over_seeds_and_tests_flip_whole_groups() -> None:
    found = argmax_differences([JudgedRun(BETTER, MATRIX), JudgedRun(SAME, MATRIX)], JudgedRun(BASE, MATRIX))
    reference = critical(BASE)
    owner = dict(zip(BASE.members[0].test.samples, BASE.members[0].test.groups, strict=True))
    names = sorted(reference)
    p_values = []
    for difference, side in zip(found, (BETTER, SAME), strict=True):
        ours = critical(side)
        assert difference.errors == sum(ours.values()) / 2
        assert difference.baseline_errors == sum(reference.values()) / 2
        assert difference.n == 90
        assert difference.test == "sign-flip"
        p_values.append(
            sign_flip_test([ours[n] for n in names], [reference[n] for n in names], [owner[n] for n in names])
        )
    np.testing.assert_allclose([difference.p_value for difference in found], holm(p_values))
    assert max(p_values) < 1
    assert found[0].accuracy == np.mean([m.test.logits.argmax(axis=1) == m.test.truth for m in BETTER.members])


def test_the_order_of_seeds_and_classes_does_not_matter() -> None:
    turned = MATRIX.reordered(["b", "c", "a"])
    backwards = type(BETTER)("better", BETTER.classes, BETTER.members[::-1])
    assert argmax_differences([JudgedRun(backwards, turned)], JudgedRun(BASE, turned)) == argmax_differences(
        [JudgedRun(BETTER, MATRIX)], JudgedRun(BASE, MATRIX)
    )


@pytest.mark.parametrize(
    ("errors", "baseline_errors", "p_value", "text"),
    [
        (12.0, 31.0, 0.0004, "19 fewer dangerous mistakes in 394 cases (12 against 31; p < 0.001, McNemar test)"),
        (31.5, 12.0, 0.0312, "20 more dangerous mistakes in 394 cases (31.5 against 12; p = 0.031, McNemar test)"),
        (12.0, 12.0, 1.0, "no fewer dangerous mistakes in 394 cases (12 against 12; p = 1, McNemar test)"),
    ],
)
def test_the_sentence_names_both_accuracies_and_calls_nothing_safer(errors, baseline_errors, p_value, text) -> None:
    said = ArgmaxDifference("a", "b", 394, errors, baseline_errors, 0.701, 0.745, p_value, "McNemar").sentence(
        {"a": "margin s=6", "b": "ce"}
    )
    assert said == f"margin s=6 against ce: {text}, but accuracy is 70.1 % against 74.5 %."
    assert "safe" not in said
