"""The certificate of a run: its own calibration and dial, its certify part, and what it means on test."""

from dataclasses import replace

import numpy as np
import pytest

from riskcore.decision.calibration import fit_calibration
from riskcore.decision.certificate import certify
from riskcore.decision.dial import Dial, decide
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.on_average import keep_on_average
from riskcore.decision.operating import Wish
from riskcore.decision.scored import scored
from riskcore.errors import InputError
from riskcore.judging.answered_cases import handed_cases
from riskcore.judging.certified import certificates
from riskcore.predictions import Cases, Member, RunPredictions
from riskcore.severity import SeverityMatrix
from riskcore.words.certificate import (
    claim_headers,
    claim_rows,
    class_rows,
    curve_headers,
    curve_rows,
    on_part,
    promise,
)

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


@pytest.mark.parametrize("per", ["answered", "case", "harm", "harm-case"])
def test_it_is_the_certificate_of_the_runs_own_calibration_and_dial(per: str) -> None:
    kept = drawn(1600, 5, "c")
    judged = run(kept)
    cap = 1.0 if "harm" in per else 0.05
    (found,) = certificates(judged, WISH, cap=cap, per=per, by_class=False)
    member = judged.predictions.members[0]
    calibration = fit_calibration(member.validation)

    def part(cases: Cases):
        p = calibration.apply(cases.logits)
        return scored(cases.truth, p, MATRIX, found.dial, cases.groups, harm="harm" in per)

    known, own, test = part(member.validation), part(kept), part(member.test)
    known.claims.clear()
    own.claims.clear()
    share = cap / 10 if "harm" in per else cap
    assert found.certificate == certify(known, own, cap=share, per="case" if "case" in per else "answered")
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
    assert len(class_rows(found.classes)) == 3
    lost = MATRIX.values[member.test.truth, calls] if "harm" in per else wrong
    counted = 500 if "case" in per else answers.sum()
    assert found.risk.value == pytest.approx(lost[answers].sum() / counted)
    assert found.curve[-1] == (1.0, pytest.approx(lost.mean()))
    share, risk = found.curve[40]
    least = np.argsort(test.scores)[: round(500 * share)]
    assert risk == pytest.approx(lost[least].sum() / (500 if "case" in per else len(least)))
    assert len(on_part(found)) == (4 if "harm" in per else 3)


@pytest.mark.parametrize("per", ["case", "harm-case"])
def test_a_cap_per_case_can_be_kept_on_average(per: str) -> None:
    kept = drawn(400, 5, "c")
    judged = run(kept)
    cap = 0.4 if per == "harm-case" else 0.04
    (found,) = certificates(judged, WISH, cap=cap, per=per, confidence=None)
    member = judged.predictions.members[0]
    calibration = fit_calibration(member.validation)

    def part(cases: Cases):
        return scored(
            cases.truth, calibration.apply(cases.logits), MATRIX, found.dial, cases.groups, harm="harm" in per
        )

    assert found.certificate == keep_on_average(
        part(member.validation), part(kept), cap=0.04, greatest=10 if "harm" in per else None
    )
    assert found.certificate.threshold is not None
    assert promise(found).startswith("Kept on average, without a confidence: at most ")
    assert found.rule is not None
    assert (found.rule.confidence, found.rule.guarantee, found.rule.cap) == (None, "average", cap)
    said = found.as_dict()
    assert (said["guarantee"], said["confidence"]) == ("average", None)
    assert {claim["p_value"] for claim in said["claims"]} == {None}
    assert max(claim["bound"] for claim in said["claims"]) <= 0.04
    assert claim_headers(found)[3] == "bound on average"
    assert [row[0] for row in claim_rows(found)] == ["all cases", "melanoma"]
    sure = certificates(judged, WISH, cap=cap, per=per)[0].certificate.threshold
    assert sure is None or sure <= found.certificate.threshold


def test_the_curve_ends_with_all_cases_and_starts_with_the_least_risky() -> None:
    (found,) = certificates(run(drawn(1600, 5, "c")), Dial("severity", 0.2), cap=0.05, by_class=False)
    shares = [share for share, _ in found.curve]
    assert shares == sorted(shares)
    assert found.curve[-1] == (1.0, pytest.approx(found.cer.value))
    assert 2 < len(found.curve) <= 100


def test_the_curve_at_caution_0_is_that_of_calls_at_caution_0() -> None:
    judged = run(drawn(1600, 5, "c"))
    (cautious,) = certificates(judged, Dial("severity", 0.6), cap=0.05, by_class=False)
    (bare,) = certificates(judged, Dial("severity", 0.0), cap=0.05, by_class=False)
    assert bare.curve_caution_0 == ()
    assert cautious.curve_caution_0 == bare.curve
    assert curve_headers(bare)[1:] == ["dangerous mistakes per 1,000 answered"]
    assert curve_headers(cautious)[1:] == ["at the dial", "at caution 0"]
    assert curve_rows(bare)[-1] == ["100.0 %", f"{1000 * bare.cer.value:.1f}"]
    assert curve_rows(cautious)[-1] == [
        "100.0 %",
        f"{1000 * cautious.cer.value:.1f}",
        f"{1000 * bare.cer.value:.1f}",
    ]


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


def test_caps_out_of_range_are_refused_in_their_own_units() -> None:
    judged = run(drawn(40, 5, "c"))
    for cap in (1.5, 1.0, 0.0, -0.01, float("nan")):
        assert refused(judged, cap=cap) == (
            "Expected a cap of more than 0 and fewer than 1,000 critical errors per 1,000, such as 50 (in Python a "
            f"share, 0.05), but got {1000 * cap:g}."
        )
    for per in ("harm", "harm-case"):
        for cap in (12.0, 10.0, 0.0, -1.0):
            assert refused(judged, cap=cap, per=per) == (
                "Expected as the cap of harm a mean severity above 0 and below 10, the greatest cost in the matrix, "
                f"but got {cap:g}."
            )
    assert refused(judged, confidence=95) == "Expected a confidence between 0 and 1, such as 0.95, but got 95."
    for per in ("answered", "harm"):
        assert refused(judged, confidence=None, per=per).startswith(
            "Only a cap per case (case, harm-case) can be kept on"
        )


def test_what_is_missing_is_told_in_the_units_of_the_cap() -> None:
    (found,) = certificates(run(drawn(40, 5, "c")), WISH, cap=0.5, per="harm", by_class=False)
    assert promise(found) == (
        "Not certifiable: with 20 groups the smallest cap that could be certified at 95 % is a mean severity of 1.39; "
        "for a mean severity of 0.5 bring at least 39 more."
    )
    (found,) = certificates(run(drawn(20, 5, "c")), WISH, cap=0.5, per="harm-case", confidence=None, by_class=False)
    assert promise(found) == (
        "Not certifiable: with 10 groups the smallest cap that could be kept on average is a mean severity of 0.909; "
        "for a mean severity of 0.5 bring at least 9 more."
    )


def test_images_of_another_kind_are_for_a_person_wherever_they_stand() -> None:
    """Half of the naevi are strange: they count among the cases, are never answered, and leave the dial alone."""

    def marked(cases: Cases) -> Cases:
        return replace(cases, strange=(cases.truth == 0) & (np.arange(len(cases)) % 2 == 0))

    plain = run(drawn(1600, 5, "c"))
    (member,) = plain.predictions.members
    assert member.certify is not None
    away = Member(marked(member.validation), marked(member.test), member.seed, certify=marked(member.certify))
    judged = JudgedRun(RunPredictions("toy", MATRIX.classes, [away]), MATRIX)
    (found,), (before,) = (certificates(each, WISH, cap=0.05, by_class=False) for each in (judged, plain))
    assert found.dial == before.dial
    assert found.answered.n == 500
    strange = away.test.strange
    assert strange is not None
    cases = handed_cases(judged, found)
    names = set(away.test.samples[strange])
    assert not any(case.answered for case in cases if case.sample in names)
    assert all(np.isfinite(case.risk) for case in cases)
    assert found.answered.events == sum(case.answered for case in cases)
    assert found.curve[-1][0] == 1 - strange.mean()
