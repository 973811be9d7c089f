"""Pools: each member calibrated and decided on its own, then joined."""

import dataclasses

import numpy as np
import pytest

from riskcore.decision.calibration import fit_calibration
from riskcore.decision.dial import Dial, decide
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish, operating_point
from riskcore.decision.pooled import pooled_decisions
from riskcore.errors import InputError
from riskcore.predictions import Cases, Member, RunPredictions
from tests.helpers.simulated import MATRIX, cases, run


def test_a_pool_is_its_members_one_after_the_other():
    pool = run("pool", 1.5, n=120, seeds=(0, 1), folds=(0, 1, 2))
    pooled = pooled_decisions(JudgedRun(pool, MATRIX), Wish("accuracy_loss", 0.02))
    at = 0
    for member, dial in zip(pool.members, pooled.dials, strict=True):
        fitted = fit_calibration(member.validation)
        expected = operating_point(
            member.validation, fitted.apply(member.validation.logits), MATRIX, Wish("accuracy_loss", 0.02)
        )
        assert dial == expected
        part = slice(at, at + len(member.test))
        p = fitted.apply(member.test.logits)
        np.testing.assert_allclose(pooled.probabilities[part], p)
        np.testing.assert_array_equal(pooled.dial[part], decide(p, MATRIX, dial.aversion, dial.rule))
        np.testing.assert_array_equal(pooled.argmax[part], member.test.logits.argmax(axis=1))
        np.testing.assert_array_equal(pooled.truth[part], member.test.truth)
        assert pooled.samples[part].tolist() == member.test.samples.tolist()
        assert pooled.groups[part].tolist() == member.test.groups.tolist()
        at += len(member.test)
    assert at == len(pooled.truth) == 720
    assert pooled.distinct == 360
    assert len({(dial.rule, dial.aversion) for dial in pooled.dials}) > 1


def test_class_order_of_the_matrix_changes_nothing():
    pool = run("pool", 1.5, n=100)
    turned = MATRIX.reordered(["c", "a", "b"])
    np.testing.assert_array_equal(
        pooled_decisions(JudgedRun(pool, MATRIX)).dial, pooled_decisions(JudgedRun(pool, turned)).dial
    )


def test_a_fixed_dial_needs_no_validation():
    test = cases(50, 1.5, 0)
    foreign = RunPredictions("vendor", MATRIX.classes, [Member(Cases.empty(3), test)])
    pooled = pooled_decisions(JudgedRun(foreign, MATRIX), Dial("critical", 0.9))
    p = np.exp(test.logits) / np.exp(test.logits).sum(axis=1, keepdims=True)
    np.testing.assert_array_equal(pooled.dial, decide(p, MATRIX, 0.9, "critical"))
    assert pooled.dials == (Dial("critical", 0.9),)
    assert pooled.reached
    with pytest.raises(InputError, match="vendor: There are no validation cases"):
        pooled_decisions(JudgedRun(foreign, MATRIX))


def test_reached_speaks_for_all_members():
    pool = run("pool", 1.5, n=60, folds=(0, 1))
    assert pooled_decisions(JudgedRun(pool, MATRIX), Wish("accuracy_floor", 0.3)).reached
    assert not pooled_decisions(JudgedRun(pool, MATRIX), Wish("accuracy_floor", 1.0)).reached


def test_subgroups_are_joined_and_unknown_where_a_member_lacks_them():
    pool = run("pool", 1.5, n=3, folds=(0, 1))
    first = dataclasses.replace(pool.members[0].test, subgroups={"sex": np.array(["f", "m", ""])})
    pool = RunPredictions("pool", MATRIX.classes, [dataclasses.replace(pool.members[0], test=first), pool.members[1]])
    subgroups = pooled_decisions(JudgedRun(pool, MATRIX), Dial("severity", 0.5)).subgroups
    assert {name: values.tolist() for name, values in subgroups.items()} == {"sex": ["f", "m", "", "", "", ""]}
