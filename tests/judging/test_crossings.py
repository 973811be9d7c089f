"""Mistakes that cross the dangerous threshold, counted one case at a time."""

from collections import Counter

import pytest

from riskcore.decision.dial import Dial
from riskcore.decision.operating import Wish
from riskcore.judging.crossings import Crossing, class_words, crossing_words, crossings
from riskcore.judging.whatif import Whatif
from riskcore.severity import SeverityMatrix
from tests.helpers.simulated import MATRIX, run

# Of MATRIX's dangerous cells c-b no longer is one and a-c has become one; the order of classes is another.
EDITED = SeverityMatrix(["c", "a", "b"], [[0, 10, 5], [9, 0, 1], [4, 2, 0]], critical=9)


def critical(matrix: SeverityMatrix, truth: str, said: str) -> bool:
    return bool(matrix.values[matrix.classes.index(truth), matrix.classes.index(said)] >= matrix.critical)


@pytest.mark.parametrize("old_dial", [None, Dial("severity", 0.3), Dial("critical", 0.7)])
def test_each_crossing_counts_the_decisions_of_before(old_dial: Dial | None) -> None:
    pool = run("pool", 1.5, n=90, seeds=(0, 1), groups=30)
    result = Whatif(pool).update(EDITED, Wish("least_severity", 0.0), old_dial, MATRIX)
    made: Counter[tuple[str, str]] = Counter()
    for truth, said in zip(result.truth, result.earlier, strict=True):
        made[pool.classes[truth], pool.classes[said]] += 1
    expected = {
        Crossing(truth, said, made[truth, said], critical(EDITED, truth, said))
        for truth in pool.classes
        for said in pool.classes
        if truth != said and critical(EDITED, truth, said) != critical(MATRIX, truth, said)
    }
    found = crossings(result, MATRIX)
    assert set(found) == expected
    assert len(found) == 2
    assert [crossing.mistakes for crossing in found] == sorted((each.mistakes for each in expected), reverse=True)
    assert all(crossing.mistakes for crossing in found)


def test_a_change_of_rates_without_a_changed_decision_is_all_theirs() -> None:
    whatif = Whatif(run("pool", 1.5, n=90, seeds=(0, 1)))
    dial = Dial("critical", 0.0)
    before, after = whatif.update(MATRIX, dial), whatif.update(EDITED, dial, dial, MATRIX)
    assert not after.changed.any()
    found = crossings(after, MATRIX)
    gap = sum(each.mistakes if each.dangerous else -each.mistakes for each in found)
    assert 2 * (after.after["cer"].events - before.after["cer"].events) == gap  # of both seeds
    assert gap


def test_an_edit_on_one_side_of_the_threshold_crosses_nothing() -> None:
    values = MATRIX.values.copy()
    values[2, 0], values[0, 1] = 20, 8
    edited = SeverityMatrix(MATRIX.classes, values, MATRIX.critical)
    result = Whatif(run("one", 1.5, n=40)).update(edited, Wish(), Dial("severity", 0.3), MATRIX)
    assert crossings(result, MATRIX) == []
    assert crossing_words([]) == class_words(MATRIX, edited) == ""


def test_a_moved_threshold_crosses_too() -> None:
    edited = SeverityMatrix(MATRIX.classes, MATRIX.values, critical=10)
    result = Whatif(run("one", 1.0, n=80)).update(edited, Wish(), Dial("severity", 0.3), MATRIX)
    (found,) = crossings(result, MATRIX)
    assert (found.truth, found.said, found.dangerous) == ("c", "b", False)


def test_each_direction_has_its_sentence_and_what_never_happened_none() -> None:
    found = [
        Crossing("a", "b", 12, dangerous=False),
        Crossing("a", "c", 3, dangerous=False),
        Crossing("b", "c", 1, dangerous=True),
        Crossing("c", "b", 0, dangerous=True),
    ]
    assert crossing_words(found, seeds=2) == (
        "7.5 mistakes that were dangerous before your edit no longer count as such (a called b, a called c): that "
        "alone makes the counts below fall, without any better decision. 0.5 mistakes that were not dangerous before "
        "your edit now count as dangerous (b called c): that alone makes the counts below rise, without any worse "
        "decision."
    )
    assert crossing_words(found[2:]) == (
        "1 mistake that was not dangerous before your edit now counts as dangerous (b called c): that alone makes "
        "the counts below rise, without any worse decision."
    )
    assert crossing_words(found[3:]) == ""


def test_classes_that_become_dangerous_are_named() -> None:
    assert class_words(MATRIX, EDITED).startswith("Dangerous cases were those of c and are now those of c, a, so")
