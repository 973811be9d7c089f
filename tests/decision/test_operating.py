"""Operating points against a search through every setting of both rules."""

import numpy as np
import pytest
from scipy.special import softmax

from riskcore.decision.dial import decide, dial_grid
from riskcore.decision.operating import WISH_KINDS, OperatingPoint, Wish, least_cer, operating_point
from riskcore.errors import InputError
from riskcore.predictions import Cases
from riskcore.severity import SeverityMatrix
from tests.helpers.simulated import MATRIX, cases

VALUES = {
    "accuracy_loss": 0.02,
    "accuracy_floor": 0.7,
    "over_call_ceiling": 0.2,
    "cer_ceiling": 0.05,
    "least_severity": 0,
}


def settings_searched(some, p):
    """(aversion, rule, accuracy, CER, over-call rate, severity) of all 404 settings, by counting."""
    found = []
    for aversion in dial_grid():
        for rule in ("severity", "critical"):
            decision = decide(p, MATRIX, float(aversion), rule)
            accuracy = (decision == some.truth).mean()
            cer = ((some.truth == 2) & (decision != 2)).mean()
            over_call = (decision[some.truth != 2] == 2).mean()
            severity = round(MATRIX.values[some.truth, decision].mean(), 12)
            found.append((aversion, rule, accuracy, cer, over_call, severity))
    return found


@pytest.mark.parametrize("kind", WISH_KINDS)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_wish_against_search(kind, seed):
    some = cases(150, 1.5, seed)
    p, value = softmax(some.logits, axis=1), VALUES[kind]
    argmax = (some.logits.argmax(axis=1) == some.truth).mean()
    allowed, order = {
        "accuracy_loss": (lambda s: s[2] >= argmax - value - 1e-9, lambda s: (s[3], -s[2], s[0])),
        "accuracy_floor": (lambda s: s[2] >= value - 1e-9, lambda s: (s[3], -s[2], s[0])),
        "over_call_ceiling": (lambda s: s[4] <= value + 1e-9, lambda s: (s[3], -s[2], s[0])),
        "cer_ceiling": (lambda s: s[3] <= value + 1e-9, lambda s: (-s[2], s[3], s[0])),
        "least_severity": (lambda s: True, lambda s: (s[5], -s[2], s[0])),
    }[kind]
    best = min(filter(allowed, settings_searched(some, p)), key=order)
    point = operating_point(some, p, MATRIX, Wish(kind, value))
    assert point == OperatingPoint(best[1], float(best[0]), Wish(kind, value), True)


def test_unreachable_is_flagged_and_falls_back_to_the_most_accurate_setting():
    some = cases(150, 1.5, 0)
    p = softmax(some.logits, axis=1)
    best = min(settings_searched(some, p), key=lambda s: (-s[2], s[3], s[0]))
    point = operating_point(some, p, MATRIX, Wish("accuracy_floor", 0.999))
    assert (point.rule, point.aversion, point.reached) == (best[1], best[0], False)
    assert point.as_dict() == {
        "rule": best[1],
        "aversion": best[0],
        "wish": "accuracy_floor=0.999",
        "reached": False,
    }


def test_the_floor_counts_from_the_uncalibrated_argmax():
    """Raw logits that are right everywhere put the floor above what the given probabilities reach."""
    truth = np.array([0, 1, 2, 2])
    names = np.arange(4).astype(str)
    right = Cases(9.0 * np.eye(3)[truth], truth, names, names)
    always_a = np.tile([0.9, 0.06, 0.04], (4, 1))
    assert not operating_point(right, always_a, MATRIX).reached
    wrong = Cases(np.tile([9.0, 0.0, 0.0], (4, 1)), truth, names, names)
    assert operating_point(wrong, always_a, MATRIX).reached


def test_a_floor_that_is_met_exactly_is_met():
    truth = np.array([0] * 77 + [2] * 23)
    names = np.arange(100).astype(str)
    p = np.tile([0.98, 0.01, 0.01], (100, 1))
    point = operating_point(Cases(np.log(p), truth, names, names), p, MATRIX, Wish("accuracy_floor", 0.77))
    assert point.reached
    assert point.aversion == 0.0


@pytest.mark.parametrize(("kind", "value"), [("over_call_ceiling", 3 / 7), ("cer_ceiling", 3 / 10)])
def test_a_ceiling_that_is_met_exactly_is_met_and_one_below_is_not(kind, value):
    """Three of seven harmless cases look dangerous whatever the dial, three of ten cases are missed by each."""
    called = kind == "over_call_ceiling"
    truth = np.array([0] * 7 + [2] * 3)
    said = np.array([0] * 4 + [2] * 3 + [2] * 3) if called else np.zeros(10, int)
    p = np.eye(3)[said]
    names = np.arange(10).astype(str)
    some = Cases(np.log(p + 1e-9), truth, names, names)
    assert operating_point(some, p, MATRIX, Wish(kind, value)).reached
    assert not operating_point(some, p, MATRIX, Wish(kind, value - 1e-6)).reached


def test_no_case_to_over_call_complies_with_every_ceiling():
    names = np.arange(2).astype(str)
    p = np.array([[0.1, 0.1, 0.8], [0.6, 0.2, 0.2]])
    malignant = Cases(np.log(p), np.array([2, 2]), names, names)
    assert operating_point(malignant, p, MATRIX, Wish("over_call_ceiling", 0.0)).reached


def test_least_cer_over_replicates():
    rng = np.random.default_rng(0)
    accuracy, cer = rng.integers(0, 8, (40, 60)), rng.integers(0, 8, (40, 60))
    floor = np.arange(60) / 6.0
    index, reached = least_cer(accuracy, cer, floor)
    for r in range(60):
        rows = [i for i in range(40) if accuracy[i, r] >= floor[r]]
        key = (
            (lambda i, r=r: (cer[i, r], -accuracy[i, r], i)) if rows else lambda i, r=r: (-accuracy[i, r], cer[i, r], i)
        )
        assert index[r] == min(rows or range(40), key=key)
        assert reached[r] == bool(rows)
    assert reached.any()
    assert not reached.all()


@pytest.mark.parametrize("text", ["accuracy_loss=0.01", "over_call_ceiling=0.2", "least_severity", "cer_ceiling=0.005"])
def test_a_wish_reads_what_it_writes(text):
    assert str(Wish.parse(text)) == text
    assert Wish.parse("accuracy_loss = 0.01") == Wish()
    assert Wish.parse("least_severity").value == 0.0


@pytest.mark.parametrize("kind", WISH_KINDS)
def test_a_wish_that_was_read_is_served_as_one_that_was_made(kind):
    some = cases(150, 1.5, 3)
    p, value = softmax(some.logits, axis=1), VALUES[kind]
    points = [operating_point(some, p, MATRIX, wish) for wish in (Wish.parse(f"{kind}={value}"), Wish(kind, value))]
    assert points[0] == points[1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("safest=1", f"wish: 'safest' is not a wish; use one of {', '.join(WISH_KINDS)}."),
        (
            "accuracy_loss",
            "wish 'accuracy_loss': expected KIND=NUMBER, e.g. accuracy_loss=0.01, or least_severity.",
        ),
        (
            "accuracy_loss=1%",
            "wish 'accuracy_loss=1%': expected KIND=NUMBER, e.g. accuracy_loss=0.01, or least_severity.",
        ),
        ("accuracy_loss=1.001", "wish accuracy_loss: 1.001 is outside 0 to 1; give a share such as 0.01."),
        ("cer_ceiling=-0.001", "wish cer_ceiling: -0.001 is outside 0 to 1; give a share such as 0.01."),
        ("accuracy_floor=77", "wish accuracy_floor: 77.0 is outside 0 to 1; give a share such as 0.01."),
    ],
)
def test_wish_errors(text, message):
    with pytest.raises(InputError) as error:
        Wish.parse(text)
    assert str(error.value) == message


@pytest.mark.parametrize("kind", WISH_KINDS)
def test_no_wish_is_served_without_a_critical_case(kind):
    """Every setting has a CER of 0 there: a dial would seem chosen, and its wish reached, whatever it misses."""
    some = cases(200, 1.5, 0)
    harmless = some.truth != 2
    left = Cases(some.logits[harmless], some.truth[harmless], some.samples[harmless], some.groups[harmless])
    with pytest.raises(
        InputError, match=r"holds no case of a critical class \(c\), so no dial can be chosen on it; give"
    ):
        operating_point(left, softmax(left.logits, axis=1), MATRIX, Wish(kind, 0.5))


def test_no_validation_and_no_critical_cell():
    with pytest.raises(InputError) as error:
        operating_point(Cases.empty(3), np.zeros((0, 3)), MATRIX)
    assert (
        str(error.value) == "There are no validation cases, so nothing is calibrated and no dial can be chosen; "
        "give a rule and an aversion instead."
    )
    some = cases(10, 1.0, 0)
    with pytest.raises(InputError, match="no confusion is critical"):
        operating_point(some, softmax(some.logits, axis=1), SeverityMatrix(MATRIX.classes, MATRIX.values, critical=99))
