"""Better at equal accuracy against plain loops, by hand, on simulated runs whose order is known, and refusals."""

import dataclasses
import itertools
import json

import numpy as np
import pytest

from riskcore import better_at_equal_accuracy
from riskcore.comparing import rate_differences
from riskcore.comparing.equal_accuracy import equal_accuracies, stays
from riskcore.comparing.paired import line_up
from riskcore.decision.calibration import fit_calibration
from riskcore.decision.dial import decide_grid
from riskcore.decision.judged_run import JudgedRun
from riskcore.errors import InputError
from riskcore.metrics.resampling import unit_weights
from riskcore.predictions import Cases, RunPredictions
from riskcore.severity import SeverityMatrix
from tests.helpers.simulated import MATRIX, run


def compared(ours, baseline, *, matrix=MATRIX, floor=None, resamples=200, seed=0):
    lineup = line_up([JudgedRun(ours, matrix)], JudgedRun(baseline, matrix), resamples=resamples, seed=seed)
    return equal_accuracies(lineup, floor)[0]


def settings(part, fitted):
    """(N, 404) decisions of both rules."""
    both = [decide_grid(fitted.apply(part.logits), MATRIX, rule) for rule in ("severity", "critical")]
    return np.concatenate(both, axis=1)


def least(points, x):
    """(CER, over-calls, balanced accuracy) of the setting that serves at accuracy x."""
    return min((cer, over, -accuracy, balanced) for accuracy, cer, over, balanced in points if accuracy >= x)


def gaps_by_loops(ours, base, low, high):
    """The three gaps from (accuracy, CER, over-call rate, balanced accuracy) of every setting of both sides."""
    top = min(max(point[0] for point in side) for side in (ours, base))
    edges = sorted({low, high, top, *(p[0] for p in ours), *(p[0] for p in base)})
    edges = [x for x in edges if low <= x <= high]
    gaps = np.zeros(3)
    for left, right in itertools.pairwise(edges):
        at = min((left + right) / 2, top)
        run_there, base_there = least(ours, at), least(base, at)
        gaps += (right - left) * np.array([run_there[k] - base_there[k] for k in (0, 1, 3)])
    return gaps / (high - low)


@pytest.mark.parametrize(("seeds", "floor"), [((0, 1, 2, 3, 4), None), ((0, 1), None), ((0, 1), 0.62)])
def test_every_replicate_against_loops(monkeypatch, seeds, floor):
    """Gaps and intervals equal those of a plain loop over replicates, seeds, folds, settings and accuracies."""
    monkeypatch.setattr(rate_differences, "pseudo_groups", lambda by_group, groups, resamples, rng: np.zeros(resamples))
    resamples = 12
    ours = run("run", 2.0, n=60, seeds=seeds, folds=(0, 1), groups=25, noise=1)
    base = run("base", 1.8, n=60, seeds=seeds, folds=(0, 1), groups=25, noise=2)
    result = compared(ours, base, floor=floor, resamples=resamples, seed=5)

    every = [part.groups for side in (base, ours) for m in side.members for part in (m.validation, m.test)]
    names = np.unique(np.concatenate(every))
    drawn = np.vstack([np.ones(len(names)), unit_weights(len(names), resamples, 5)])
    # Fewer than five seeds are these trainings: they stay.
    of_seeds = unit_weights(len(seeds), resamples, 6) if len(seeds) >= 5 else np.ones((resamples, len(seeds)))
    drawn_seeds = np.vstack([np.ones(len(seeds)), of_seeds])
    decided = {
        (side.id, m.seed, m.fold): settings(m.test, fit_calibration(m.validation))
        for side in (ours, base)
        for m in side.members
    }
    values = []
    for weights, weights_of_seeds in zip(drawn, drawn_seeds, strict=True):
        points, likeliest = {}, 0.0
        for side in (ours, base):
            counts = np.zeros((404, 5))  # correct of a, b, c; critical; over-calls
            cases = np.zeros(3)
            for m in side.members:
                w = weights[np.searchsorted(names, m.test.groups)] * weights_of_seeds[m.seed]
                decisions, truth = decided[side.id, m.seed, m.fold], m.test.truth[:, None]
                for k in range(3):
                    counts[:, k] += w @ ((truth == k) & (decisions == k))
                    cases[k] += w[m.test.truth == k].sum()
                counts[:, 3] += w @ ((truth == 2) & (decisions != 2))
                counts[:, 4] += w @ ((truth != 2) & (decisions == 2))
                if side is base:
                    likeliest += w @ (m.test.logits.argmax(axis=1) == m.test.truth)
            balanced = (counts[:, :3] / cases).mean(axis=1)
            points[side.id] = list(
                zip(
                    counts[:, :3].sum(axis=1) / cases.sum(),
                    counts[:, 3] / cases.sum(),
                    counts[:, 4] / cases[:2].sum(),
                    balanced,
                    strict=True,
                )
            )
        a = likeliest / cases.sum()
        low, high = (a - 0.03, a - 0.01) if floor is None else (floor - 0.01, floor + 0.01)
        values.append(gaps_by_loops(points["run"], points["base"], low, high))
    values = np.array(values)
    for column, rate in enumerate((result.gap, result.over_call_gap, result.balanced_accuracy_gap)):
        assert rate.value == pytest.approx(values[0, column])
        assert [rate.low, rate.high] == pytest.approx(np.quantile(values[1:, column], [0.025, 0.975]).tolist())
    assert result.could_show == pytest.approx((1.959964 + 0.84) * values[1:, 0].std(ddof=1))
    assert result.gap.n == 120
    assert result.gap.value == pytest.approx(result.cer - result.baseline_cer)


def column(*values):
    return np.array(values, float)[:, None]


def served(accuracy, critical, over_call, low, high, top):
    ends = (np.array([float(end)]) for end in (low, high, top))
    return stays(column(*accuracy), column(*critical), column(*over_call), *ends).ravel().tolist()


def test_a_window_by_hand():
    accuracy, critical, no_calls = (90, 80, 70), (9, 6, 2), (0, 0, 0)
    assert served(accuracy, critical, no_calls, 68, 88, 90) == [8, 10, 2]
    # moved down by five points, and up until it lies above the middle setting
    assert served(accuracy, critical, no_calls, 63, 83, 90) == [3, 10, 7]
    assert served(accuracy, critical, no_calls, 80, 90, 90) == [10, 0, 0]
    # the other side ends at 75: what lies beyond counts where that stands
    assert served(accuracy, critical, no_calls, 68, 88, 75) == [0, 18, 2]
    # a setting with fewer critical errors at more accuracy serves for all below
    assert served((90, 80, 70), (1, 6, 2), no_calls, 68, 88, 90) == [20, 0, 0]


def test_ties():
    # at the end of a curve: two settings of the highest accuracy, the one with fewer critical errors serves
    assert served((90, 90, 70), (9, 5, 2), (0, 0, 0), 80, 95, 90) == [0, 15, 0]
    # equal critical errors: fewer over-calls, then more accuracy
    assert served((90, 80, 70), (4, 4, 4), (7, 3, 3), 60, 90, 90) == [10, 20, 0]
    # exactly at the top of the other side
    assert served((90, 80), (9, 6), (0, 0), 75, 85, 80) == [0, 10]


def test_a_run_against_itself_has_no_gap_and_an_interval_all_the_same():
    same = run("same", 1.5, n=150, seeds=(0, 1), folds=(0, 1))
    result = compared(same, same)
    assert result.gap.value == 0
    assert -4 / 300 < result.gap.low < -1 / 300 < 1 / 300 < result.gap.high < 4 / 300
    assert result.safer == "cannot tell"


def test_where_neither_side_errs_the_interval_is_an_upper_bound():
    perfect = run("perfect", 60.0, n=250)
    result = compared(perfect, perfect, resamples=2000)
    assert result.gap.value == result.baseline_cer == 0
    assert (result.gap.low, result.gap.high) == (pytest.approx(-3 / 250), pytest.approx(3 / 250))
    assert result.could_show > result.baseline_cer


def test_without_a_dangerous_case_there_is_no_gap_and_no_answer():
    harmless = [run("a", 2.0, n=120, noise=1), run("b", 2.0, n=120, noise=2)]

    def mild(side):
        test = side.members[0].test
        kept = test.truth != 2
        part = Cases(test.logits[kept], test.truth[kept], test.samples[kept], test.groups[kept])
        return changed(side, test=part)

    result = compared(*map(mild, harmless))
    assert result.safer == "cannot tell"
    assert all(np.isnan([result.gap.value, result.gap.low, result.cer, result.baseline_cer, result.could_show]))
    assert result.as_dict()["gap"]["value"] is None
    assert not np.isnan(result.over_call_gap.value)


def test_clearly_better_and_clearly_worse():
    good, poor = run("good", 3.5, n=600, noise=1), run("poor", 1.5, n=600, noise=2)
    better = compared(good, poor)
    assert better.safer == "yes"
    assert better.gap.high < 0
    assert better.window == (pytest.approx(better.window[1] - 0.02), better.window[1])
    worse = compared(poor, good)
    assert worse.safer == "unreachable"
    assert worse.top < worse.window[0]
    assert worse.gap.value > 0
    held = compared(poor, good, floor=0.7)
    assert held.safer == "no"
    assert held.window == (pytest.approx(0.69), pytest.approx(0.71))
    assert held.gap.low > 0


def test_two_equal_networks_are_seldom_called_different():
    """Equally good by construction: at most a few of 60 pairs may be called safer (2.5 % is the nominal rate)."""
    answers = [
        compared(run("a", 2.0, noise=2 * k), run("b", 2.0, noise=2 * k + 1), resamples=200).safer for k in range(60)
    ]
    assert answers.count("yes") <= 5
    assert answers.count("no") <= 5


def test_a_better_network_is_called_so():
    """Three quarters of the critical errors less, at a size where the old answer practically never came."""
    answers = [
        compared(run("a", 2.6, n=600, noise=2 * k), run("b", 1.9, n=600, noise=2 * k + 1)).safer for k in range(10)
    ]
    assert answers.count("yes") >= 8


def test_a_saving_bought_with_accuracy_is_none():
    """A run that over-calls by itself is no better than a baseline whose dial makes it do so."""
    plain = run("plain", 2.0, n=500)
    biased = run("biased", 2.0, n=500, bias=(0.0, 0.0, 2.0))
    assert (biased.members[0].test.logits.argmax(axis=1) == 2).sum() > (
        plain.members[0].test.logits.argmax(axis=1) == 2
    ).sum()
    assert abs(compared(biased, plain).gap.value) < 0.005


def test_seeds_are_paired_in_order_when_they_differ():
    one, three = run("one", 2.0, n=80, noise=1), run("three", 1.8, n=80, seeds=(4, 5, 6), noise=2)
    repeated = RunPredictions(
        "one", one.classes, [dataclasses.replace(one.members[0], seed=seed) for seed in (4, 5, 6)]
    )
    assert compared(one, three).as_dict() == compared(repeated, three).as_dict()


def test_class_and_member_order_change_nothing():
    ours, base = run("run", 2.0, n=90, folds=(0, 1), noise=1), run("base", 1.8, n=90, folds=(0, 1), noise=2)
    expected = compared(ours, base, resamples=50).as_dict()
    order = [2, 0, 1]

    def turned(part):
        return dataclasses.replace(part, logits=part.logits[:, order], truth=np.argsort(order)[part.truth])

    members = [dataclasses.replace(m, validation=turned(m.validation), test=turned(m.test)) for m in ours.members]
    other = RunPredictions("run", tuple(MATRIX.classes[k] for k in order), members[::-1])
    got = compared(other, base, matrix=MATRIX.reordered(["b", "c", "a"]), resamples=50).as_dict()
    assert got["gap"] == pytest.approx(expected["gap"])
    assert (got["window"], got["safer"]) == (pytest.approx(expected["window"]), expected["safer"])


def test_several_runs_are_drawn_together_and_their_intervals_are_wider():
    base = run("base", 2.0, n=300, noise=1)
    others = [run(f"run{k}", 2.0, n=300, noise=2 + k) for k in range(4)]
    lineup = line_up([JudgedRun(each, MATRIX) for each in others], JudgedRun(base, MATRIX), resamples=500)
    together, alone = equal_accuracies(lineup), [compared(each, base, resamples=500) for each in others]
    for one, other in zip(together, alone, strict=True):
        assert one.gap.value == other.gap.value
        assert one.gap.low <= other.gap.low
        assert one.gap.high >= other.gap.high
        assert one.could_show > other.could_show
        assert "simultaneous at z = " in one.gap.method


def test_without_validation_on_one_side_neither_is_calibrated():
    ours, base = run("run", 2.0, n=100, noise=1), run("base", 1.8, n=100, noise=2)
    result = compared(ours.without_validation(), base)
    assert not result.calibrated
    assert result.as_dict() == compared(ours.without_validation(), base.without_validation()).as_dict()
    assert compared(ours, base).calibrated


def test_from_probabilities():
    ours, base = run("run", 2.0, n=100, groups=40, noise=1), run("base", 1.8, n=100, groups=40, noise=2)
    shares = [
        np.exp(side.members[0].test.logits) / np.exp(side.members[0].test.logits).sum(axis=1, keepdims=True)
        for side in (ours, base)
    ]
    test = ours.members[0].test
    result = better_at_equal_accuracy(test.truth, *shares, MATRIX, groups=test.groups, resamples=100)
    expected = compared(ours.without_validation(), base.without_validation(), resamples=100)
    assert result.gap.value == pytest.approx(expected.gap.value)
    assert result.gap.groups == 40
    several = better_at_equal_accuracy(test.truth, [shares[0]] * 2, [shares[1]] * 2, MATRIX, groups=test.groups)
    assert several.gap.value == pytest.approx(expected.gap.value)


def test_json_form():
    content = json.loads(json.dumps(compared(run("run", 2.0, n=60, noise=1), run("base", 2.0, n=60)).as_dict()))
    needed = {"safer", "window", "gap", "over_call_gap", "balanced_accuracy_gap", "could_show"}
    assert needed <= set(content)
    assert len(content["window"]) == 2
    assert set(content["gap"]) == {"value", "low", "high", "events", "n", "groups", "method"}


def changed(side, **parts):
    return RunPredictions(side.id, side.classes, [dataclasses.replace(side.members[0], **parts)])


BASE = run("base", 1.5, n=30)
PART = BASE.members[0].test


@pytest.mark.parametrize(
    ("ours", "baseline", "options", "message"),
    [
        (
            run("pool", 1.5, n=30, folds=(0, 1)),
            BASE,
            {},
            "pool and base: the folds differ (pool, seed 0, has folds 0 1, expected one split); "
            "compare pools over the same folds.",
        ),
        (
            changed(BASE, test=dataclasses.replace(PART, samples=np.char.add("other_", PART.samples))),
            run("reference", 1.5, n=30),
            {},
            "base and reference: the test cases, their truth or their groups differ (first: 'image0'); "
            "compare runs that were tested on the same cases.",
        ),
        (
            changed(BASE, test=dataclasses.replace(PART, truth=(PART.truth + (np.arange(30) == 7)) % 3)),
            run("reference", 1.5, n=30),
            {},
            "base and reference: the test cases, their truth or their groups differ (first: 'image7'); "
            "compare runs that were tested on the same cases.",
        ),
        (
            RunPredictions("twice", BASE.classes, [*BASE.members, *BASE.members]),
            BASE,
            {},
            "twice: seed 0 occurs twice; pool runs that differ in seed or fold.",
        ),
        (BASE, BASE, {"floor": 77.0}, "floor: 77.0 is outside 0 to 1; give an accuracy such as 0.77."),
    ],
)
def test_errors(ours, baseline, options, message):
    with pytest.raises(InputError) as error:
        compared(ours, baseline, resamples=5, **options)
    assert str(error.value) == message


def test_a_matrix_without_a_critical_cell_is_refused():
    with pytest.raises(InputError, match="no confusion is critical"):
        compared(BASE, BASE, matrix=SeverityMatrix(MATRIX.classes, MATRIX.values, critical=11))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0, 1], np.full((3, 3), 1 / 3)), "probabilities: expected shares of shape (2, 3)"),
        (([0, 1], np.full((2, 3), 0.5)), "probabilities: expected shares of shape (2, 3)"),
        (([0, 9], np.full((2, 3), 1 / 3)), "y_true ranges over 0..9"),
    ],
)
def test_probabilities_that_do_not_fit_are_refused(arguments, message):
    truth, given = arguments
    with pytest.raises(InputError) as error:
        better_at_equal_accuracy(truth, given, np.full((2, 3), 1 / 3), MATRIX)
    assert str(error.value).startswith(message)
