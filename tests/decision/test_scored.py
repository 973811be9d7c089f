"""Scores and losses of cases against plain loops."""

import numpy as np
import pytest

from riskcore.decision.dial import Dial
from riskcore.decision.scored import GroupLosses, Scored, grid, scored
from riskcore.errors import InputError
from riskcore.severity import SeverityMatrix

MATRIX = SeverityMatrix(["naevus", "keratosis", "melanoma"], [[0, 1, 2], [1, 0, 2], [10, 8, 0]], critical=8)


@pytest.mark.parametrize("harm", [False, True])
def test_scores_are_the_expected_losses_at_the_dial(harm: bool) -> None:
    rng = np.random.default_rng(5)
    p = rng.dirichlet([2, 1, 0.5], 200)
    truth = np.array([rng.choice(3, p=row) for row in p])
    found = scored(truth, p, MATRIX, Dial("severity", 0.4), np.arange(200), harm=harm)
    cost = (1 - 0.4) * (1 - np.eye(3)) + 0.4 * MATRIX.values / 10
    for case in range(200):
        call = int((p[case] @ cost).argmin())
        danger = MATRIX.values[:, call] / 10 if harm else (MATRIX.values[:, call] >= 8).astype(float)
        assert found.scores[case] == pytest.approx(p[case] @ danger)
        assert found.losses[case] == danger[truth[case]]
    assert list(found.claims) == ["melanoma"]
    np.testing.assert_array_equal(found.claims["melanoma"], truth == 2)


def test_what_is_not_of_its_kind_is_never_answered_and_sets_no_threshold() -> None:
    p, names = np.tile([[0.9, 0.1], [0.6, 0.4]], (10, 1)), np.arange(20)
    matrix = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
    away = names < 4
    found = scored(np.zeros(20, dtype=int), p, matrix, Dial("severity", 0.0), names, strange=away)
    assert np.isinf(found.scores[away]).all()
    assert found.scores[~away].tolist() == pytest.approx([0.1, 0.4] * 8)
    assert grid(found).tolist() == pytest.approx([0.1, 0.4])
    losses = GroupLosses(found, "all")
    assert (losses.answered(1.0), len(losses.at(1.0, "case")), len(losses.at(1.0, "answered"))) == (16, 20, 16)
    nothing = scored(np.zeros(20, dtype=int), p, matrix, Dial("severity", 0.0), names, strange=names >= 0)
    with pytest.raises(InputError, match="that may be answered"):
        grid(nothing)


def test_damaged_cases_are_refused() -> None:
    scores = np.linspace(0, 1, 50)
    with pytest.raises(InputError, match="one score, loss, group"):
        Scored(scores[:5], scores, np.arange(50))
    with pytest.raises(InputError, match="scores that are numbers"):
        Scored(np.full(50, np.nan), scores, np.arange(50))
