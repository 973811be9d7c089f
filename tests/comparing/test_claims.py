"""The claims against loops over replicates, and on simulated pools whose order is known."""

import dataclasses
import json

import numpy as np
import pytest
from pydantic import ValidationError

from riskcore.comparing.bars import Bars
from riskcore.comparing.claims import _replicates, claims
from riskcore.decision.calibration import fit_calibration
from riskcore.decision.dial import decide_grid
from riskcore.decision.judged_run import JudgedRun
from riskcore.errors import InputError
from riskcore.metrics import critical_auroc, ece
from riskcore.metrics.resampling import unit_weights
from riskcore.predictions import Cases, Member, RunPredictions
from riskcore.reports.claims import remarks
from riskcore.severity import SeverityMatrix
from tests.helpers.simulated import MATRIX, run

RESAMPLES = 60
RESERVE, HALF = 0.003, -0.5
BARS = Bars.model_validate(
    {
        "usual": {"reserve": RESERVE, "cer_lower": 0.5, "accuracy_loss": 0.005},
        "plain": {
            "accuracy_losses": [0.01, 0.03],
            "over_calls": [0.2],
            "cer_lower": 0.2,
            "accuracy_loss": 0.005,
            "more_over_calls": 0.01,
        },
        "harmless": {
            "ece": 0.01,
            "balanced_accuracy": 0.01,
            "critical_auroc": 0.005,
            "macro_auroc": 0.005,
            "expected_severity": 0.03,
        },
    }
)


def pools(seeds=2, **settings):
    """ours, plain and usual: of falling skill."""
    return [
        run(name, skill, seeds=range(seeds), folds=(0, 1), noise=noise, **settings)
        for name, skill, noise in (("ours", 2.6, 1), ("plain", 1.6, 2), ("usual", 1.2, 3))
    ]


def judge(ours, plain, usual, matrix=MATRIX, **settings):
    """All bars of `BARS`."""
    return claims(ours, usual, matrix, plain=plain, bars=BARS, **settings)


def tables(member):
    """Decisions of one member at every setting: (N, 404) on validation and on test."""
    fitted = fit_calibration(member.validation)
    return [
        np.stack(
            [decide_grid(fitted.apply(part.logits), MATRIX, rule) for rule in ("severity", "critical")], axis=2
        ).reshape(len(part), -1)
        for part in (member.validation, member.test)
    ]


def counts(part, decisions, weights):
    """(4, 404) or (4, 1) weighted correct, critical, over-calls and severity; decisions (N, 404) or (N,)."""
    said, truth = decisions.reshape(len(part), -1), part.truth[:, None]
    severity = MATRIX.values[truth, said]
    every = (said == truth, severity >= 9, (truth != 2) & (said == 2), severity)
    return np.stack([weights @ each for each in every])


def by_loops(ours, theirs, choose_ours, choose_theirs):
    """(1 + R, 2, 4) counts of both sides on test, and (1 + R, 2) cases and harmless cases.

    Each replicate chooses every dial anew; seeds are drawn where there are five.
    """
    every = [part.groups for side in (ours, theirs) for m in side.members for part in (m.validation, m.test)]
    names = np.unique(np.concatenate(every))
    drawn = np.vstack([np.ones(len(names)), unit_weights(len(names), RESAMPLES, 0)])
    fixed = np.ones((1 + RESAMPLES, len(ours.seeds)))
    seeds = np.vstack([fixed[:1], unit_weights(5, RESAMPLES, 1)]) if len(ours.seeds) == 5 else fixed
    ready = [
        (side, member, reference, *tables(member))
        for side, pool in enumerate((ours, theirs))
        for member, reference in zip(pool.members, theirs.members, strict=True)
    ]
    totals, cases = np.zeros((1 + RESAMPLES, 2, 4)), np.zeros((1 + RESAMPLES, 2))
    for side, member, reference, on_validation, on_test in ready:
        choose = (choose_ours, choose_theirs)[side]
        at = np.searchsorted(names, member.validation.groups), np.searchsorted(names, member.test.groups)
        for replicate, (weights, of_seeds) in enumerate(zip(drawn, seeds, strict=True)):
            if choose is None:
                decisions = member.test.logits.argmax(1)
            else:
                decisions = on_test[:, choose(member, reference, on_validation, weights[at[0]])]
            scale = of_seeds[member.seed]
            totals[replicate, side] += scale * counts(member.test, decisions, weights[at[1]])[:, 0]
            if side == 0:
                harmless = member.test.truth != 2
                cases[replicate] += scale * np.array([weights[at[1]].sum(), weights[at[1]][harmless].sum()])
    return totals, cases


def to_accuracy(loss):
    def choose(member, reference, decisions, weights):
        base = reference.validation  # the same cases, so that the weights are theirs too
        floor = np.average(base.logits.argmax(1) == base.truth, weights=weights) - loss
        correct, critical, *_ = counts(member.validation, decisions, weights)
        fine = correct >= (floor - 1e-9) * weights.sum()
        keys = zip(np.where(fine, critical, np.inf), -correct, range(len(correct)), strict=True)
        return min(keys)[2] if fine.any() else int(np.lexsort((critical, -correct))[0])

    return choose


def to_over_calls(member, reference, decisions, weights):
    correct, critical, over, _ = counts(member.validation, decisions, weights)
    fine = over <= 0.2 * weights[member.validation.truth != 2].sum() + 1e-6
    return min(zip(np.where(fine, critical, np.inf), -correct, range(len(correct)), strict=True))[2]


def to_least_severity(member, reference, decisions, weights):
    correct, _, _, severity = counts(member.validation, decisions, weights)
    return min(zip(np.round(severity, 6), -correct, range(len(correct)), strict=True))[2]


@pytest.mark.parametrize("seeds", [2, 5])
def test_every_claim_of_decisions_against_loops(monkeypatch, seeds):
    monkeypatch.setattr(
        "riskcore.comparing.claims.pseudo_groups", lambda by_group, groups, resamples, rng: np.zeros(resamples)
    )
    ours, plain, usual = pools(seeds, n=80 if seeds == 2 else 40, groups=40)
    found = {(claim.bar, claim.measure): claim for claim in judge(ours, plain, usual, resamples=RESAMPLES)}
    expected = {}
    totals, cases = by_loops(ours, usual, to_accuracy(-RESERVE), None)
    expected["usual", "CER"] = totals[:, 0, 1] / totals[:, 1, 1] - 1
    expected["usual", "accuracy"] = (totals[:, 0, 0] - totals[:, 1, 0]) / cases[:, 0]
    for name, choose in (
        ("CER at accuracy −1 points", to_accuracy(0.01)),
        ("CER at accuracy −3 points", to_accuracy(0.03)),
        ("CER at 20 % over-calls", to_over_calls),
    ):
        totals, cases = by_loops(ours, plain, choose, choose)
        expected["plain", name] = totals[:, 0, 1] / totals[:, 1, 1] - 1
        assert found["plain", name].beside["over_call_rate"] == pytest.approx(totals[0, 0, 2] / cases[0, 1])
        assert found["plain", name].beside["their_accuracy"] == pytest.approx(totals[0, 1, 0] / cases[0, 0])
    totals, _ = by_loops(ours, plain, to_least_severity, to_least_severity)
    expected["harmless", "least expected severity"] = totals[:, 0, 3] / totals[:, 1, 3] - 1
    for key, values in expected.items():
        change = found[key].change
        assert change.value == pytest.approx(values[0]), key
        assert [change.low, change.high] == pytest.approx(np.quantile(values[1:], [0.025, 0.975]).tolist(), abs=1e-6)
    wrong = (expected["usual", "CER"][1:] >= HALF).sum()
    assert found["usual", "CER"].p_value >= (wrong + 1) / (RESAMPLES + 1)


def test_measures_without_a_dial_against_the_plain_ones():
    ours, plain, usual = pools(n=80)
    found = {claim.measure: claim for claim in judge(ours, plain, usual, resamples=20)}

    def values(pool):
        members = [(fit_calibration(m.validation).apply(m.test.logits), m.test) for m in pool.members]
        probabilities, truth = np.concatenate([p for p, _ in members]), np.concatenate([t.truth for _, t in members])
        said = np.concatenate([test.logits.argmax(1) for _, test in members])
        recalls = [(said == truth)[truth == label].mean() for label in range(3)]
        return {
            "ECE": ece(truth, probabilities),
            "critical AUROC": critical_auroc(truth, probabilities, MATRIX),
            "balanced accuracy": np.mean(recalls),
        }

    mine, other = values(ours), values(plain)
    for name, value in mine.items():
        assert (found[name].ours, found[name].theirs) == pytest.approx((value, other[name]))


def test_measures_without_a_dial_resample_seeds_from_five_on():
    """Poor and good trainings in turn: only their being drawn can move the mean by much."""

    def spread(seeds):
        members = [run("mixed", 4.0 * (seed % 2), n=1500, seeds=(seed,)).members[0] for seed in range(seeds)]
        found = _replicates(JudgedRun(RunPredictions("mixed", MATRIX.classes, members), MATRIX), 200, 0)
        return {name: found[name][1:].std() for name in ("balanced_accuracy", "critical_auroc")}

    four, five = spread(4), spread(5)
    assert max(four.values()) < 0.015
    assert min(five.values()) > 0.05


def test_a_much_better_recipe_shows_every_claim_and_an_equal_one_only_that_it_does_no_harm():
    better = judge(*pools(n=4000), resamples=400)
    assert [claim.measure for claim in better if not claim.shown] == []
    _, plain, _ = pools(n=1500)
    equal = [claim for claim in judge(plain, plain, plain, resamples=400) if claim.bar != "usual"]
    assert [claim.shown for claim in equal] == [claim.bar == "harmless" for claim in equal]
    assert all(claim.change.value == 0 for claim in equal)


def test_fewer_critical_errors_at_another_place_are_no_claim():
    """A recipe that calls most naevi melanoma, and has no other setting, against an accurate one."""
    matrix = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]])
    number = np.arange(400)
    truth, names = number % 2, number.astype(str)

    def pool(id, said):
        cases = Cases(4.0 * np.eye(2)[said], truth, names, names)
        return RunPredictions(id, matrix.classes, [Member(cases, cases)])

    cautious = pool("cautious", np.where(number % 5 < 3, 1, truth))
    accurate = pool("accurate", np.where(number % 10 < 2, 1 - truth, truth))
    found = [claim for claim in judge(cautious, accurate, accurate, matrix, resamples=99) if claim.bar == "plain"]
    for claim in found:
        assert claim.change.value == -1
        assert (claim.same_place, claim.met, claim.shown, claim.p_value) == (False, False, False, 1), claim.measure
        assert claim.beside["accuracy"] < claim.beside["their_accuracy"] - 0.1
    assert "which is not the same place" in remarks([claim.as_dict() for claim in found])[0]


def test_resampled_ece_is_reflected():
    """Resampling makes a calibration error larger, that of the better side the more."""
    ours, plain, usual = pools(n=150)
    claim = next(c for c in judge(ours, plain, usual, resamples=RESAMPLES) if c.measure == "ECE")
    own, other = (_replicates(JudgedRun(side, MATRIX), RESAMPLES, 0)["ece"] for side in (ours, plain))
    change = own - other
    low, high = np.quantile(2 * change[0] - change[1:], [0.025, 0.975])
    assert claim.change.value == pytest.approx(change[0])
    assert (claim.change.low, claim.change.high) == pytest.approx((min(low, change[0]), max(high, change[0])))


def test_bounds_are_those_of_the_bars():
    """A figure of a bar may be what something has to fall by, or what it may become worse by."""
    found = {(claim.bar, claim.measure): claim for claim in judge(*pools(n=60), resamples=20)}
    assert {key: (claim.bound, claim.above) for key, claim in found.items()} == {
        ("usual", "CER"): (-0.5, False),
        ("usual", "accuracy"): (-0.005, True),
        ("plain", "CER at accuracy −1 points"): (-0.2, False),
        ("plain", "CER at accuracy −3 points"): (-0.2, False),
        ("plain", "CER at 20 % over-calls"): (-0.2, False),
        ("harmless", "ECE"): (0.01, False),
        ("harmless", "balanced accuracy"): (-0.01, True),
        ("harmless", "critical AUROC"): (-0.005, True),
        ("harmless", "macro AUROC"): (-0.005, True),
        ("harmless", "least expected severity"): (0.03, False),
    }
    assert {bar for (bar, _), claim in found.items() if claim.same_place is not None} == {"plain"}


def test_without_bars_changes_are_shown_and_nothing_is_claimed():
    ours, plain, usual = pools(n=80)
    found = claims(ours, usual, MATRIX, plain=plain, resamples=20)
    assert [claim.bar for claim in found] == ["usual"] * 2 + ["plain"] + ["harmless"] * 5
    for claim in found:
        assert (claim.bound, claim.met, claim.shown, claim.p_value, claim.same_place) == (None,) * 5
        assert claim.change.low <= claim.change.value <= claim.change.high
    json.dumps([claim.as_dict() for claim in found])
    claimed = judge(ours, plain, usual, resamples=20)
    same = {claim.measure: claim.change.value for claim in claimed} | {"CER": found[0].change.value}  # no reserve here
    assert all(claim.change.value == same[claim.measure] for claim in found if claim.measure != "accuracy")


def test_only_what_is_claimed_counts_for_the_correction():
    ours, plain, usual = pools(n=200)
    bars = Bars.model_validate({"usual": {"cer_lower": 0.5}, "harmless": {"ece": 0.01}})
    found = claims(ours, usual, MATRIX, plain=plain, bars=bars, resamples=99)
    claimed = [claim for claim in found if claim.p_value is not None]
    assert [claim.measure for claim in claimed] == ["CER", "ECE"]
    assert min(claim.p_value for claim in claimed) == pytest.approx(2 / 100)


def test_lower_by_nothing_asks_for_any_fall():
    ours, _, usual = pools(n=60)
    (cer, _) = claims(ours, usual, MATRIX, bars=Bars.model_validate({"usual": {"cer_lower": 0}}), resamples=20)
    assert str(cer.bound) == "0.0"
    assert cer.met == (cer.change.value < 0)


def test_without_plain_training_only_the_usual_way_is_compared():
    ours, plain, usual = pools(n=80)
    alone = claims(ours, usual, MATRIX, bars=BARS, resamples=RESAMPLES)
    every = judge(ours, plain, usual, resamples=RESAMPLES)
    assert [claim.bar for claim in alone] == ["usual", "usual"]
    for one, same in zip(alone, every, strict=False):
        assert (one.measure, one.change, one.met) == (same.measure, same.change, same.met)
        assert one.p_value <= same.p_value  # corrected for two claims, not ten
    with pytest.raises(InputError, match="ours and usual have 2 and 1 seeds; train all"):
        claims(ours, run("usual", 1.0, folds=(0, 1), n=80), MATRIX)


@pytest.mark.parametrize(
    "values",
    [
        {"usual": {"cer": 0.5}},
        {"usual": {"cer_lower": -0.5}},
        {"plain": {"over_calls": 0.2}},
        {"harmless": {"ece": 1}},
        {"half": 1},
    ],
)
def test_bars_are_shares_under_known_names(values):
    with pytest.raises(ValidationError):
        Bars.model_validate(values)


def test_p_values_are_corrected_for_the_whole_list():
    found = judge(*pools(n=200), resamples=99)
    assert len(found) == 10
    assert min(claim.p_value for claim in found) == pytest.approx(10 / 100)  # the least of ten that 99 resamples give


def test_the_order_of_classes_does_not_matter():
    ours, plain, usual = pools(n=150)
    turned = MATRIX.reordered(("c", "a", "b"))
    order = [MATRIX.classes.index(name) for name in turned.classes]
    place = np.argsort(order)

    def turn(cases):
        return dataclasses.replace(cases, logits=cases.logits[:, order], truth=place[cases.truth])

    members = [dataclasses.replace(m, validation=turn(m.validation), test=turn(m.test)) for m in ours.members]
    same = judge(RunPredictions("ours", turned.classes, members), plain, usual, turned, resamples=30)
    for one, other in zip(judge(ours, plain, usual, resamples=30), same, strict=True):
        assert one.change.value == pytest.approx(other.change.value, abs=1e-6)


def test_unequal_numbers_of_seeds_are_refused():
    ours, plain, _ = pools(n=60)
    with pytest.raises(InputError, match="2, 2 and 1 seeds"):
        judge(ours, plain, run("usual", 1.0, folds=(0, 1), n=60))


def test_as_dict_is_what_json_can_hold():
    ours, plain, usual = pools(n=60)
    first = judge(ours, plain, usual, resamples=20)[0].as_dict()
    assert first["bar"] == "usual"
    assert set(first["change"]) >= {"value", "low", "high", "n"}
    assert json.loads(json.dumps(first))["shown"] in (True, False)


def test_without_dangerous_test_cases_nothing_is_claimed() -> None:
    def harmless(pool: RunPredictions) -> RunPredictions:
        members = []
        for member in pool.members:
            rows = ~MATRIX.critical_classes[member.test.truth]
            test = dataclasses.replace(
                member.test,
                logits=member.test.logits[rows],
                truth=member.test.truth[rows],
                samples=member.test.samples[rows],
                groups=member.test.groups[rows],
            )
            members.append(dataclasses.replace(member, test=test))
        return dataclasses.replace(pool, members=members)

    with pytest.raises(InputError, match="ours: its test cases are all of critical classes or none is"):
        judge(*(harmless(pool) for pool in pools()), resamples=RESAMPLES)


def test_where_neither_side_errs_the_change_of_accuracy_is_an_upper_bound():
    """As the difference of two runs that never err: about ±3 of the groups."""
    names = np.arange(200).astype(str)
    truth = np.arange(200) % 3
    cases = Cases(60.0 * np.eye(3)[truth], truth, names, names)
    sure = RunPredictions("sure", MATRIX.classes, [Member(cases, cases)])
    found = claims(sure, sure, MATRIX, resamples=2000)
    accuracy = next(claim for claim in found if claim.measure == "accuracy").change
    assert accuracy.value == 0
    assert accuracy.low == pytest.approx(-3 / 200, rel=0.4)
