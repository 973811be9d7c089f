"""Dials held to something: every choice and count against loops over replicates, members and settings."""

import numpy as np
import pytest

from riskcore.comparing.held import (
    argmax_accuracies,
    argmax_by_group,
    argmax_counts,
    argmax_total,
    held_to_accuracy,
    held_to_least_severity,
    held_to_over_calls,
)
from riskcore.comparing.paired import Paired, PairedMember, pair
from riskcore.decision.judged_run import JudgedRun
from tests.comparing.brute import TABLES, along, case_weights, counted, pool
from tests.helpers.simulated import MATRIX

NAMES = ("correct", "critical", "over_call", "severity")


@pytest.fixture(scope="module", params=[2, 5], ids=["two seeds", "five seeds"])
def paired(request) -> Paired:
    sides = (pool(name, skill, n=40, seeds=range(request.param)) for name, skill in (("run", 1.5), ("base", 1.0)))
    return pair(*(JudgedRun(side, MATRIX) for side in sides), resamples=5)


def members(side) -> list[PairedMember]:
    return [member for folds in side for member in folds]


def curves(member: PairedMember, paired: Paired) -> dict[str, np.ndarray]:
    """(404, 1 + R) counts on validation, and the number of cases and of harmless ones."""
    part = member.validation
    decisions, weights = along(member.member.validation_probabilities), case_weights(part, paired.weights)
    found = {name: np.stack([counted(name, part.truth, decisions, w) for w in weights.T], axis=1) for name in TABLES}
    return found | {"cases": weights.sum(axis=0), "harmless": weights[part.truth != 2].sum(axis=0)}


def least(allowed, primary, secondary, fallback) -> int:
    """The allowed setting of least primary, then secondary, then number; without one that of least fallback."""
    rows = range(len(primary))
    if any(allowed):
        return min((primary[row], secondary[row], row) for row in rows if allowed[row])[2]
    return min((*(key[row] for key in fallback), row) for row in rows)[-1]


def test_held_to_an_accuracy(paired) -> None:
    floors = argmax_accuracies(paired.baseline, paired.weights, margin=0.02)
    for held, shift in ((held_to_accuracy(paired.run, floors, paired.weights), 0.0), (None, 0.5)):
        asked = [[floor + shift for floor in own] for own in floors]
        held = held or held_to_accuracy(paired.run, asked, paired.weights)
        every = [floor for own in asked for floor in own]
        settings = [setting for own in held.settings for setting in own]
        for member, floor, setting in zip(members(paired.run), every, settings, strict=True):
            of = curves(member, paired)
            expected = []
            for r, at in enumerate(floor):
                allowed = of["correct"][:, r] >= at * of["cases"][r] - 1e-6
                correct, critical = of["correct"][:, r], of["critical"][:, r]
                expected.append(least(allowed, critical, -correct, (-correct, critical)))
            assert setting.tolist() == expected


def test_an_accuracy_that_is_just_reached_is_reached(paired) -> None:
    """The floor is the highest accuracy itself: rounding must not take away the settings that have it."""
    floors = [
        [curves(member, paired)["correct"].max(axis=0) / curves(member, paired)["cases"] for member in folds]
        for folds in paired.run
    ]
    held = held_to_accuracy(paired.run, floors, paired.weights)
    for member, setting in zip(members(paired.run), [each for own in held.settings for each in own], strict=True):
        correct, critical = curves(member, paired)["correct"], curves(member, paired)["critical"]
        for r, chosen in enumerate(setting):
            best = correct[:, r] == correct[:, r].max()
            assert best[chosen]
            assert critical[chosen, r] == critical[best, r].min()


@pytest.mark.parametrize("ceiling", [0.0, 0.15, 0.4])
def test_held_to_over_calls(paired, ceiling) -> None:
    held = held_to_over_calls(paired.run, ceiling, paired)
    for member, setting in zip(members(paired.run), [each for own in held.settings for each in own], strict=True):
        of = curves(member, paired)
        expected = []
        for r in range(6):
            allowed = of["over_call"][:, r] <= ceiling * of["harmless"][r] + 1e-6
            keys = of["critical"][:, r], -of["correct"][:, r]
            expected.append(least(allowed, *keys, keys[1:]))
        assert setting.tolist() == expected


def test_held_to_least_severity(paired) -> None:
    held = held_to_least_severity(paired.run, paired)
    for member, setting in zip(members(paired.run), [each for own in held.settings for each in own], strict=True):
        of = curves(member, paired)
        for r, chosen in enumerate(setting):
            severity = of["severity"][:, r]
            assert severity[chosen] == severity.min()
            assert of["correct"][chosen, r] == of["correct"][severity == severity.min(), r].max()


def test_what_comes_of_held_dials_on_test(paired) -> None:
    held = held_to_over_calls(paired.run, 0.2, paired)
    tables = np.stack([np.asarray(TABLES[name], float) for name in NAMES])
    per_seed = np.zeros((len(paired.run), 4, 6))
    by_group = np.zeros((4, len(paired.weights)))
    for s, (folds, settings) in enumerate(zip(paired.run, held.settings, strict=True)):
        for member, setting in zip(folds, settings, strict=True):
            decisions, weights = along(member.member.test_probabilities), case_weights(member.test, paired.weights)
            for m, name in enumerate(NAMES):
                for r in range(6):
                    per_seed[s, m, r] += counted(name, member.test.truth, decisions[:, setting[r]], weights[:, r])
                values = tables[m][member.test.truth, decisions[:, setting[0]]]
                np.add.at(by_group[m], member.test.codes, values)
    assert np.stack(held.counts(tables, paired.weights)) == pytest.approx(per_seed, rel=1e-5)
    for m, name in enumerate(NAMES):
        expected = (per_seed[:, m] * paired.seed_weights).sum(axis=0)
        assert held.total(name, paired) == pytest.approx(expected, rel=1e-5)
    assert held.by_group(tables, len(paired.weights)) == pytest.approx(by_group)
    rates = held.rates()
    cases = len(paired.run) * 80
    assert rates["accuracy"].value == pytest.approx(by_group[0].sum() / cases)
    assert rates["cer"].value == pytest.approx(by_group[1].sum() / cases)
    assert rates["expected_severity"].value == pytest.approx(by_group[3].sum() / cases)
    assert (rates["accuracy"].n, rates["accuracy"].groups) == (80, 40)
    chosen = [(member.member.seed, member.member.fold, setting) for member, setting in held.chosen()]
    assert chosen == [(s, f, int(held.settings[s][f][0])) for s in range(len(paired.run)) for f in (0, 1)]


def test_the_likeliest_class(paired) -> None:
    for measure in NAMES:
        per_seed = np.zeros((len(paired.baseline), 6))
        by_group = np.zeros(len(paired.weights))
        for s, folds in enumerate(paired.baseline):
            for member in folds:
                said, weights = member.member.test.logits.argmax(axis=1), case_weights(member.test, paired.weights)
                per_seed[s] += [counted(measure, member.test.truth, said, w) for w in weights.T]
                np.add.at(by_group, member.test.codes, np.asarray(TABLES[measure], float)[member.test.truth, said])
        assert np.stack(argmax_counts(paired.baseline, measure, paired.weights)) == pytest.approx(per_seed, rel=1e-5)
        expected = (per_seed * paired.seed_weights).sum(axis=0)
        assert argmax_total(paired.baseline, measure, paired) == pytest.approx(expected, rel=1e-5)
        assert argmax_by_group(paired.baseline, measure, len(paired.weights)) == pytest.approx(by_group)


@pytest.mark.parametrize("margin", [None, 0.01])
def test_validation_accuracies_of_the_likeliest_class_less_a_margin(paired, margin) -> None:
    given = {} if margin is None else {"margin": margin}
    found = [floor for own in argmax_accuracies(paired.baseline, paired.weights, **given) for floor in own]
    for member, floor in zip(members(paired.baseline), found, strict=True):
        right = member.member.validation.logits.argmax(axis=1) == member.validation.truth
        weights = case_weights(member.validation, paired.weights)
        expected = [np.average(right, weights=w) - (margin or 0.0) for w in weights.T]
        assert floor == pytest.approx(expected, abs=1e-6)
