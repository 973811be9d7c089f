"""Two sides lined up: every count against loops over cases, draws against their rules, and what cannot be compared."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import softmax

from riskcore.comparing.paired import check_floor, class_tables, joined, line_up, pair, table_of
from riskcore.decision.judged_run import JudgedRun
from riskcore.errors import InputError
from riskcore.predictions import Cases, RunPredictions
from riskcore.severity import SeverityMatrix
from tests.comparing.brute import TABLES, along, case_weights, counted, pool
from tests.helpers.simulated import MATRIX, run


def judged(predictions: RunPredictions, matrix: SeverityMatrix = MATRIX) -> JudgedRun:
    return JudgedRun(predictions, matrix)


@pytest.fixture(scope="module")
def paired():
    return pair(judged(pool("run", 2.0, noise=1)), judged(pool("base", 1.0)), resamples=6)


@pytest.fixture(scope="module")
def member(paired):
    return paired.run[1][0]


def refusal(call, *args, **kwargs) -> str:
    with pytest.raises(InputError) as caught:
        call(*args, **kwargs)
    return str(caught.value)


@pytest.mark.parametrize("measure", TABLES)
def test_counts_along_the_dial_are_sums_over_cases(paired, member, measure) -> None:
    for part, probabilities in (
        (member.test, member.member.test_probabilities),
        (member.validation, member.member.validation_probabilities),
    ):
        weights = case_weights(part, paired.weights)
        expected = np.stack([counted(measure, part.truth, along(probabilities), w) for w in weights.T], axis=1)
        assert part.along_the_dial(measure, paired.weights) == pytest.approx(expected, rel=1e-5)
        table = np.asarray(TABLES[measure], float)
        assert part.along_the_dial(table, paired.weights) == pytest.approx(expected, rel=1e-5)


def test_decisions_totals_and_counts_at_one_setting_a_replicate(paired, member) -> None:
    part, tables = member.test, np.stack([np.asarray(TABLES[name], float) for name in ("severity", "over_call")])
    decisions, weights = along(member.member.test_probabilities), case_weights(member.test, paired.weights)
    for setting in (0, 1, 150, 203, 402, 403):
        assert part.decided(setting).tolist() == decisions[:, setting].tolist()
    assert part.total(paired.weights) == pytest.approx(weights.sum(axis=0))
    marked = np.array([True, False, True])
    assert part.total(paired.weights, marked) == pytest.approx(weights[part.truth != 1].sum(axis=0))
    settings = np.array([300, 5, 300, 0, 403, 5, 120])
    expected = [
        [counted(name, part.truth, decisions[:, s], w) for s, w in zip(settings, weights.T, strict=True)]
        for name in ("severity", "over_call")
    ]
    assert part.at_settings(tables, settings, paired.weights) == pytest.approx(np.array(expected), rel=1e-5)


def test_what_each_group_adds_at_shares_of_settings(paired, member) -> None:
    part, groups = member.test, len(paired.weights)
    decisions = along(member.member.test_probabilities)
    found = part.by_group(np.stack([TABLES["severity"], TABLES["correct"]]), {10: 0.25, 300: 0.75}, groups)
    expected = np.zeros((2, groups))
    for row, name in enumerate(("severity", "correct")):
        for code, truth, said in zip(part.codes, part.truth, decisions, strict=True):
            expected[row, code] += 0.25 * TABLES[name][truth, said[10]] + 0.75 * TABLES[name][truth, said[300]]
    assert found == pytest.approx(expected)


def test_folds_joined_stand_together_at_each_setting(paired) -> None:
    parts = [fold.test for fold in paired.baseline[0]]
    both = joined(parts)
    for measure in TABLES:
        expected = sum(part.along_the_dial(measure, paired.weights).astype(float) for part in parts)
        assert both.along_the_dial(measure, paired.weights) == pytest.approx(expected, rel=1e-5)
    assert both.decided(250).tolist() == [*parts[0].decided(250), *parts[1].decided(250)]


def test_test_cases_of_classes_over_groups_and_seeds(paired) -> None:
    doubled = replace(paired, seed_weights=np.array([[1, 2, 0, 1, 1, 1, 1], [1, 0, 2, 1, 1, 1, 1]], np.float32))
    expected = np.zeros((3, 7))
    for seed in doubled.seed_weights:
        for fold in doubled.baseline[0]:
            for code, truth in zip(fold.test.codes, fold.test.truth, strict=True):
                expected[truth] += seed * paired.weights[code]
    assert doubled.class_totals == pytest.approx(expected)
    marked = np.array([False, True, True])
    assert doubled.cases() == pytest.approx(expected.sum(axis=0))
    assert doubled.cases(marked) == pytest.approx(expected[1] + expected[2])
    truths = np.concatenate([fold.test.truth for fold in paired.baseline[0]])
    codes = np.concatenate([fold.test.codes for fold in paired.baseline[0]])
    assert paired.distinct_test() == (120, 40)
    assert paired.distinct_test(marked) == (int((truths > 0).sum()), len(set(codes[truths > 0])))
    per_seed = [np.arange(14.0).reshape(2, 7), np.ones((2, 7))]
    assert doubled.over_seeds(per_seed) == pytest.approx(
        per_seed[0] * doubled.seed_weights[0] + doubled.seed_weights[1]
    )


def test_a_group_is_one_row_of_the_weights_wherever_it_occurs(paired) -> None:
    rows: dict[str, set[int]] = {}
    for side in (paired.run, paired.baseline):
        for each in (member for folds in side for member in folds):
            for part, cases in ((each.test, each.member.test), (each.validation, each.member.validation)):
                for name, code in zip(cases.groups, part.codes, strict=True):
                    rows.setdefault(str(name), set()).add(int(code))
    assert len(rows) == len(paired.weights) == 80
    assert sorted(row for own in rows.values() for row in own) == list(range(80))
    assert (paired.weights[:, 0] == 1).all()
    assert paired.weights[:, 1:].sum(axis=0).tolist() == [79.0] * 6
    assert paired.weights.dtype == np.float32
    assert len({tuple(column) for column in paired.weights.T}) == 7


def test_seeds_are_matched_in_order_and_resampled_from_five_on() -> None:
    many, few = judged(pool("many", 2.0, seeds=range(5), n=20)), judged(pool("few", 1.0, seeds=(3, 7), n=20))
    lineup = line_up([many], few, resamples=40, seed=4)
    beside = lineup.beside(lineup.runs[0])
    assert [folds[0].member.seed for folds in beside.run] == [0, 1, 2, 3, 4]
    assert [folds[0].member.seed for folds in beside.baseline] == [3, 7, 3, 7, 3]
    assert (beside.seed_weights[:, 0] == 1).all()
    assert beside.seed_weights[:, 1:].sum(axis=0).tolist() == [4.0] * 40
    assert beside.seed_weights[:, 1:].min() == 0
    assert beside.seed == 4
    four = line_up([judged(pool("four", 2.0, seeds=range(4), n=20))], few, resamples=3)
    assert (four.beside(four.runs[0]).seed_weights == np.ones((4, 4))).all()


def test_draws_depend_on_the_seed_and_on_nothing_else() -> None:
    base, other = judged(pool("base", 1.0, n=20)), judged(pool("other", 2.0, n=20))
    first, again, different = (line_up([other], base, resamples=9, seed=seed).weights for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != different).any()


def test_classes_in_another_order_are_brought_into_the_order_of_the_baseline() -> None:
    base, plain = pool("base", 1.0, n=30), pool("run", 2.0, n=30, noise=1)
    turned = plain.in_order(["c", "a", "b"])
    for predictions, matrix in ((turned, MATRIX), (plain, MATRIX.reordered(["b", "c", "a"]))):
        found = line_up([judged(predictions, matrix)], judged(base), resamples=2).runs[0][0][0].test
        expected = line_up([judged(plain)], judged(base), resamples=2).runs[0][0][0].test
        assert found.truth.tolist() == expected.truth.tolist()
        assert found.matrix == expected.matrix
        assert found.decided(203).tolist() == expected.decided(203).tolist()


def test_without_validation_somewhere_nobody_is_calibrated() -> None:
    base, other = pool("base", 1.0, n=30), pool("other", 2.0, n=30, noise=1)
    last = replace(other.members[-1], validation=Cases.empty(3))
    lacking = RunPredictions("other", MATRIX.classes, [*other.members[:-1], last])
    lineup = line_up([judged(lacking)], judged(base), resamples=2)
    assert not lineup.calibrated
    for side in (lineup.baseline, *lineup.runs):
        for each in (member for folds in side for member in folds):
            assert each.member.test_probabilities == pytest.approx(softmax(each.member.test.logits, axis=1))
    whole = line_up([judged(other)], judged(base), resamples=2)
    assert whole.calibrated
    fitted = whole.baseline[0][0].member
    assert np.abs(fitted.test_probabilities - softmax(fitted.test.logits, axis=1)).max() > 0.01
    for pairing in ((lacking, base), (base, lacking)):
        assert refusal(pair, *map(judged, pairing)).startswith("other: there are no validation cases")


def test_what_differs_is_named() -> None:
    base = pool("base", 1.0, n=20)
    folds = pool("run", 2.0, n=20, folds=[0, 2])
    assert "the folds differ (run, seed 0, has folds 0 2, expected folds 0 1)" in refusal(
        line_up, [judged(folds)], judged(base)
    )
    single = run("single", 2.0, n=20, groups=20)
    assert "(single, seed 0, has one split, expected folds 0 1)" in refusal(line_up, [judged(single)], judged(base))
    twice = RunPredictions("twice", MATRIX.classes, [*base.members, base.members[3]])
    assert "twice: seed 1, fold 1 occurs twice" in refusal(line_up, [judged(twice)], judged(base))
    again = RunPredictions("again", MATRIX.classes, [*single.members, *single.members])
    assert "again: seed 0 occurs twice" in refusal(line_up, [judged(single)], judged(again))
    harmless = SeverityMatrix(MATRIX.classes, MATRIX.values, critical=99)
    for sides in ((harmless, MATRIX), (MATRIX, harmless)):
        own = [judged(base, matrix) for matrix in sides]
        assert "99" in refusal(line_up, own[:1], own[1])


@pytest.mark.parametrize("column", ["samples", "truth", "groups"])
def test_other_test_cases_are_refused_with_the_first_that_differs(column) -> None:
    base = run("base", 1.0, n=20)
    test = base.members[0].test
    changed = getattr(test, column).copy()
    changed[4] = {"samples": "stranger", "truth": (test.truth[4] + 1) % 3, "groups": "nobody"}[column]
    other = RunPredictions("other", MATRIX.classes, [replace(base.members[0], test=replace(test, **{column: changed}))])
    message = refusal(line_up, [judged(other)], judged(base))
    assert "other and base: the test cases, their truth or their groups differ (first: 'image4')" in message


@pytest.mark.parametrize(("floor", "fits"), [(None, True), (0.0, True), (1.0, True), (-0.001, False), (1.001, False)])
def test_a_stated_accuracy_is_a_share(floor, fits) -> None:
    if fits:
        check_floor(floor)
    else:
        assert f"floor: {floor} is outside 0 to 1" in refusal(check_floor, floor)


@pytest.mark.parametrize("measure", TABLES)
def test_what_a_decision_counts_for_by_hand(measure) -> None:
    assert np.asarray(table_of(MATRIX, measure), float).tolist() == np.asarray(TABLES[measure], float).tolist()


def test_tables_of_classes_by_hand() -> None:
    assert class_tables(MATRIX).tolist() == [np.diag(row).tolist() for row in np.eye(3)]
