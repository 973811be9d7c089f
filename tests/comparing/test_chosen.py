"""Chosen dials against plain loops, in which A and both dials are made anew in every replicate."""

import dataclasses
import json

import numpy as np
import pytest

from riskcore import at_chosen_dials
from riskcore.comparing import rate_differences
from riskcore.comparing.chosen import all_at_chosen_dials
from riskcore.comparing.paired import line_up
from riskcore.comparing.rate_differences import RATES
from riskcore.decision.calibration import fit_calibration
from riskcore.decision.dial import decide_grid
from riskcore.decision.judged_run import JudgedRun
from riskcore.errors import InputError
from riskcore.metrics.resampling import unit_weights
from riskcore.predictions import Cases
from tests.helpers.simulated import MATRIX, run


def compared(ours, baseline, *, floor=None, resamples=200, seed=0):
    lineup = line_up([JudgedRun(ours, MATRIX)], JudgedRun(baseline, MATRIX), resamples=resamples, seed=seed)
    return all_at_chosen_dials(lineup, floor)[0]


def settings(part, fitted):
    """(N, 404) decisions in ascending order of aversion, severity before critical."""
    both = [decide_grid(fitted.apply(part.logits), MATRIX, rule) for rule in ("severity", "critical")]
    return np.stack(both, axis=2).reshape(len(part), -1)


def chosen_setting(weights, truth, decisions, floor):
    best = None
    for setting in range(decisions.shape[1]):
        decision = decisions[:, setting]
        correct = (weights * (decision == truth)).sum()
        critical = (weights * ((truth == 2) & (decision != 2))).sum()
        fine = correct >= (floor - 1e-9) * weights.sum()
        key = (0, critical, -correct) if fine else (1, -correct, critical)
        if best is None or key < best[0]:
            best = key, setting
    return best[1]


@pytest.mark.parametrize("seeds", [(0, 1), (0, 1, 2, 3, 4)])
def test_every_replicate_against_loops(monkeypatch, seeds):
    monkeypatch.setattr(rate_differences, "pseudo_groups", lambda by_group, groups, resamples, rng: np.zeros(resamples))
    resamples = 20
    ours = run("run", 2.0, n=60, seeds=seeds, folds=(0, 1), groups=25, noise=1)
    base = run("base", 1.8, n=60, seeds=seeds, folds=(0, 1), groups=25, noise=2)
    result = compared(ours, base, resamples=resamples, seed=5)

    every = [part.groups for side in (base, ours) for m in side.members for part in (m.validation, m.test)]
    names = np.unique(np.concatenate(every))
    drawn = np.vstack([np.ones(len(names)), unit_weights(len(names), resamples, 5)])
    of_seeds = unit_weights(len(seeds), resamples, 6) if len(seeds) >= 5 else np.ones((resamples, len(seeds)))
    drawn_seeds = np.vstack([np.ones(len(seeds)), of_seeds])
    prepared = {
        (side.id, m.seed, m.fold): (
            m,
            *(settings(part, fit_calibration(m.validation)) for part in (m.validation, m.test)),
        )
        for side in (ours, base)
        for m in side.members
    }
    values = []
    for weights, weights_of_seeds in zip(drawn, drawn_seeds, strict=True):
        counts = {"run": np.zeros(5), "base": np.zeros(5)}  # correct of a, b, c; critical; over-calls
        cases = np.zeros(3)
        for (side, seed, fold), (member, on_validation, on_test) in prepared.items():
            reference = prepared["base", seed, fold][0].validation
            w = weights[np.searchsorted(names, reference.groups)]
            floor = w @ (reference.logits.argmax(axis=1) == reference.truth) / w.sum() - 0.01
            w = weights[np.searchsorted(names, member.validation.groups)]
            setting = chosen_setting(w, member.validation.truth, on_validation, floor)
            w = weights[np.searchsorted(names, member.test.groups)] * weights_of_seeds[seed]
            truth, decision = member.test.truth, on_test[:, setting]
            for k in range(3):
                counts[side][k] += w @ ((truth == k) & (decision == k))
                cases[k] += w[truth == k].sum() / 2
            counts[side][3] += w @ ((truth == 2) & (decision != 2))
            counts[side][4] += w @ ((truth != 2) & (decision == 2))
        gap = counts["run"] - counts["base"]
        values.append(
            [
                gap[:3].sum() / cases.sum(),
                gap[3] / cases.sum(),
                gap[3] / cases[2],
                gap[4] / cases[:2].sum(),
                (gap[:3] / cases).mean(),
            ]
        )
    values = np.array(values)
    for place, name in enumerate(RATES):
        rate = result.difference[name]
        assert rate.value == pytest.approx(values[0, place]), name
        ends = np.quantile(values[1:, place], [0.025, 0.975]).tolist()
        assert [rate.low, rate.high] == pytest.approx(ends, abs=1e-6), name
        assert result.rates[name].value - result.baseline_rates[name].value == pytest.approx(rate.value), name
    floors = [(m.validation.logits.argmax(axis=1) == m.validation.truth).mean() - 0.01 for m in base.members]
    assert result.floor == pytest.approx(np.mean(floors))
    assert [dial.wish.value for dial in result.dials] == pytest.approx(floors)
    assert result.difference["cer"].n == 120


def test_a_run_that_cannot_reach_the_accuracy():
    good, poor = run("good", 3.5, n=300, noise=1), run("poor", 1.5, n=300, noise=2)
    result = compared(poor, good)
    assert not result.reachable
    assert "most accurate" in result.why
    assert not result.dials[0].reached
    assert result.baseline_dials[0].reached
    held = compared(poor, good, floor=0.6)
    assert held.reachable
    assert held.why is None
    assert held.floor == pytest.approx(0.6)


def test_a_pool_reaches_the_floor_on_average_over_its_members():
    """A member that falls short takes its most accurate dial; the pool answers by the average."""
    pool = run("pool", 2.0, n=100, folds=(0, 1, 2, 3))
    highest = []
    for member in pool.members:
        decisions = settings(member.validation, fit_calibration(member.validation))
        highest.append((decisions == member.validation.truth[:, None]).mean(axis=0).max())
    assert min(highest) < np.mean(highest)
    inside = compared(pool, pool, floor=np.mean(highest) - 0.001, resamples=20)
    assert inside.reachable
    assert not all(dial.reached for dial in inside.dials)
    assert not compared(pool, pool, floor=np.mean(highest) + 0.001, resamples=20).reachable


def test_from_cases_and_what_cannot_be_chosen():
    ours, base = run("run", 2.0, n=100, noise=1).members[0], run("base", 1.8, n=100, noise=2).members[0]
    found = at_chosen_dials(ours.validation, ours.test, base.validation, base.test, MATRIX, resamples=50)
    assert found.difference["cer"].n == 100
    assert found.absent == ()
    harmless = base.validation.truth != 2
    part = base.validation
    without = Cases(part.logits[harmless], part.truth[harmless], part.samples[harmless], part.groups[harmless])
    for validation, why in ((without, "no case of a critical class"), (Cases.empty(3), "no validation cases")):
        nothing = at_chosen_dials(ours.validation, ours.test, validation, base.test, MATRIX)
        assert why in nothing.why
        content = nothing.as_dict()
        assert (content["reachable"], content["why"]) == (False, nothing.why)
        assert {value for key, value in content.items() if key not in ("reachable", "why")} == {None}


def test_json_form():
    content = json.loads(json.dumps(compared(run("run", 2.0, n=60, noise=1), run("base", 2.0, n=60)).as_dict()))
    needed = {"floor", "reachable", "why", *RATES, *(f"baseline_{name}" for name in RATES), "difference", "dials"}
    assert needed | {"baseline_dials", "absent"} == set(content)
    assert set(content["difference"]) == set(RATES)
    assert content["dials"][0]["wish"].startswith("accuracy_floor=")


def test_a_floor_outside_the_shares_is_refused():
    one = run("one", 2.0, n=30)
    with pytest.raises(InputError, match="floor: 77 is outside 0 to 1"):
        compared(one, one, floor=77)


def test_several_seeds_against_one_repeat_it():
    one, three = run("one", 2.0, n=80, noise=1), run("three", 1.8, n=80, seeds=(4, 5, 6), noise=2)
    found = compared(one, three, resamples=30)
    alone = [compared(one, dataclasses.replace(three, members=[member]), resamples=30) for member in three.members]
    assert len(found.dials) == len(found.baseline_dials) == 3
    for name in RATES:
        mean = np.mean([each.difference[name].value for each in alone])
        assert found.difference[name].value == pytest.approx(mean), name
