"""Rates, tables and subgroups against loops over cases and scikit-learn."""

import json
import math

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, confusion_matrix, recall_score

from riskcore import metrics
from riskcore.errors import InputError
from riskcore.severity import SeverityMatrix

# asymmetric on purpose: c called a or b is critical, a called c is an over-call; b called a is neither
MATRIX = SeverityMatrix(["a", "b", "c"], [[0, 1, 3], [2, 0, 4], [10, 9, 0]], critical=9)


def decisions(n=400, seed=0, groups=150):
    rng = np.random.default_rng(seed)
    truth = rng.choice(3, n, p=[0.5, 0.3, 0.2])
    predicted = np.where(rng.random(n) < 0.7, truth, rng.integers(0, 3, n))
    return truth, predicted, rng.integers(0, groups, n)


def test_rates_against_a_loop():
    truth, predicted, groups = decisions()
    tally = dict.fromkeys(("correct", "critical", "critical_class", "over_call"), 0)
    harm = 0.0
    for y, j in zip(truth, predicted, strict=True):
        tally["correct"] += y == j
        tally["critical"] += y == 2 and j != 2
        tally["critical_class"] += y == 2
        tally["over_call"] += y != 2 and j == 2
        harm += [[0, 1, 3], [2, 0, 4], [10, 9, 0]][y][j]
    result = metrics.rates(truth, predicted, MATRIX, groups)
    values = {name: rate.value for name, rate in result.items()}
    assert values == pytest.approx(
        {
            "accuracy": tally["correct"] / 400,
            "cer": tally["critical"] / 400,
            "critical_miss_rate": tally["critical"] / tally["critical_class"],
            "over_call_rate": tally["over_call"] / (400 - tally["critical_class"]),
            "expected_severity": harm / 400,
            "balanced_accuracy": balanced_accuracy_score(truth, predicted),
        }
    )
    assert values["accuracy"] == pytest.approx(accuracy_score(truth, predicted))
    assert result["critical_miss_rate"].n == tally["critical_class"]
    assert result["over_call_rate"].n == 400 - tally["critical_class"]
    assert result["cer"].events == result["critical_miss_rate"].events == tally["critical"]
    for rate in result.values():
        assert rate.low <= rate.value <= rate.high
        json.dumps(rate.as_dict(), allow_nan=False)


def test_the_matrix_is_not_read_transposed():
    truth, predicted, groups = np.array([2, 0]), np.array([0, 2]), [0, 1]
    result = metrics.rates(truth, predicted, MATRIX, groups)
    assert (result["critical_miss_rate"].value, result["over_call_rate"].value) == (1, 1)
    assert result["expected_severity"].value == 6.5
    swapped = metrics.rates(truth[:1], predicted[:1], MATRIX, [0])
    assert (swapped["cer"].value, swapped["expected_severity"].value) == (1, 10)
    assert metrics.rates([0, 2], [2, 2], MATRIX, [0, 1])["cer"].value == 0


def test_a_cer_needs_a_dangerous_case():
    """Without one no critical error is possible: 0 would read like a model that makes none."""
    result = metrics.rates([0, 1, 1], [2, 1, 0], MATRIX, ["p", "p", "q"])
    cer = result["cer"]
    assert (cer.events, cer.n, cer.groups, cer.method) == (0, 3, 2, "no dangerous case")
    assert cer.as_dict()["value"] is None
    assert cer.as_dict()["high"] is None
    miss = result["critical_miss_rate"]
    assert (miss.as_dict()["value"], miss.n, miss.method) == (None, 0, "no dangerous case")
    assert result["accuracy"].value == pytest.approx(1 / 3)
    with pytest.raises(InputError, match="there are no cases of critical"):
        metrics.rates([0, 1, 1], [2, 1, 0], MATRIX, ["p", "p", "q"], prevalence=0.1)


def test_group_names_and_codes_are_the_same():
    truth, predicted, groups = decisions()
    names = np.char.add("patient ", groups.astype(str))
    by_name, by_code = (metrics.rates(truth, predicted, MATRIX, own) for own in (names, groups))
    assert by_name.keys() == by_code.keys()
    for rate, own in by_name.items():  # groups come in another order, which may change the last digit of a sum
        other = by_code[rate]
        assert (own.value, own.low, own.high) == pytest.approx((other.value, other.low, other.high), rel=1e-12)
        assert (own.events, own.n, own.groups, own.method) == (other.events, other.n, other.groups, other.method)


def test_no_critical_error_shows_an_upper_bound():
    truth = np.repeat([0, 2], 30)
    rate = metrics.rates(truth, truth, MATRIX, np.arange(60))["critical_miss_rate"]
    assert (rate.value, rate.low, rate.events, rate.n) == (0, 0, 0, 30)
    assert rate.high == pytest.approx(binomtest(0, 30).proportion_ci().high)


def test_seeds_do_not_make_more_cases():
    """Five seeds that agree are worth no more than one."""
    truth, predicted, _ = decisions(200)
    samples = np.tile(np.arange(200), 5)
    pooled = metrics.rates(np.tile(truth, 5), np.tile(predicted, 5), MATRIX, samples, samples=samples)
    single = metrics.rates(truth, predicted, MATRIX, np.arange(200))
    for name in ("accuracy", "cer", "critical_miss_rate", "over_call_rate"):
        assert pooled[name].high - pooled[name].low >= single[name].high - single[name].low - 1e-9
        assert pooled[name].value == pytest.approx(single[name].value)
    assert (pooled["accuracy"].n, pooled["accuracy"].events) == (200, single["accuracy"].events)


def test_prevalence_reweights_and_leaves_decisions():
    truth, predicted, groups = decisions()
    plain = metrics.rates(truth, predicted, MATRIX, groups)
    result = metrics.rates(truth, predicted, MATRIX, groups, prevalence=0.03)
    weight = np.where(truth == 2, 0.03 / (truth == 2).sum(), 0.97 / (truth != 2).sum())
    assert result["accuracy"].value == pytest.approx(accuracy_score(truth, predicted, sample_weight=weight))
    assert result["expected_severity"].value == pytest.approx(weight @ MATRIX.values[truth, predicted])
    miss = plain["critical_miss_rate"]
    assert result["cer"].value == pytest.approx(0.03 * miss.value)
    assert (result["cer"].low, result["cer"].high) == pytest.approx((0.03 * miss.low, 0.03 * miss.high))
    for name in ("critical_miss_rate", "over_call_rate", "balanced_accuracy"):
        assert result[name] == plain[name]


def test_the_samples_own_prevalence_changes_no_value():
    truth, predicted, groups = decisions()
    plain = metrics.rates(truth, predicted, MATRIX, groups)
    result = metrics.rates(truth, predicted, MATRIX, groups, prevalence=(truth == 2).mean())
    assert {k: v.value for k, v in result.items()} == pytest.approx({k: v.value for k, v in plain.items()})


def test_balanced_accuracy_interval_is_near_its_bootstrap():
    truth, predicted, groups = decisions(1500, groups=400)
    rate = metrics.rates(truth, predicted, MATRIX, groups)["balanced_accuracy"]
    codes, number = metrics.group_codes(groups)
    of_class = truth[:, None] == np.arange(3)
    recalls = metrics.resampled_ratios(
        of_class & (predicted == truth)[:, None], of_class, codes, metrics.bootstrap_weights(number)
    )
    low, high = np.quantile(recalls.mean(axis=1), [0.025, 0.975])
    assert rate.high - rate.low == pytest.approx(high - low, rel=0.15)
    assert (rate.low, rate.high) == pytest.approx((low, high), abs=0.01)


def test_per_class_recall_against_scikit_learn():
    truth, predicted, groups = decisions()
    recalls = metrics.per_class_recall(truth, predicted, ["a", "b", "c", "absent"], groups)
    expected = recall_score(truth, predicted, average=None)
    assert [recalls[name].value for name in "abc"] == pytest.approx(list(expected))
    assert recalls["absent"].as_dict()["value"] is None
    assert recalls["b"].n == (truth == 1).sum()


def test_confusion_against_scikit_learn_and_its_harm():
    truth, predicted, groups = decisions()
    counts = metrics.confusion(truth, predicted, 3)
    assert (counts == confusion_matrix(truth, predicted)).all()
    harm = metrics.severity_confusion(truth, predicted, MATRIX)
    assert np.allclose(harm, counts * MATRIX.values / 400)
    expected = metrics.rates(truth, predicted, MATRIX, groups)["expected_severity"].value
    assert harm.sum() == pytest.approx(expected)
    assert metrics.confusion([2], [0], 3).tolist() == [[0, 0, 0], [0, 0, 0], [1, 0, 0]]


def test_harm_of_one_case_and_of_none():
    assert metrics.severity_confusion([2], [0], MATRIX).tolist() == [[0, 0, 0], [0, 0, 0], [MATRIX.values[2, 0], 0, 0]]
    assert metrics.severity_confusion([], [], MATRIX).tolist() == np.zeros((3, 3)).tolist()


def test_majority_accuracy():
    assert metrics.majority_accuracy([2, 2, 1, 0]) == 0.5
    assert math.isnan(metrics.majority_accuracy([]))


def test_subgroups_are_rates_of_their_cases_and_silent_when_small():
    truth, predicted, groups = decisions()
    sex = np.array(["female", "male", ""])[np.arange(400) % 3]
    site = np.where(np.arange(400) < 19, "ear", "back")
    rows = metrics.by_subgroup(truth, predicted, MATRIX, groups, {"sex": sex, "site": site})
    keys = [(row["column"], row["value"], row["n"]) for row in rows]
    assert keys == [
        ("sex", "unknown", 133),
        ("sex", "female", 134),
        ("sex", "male", 133),
        ("site", "back", 381),
        ("site", "ear", 19),
    ]
    male = sex == "male"
    assert rows[2]["rates"] == metrics.rates(truth[male], predicted[male], MATRIX, groups[male])
    assert rows[2]["majority_accuracy"] == metrics.majority_accuracy(truth[male])
    assert rows[2]["groups"] == len(set(groups[male]))
    assert (rows[4]["rates"], rows[4]["majority_accuracy"]) == (None, None)


def test_twenty_cases_are_enough_but_must_be_distinct():
    truth, predicted, groups = decisions(20)
    column = {"sex": ["female"] * 20}
    assert metrics.by_subgroup(truth, predicted, MATRIX, groups, column)[0]["rates"] is not None
    twice = np.arange(20) // 2
    row = metrics.by_subgroup(truth, predicted, MATRIX, groups, column, samples=twice)[0]
    assert (row["n"], row["rates"]) == (20, None)


def test_no_cases_give_no_rates():
    result = metrics.rates([], [], MATRIX, [])
    assert [rate.n for rate in result.values()] == [0] * 6
    assert all(math.isnan(rate.value) for rate in result.values())


@pytest.mark.parametrize(
    ("arguments", "options", "text"),
    [
        (([0, 1], [0]), {}, "truth has 2 cases and predicted 1: pass one prediction a case."),
        (([0, 3], [0, 1]), {}, "truth ranges over 0..3, expected 0..2."),
        (([0, 1], [-1, 1]), {}, "predicted ranges over -1..1, expected 0..2."),
        (
            (["a", "b"], [0, 1]),
            {},
            "truth must be a list of class indices, one a case: map class names to 0..K-1.",
        ),
        (([0, 1, 2], [0, 1, 2]), {}, "groups has 2 cases and truth 3: pass one group a case."),
        (
            ([0, 2], [0, 2]),
            {"prevalence": 1.0},
            "prevalence is 1.0, expected a share between 0 and 1 such as 0.05.",
        ),
        (
            ([0, 1], [0, 1]),
            {"prevalence": 0.1},
            "prevalence: there are no cases of critical, or none of other classes, to re-weight.",
        ),
    ],
)
def test_bad_input(arguments, options, text):
    with pytest.raises(InputError) as caught:
        metrics.rates(*arguments, MATRIX, [0, 1], **options)
    assert str(caught.value) == text


def test_rates_need_a_critical_cell():
    mild = SeverityMatrix(["a", "b"], [[0, 1], [2, 0]], critical=5)
    with pytest.raises(InputError, match="no confusion is critical"):
        metrics.rates([0], [0], mild, [0])


def test_subgroup_columns_must_fit():
    with pytest.raises(InputError) as caught:
        metrics.by_subgroup([0], [0], MATRIX, [0], {"sex": ["f", "m"]})
    assert str(caught.value) == "subgroup 'sex' has 2 cases and truth 1: pass one value a case."


def test_counts_of_repeated_seeds_are_means_and_n_is_different_cases():
    """Two seeds judge the same five cases, one of them is missed by one seed only."""
    truth, named = [0, 0, 0, 1, 1] * 2, ["a", "b", "c", "d", "e"] * 2
    said = [0, 0, 1, 1, 0, 0, 0, 0, 1, 1]
    melanoma = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
    found = metrics.rates(truth, said, melanoma, named, samples=named)
    counts = {name: (rate.events, rate.n) for name, rate in found.items()}
    assert counts == {
        "accuracy": (4.0, 5),
        "cer": (0.5, 5),
        "critical_miss_rate": (0.5, 2),
        "over_call_rate": (0.5, 3),
        "expected_severity": (None, 5),
        "balanced_accuracy": (None, 5),
    }
    recall = metrics.per_class_recall(truth, said, ["naevus", "melanoma"], named, samples=named)
    assert (recall["naevus"].value, recall["naevus"].events, recall["naevus"].n) == (pytest.approx(5 / 6), 2.5, 3)
