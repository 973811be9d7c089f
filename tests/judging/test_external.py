"""Rates of a run on the cases of one data set, counted by loops."""

import numpy as np
import pytest

from riskcore.decision.dial import Dial
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.errors import InputError
from riskcore.judging.external import data_rates
from riskcore.predictions import Cases, Member, RunPredictions
from tests.helpers.simulated import MATRIX, run


def test_cases_of_two_seeds_are_counted_once_and_their_decisions_twice() -> None:
    pool = run("pool", 1.5, n=50, seeds=(0, 1), groups=20)
    found = data_rates(JudgedRun(pool, MATRIX), Dial("critical", 0.0))
    truth = pool.members[0].test.truth
    assert (found.cases, found.dangerous_cases) == (50, int((truth == 2).sum()))
    assert found.majority_accuracy == pytest.approx(np.bincount(truth).max() / 50)
    assert (found.rates["accuracy"].n, found.rates["accuracy"].groups) == (50, 20)
    assert found.rates["critical_miss_rate"].n == (truth == 2).sum()


def test_decisions_are_those_of_the_given_dial() -> None:
    names = np.array([f"case{n}" for n in range(6)])
    logits = np.log(
        [[0.6, 0.3, 0.1], [0.5, 0.1, 0.4], [0.2, 0.7, 0.1], [0.5, 0.2, 0.3], [0.1, 0.2, 0.7], [0.9, 0.05, 0.05]]
    )
    truth = np.array([0, 2, 1, 2, 2, 0])
    cases = Cases(logits, truth, names, names)
    judged = JudgedRun(RunPredictions("run", MATRIX.classes, [Member(Cases.empty(3), cases)]), MATRIX)
    likeliest, cautious = (data_rates(judged, Dial("critical", a)) for a in (0.0, 0.99))
    said = logits.argmax(axis=1)
    assert likeliest.rates["accuracy"].value == pytest.approx((said == truth).mean())
    assert likeliest.rates["cer"].value == pytest.approx(2 / 6)
    assert likeliest.rates["critical_miss_rate"].value == pytest.approx(2 / 3)
    assert cautious.rates["cer"].value == 0  # at 0.99 a risk of 5 % is enough to be called dangerous
    assert cautious.rates["over_call_rate"].value == 1
    with pytest.raises(InputError, match="no validation cases"):
        data_rates(judged, Wish())
