"""What research/demo calls decided, on a member whose answers are known."""

import numpy as np
import pytest

from research.demo.decided import EDITED, WORSE, Change, changes, with_edit
from riskcore.predictions import Cases, Member
from riskcore.severity import SeverityMatrix

MATRIX = SeverityMatrix.preset("demo")
N = 900


def cases(doubtful: bool, seed: int = 0) -> Cases:
    """Melanomas and naevi in equal parts, most surely told apart; of the doubtful ones one in seven is a melanoma."""
    rng = np.random.default_rng(seed)
    truth = np.where(rng.random(N) < 0.5, MATRIX.classes.index("melanoma"), MATRIX.classes.index("naevus"))
    logits = np.full((N, MATRIX.number_of_classes), -9.0)
    logits[np.arange(N), truth] = 3.0
    if doubtful:
        unsure = rng.random(N) < 0.2
        truth[unsure] = np.where(
            rng.random(int(unsure.sum())) < 1 / 7, *(MATRIX.classes.index(name) for name in EDITED)
        )
        logits[unsure] = -9.0
        logits[unsure, MATRIX.classes.index("melanoma")] = np.log(1 / 7)
        logits[unsure, MATRIX.classes.index("naevus")] = np.log(6 / 7)
    names = np.arange(N).astype(str)
    return Cases(logits, truth, names, names)


def test_the_edit_changes_one_cell() -> None:
    edited = with_edit(MATRIX)
    ((truth, said),) = np.argwhere(edited.values != MATRIX.values)
    assert (MATRIX.classes[truth], MATRIX.classes[said]) == EDITED
    assert edited.values[truth, said] == WORSE


def test_an_edit_that_moves_doubtful_cases_is_decided_and_one_that_moves_none_is_not() -> None:
    def asked(doubtful: bool) -> dict[tuple[str, str], Change]:
        member = Member(cases(doubtful), cases(doubtful, seed=1), seed=7)
        return {(change.question, change.part): change for change in changes(member, MATRIX)}

    found, sure = asked(True), asked(False)
    assert {part for _, part in found} == {"validation", "test"}
    assert {change.seed for change in found.values()} == {7}
    assert not any(change.decided for change in sure.values())
    for part in ("validation", "test"):
        # 10 / 7 against 3 · 6 / 7: least harm calls doubtful cases naevus before the edit, and melanoma after it
        edit = found["first edit for least average harm, melanomas called naevus", part]
        assert (edit.before > 10, edit.after, edit.decided) == (True, 0, True)
        assert edit.low <= edit.after - edit.before <= edit.high < 0


@pytest.mark.parametrize(("low", "high", "decided"), [(-3, -1, True), (-3, 0, False), (1, 2, True), (-1, 1, False)])
def test_an_interval_that_holds_no_0_decides(low: float, high: float, decided: bool) -> None:
    assert Change("", "test", 0, 5, 4, low, high).decided is decided
