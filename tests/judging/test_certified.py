"""The certificate of a run: its own calibration and dial, its certify part, and what it means on test."""

import numpy as np
import pytest

from riskcore.decision.calibration import fit_calibration
from riskcore.decision.certificate import certify, scored
from riskcore.decision.dial import Dial, decide
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.errors import InputError
from riskcore.judging.certified import certificates
from riskcore.predictions import Cases, Member, RunPredictions
from riskcore.severity import SeverityMatrix
from riskcore.words.certificate import claim_rows, class_rows, on_test, promise

MATRIX = SeverityMatrix(["naevus", "keratosis", "melanoma"], [[0, 1, 2], [1, 0, 2], [10, 8, 0]], critical=8)
WISH = Wish("accuracy_loss", 0.01)


def drawn(cases: int, seed: int, prefix: str, sure: float = 4.0, per_group: int = 2) -> Cases:
    rng = np.random.default_rng(seed)
    truth = rng.choice(3, cases, p=[0.6, 0.2, 0.2])
    logits = rng.normal(size=(cases, 3)) + sure * np.eye(3)[truth]
    samples = np.array([f"{prefix}{n}" for n in range(cases)])
    groups = np.array([f"{prefix}p{n // per_group}" for n in range(cases)])
    return Cases(logits, truth.astype(np.int64), samples, groups)


def run(certify: Cases | None, members: int = 1, sure: float = 4.0) -> JudgedRun:
    every = [
        Member(drawn(400, seed, "v", sure), drawn(500, 10 + seed, "t", sure), seed, certify=certify)
        for seed in range(members)
    ]
    return JudgedRun(RunPredictions("toy", MATRIX.classes, every), MATRIX)


@pytest.mark.parametrize("per", ["answered", "case", "harm"])
def test_it_is_the_certificate_of_the_runs_own_calibration_and_dial(per: str) -> None:
    kept = drawn(1600, 5, "c")
    judged = run(kept)
    cap = 1.0 if per == "harm" else 0.05
    (found,) = certificates(judged, WISH, cap=cap, per=per, by_class=False)
    member = judged.predictions.members[0]
    calibration = fit_calibration(member.validation)

    def part(cases: Cases):
        p = calibration.apply(cases.logits)
        return scored(cases.truth, p, MATRIX, found.dial, cases.groups, harm=per == "harm")

    known, own, test = part(member.validation), part(kept), part(member.test)
    known.claims.clear()
    own.claims.clear()
    share = cap / 10 if per == "harm" else cap
    assert found.certificate == certify(known, own, cap=share, per="case" if per == "case" else "answered")
    assert found.certificate.threshold is not None
    answers = test.scores <= found.certificate.threshold
    assert found.answered.value == pytest.approx(answers.mean())
    calls = decide(calibration.apply(member.test.logits), MATRIX, found.dial.aversion, found.dial.rule)
    wrong = MATRIX.critical_cells[member.test.truth, calls]
    assert found.cer.value == pytest.approx(wrong.mean())
    assert found.answered_cer.value == pytest.approx(wrong[answers].mean())
    assert sum(each.cases for each in found.classes) == 500
    assert sum(each.answered for each in found.classes) == answers.sum()
    assert sum(each.errors for each in found.classes) == (wrong & answers).sum()
    assert promise(found).startswith("Certified with 95 % confidence: at most ")
    assert len(claim_rows(found)) == 1
    assert len(class_rows(found.classes)) == len(on_test(found)) == 3


def test_the_curve_ends_with_all_cases_and_starts_with_the_least_risky() -> None:
    (found,) = certificates(run(drawn(1600, 5, "c")), Dial("severity", 0.2), cap=0.05, by_class=False)
    shares = [share for share, _ in found.curve]
    assert shares == sorted(shares)
    assert found.curve[-1] == (1.0, pytest.approx(found.cer.value))
    assert 2 < len(found.curve) <= 100


def test_each_critical_class_is_a_claim_of_its_own() -> None:
    (found,) = certificates(run(drawn(1600, 5, "c", sure=6.0), sure=6.0), WISH, cap=0.05)
    assert [claim.name for claim in found.certificate.claims] == ["all", "melanoma"]
    (alone,) = certificates(run(drawn(1600, 5, "c", sure=6.0), sure=6.0), WISH, cap=0.05, by_class=False)
    assert found.certificate.threshold is None or found.certificate.threshold <= alone.certificate.threshold


def test_a_pool_has_one_a_member() -> None:
    found = certificates(run(drawn(600, 5, "c"), members=3), WISH, cap=0.1, by_class=False)
    assert [each.seed for each in found] == [0, 1, 2]


def test_too_few_groups_give_no_threshold_but_a_number() -> None:
    (found,) = certificates(run(drawn(40, 5, "c")), WISH, cap=0.05, by_class=False)
    assert found.certificate.threshold is None
    assert found.answered.value == 0
    assert np.isnan(found.answered_cer.value)
    assert promise(found) == (
        "Not certifiable: with 20 groups the smallest cap that could be certified at 95 % is 139.1 per 1,000; for 50 "
        "per 1,000 bring at least 39 more."
    )


def refused(judged: JudgedRun, **options: object) -> str:
    with pytest.raises(InputError) as caught:
        certificates(judged, WISH, **({"cap": 0.05} | options))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_cannot_be_certified_is_refused() -> None:
    assert refused(run(None)).startswith("toy: there is no certify part; train with data.certify=0.2")
    shared = drawn(40, 5, "t")
    assert "20 groups stand in the certify part and in another one" in refused(run(shared))
    blind = Cases(np.zeros((3, 3)), np.zeros(3, dtype=np.int64), np.array(["a", "b", "c"]), np.array(["a", "b", "c"]))
    member = Member(blind, drawn(50, 1, "t"), certify=drawn(50, 2, "c"))
    assert "no dial can be chosen" in refused(JudgedRun(RunPredictions("toy", MATRIX.classes, [member]), MATRIX))
    assert "a cap and a confidence" in refused(run(drawn(40, 5, "c")), cap=1.5)
