"""Whom each test case of a certificate is answered by."""

import numpy as np
import pytest

from riskcore.decision.dial import Dial
from riskcore.judging.answered_cases import handed_cases, spread
from riskcore.judging.certified import certificates
from tests.judging.test_certified import MATRIX, drawn, run


@pytest.mark.parametrize("per", ["answered", "harm"])
def test_each_case_is_answered_as_the_certificate_counts_it(per: str) -> None:
    judged = run(drawn(1600, 5, "c", sure=2.5), members=2, sure=2.5)
    cap = 0.3 if per == "harm" else 0.03
    for member, found in zip(
        judged.predictions.members,
        certificates(judged, Dial("severity", 0.3), cap=cap, per=per, by_class=False),
        strict=True,
    ):
        cases = handed_cases(judged, found)
        assert {case.sample for case in cases} == set(member.test.samples)
        risks = [case.risk for case in cases]
        assert risks == sorted(risks)
        answered = [case.answered for case in cases]
        assert answered == sorted(answered, reverse=True)
        assert 0 < sum(answered) == found.answered.events < len(cases)
        assert sum(case.critical and case.answered for case in cases) == found.answered_cer.events
        assert max(risks) <= (10 if per == "harm" else 1)
        truth = dict(zip(member.test.samples, member.test.truth, strict=True))
        assert all(MATRIX.classes[truth[case.sample]] == case.truth for case in cases)
        cells = {(case.truth, case.said): case.critical for case in cases}
        for (a, b), critical in cells.items():
            assert critical == MATRIX.critical_cells[MATRIX.classes.index(a), MATRIX.classes.index(b)]


def test_without_a_certificate_every_case_is_for_a_person() -> None:
    judged = run(drawn(40, 5, "c"))
    (found,) = certificates(judged, Dial("severity", 0.3), cap=0.05)
    assert not any(case.answered for case in handed_cases(judged, found))


def test_some_are_taken_in_even_steps() -> None:
    cases = list(range(100))
    assert spread(cases, 4) == [0, 33, 66, 99]
    assert spread(cases[:3], 6) == [0, 1, 2]
    assert spread([], 6) == []
    assert np.all(np.diff(spread(cases, 6)) > 0)
