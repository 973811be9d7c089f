"""CER at equal accuracy against loops, on simulated pools whose order is known, and where it must refuse."""

import dataclasses
import json

import numpy as np
import pytest

from riskcore.decision.calibration import fit_calibration
from riskcore.decision.dial import decide_grid
from riskcore.decision.frontier import step_curve
from riskcore.decision.judged_run import JudgedRun
from riskcore.errors import InputError
from riskcore.judging.equal_accuracy import equal_accuracy, frontier_area, holm_adjusted
from riskcore.metrics.resampling import bootstrap_weights
from riskcore.predictions import Cases, Member, RunPredictions
from riskcore.severity import SeverityMatrix
from tests.helpers.simulated import MATRIX, cases, run


def settings(part, fitted):
    """(N, 404) decisions in ascending order of aversion, severity before critical."""
    both = [decide_grid(fitted.apply(part.logits), MATRIX, rule) for rule in ("severity", "critical")]
    return np.stack(both, axis=2).reshape(len(part), -1)


def test_every_replicate_against_loops():
    """Point, interval and dials equal those of a plain loop over replicates, seeds, folds and settings."""
    resamples = 40
    ours = run("run", 2.0, n=60, seeds=(0, 1), folds=(0, 1), groups=25, noise=1)
    base = run("base", 1.8, n=60, seeds=(0, 1), folds=(0, 1), groups=25, noise=2)
    result = equal_accuracy(ours, base, MATRIX, resamples=resamples, seed=5)

    every = [part.groups for side in (ours, base) for m in side.members for part in (m.validation, m.test)]
    names = np.unique(np.concatenate(every))
    drawn = np.vstack([np.ones(len(names)), bootstrap_weights(len(names), resamples, 5)])
    drawn_seeds = np.vstack([np.ones(2), bootstrap_weights(2, resamples, 6)])
    prepared = {
        (side.id, m.seed, m.fold): (
            m,
            *(settings(part, fit_calibration(m.validation)) for part in (m.validation, m.test)),
        )
        for side in (ours, base)
        for m in side.members
    }
    values = []
    for weights, seeds in zip(drawn, drawn_seeds, strict=True):
        totals = {"run": np.zeros(3), "base": np.zeros(3)}
        for (side, seed, fold), (member, on_validation, on_test) in prepared.items():
            reference = prepared["base", seed, fold][0].validation
            floor = (reference.logits.argmax(axis=1) == reference.truth).mean() - 0.01
            w = weights[np.searchsorted(names, member.validation.groups)]
            truth = member.validation.truth
            best = None
            for setting in range(on_validation.shape[1]):
                decision = on_validation[:, setting]
                correct = (w * (decision == truth)).sum()
                critical = (w * ((truth == 2) & (decision != 2))).sum()
                fine = correct >= (floor - 1e-9) * w.sum()
                key = (0, critical, -correct) if fine else (1, -correct, critical)
                if best is None or key < best[0]:
                    best = key, setting
            w = weights[np.searchsorted(names, member.test.groups)] * seeds[seed]
            truth, decision = member.test.truth, on_test[:, best[1]]
            totals[side] += [
                (w * (decision == truth)).sum(),
                (w * ((truth == 2) & (decision != 2))).sum(),
                w.sum(),
            ]
        values.append((totals["run"] - totals["base"])[:2] / totals["run"][2])
    values = np.array(values)
    for column, name in enumerate(("accuracy", "cer")):
        rate = result.difference[name]
        assert rate.value == pytest.approx(values[0, column])
        assert [rate.low, rate.high] == pytest.approx(np.quantile(values[1:, column], [0.025, 0.975]).tolist())
    assert result.difference["cer"].n == 120
    assert result.difference["cer"].events == pytest.approx(values[0, 1] * 120)
    floors = [(m.validation.logits.argmax(axis=1) == m.validation.truth).mean() - 0.01 for m in base.members]
    assert result.floor == pytest.approx(np.mean(floors))
    assert [dial.wish.value for dial in result.dials] == pytest.approx(floors)
    tails = min((values[1:, 1] <= 0).sum(), (values[1:, 1] >= 0).sum())
    assert result.p_value == pytest.approx(min(1.0, 2 * (tails + 1) / 41))


def test_single_rates_and_differences_agree():
    result = equal_accuracy(
        run("run", 2.5, seeds=(0, 1), noise=1), run("base", 1.5, seeds=(0, 1), noise=2), MATRIX, resamples=50
    )
    for name in ("accuracy", "cer", "critical_miss_rate"):
        gap = getattr(result, name).value - getattr(result, f"baseline_{name}").value
        assert result.difference[name].value == pytest.approx(gap)
    dangerous = int((cases(400, 0.0, 0).truth == 2).sum())
    assert result.difference["critical_miss_rate"].n == dangerous
    # the same missed cases, counted among all or among those at risk
    assert result.difference["critical_miss_rate"].events == pytest.approx(result.difference["cer"].events)
    assert result.cer.n == 800
    assert result.difference["cer"].n == 400


def test_a_run_against_itself_is_undecided_with_exactly_no_difference():
    same = run("same", 1.5, n=150, seeds=(0, 1), folds=(0, 1))
    result = equal_accuracy(same, same, MATRIX, resamples=200)
    for rate in result.difference.values():
        assert (rate.value, rate.low, rate.high) == (0.0, 0.0, 0.0)
    assert result.safer == "undecided"
    assert result.p_value == 1.0


def test_clearly_better_and_clearly_worse():
    good, poor = run("good", 3.5, n=600, noise=1), run("poor", 1.5, n=600, noise=2)
    better = equal_accuracy(good, poor, MATRIX, resamples=300)
    assert better.safer == "yes"
    assert better.difference["cer"].high < 0
    assert better.p_value < 0.02
    worse = equal_accuracy(poor, good, MATRIX, resamples=300)
    assert worse.safer == "unreachable"
    assert not worse.dials[0].reached
    assert worse.baseline_dials[0].reached
    held = equal_accuracy(poor, good, MATRIX, floor=0.7, resamples=300)
    assert held.safer == "no"
    assert held.floor == pytest.approx(0.7)
    assert held.difference["cer"].low > 0


def test_two_equal_networks_are_seldom_called_different():
    """Equally good by construction: at most a few of 40 pairs may be called safer (5 % is the nominal rate)."""
    answers = [
        equal_accuracy(
            run("a", 2.0, noise=2 * k), run("b", 2.0, noise=2 * k + 1), MATRIX, floor=0.6, resamples=200
        ).safer
        for k in range(40)
    ]
    assert answers.count("yes") <= 3
    assert answers.count("no") <= 3
    assert answers.count("undecided") >= 34


def test_a_saving_bought_with_accuracy_is_not_safer():
    """One run is free to overcall where the baseline is exact: fewer critical errors, accuracy clearly lost."""
    truth = np.array([0] * 300 + [2] * 300)
    names = np.arange(600).astype(str)

    def made(name, test_logits):
        validation = Cases(6.0 * np.eye(3)[truth], truth, np.char.add("v", names), np.char.add("v", names))
        return RunPredictions(name, MATRIX.classes, [Member(validation, Cases(test_logits, truth, names, names))])

    said = truth.copy()
    said[300:330] = 0  # 30 misses, nothing else
    timid = np.full(600, 2)
    timid[:200] = 0  # no miss, 100 false alarms
    result = equal_accuracy(made("timid", 6.0 * np.eye(3)[timid]), made("exact", 6.0 * np.eye(3)[said]), MATRIX)
    assert result.difference["cer"].events == pytest.approx(-30)
    assert result.difference["cer"].high < 0
    assert result.difference["accuracy"].high < -0.005
    assert result.safer == "no"


def test_a_pool_reaches_the_floor_on_average_over_its_members():
    """A member that falls short takes its most accurate dial; the pool answers by the average."""
    pool = run("pool", 2.0, n=100, folds=(0, 1, 2, 3))
    highest = []
    for member in pool.members:
        decisions = settings(member.validation, fit_calibration(member.validation))
        highest.append((decisions == member.validation.truth[:, None]).mean(axis=0).max())
    assert min(highest) < np.mean(highest)
    inside = equal_accuracy(pool, pool, MATRIX, floor=np.mean(highest) - 0.001, resamples=20)
    assert inside.safer == "undecided"
    assert not all(dial.reached for dial in inside.dials)
    assert equal_accuracy(pool, pool, MATRIX, floor=np.mean(highest) + 0.001, resamples=20).safer == "unreachable"


def test_seeds_are_paired_in_order_when_they_differ():
    one, three = run("one", 2.0, n=80, noise=1), run("three", 1.8, n=80, seeds=(4, 5, 6), noise=2)
    result = equal_accuracy(one, three, MATRIX, resamples=50)
    assert len(result.dials) == len(result.baseline_dials) == 3
    alone = [
        equal_accuracy(one, RunPredictions("single", three.classes, [member]), MATRIX, resamples=50)
        for member in three.members
    ]
    for name in ("cer", "accuracy"):
        values = [single.difference[name].value for single in alone]
        assert result.difference[name].value == pytest.approx(np.mean(values))
        # seeds that differ among themselves widen the interval of the mean
        assert result.difference[name].high > result.difference[name].low


def test_class_and_member_order_change_nothing():
    ours, base = run("run", 2.0, n=90, folds=(0, 1), noise=1), run("base", 1.8, n=90, folds=(0, 1), noise=2)
    expected = equal_accuracy(ours, base, MATRIX, resamples=50).as_dict()
    order = [2, 0, 1]

    def turned(part):
        return dataclasses.replace(part, logits=part.logits[:, order], truth=np.argsort(order)[part.truth])

    members = [dataclasses.replace(m, validation=turned(m.validation), test=turned(m.test)) for m in base.members]
    other = RunPredictions("base", tuple(MATRIX.classes[k] for k in order), members[::-1])
    got = equal_accuracy(ours, other, MATRIX.reordered(["b", "c", "a"]), resamples=50).as_dict()
    for name, rate in expected["difference"].items():
        assert got["difference"][name] == pytest.approx(rate), name
    assert (got["floor"], got["safer"]) == (pytest.approx(expected["floor"]), expected["safer"])


def test_json_form():
    result = equal_accuracy(run("run", 2.0, n=60, noise=1), run("base", 2.0, n=60, noise=2), MATRIX, resamples=20)
    content = json.loads(json.dumps(result.as_dict()))
    assert {"floor", "accuracy", "cer", "baseline_accuracy", "baseline_cer", "difference", "safer"} <= set(content)
    assert set(content["difference"]["cer"]) == {"value", "low", "high", "events", "n", "groups", "method"}
    assert content["dials"][0]["wish"].startswith("accuracy_floor=")


def test_holm_takes_back_what_many_comparisons_cannot_bear():
    results = [
        equal_accuracy(run("good", 3.5, n=200, noise=1), run("poor", 1.5, n=200, noise=2), MATRIX, resamples=50),
    ]
    results = [
        dataclasses.replace(results[0], p_value=p, safer=s) for p, s in ((0.01, "yes"), (0.04, "yes"), (0.9, "no"))
    ]
    adjusted = holm_adjusted(results)
    assert [result.p_value for result in adjusted] == pytest.approx([0.03, 0.08, 0.9])
    assert [result.safer for result in adjusted] == ["yes", "undecided", "no"]


def test_area_between_frontiers_against_a_fine_sum():
    ours, base = run("run", 3.0, n=600, noise=1), run("base", 1.0, n=600, noise=2)
    area = frontier_area(JudgedRun(ours, MATRIX), JudgedRun(base, MATRIX), resamples=100)
    curves = []
    for side in (ours, base):
        member = side.members[0]
        decisions, truth = settings(member.test, fit_calibration(member.validation)), member.test.truth[:, None]
        accuracy, cer = (decisions == truth).mean(axis=0), ((truth == 2) & (decisions != 2)).mean(axis=0)
        curves.append(step_curve(accuracy, cer))
    low, high = (pick(curve[0][end] for curve in curves) for pick, end in ((max, 0), (min, -1)))
    middles = low + (np.arange(200_000) + 0.5) / 200_000 * (high - low)
    run_cer, base_cer = (least[np.searchsorted(levels, middles)] for levels, least in curves)
    assert area.value == pytest.approx((run_cer - base_cer).mean(), abs=1e-5)
    assert area.low < area.value < area.high < 0
    same = frontier_area(JudgedRun(base, MATRIX), JudgedRun(base, MATRIX), resamples=20)
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)


def test_area_without_common_accuracies_is_nan():
    truth = np.array([0, 1, 2])
    names = np.array(["x", "y", "z"])

    def certain(name, decision):
        validation = Cases(np.zeros((3, 3)), truth, names, names)
        test = Cases(800.0 * np.eye(3)[decision], truth, names, names)
        return RunPredictions(name, MATRIX.classes, [Member(validation, test)])

    area = frontier_area(
        JudgedRun(certain("right", [0, 1, 2]), MATRIX), JudgedRun(certain("wrong", [1, 2, 0]), MATRIX), resamples=5
    )
    assert np.isnan(area.value)
    assert area.as_dict()["value"] is None


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
        (
            changed(BASE, validation=Cases.empty(3)),
            BASE,
            {},
            "base: there are no validation cases to choose a dial on; compare at argmax instead.",
        ),
        (BASE, BASE, {"floor": 77.0}, "floor: 77.0 is outside 0 to 1; give an accuracy such as 0.77."),
    ],
)
def test_errors(ours, baseline, options, message):
    with pytest.raises(InputError) as error:
        equal_accuracy(ours, baseline, MATRIX, resamples=5, **options)
    assert str(error.value) == message


def test_a_matrix_without_a_critical_cell_is_refused():
    with pytest.raises(InputError, match="no confusion is critical"):
        equal_accuracy(BASE, BASE, SeverityMatrix(MATRIX.classes, MATRIX.values, critical=11))
