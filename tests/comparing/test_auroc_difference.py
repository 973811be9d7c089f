"""AUROC of critical against other cases of two runs: scikit-learn on every resample, folds, seeds, and coverage."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from riskcore.comparing.auroc_difference import auroc_difference, auroc_differences
from riskcore.comparing.paired import line_up
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.pooled import calibrate
from riskcore.errors import InputError
from riskcore.predictions import Cases, Member, RunPredictions
from tests.helpers.simulated import MATRIX, cases, run


def judged(*args, **kwargs) -> JudgedRun:
    return JudgedRun(run(*args, **kwargs), MATRIX)


def test_every_resample_against_scikit_learn_with_the_weights_of_groups_and_seeds() -> None:
    better, plain = (
        judged(name, skill, n=150, seeds=(0, 1), folds=[0, 1], groups=40, noise=noise)
        for name, skill, noise in (("better", 2.0, 1), ("plain", 1.2, 0))
    )
    lineup = line_up([better], plain, resamples=20)
    paired = lineup.beside(lineup.runs[0])
    found = auroc_differences(paired)
    pooled, within = [], []
    for side in (paired.run, paired.baseline):
        members = [(s, each) for s, folds in enumerate(side) for each in folds]
        risk = [each.member.test_probabilities[:, 2] for _, each in members]
        truth = [each.test.truth == 2 for _, each in members]
        weight = [paired.weights[each.test.codes] * paired.seed_weights[s] for s, each in members]
        rows = range(21)
        pooled.append(
            [
                roc_auc_score(np.concatenate(truth), np.concatenate(risk), sample_weight=np.concatenate(weight)[:, r])
                for r in rows
            ]
        )
        each = [
            [roc_auc_score(y, p, sample_weight=paired.weights[m.test.codes][:, r]) for r in rows]
            for y, p, (_, m) in zip(truth, risk, members, strict=True)
        ]
        of_seeds = [np.mean(each[:2], axis=0), np.mean(each[2:], axis=0)]
        within.append(np.average(of_seeds, axis=0, weights=paired.seed_weights))
    for difference, sides in ((found.pooled, pooled), (found.within_folds, within)):
        expected = np.array(sides[0]) - sides[1]
        assert difference.value == pytest.approx(expected[0], abs=1e-6)
        assert difference.replicates == pytest.approx(expected[1:], abs=1e-6)
    assert (found.pooled.n, found.pooled.groups) == (300, 80)


def test_it_does_not_depend_on_the_dial_nor_on_the_order_of_classes() -> None:
    plain, better = run("plain", 1.2), run("better", 2.0, noise=1)
    straight = auroc_difference(JudgedRun(better, MATRIX), JudgedRun(plain, MATRIX), resamples=50)
    turned = auroc_difference(
        JudgedRun(better, MATRIX.reordered(["c", "a", "b"])), JudgedRun(plain, MATRIX), resamples=50
    )
    assert straight.as_dict() == turned.as_dict()
    assert straight.within_folds is None
    expected = [
        roc_auc_score(member.test.truth == 2, member.test_probabilities[:, 2])
        for member in (*calibrate(better), *calibrate(plain))
    ]
    assert straight.pooled.value == pytest.approx(expected[0] - expected[1])


def test_folds_of_other_levels_lower_the_pooled_figure_only() -> None:
    """The same ranking in every fold, its risks shifted in one: pooled it falls, within folds nothing changes."""
    plain = run("plain", 1.5, folds=[0, 1], n=300)
    shifted = [
        replace(member, test=replace(member.test, logits=member.test.logits + shift))
        for member, shift in zip(plain.members, ([0, 0, 3.0], [0, 0, -3.0]), strict=True)
    ]
    found = auroc_difference(
        JudgedRun(RunPredictions("shifted", MATRIX.classes, shifted), MATRIX), JudgedRun(plain, MATRIX), resamples=50
    )
    assert found.pooled.value < -0.03
    assert found.within_folds is not None
    assert abs(found.within_folds.value) < 0.001


def test_two_faultless_rankings_are_no_certainty() -> None:
    names = np.char.add("case", np.arange(40).astype(str))
    truth = np.repeat([0, 2], 20)
    perfect = Cases(10 * np.eye(3)[truth], truth, names, names)
    one, other = (RunPredictions(id, MATRIX.classes, [Member(perfect, perfect)]) for id in "ab")
    rate = auroc_difference(JudgedRun(one, MATRIX), JudgedRun(other, MATRIX), resamples=50).as_dict()["pooled"]
    assert rate["value"] == 0
    assert (rate["low"], rate["high"]) == pytest.approx((0.025 ** (1 / 20) - 1, 1 - 0.025 ** (1 / 20)))


def test_without_a_critical_case_it_is_null() -> None:
    plain = run("plain", 1.2)
    mild = [
        Member(m.validation, replace(m.test, truth=np.where(m.test.truth == 2, 0, m.test.truth))) for m in plain.members
    ]
    one, other = (JudgedRun(RunPredictions(id, MATRIX.classes, mild), MATRIX) for id in "ab")
    assert auroc_difference(one, other, resamples=50).as_dict()["pooled"]["value"] is None


def test_other_test_cases_are_refused() -> None:
    with pytest.raises(InputError, match="test cases"):
        auroc_difference(judged("a", 1.0, n=100), judged("b", 1.0, n=90), resamples=10)


def test_a_null_difference_is_told_from_zero_in_one_of_twenty_draws() -> None:
    """200 pairs of runs of equal quality on new cases of 60 groups, which share noise: coverage of 95 %, either way."""
    held = 0
    for draw in range(200):
        sides = []
        for noise in (1, 2):
            part = cases(300, 1.5, [noise, draw], truth_seed=draw, groups=60)
            shared = np.random.default_rng([9, noise, draw]).normal(size=(60, 3))[np.arange(300) % 60]
            part = replace(part, logits=part.logits + shared)
            sides.append(JudgedRun(RunPredictions(str(noise), MATRIX.classes, [Member(Cases.empty(3), part)]), MATRIX))
        rate = auroc_difference(*sides, resamples=300).as_dict()["pooled"]
        held += rate["low"] <= 0 <= rate["high"]
    assert 0.90 <= held / 200 <= 0.99
