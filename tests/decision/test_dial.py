"""The dial against brute force over all classes, in exact rational arithmetic where ties matter."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskcore.decision.dial import Dial, decide, decide_grid, dial_grid, envelope, join_envelopes
from riskcore.errors import InputError
from riskcore.severity import SeverityMatrix
from tests.helpers.simulated import MATRIX


def exact_decision(counts, matrix, aversion, rule):
    """argmin of the expected cost with fractions; ties to the likelier class, then the first."""
    total, size = sum(counts), len(counts)
    p = [Fraction(count, total) for count in counts]
    worst = Fraction(int(matrix.values.max()))
    harm = [
        [Fraction(int(v)) / worst if rule == "severity" else Fraction(int(v >= matrix.critical)) for v in row]
        for row in matrix.values
    ]
    cost = [sum(p[i] * ((1 - aversion) * (i != j) + aversion * harm[i][j]) for i in range(size)) for j in range(size)]
    return min(range(size), key=lambda j: (cost[j], -p[j], j))


def test_grid():
    grid = dial_grid()
    assert len(grid) == 202
    assert grid[0] == 0.0
    assert grid[-1] == 1.0
    odds = grid[1:-1] / (1 - grid[1:-1])
    np.testing.assert_allclose([odds[0], odds[-1]], [0.01, 1000.0])
    np.testing.assert_allclose(np.diff(np.log(odds)), np.log(1e5) / 199)


def test_by_hand():
    """Both rules on p = (0.7, 0.1, 0.2)."""
    p = np.array([[0.7, 0.1, 0.2]])
    # E_a = (0.1·2 + 0.2·10)/10 = 0.22, E_b = (0.7·1 + 0.2·9)/10 = 0.25, E_c = (0.7·3 + 0.1·4)/10 = 0.25: a wins always
    assert set(decide_grid(p, MATRIX, "severity")[0]) == {0}
    # critical: E_a = E_b = 0.2, E_c = 0: c from λ = (0.7 − 0.2) / 0.2 = 2.5 on, a = 2.5 / 3.5
    assert decide(p, MATRIX, 0.714, "critical").tolist() == [0]
    assert decide(p, MATRIX, 2.5 / 3.5, "critical").tolist() == [0]
    assert decide(p, MATRIX, 0.715, "critical").tolist() == [2]


def test_orientation():
    """Rows are the truth: the transpose decides otherwise."""
    p = np.array([[0.75, 0.25]])
    matrix = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
    transposed = SeverityMatrix(["naevus", "melanoma"], [[0, 10], [2, 0]], critical=10)
    assert decide(p, matrix, 1.0).tolist() == [1]
    assert decide(p, transposed, 1.0).tolist() == [0]


@st.composite
def problems(draw):
    size = draw(st.integers(2, 6))
    values = [[0 if i == j else draw(st.integers(0, 5)) for j in range(size)] for i in range(size)]
    values[0][1] = max(values[0][1], 1)
    matrix = SeverityMatrix(
        [f"class {i}" for i in range(size)], values, critical=draw(st.integers(1, max(map(max, values))))
    )
    counts = draw(st.lists(st.integers(0, 6), min_size=size, max_size=size).filter(any))
    return matrix, counts


@settings(max_examples=400, deadline=None)
@given(problems(), st.sampled_from(["severity", "critical"]))
def test_exact_on_small_integers_with_all_their_ties(problem, rule):
    matrix, counts = problem
    p = np.array([counts]) / sum(counts)
    steps = [Fraction(0), *(Fraction(k, 12) for k in range(1, 12)), Fraction(1)]
    expected = [exact_decision(counts, matrix, a, rule) for a in steps]
    assert decide_grid(p, matrix, rule, np.array([float(a) for a in steps]))[0].tolist() == expected
    assert [decide(p, matrix, float(a), rule)[0] for a in steps] == expected


@pytest.mark.parametrize("rule", ["severity", "critical"])
@pytest.mark.parametrize("preset", ["isic2018", "breakhis", "sicapv2", "brain_mri"])
def test_the_whole_grid_against_brute_force(preset, rule):
    matrix = SeverityMatrix.preset(preset)
    size = matrix.number_of_classes
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.full(size, 0.4), 300)
    grid = dial_grid()
    harm = matrix.values / matrix.values.max() if rule == "severity" else matrix.values >= matrix.critical
    got = decide_grid(p, matrix, rule)
    for index, aversion in enumerate(grid):
        cost = p @ ((1 - aversion) * (1 - np.eye(size)) + aversion * harm)
        tied = cost <= cost.min(axis=1, keepdims=True) + 1e-12
        expected = np.where(tied, p, -1.0).argmax(axis=1)
        np.testing.assert_array_equal(got[:, index], expected)
        np.testing.assert_array_equal(decide(p, matrix, float(aversion), rule), expected)


def test_ends_of_the_dial():
    p = np.array([[0.4, 0.4, 0.2], [0.2, 0.4, 0.4], [1.0, 0.0, 0.0]])
    assert decide(p, MATRIX, 0.0).tolist() == [0, 1, 0]
    # least expected severity: E = (.28, .22, .28), (.48, .38, .22), (0, .1, .3)
    assert decide(p, MATRIX, 1.0).tolist() == [1, 2, 0]
    # every class without a critical miss ties at a = 1: the likeliest of them is taken
    matrix = SeverityMatrix(["a", "b", "c"], [[0, 1, 1], [1, 0, 1], [5, 1, 0]], critical=5)
    assert decide(np.array([[0.5, 0.2, 0.3], [0.5, 0.3, 0.2]]), matrix, 1.0, "critical").tolist() == [2, 1]


def test_sums_along_the_dial_equal_sums_of_decisions():
    rng = np.random.default_rng(1)
    p, truth, groups = rng.dirichlet(np.ones(3), 200), rng.integers(0, 3, 200), rng.integers(0, 30, 200)
    along = envelope(p, MATRIX, "severity")
    decisions = along.decisions()
    np.testing.assert_array_equal(decisions, np.stack([along.at(point) for point in range(202)], axis=1))
    values = MATRIX.values[truth[:, None], decisions]
    np.testing.assert_allclose(along.totals(MATRIX.values[truth]), values.sum(axis=0))
    per_group = np.stack([values[groups == group].sum(axis=0) for group in range(30)], axis=1)
    changes = along.changes(MATRIX.values[truth], groups, 30).toarray()
    np.testing.assert_allclose(changes.cumsum(axis=0), per_group, atol=1e-9)


def test_joined_envelopes_decide_as_each_alone_whatever_their_number_of_cases_and_of_steps():
    rng = np.random.default_rng(2)
    lone = [rng.dirichlet(np.ones(3), 1) for _ in range(8)]
    for parts in (lone, [rng.dirichlet(np.ones(3), 40), np.array([[1.0, 0.0, 0.0]]), lone[0]]):
        alone = [envelope(part, MATRIX, "critical") for part in parts]
        assert len({each.classes.shape[1] for each in alone}) > 1
        joined = join_envelopes(alone)
        np.testing.assert_array_equal(joined.decisions(), np.concatenate([each.decisions() for each in alone]))
        assert joined.points == 202
    alone = envelope(lone[0], MATRIX, "severity")
    np.testing.assert_array_equal(join_envelopes([alone]).decisions(), alone.decisions())


def test_every_case_is_decided_from_the_first_point_of_the_grid_on():
    """Also where the grid starts beyond all crossings, and where it is 1 alone."""
    p = np.random.default_rng(3).dirichlet(np.ones(3), 50)
    for grid in ([1.0], [0.999, 1.0], [0.5]):
        decided = decide_grid(p, MATRIX, "critical", np.array(grid))
        for column, aversion in zip(decided.T, grid, strict=True):
            cost = p @ ((1 - aversion) * (1 - np.eye(3)) + aversion * (MATRIX.values >= 9))
            tied = cost <= cost.min(axis=1, keepdims=True) + 1e-12
            assert column.tolist() == np.where(tied, p, -1.0).argmax(axis=1).tolist()


def test_no_case_no_decision():
    assert decide(np.zeros((0, 3)), MATRIX, 0.5).tolist() == []
    assert decide_grid(np.zeros((0, 3)), MATRIX, "critical").shape == (0, 202)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: Dial("harm", 0.5), "rule: 'harm' is not a rule of the risk dial; use one of severity, critical."),
        (lambda: Dial("severity", 1.5), "aversion: 1.5 is outside 0 to 1; choose a number from 0 to 1."),
        (lambda: Dial("severity", float("nan")), "aversion: nan is outside 0 to 1; choose a number from 0 to 1."),
        (
            lambda: decide(np.ones((4, 2)) / 2, MATRIX, 0.5),
            "probabilities: shape (4, 2) does not fit a matrix of 3 classes; give one column a class.",
        ),
    ],
)
def test_errors(act, message):
    with pytest.raises(InputError) as error:
        act()
    assert str(error.value) == message


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_probability_that_is_not_finite_decides_nothing(value):
    """With the benign class first, argmax would call it benign."""
    p = np.array([[0.2, 0.3, 0.5], [0.2, value, 0.5]])
    for decided in (lambda: decide(p, MATRIX, 0.5), lambda: envelope(p, MATRIX, "critical")):
        with pytest.raises(InputError, match="probabilities: row 1 holds a number that is not finite"):
            decided()
