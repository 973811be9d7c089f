"""What is remarked about valid matrices, and that the presets give no cause."""

import pytest

from riskcore.severity import PRESETS, SeverityMatrix
from riskcore.severity.advice import advice
from riskcore.severity.history import edited

PAIR = {"naevus": "benign", "melanoma": "malignant"}


def of_pair(over_call: float, miss: float, critical: float) -> SeverityMatrix:
    return SeverityMatrix(["naevus", "melanoma"], [[0, over_call], [miss, 0]], critical, PAIR)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_give_no_cause(name: str) -> None:
    assert advice(SeverityMatrix.preset(name)) == []


def test_no_dangerous_mistake() -> None:
    assert advice(of_pair(3, 8, 10)) == [
        "No mistake is dangerous: the largest severity is 8 and the threshold 10. Lower the threshold or raise a "
        "severity; until then dangerous mistakes cannot be counted."
    ]


def test_every_mistake_dangerous_or_equal() -> None:
    equal = SeverityMatrix(["a", "b", "c"], [[0, 1, 1], [1, 0, 1], [1, 1, 0]])
    assert advice(equal) == [
        "Every mistake counts as dangerous, so dangerous mistakes are no more than all mistakes.",
        "Every mistake has the same severity, so the matrix changes neither training nor decisions.",
    ]


def test_over_calling_worse_than_missing() -> None:
    assert advice(of_pair(12, 10, 10))[1:] == [
        "Truth naevus, model says melanoma is a false alarm, yet it is worse than the miss the other way round.",
        "Truth naevus, model says melanoma is a false alarm, yet it counts as a dangerous mistake.",
    ]


def test_free_mistakes() -> None:
    one = edited(SeverityMatrix.preset("demo"), [("naevus", "keratosis", 0)])
    assert advice(one) == ["Truth naevus, model says keratosis has severity 0: it counts as no harm at all."]
    two = edited(one, [("keratosis", "vascular", 0)])
    assert advice(two) == [
        "2 mistakes have severity 0: they count as no harm, e.g.: Truth naevus, model says keratosis."
    ]


def test_a_dangerous_group_whose_class_cannot_be_missed() -> None:
    lenient = edited(
        SeverityMatrix.preset("demo"), [("carcinoma", benign, 5) for benign in ("naevus", "keratosis", "vascular")]
    )
    assert advice(lenient) == [
        "carcinoma: in the most dangerous group (malignant), yet no mistake about it is dangerous."
    ]
