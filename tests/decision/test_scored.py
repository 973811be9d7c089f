"""Scores and losses of cases against plain loops."""

import numpy as np
import pytest

from riskcore.decision.dial import Dial
from riskcore.decision.scored import Scored, scored
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


def test_damaged_cases_are_refused() -> None:
    scores = np.linspace(0, 1, 50)
    with pytest.raises(InputError, match="one score, loss, group"):
        Scored(scores[:5], scores, np.arange(50))
    with pytest.raises(InputError, match="finite scores"):
        Scored(np.full(50, np.nan), scores, np.arange(50))
