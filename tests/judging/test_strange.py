"""Images that are not judged: their share by different image, and the rates with and without them."""

import numpy as np
import pytest

from riskcore.decision.dial import Dial
from riskcore.decision.judged_run import JudgedRun
from riskcore.errors import InputError
from riskcore.judging.report import Report, report_on
from riskcore.judging.strange import share_turned_away
from riskcore.predictions import Cases, Member, RunPredictions
from riskcore.severity import SeverityMatrix

MATRIX = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
AT_ARGMAX = Dial("severity", 0.0)
TRUTH = np.array([0, 0, 0, 1, 1, 1])
CALLED = np.array([0, 0, 1, 1, 0, 0])


def member(strange: list[int] | None, seed: int = 0) -> Member:
    """Six images; those at the given places are strange to it."""
    names = np.array(["a", "b", "c", "d", "e", "f"])
    logits = np.where(np.arange(2) == CALLED[:, None], 3.0, 0.0)
    marks = None if strange is None else np.isin(np.arange(6), strange)
    return Member(Cases.empty(2), Cases(logits, TRUTH, names, names, strange=marks), seed)


def judged(*members: Member) -> JudgedRun:
    return JudgedRun(RunPredictions("run", MATRIX.classes, list(members)), MATRIX)


def reported(run: JudgedRun) -> Report:
    kept = JudgedRun(run.predictions.without_strange(), MATRIX)
    return report_on(kept, AT_ARGMAX, data="clinic", everything=run if run.predictions.strange else None)


def test_every_rate_is_given_twice() -> None:
    found = reported(judged(member([4, 5])))
    assert found.n == 4
    assert (found.argmax["accuracy"].value, found.argmax["cer"].value) == (3 / 4, 0.0)
    everything = found.all_images
    assert everything is not None
    assert everything.dial is not None
    for rates in (everything.argmax, everything.dial):
        assert (rates["accuracy"].value, rates["cer"].value, rates["accuracy"].n) == (3 / 6, 2 / 6, 6)
    assert (everything.turned_away.events, everything.turned_away.n) == (2, 6)
    assert set(everything.argmax) == set(found.argmax)
    assert found.as_dict()["all_images"]["dial"]["cer"]["value"] == 2 / 6


def test_where_nothing_is_strange_or_nobody_asked_there_is_one_set_of_rates() -> None:
    for marks in (None, []):
        found = reported(judged(member(marks)))
        assert found.all_images is None
        assert found.n == 6


def test_a_pool_judges_what_all_its_runs_judge_and_counts_each_image_once() -> None:
    pool = judged(member([5], seed=0), member([4], seed=1))
    share = share_turned_away(pool.predictions)
    assert (share.events, share.n) == (2, 6)
    assert reported(pool).n == 4


def test_where_every_image_is_strange_there_is_nothing_to_judge() -> None:
    with pytest.raises(InputError, match="no test cases to judge, as no image is of the kind that it knows"):
        reported(judged(member(list(range(6)))))
