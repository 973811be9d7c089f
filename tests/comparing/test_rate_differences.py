"""Differences of the rates of two sides against loops over replicates."""

import dataclasses

import numpy as np
import pytest

from riskcore.comparing.held import Held
from riskcore.comparing.paired import pair
from riskcore.comparing.rate_differences import RATES, counted_tables, rate_differences
from riskcore.decision.judged_run import JudgedRun
from riskcore.metrics.differences import pseudo_groups
from riskcore.predictions import Member, RunPredictions
from tests.comparing.brute import TABLES, case_weights, counted, pool
from tests.helpers.simulated import MATRIX

ORDER = ("accuracy", "cer", "critical_miss_rate", "over_call_rate", "balanced_accuracy")


def only(run: RunPredictions, *classes: int) -> RunPredictions:
    """The run with test cases of these classes alone."""
    kept = []
    for member in run.members:
        rows = np.isin(member.test.truth, classes)
        names = ("logits", "truth", "samples", "groups")
        columns = {name: getattr(member.test, name)[rows] for name in names}
        kept.append(Member(member.validation, dataclasses.replace(member.test, **columns), member.seed, member.fold))
    return RunPredictions(run.id, run.classes, kept)


def sides(*classes: int, seeds: int = 2):
    """Two runs at argmax-like settings: counts of both, and what each group adds."""
    runs = [pool(name, skill, seeds=range(seeds), noise=noise) for name, skill, noise in (("r", 2, 1), ("b", 1, 0))]
    if classes:
        runs = [only(each, *classes) for each in runs]
    paired = pair(*(JudgedRun(each, MATRIX) for each in runs), resamples=8)
    tables, totals, groups, decided = counted_tables(MATRIX), [], [], []
    for side in (paired.run, paired.baseline):
        held = Held(side, [[np.full(9, 150) for _ in folds] for folds in side])
        totals.append(
            np.sum(
                [w * c for w, c in zip(paired.seed_weights, held.counts(tables, paired.weights), strict=True)], axis=0
            )
        )
        groups.append(held.by_group(tables, len(paired.weights)))
        decided.append([[member.test.decided(150) for member in folds] for folds in side])
    return paired, totals, groups[0] - groups[1], decided


def loops(paired, decided) -> dict[str, np.ndarray]:
    """(1 + R,) differences of each rate, without noise."""
    values = {name: [] for name in ORDER}
    for r in range(9):
        sums = []
        for side, own in zip((paired.run, paired.baseline), decided, strict=True):
            found = dict.fromkeys(("correct", "critical", "over_call"), 0.0)
            of_class, right = np.zeros(3), np.zeros(3)
            for s, folds in enumerate(side):
                for member, said in zip(folds, own[s], strict=True):
                    weights = case_weights(member.test, paired.weights)[:, r] * paired.seed_weights[s, r]
                    for name in found:
                        found[name] += counted(name, member.test.truth, said, weights)
                    of_class += np.bincount(member.test.truth, weights, 3)
                    right += np.bincount(
                        member.test.truth[said == member.test.truth], weights[said == member.test.truth], 3
                    )
            with np.errstate(invalid="ignore"):
                recall = np.nanmean(right / of_class) if of_class.any() else np.nan
                sums.append(
                    [
                        found["correct"] / of_class.sum(),
                        found["critical"] / of_class.sum(),
                        found["critical"] / of_class[2],
                        found["over_call"] / of_class[:2].sum(),
                        recall,
                    ]
                )
        for name, run, baseline in zip(ORDER, *sums, strict=True):
            values[name].append(run - baseline)
    return {name: np.array(each) for name, each in values.items()}


@pytest.mark.parametrize("seeds", [2, 5])
def test_every_rate_is_the_difference_of_the_loops_plus_what_unseen_groups_add(seeds) -> None:
    paired, (run, baseline), by_group, decided = sides(seeds=seeds)
    found = rate_differences(paired, run, baseline, by_group, np.random.default_rng(3))
    expected, rng = loops(paired, decided), np.random.default_rng(3)
    assert tuple(found) == RATES == ORDER
    every, dangerous = (120, 40), paired.distinct_test(np.array([False, False, True]))
    harmless = paired.distinct_test(np.array([True, True, False]))
    recalls = [pseudo_groups(by_group[2 + k], paired.distinct_test(np.arange(3) == k)[1], 8, rng) for k in range(3)]
    for name, own, (n, groups) in (
        ("accuracy", by_group[2:].sum(axis=0), every),
        ("cer", by_group[0], every),
        ("critical_miss_rate", by_group[0], dangerous),
        ("over_call_rate", by_group[1], harmless),
    ):
        noise = pseudo_groups(own, groups, 8, rng)
        assert found[name].value == pytest.approx(expected[name][0], abs=1e-6)
        assert found[name].replicates == pytest.approx(expected[name][1:] + noise, abs=1e-6)
        assert (found[name].n, found[name].groups, found[name].counted) == (n, groups, True)
    balanced = found["balanced_accuracy"]
    assert balanced.value == pytest.approx(expected["balanced_accuracy"][0], abs=1e-6)
    assert balanced.replicates == pytest.approx(expected["balanced_accuracy"][1:] + np.mean(recalls, axis=0), abs=1e-6)
    assert (balanced.n, balanced.groups, balanced.counted) == (120, 40, False)


def test_without_a_dangerous_case_no_rate_of_critical_errors_is_compared() -> None:
    paired, (run, baseline), by_group, decided = sides(0, 1)
    with np.errstate(invalid="ignore"):
        expected = loops(paired, decided)
    found = rate_differences(paired, run, baseline, by_group, np.random.default_rng(0))
    for name in ("cer", "critical_miss_rate"):
        assert np.isnan(found[name].value)
        assert np.isnan(found[name].replicates).all()
        assert len(found[name].replicates) == 8
    for name in ("accuracy", "over_call_rate", "balanced_accuracy"):
        assert found[name].value == pytest.approx(expected[name][0], abs=1e-6)


def test_a_class_that_a_replicate_lacks_is_left_out_of_its_balanced_accuracy() -> None:
    paired, (run, baseline), by_group, _ = sides()
    lacking = paired.weights.copy()
    dangerous = np.unique(np.concatenate([m.test.codes[m.test.truth == 2] for m in paired.baseline[0]]))
    lacking[dangerous, 1] = 0
    drawn = dataclasses.replace(paired, weights=lacking)
    assert drawn.class_totals[2, 1] == 0
    run, baseline = run.copy(), baseline.copy()
    run[[0, 4], 1] = baseline[[0, 4], 1] = 0
    found = rate_differences(drawn, run, baseline, by_group, np.random.default_rng(0))
    rng = np.random.default_rng(0)
    noise = [pseudo_groups(by_group[2 + k], drawn.distinct_test(np.arange(3) == k)[1], 8, rng)[0] for k in range(3)]
    gaps = (run - baseline)[2:4, 1] / drawn.class_totals[:2, 1]
    assert found["balanced_accuracy"].replicates[0] == pytest.approx(np.mean(gaps + noise[:2]))
    assert np.isnan(found["critical_miss_rate"].replicates[0])
    assert not np.isnan(found["cer"].replicates).any()


def test_what_is_counted_by_hand() -> None:
    expected = [TABLES["critical"], TABLES["over_call"], *(np.diag(row) for row in np.eye(3))]
    assert counted_tables(MATRIX).tolist() == np.array(expected, float).tolist()
