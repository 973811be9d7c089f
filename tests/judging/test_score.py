"""The score of a search against brute force over every setting of the dial."""

import numpy as np
import pytest

from riskcore.decision.dial import decide, dial_grid
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import WISH_KINDS, Wish
from riskcore.decision.pooled import calibrate
from riskcore.errors import InputError
from riskcore.judging.score import BAND, POINTS, frontier_score
from riskcore.predictions import Cases, Member, RunPredictions
from riskcore.severity import RULES
from tests.helpers.simulated import MATRIX, cases, run


def brute_force(pool: RunPredictions, reference: RunPredictions, wish: Wish) -> float:
    scores, sizes = [], []
    for member, other in zip(calibrate(pool), reference.members, strict=True):
        truth = member.validation.truth
        dangerous, false = MATRIX.critical_classes, []
        settings = []
        for rule in RULES:
            for aversion in dial_grid():
                said = decide(member.validation_probabilities, MATRIX, aversion, rule)
                false = dangerous[said][~dangerous[truth]].mean()
                harm = MATRIX.values[truth, said]
                settings.append(((said == truth).mean(), (harm >= MATRIX.critical).mean(), false, harm.mean()))
        accuracy, cer, over_call, severity = np.array(settings).T
        base = (other.validation.logits.argmax(1) == other.validation.truth).mean()
        values = []
        for step in np.linspace(-BAND, BAND, POINTS):
            bound = {"accuracy_loss": base - wish.value}.get(wish.kind, wish.value) + step
            match wish.kind:
                case "accuracy_loss" | "accuracy_floor":
                    values.append(cer[accuracy >= bound - 1e-9].min(initial=dangerous[truth].mean()))
                case "over_call_ceiling":
                    values.append(cer[over_call <= bound + 1e-9].min())
                case "cer_ceiling":
                    values.append((1 - accuracy)[cer <= bound + 1e-9].min(initial=1.0))
                case "least_severity":
                    values.append(severity.min())
        scores.append(np.mean(values))
        sizes.append(len(truth))
    return float(np.average(scores, weights=sizes))


WISHES = [Wish("accuracy_loss", 0.02), Wish("accuracy_floor", 0.6), Wish("over_call_ceiling", 0.2)]
WISHES += [Wish("cer_ceiling", 0.05), Wish("least_severity", 0.0)]


@pytest.mark.parametrize("wish", WISHES, ids=str)
def test_every_wish_against_brute_force(wish: Wish) -> None:
    pool, reference = run("pool", 1.4, folds=(0, 1), noise=1), run("reference", 1.6, folds=(0, 1))
    assert frontier_score(JudgedRun(pool, MATRIX), reference, wish) == pytest.approx(brute_force(pool, reference, wish))


def test_all_wishes_are_tried() -> None:
    assert {wish.kind for wish in WISHES} == set(WISH_KINDS)


def test_more_skill_scores_lower_and_less_accuracy_of_its_own_gains_nothing() -> None:
    reference = run("reference", 1.5, n=2000)
    scores = [
        frontier_score(JudgedRun(run("pool", skill, n=2000), MATRIX), reference, Wish()) for skill in (2.0, 1.5, 1.0)
    ]
    assert scores == sorted(scores)
    assert scores[2] == pytest.approx((cases(2000, 1.0, 0, start=5000).truth == 2).mean())  # none reaches the floor


def test_what_cannot_be_judged_is_said() -> None:
    pool = run("pool", 1.0)
    none = RunPredictions("none", pool.classes, [Member(Cases.empty(3), pool.members[0].test)])
    with pytest.raises(InputError, match="none: There are no validation cases"):
        frontier_score(JudgedRun(none, MATRIX), pool, Wish())
    with pytest.raises(InputError, match="pool and other: seeds or folds differ; train both over the same"):
        frontier_score(JudgedRun(pool, MATRIX), run("other", 1.0, seeds=(1,)), Wish())
