"""The five stops: in order of what they may cost."""

import pytest

from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.decision.pooled import pooled_decisions
from riskcore.decision.stops import STOPS
from riskcore.judging.report import on_validation
from riskcore.metrics import outcomes
from tests.helpers.simulated import MATRIX, run

CHOSEN_ON = on_validation(JudgedRun(run("run", 2.0, n=2000), MATRIX))


def test_the_middle_one_is_the_default_wish() -> None:
    assert list(STOPS) == ["Lowest", "Slight", "Moderate", "Strong", "Highest"]
    assert STOPS["Moderate"].caution == Wish()


@pytest.mark.parametrize(("stop", "points"), [("Slight", 0.005), ("Moderate", 0.01), ("Strong", 0.03)])
def test_stops_lose_no_more_validation_accuracy_than_they_say_and_miss_less(stop: str, points: float) -> None:
    decided = pooled_decisions(CHOSEN_ON, STOPS[stop].caution)
    argmax, cautious = (outcomes(decided.truth, said, MATRIX) for said in (decided.argmax, decided.dial))
    assert decided.reached
    assert cautious.correct.mean() >= argmax.correct.mean() - points - 1e-9
    assert cautious.critical.sum() < argmax.critical.sum()


def test_the_highest_brings_least_average_harm_on_validation() -> None:
    decided = {name: pooled_decisions(CHOSEN_ON, stop.caution) for name, stop in STOPS.items()}
    harm = {name: outcomes(found.truth, found.dial, MATRIX).severity.mean() for name, found in decided.items()}
    assert min(harm, key=harm.__getitem__) == "Highest"


def test_the_lowest_is_the_likeliest_calibrated_class() -> None:
    decided = pooled_decisions(CHOSEN_ON, STOPS["Lowest"].caution)
    assert (decided.dial == decided.probabilities.argmax(axis=1)).all()
