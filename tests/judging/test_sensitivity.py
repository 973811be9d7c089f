"""Which cell matters most: the same as editing each cell by hand and deciding anew."""

import numpy as np
import pytest

from riskcore.decision.dial import Dial
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.decision.pooled import pooled_decisions
from riskcore.errors import InputError
from riskcore.judging.sensitivity import CellSensitivity, cell_sensitivity, top_change
from riskcore.judging.whatif import Whatif
from riskcore.severity import SeverityMatrix
from tests.helpers.simulated import MATRIX, run

OTHER_ORDER = SeverityMatrix(["c", "a", "b"], [[0, 12, 3], [2, 0, 0], [6, 5, 0]], critical=6)


@pytest.mark.parametrize("choice", [Wish(), Wish("least_severity", 0.0), Dial("severity", 0.9)])
@pytest.mark.parametrize("matrix", [MATRIX, OTHER_ORDER])
@pytest.mark.parametrize("pool", [run("one", 1.5, n=120), run("pool", 1.5, n=60, seeds=(0, 1), folds=(0, 1))])
def test_each_cell_counts_what_an_edit_by_hand_changes(pool, matrix, choice):
    found = cell_sensitivity(Whatif(pool), matrix, choice)
    now = pooled_decisions(JudgedRun(pool, matrix), choice).dial
    assert found.n == len(now)
    for counts, factor in ((found.doubled, 2), (found.halved, 0.5)):
        for truth, true_name in enumerate(matrix.classes):
            for said, said_name in enumerate(matrix.classes):
                edited = {name: dict(zip(matrix.classes, row, strict=True)) for name, row in _rows(matrix)}
                edited[true_name][said_name] *= factor
                values = [[edited[i][j] for j in matrix.classes] for i in matrix.classes]
                then = pooled_decisions(
                    JudgedRun(pool, SeverityMatrix(matrix.classes, values, matrix.critical)), choice
                ).dial
                assert counts[truth, said] == sum(a != b for a, b in zip(now, then, strict=True))
    assert found.changed.any()  # else nothing was compared
    truth, said = found.top
    assert found.changed[truth, said] == max(found.doubled.max(), found.halved.max())


@pytest.mark.parametrize("choice", [Wish(), Wish("least_severity", 0.0), Dial("critical", 0.9)])
@pytest.mark.parametrize("matrix", [MATRIX, OTHER_ORDER])
def test_the_direction_of_the_top_change_is_that_of_each_decision(matrix, choice):
    pool = run("pool", 1.5, n=60, seeds=(0, 1), folds=(0, 1))
    found = cell_sensitivity(Whatif(pool), matrix, choice)
    change = top_change(found, Whatif(pool), matrix, choice)
    truth, said = found.top
    assert (change.truth, change.said) == (matrix.classes[truth], matrix.classes[said])
    assert change.severity == matrix.values[truth, said]
    assert change.edited / change.severity == (2 if found.doubled[found.top] >= found.halved[found.top] else 0.5)
    values = matrix.values.copy()
    values[truth, said] = change.edited
    edited = SeverityMatrix(matrix.classes, values, matrix.critical)
    now, then = pooled_decisions(JudgedRun(pool, matrix), choice), pooled_decisions(JudgedRun(pool, edited), choice)
    place = [matrix.classes.index(name) for name in pool.classes]
    gaps = [
        values[place[y], place[b]] - values[place[y], place[a]]
        for y, a, b in zip(now.truth, now.dial, then.dial, strict=True)
        if a != b
    ]
    assert change.effects == {
        "worse": sum(gap > 0 for gap in gaps),
        "better": sum(gap < 0 for gap in gaps),
        "equal": sum(gap == 0 for gap in gaps),
    }
    assert len(gaps) == found.changed.max() > 0
    assert change.crosses == (edited.critical_cells != matrix.critical_cells).any()


def test_cells_that_change_as_many_are_told():
    zero = np.zeros((3, 3), dtype=np.int64)
    doubled, halved = zero.copy(), zero.copy()
    doubled[0, 2], halved[2, 1], doubled[1, 0] = 4, 4, 3
    found = CellSensitivity(doubled, halved, 10)
    assert (found.top, found.equals) == ((0, 2), [(2, 1)])
    assert CellSensitivity(zero, zero, 10).equals == []


def _rows(matrix):
    return zip(matrix.classes, matrix.values.tolist(), strict=True)


def test_halving_the_only_dangerous_mistake_is_not_asked():
    matrix = SeverityMatrix(["a", "b", "c"], [[0, 1, 3], [2, 0, 4], [5, 9, 0]], critical=9)
    found = cell_sensitivity(Whatif(run("one", 1.5, n=120)), matrix)
    assert found.halved[2, 1] == 0
    assert found.doubled.any()


def test_where_nothing_matters_there_is_no_top_cell():
    certain = run("sure", 50.0, n=60)
    found = cell_sensitivity(Whatif(certain), MATRIX)
    assert not found.changed.any()
    assert found.top is None
    assert top_change(found, Whatif(certain), MATRIX) is None


def test_progress_is_told_after_each_cell():
    steps = []
    cell_sensitivity(Whatif(run("one", 1.5, n=30)), OTHER_ORDER, progress=lambda *step: steps.append(step))
    assert steps == [(done, 5) for done in range(1, 6)]  # one of the six cells is 0 and cannot be doubled


def test_a_matrix_without_dangerous_mistake_is_refused():
    harmless = SeverityMatrix(MATRIX.classes, MATRIX.values, critical=100)
    with pytest.raises(InputError, match="no confusion is critical"):
        cell_sensitivity(Whatif(run("one", 1.5, n=20)), harmless)
    assert np.array_equal(harmless.values, MATRIX.values)
