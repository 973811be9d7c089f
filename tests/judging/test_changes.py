"""Changed decisions: which, in what order, and the confusions on either side."""

from collections import Counter

import numpy as np
import pytest

from riskcore import metrics
from riskcore.decision.dial import Dial
from riskcore.decision.operating import Wish
from riskcore.judging.changes import changes, effects, harm_tables, mixed
from riskcore.judging.whatif import Whatif
from riskcore.severity import SeverityMatrix
from tests.helpers.simulated import MATRIX, run

EDITED = SeverityMatrix(["c", "a", "b"], [[0, 20, 3], [2, 0, 1], [6, 2, 0]], critical=6)


@pytest.fixture
def pool():
    return run("pool", 1.5, n=90, seeds=(0, 1), groups=30)


@pytest.fixture
def result(pool):
    return Whatif(pool).update(EDITED, Wish("least_severity", 0.0), Dial("severity", 0.3), MATRIX)


def cost(truth, said):
    return float(EDITED.values[EDITED.classes.index(truth), EDITED.classes.index(said)])


def test_each_change_is_listed_once_with_its_harms_and_seeds(pool, result):
    expected = Counter()
    for sample, y, old, new in zip(result.samples, result.truth, result.earlier, result.decisions, strict=True):
        if old != new:
            expected[str(sample), pool.classes[y], pool.classes[old], pool.classes[new]] += 1
    found = changes(result)
    assert {(c.sample, c.truth, c.earlier, c.now): c.times for c in found} == expected
    assert set(expected.values()) == {1, 2}
    for change in found:
        assert (change.earlier_harm, change.harm) == (
            cost(change.truth, change.earlier),
            cost(change.truth, change.now),
        )


def test_most_at_stake_comes_first(pool, result):
    found = changes(result)
    stakes = [max(change.harm, change.earlier_harm) for change in found]
    assert stakes == sorted(stakes, reverse=True)
    assert len(set(stakes)) > 1
    for stake in set(stakes):
        harms = [change.harm for change in found if max(change.harm, change.earlier_harm) == stake]
        assert harms == sorted(harms, reverse=True)


def test_effects_count_decisions(pool, result):
    counts = effects(changes(result))
    truth, old, new = (np.array(pool.classes)[part] for part in (result.truth, result.earlier, result.decisions))
    gaps = [cost(y, b) - cost(y, a) for y, a, b in zip(truth, old, new, strict=True) if a != b]
    assert counts == {
        "worse": sum(gap > 0 for gap in gaps),
        "better": sum(gap < 0 for gap in gaps),
        "equal": sum(gap == 0 for gap in gaps),
    }
    assert sum(counts.values()) == result.changed.sum() > 0


def test_confusions_follow_the_order_of_the_matrix_and_sum_to_the_average_harm(pool, result):
    names = np.array(pool.classes)
    tables = harm_tables(result, EDITED.classes)
    for table, decisions, rates in zip(
        tables, (result.earlier, result.decisions), (result.before, result.after), strict=True
    ):
        counted = Counter(zip(names[result.truth].tolist(), names[decisions].tolist(), strict=True))
        for (truth, said), cases in counted.items():
            place = EDITED.classes.index(truth), EDITED.classes.index(said)
            assert table.counts[place] == cases
            assert table.harm[place] == pytest.approx(cases * EDITED.values[place] / len(result.truth))
        assert table.counts.sum() == 180
        assert table.harm.sum() == pytest.approx(rates["expected_severity"].value)
        assert table.average == rates["expected_severity"]
        assert (table.seeds, table.cases) == (2, 90)


def test_without_an_old_dial_the_earlier_decisions_are_those_without_caution(pool):
    result = Whatif(pool).update(EDITED)
    before, _ = harm_tables(result, EDITED.classes)
    assert before.average == result.zero["expected_severity"]
    likeliest = Whatif(pool).decide(EDITED, Dial("severity", 0.0))
    assert before.counts.sum() - np.trace(before.counts) == (likeliest != result.truth).sum()
    assert metrics.confusion(result.truth, likeliest, 3).sum() == before.counts.sum()


def test_a_mixture_shows_both_sides_and_loses_none(pool):
    found = changes(Whatif(pool).update(EDITED))
    few = mixed(found, 4)
    assert {change.effect for change in few} >= {change.effect for change in found} & {"better", "worse"}
    assert sorted(mixed(found, len(found)), key=repr) == sorted(found, key=repr)
    for kind in ("better", "worse", "equal"):  # those with most at stake of each
        of_kind = [change for change in found if change.effect == kind]
        shown = [change for change in few if change.effect == kind]
        assert shown == of_kind[: len(shown)]
    assert mixed([], 4) == []
