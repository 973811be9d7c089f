"""The worst images of each kind: which cases they are, and in which order."""

import numpy as np
import pytest

from riskcore.decision.dial import Dial
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.pooled import pooled_decisions
from riskcore.judging.worst import Kind, worst_images
from riskcore.metrics import outcomes
from tests.helpers.simulated import MATRIX, run

DECIDED = pooled_decisions(
    JudgedRun(run("pool", 1.0, n=120, groups=60, seeds=(0, 1), noise=1), MATRIX), Dial("severity", 0.3)
)


@pytest.mark.parametrize(("kind", "rule"), [("missed", "critical"), ("false_alarm", "over_call")])
def test_every_case_of_the_kind_is_there_once_and_no_other(kind: Kind, rule: str) -> None:
    case = outcomes(DECIDED.truth, DECIDED.dial, MATRIX)
    expected = set(DECIDED.samples[getattr(case, rule)].tolist())
    found = [one.sample for one in worst_images(DECIDED, kind)]
    assert len(found) == len(set(found))
    if kind == "missed":
        assert set(found) == expected
    else:  # a case that another seed called worse stands with that call
        assert set(found) <= expected
    assert found


def test_the_most_severe_come_first_then_the_surest() -> None:
    found = worst_images(DECIDED)
    order = [(-one.severity, -one.probability) for one in found]
    assert order == sorted(order)
    assert np.all([one.critical for one in found])
