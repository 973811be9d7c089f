"""Stored predictions and the report of a run or pool, against plain counting."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, recall_score, roc_auc_score

from riskcore.decision.dial import RULES, Dial, decide, dial_grid
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.notes import FIXED_ONLY
from riskcore.decision.operating import Wish
from riskcore.decision.pooled import calibrate, pooled_decisions
from riskcore.decision.prevalence import decisions_at
from riskcore.errors import InputError
from riskcore.formats import finite
from riskcore.judging.report import evaluate, on_validation, report_on, summary
from riskcore.predictions import Cases, Member, RunPredictions
from riskcore.runs.predictions_file import PREDICTIONS, load_predictions, read_predictions, write_predictions
from riskcore.severity import SeverityMatrix
from tests.helpers.simulated import MATRIX, cases, run

ONE = run("one", 1.5, n=120, groups=60)
POOL = run("pool", 1.5, n=60, groups=30, seeds=(0, 1), folds=(0, 1))
RATES = {"accuracy", "cer", "critical_miss_rate", "over_call_rate", "expected_severity", "balanced_accuracy"}
RATE_KEYS = {"value", "low", "high", "events", "n", "groups", "method"}


def without_validation(predictions: RunPredictions) -> RunPredictions:
    members = [Member(Cases.empty(3), member.test, member.seed, member.fold) for member in predictions.members]
    return RunPredictions(predictions.id, predictions.classes, members)


def with_subgroups(predictions: RunPredictions) -> RunPredictions:
    """Cases of even numbers are "f", the first ten of the others unknown, the rest "m"."""

    def marked(part: Cases) -> Cases:
        numbers = np.array([int(sample.removeprefix("image")) % 10_000 for sample in part.samples])
        sex = np.where(numbers % 2 == 0, "f", np.where(numbers < 20, "", "m"))
        return Cases(part.logits, part.truth, part.samples, part.groups, {"sex": sex})

    members = [Member(marked(m.validation), marked(m.test), m.seed, m.fold) for m in predictions.members]
    return RunPredictions(predictions.id, predictions.classes, members)


# --- evaluate


def test_evaluate_against_counting() -> None:
    probabilities = np.random.default_rng(0).dirichlet(np.ones(3), size=200)
    truth = np.random.default_rng(1).integers(0, 3, 200)
    for rule in RULES:
        harm = MATRIX.values / 10 if rule == "severity" else (MATRIX.values >= 9).astype(float)
        cost = 0.4 * (1 - np.eye(3)) + 0.6 * harm
        decisions = (probabilities @ cost).argmin(axis=1)
        found = evaluate(truth, probabilities, MATRIX, aversion=0.6, rule=rule)
        severity = MATRIX.values[truth, decisions]
        assert found.accuracy.value == pytest.approx(np.mean(truth == decisions))
        assert found.cer.value == pytest.approx(np.mean(severity >= 9))
        assert found.critical_miss_rate.value == pytest.approx(np.mean(severity[truth == 2] >= 9))
        assert found.over_call_rate.value == pytest.approx(np.mean(decisions[truth != 2] == 2))
        assert found.expected_severity.value == pytest.approx(severity.mean())
        assert found.ppv.value == np.mean(truth[decisions == 2] == 2)
        assert found.npv.value == np.mean(truth[decisions != 2] != 2)
        assert found.accuracy.n == found.accuracy.groups == 200


def test_evaluate_takes_groups() -> None:
    probabilities = np.tile([0.6, 0.3, 0.1], (10, 1))
    found = evaluate([0] * 5 + [1] * 5, probabilities, MATRIX, groups=["p"] * 5 + ["q"] * 5)
    assert (found.accuracy.n, found.accuracy.groups) == (10, 2)
    with pytest.raises(InputError, match="rule: 'harm' is not a rule"):
        evaluate([0], probabilities[:1], MATRIX, rule="harm")


# --- files


def test_predictions_come_back_as_they_were_written(tmp_path: Path) -> None:
    member = with_subgroups(ONE).members[0]
    path = tmp_path / "run" / PREDICTIONS
    write_predictions(path, ["a", "b", "c"], {"validation": member.validation, "test": member.test})
    classes, parts = read_predictions(path)
    assert classes == ("a", "b", "c")
    for name, expected in (("validation", member.validation), ("test", member.test)):
        for field in ("logits", "truth", "samples", "groups"):
            np.testing.assert_array_equal(getattr(parts[name], field), getattr(expected, field))
        np.testing.assert_array_equal(parts[name].subgroups["sex"], expected.subgroups["sex"])
    assert [path.name for path in path.parent.iterdir()] == [PREDICTIONS]


def test_a_part_that_was_not_written_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "external.parquet"
    write_predictions(path, ["a", "b", "c"], {"test": ONE.members[0].test})
    assert len(read_predictions(path)[1]["validation"]) == 0


@pytest.mark.parametrize("content", [None, b"", b"PAR1 cut short"])
def test_damaged_predictions_are_one_clear_error(tmp_path: Path, content) -> None:
    path = tmp_path / "predictions.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_predictions(path)
    assert str(caught.value) == f"{path}: no predictions can be read there; train or evaluate the run again."


def test_a_pool_is_joined_and_its_classes_must_agree(tmp_path: Path) -> None:
    member = ONE.members[0]
    parts = {"validation": member.validation, "test": member.test}
    write_predictions(tmp_path / "0.parquet", ["a", "b", "c"], parts)
    write_predictions(tmp_path / "1.parquet", ["c", "b", "a"], parts)
    joined = load_predictions("pool-x", [(tmp_path / "0.parquet", 4, 2), (tmp_path / "0.parquet", 5, None)])
    assert (joined.id, joined.classes, joined.seeds) == ("pool-x", ("a", "b", "c"), (4, 5))
    assert [own.fold for own in joined.members] == [2, None]
    with pytest.raises(InputError) as caught:
        load_predictions("pool-x", [(tmp_path / "0.parquet", 0, None), (tmp_path / "1.parquet", 1, None)])
    assert str(caught.value) == "pool-x: its runs have different classes (c, b, a; a, b, c)."


# --- summary


def test_the_summary_of_lists_against_counting() -> None:
    found = summary(JudgedRun(ONE, MATRIX.reordered(["c", "b", "a"])), Wish())
    (member,) = calibrate(ONE)
    dial = member.dial(MATRIX, Wish())
    for part, own, p in (
        ("validation", member.validation, member.validation_probabilities),
        ("test", member.test, member.test_probabilities),
    ):
        for at, decisions in (("argmax", own.logits.argmax(1)), ("dial", decide(p, MATRIX, dial.aversion, dial.rule))):
            assert found[part][at]["accuracy"] == pytest.approx(np.mean(own.truth == decisions))
            assert found[part][at]["cer"] == pytest.approx(np.mean(MATRIX.values[own.truth, decisions] >= 9))
        assert found[part]["n"] == 120
        assert found[part]["majority_accuracy"] == np.bincount(own.truth).max() / 120
    assert found["wish"] == "accuracy_loss=0.01"
    assert json.loads(json.dumps(found)) == found


# --- the report


def test_the_keys_are_those_that_others_read() -> None:
    found = report_on(JudgedRun(with_subgroups(ONE), MATRIX), Wish(), data="toy").as_dict()
    assert json.loads(json.dumps(found)) == found
    assert {"run", "data", "split", "n", "majority_accuracy", "argmax", "dial", "frontier", "subgroups"} <= set(found)
    assert set(found["argmax"]) == RATES | {"ppv", "npv"}
    assert set(found["dial"]) == RATES | {"ppv", "npv"} | {"rule", "aversion", "wish", "reached", "dials"}
    assert all(set(found[at][name]) == RATE_KEYS for at in ("argmax", "dial") for name in RATES)
    assert set(found["frontier"][0]) >= {"rule", "aversion", "accuracy", "cer"}
    assert [point["rule"] for point in found["frontier"]] == [rule for rule in RULES for _ in dial_grid()]
    assert set(found["subgroups"][0]) == {"column", "value", "n", "groups", "majority_accuracy", "rates"}
    assert set(found["subgroups"][-1]["rates"]) == RATES
    assert set(found["probability_measures"]) == {"macro_auroc", "critical_auroc", "ece", "brier"}
    assert (found["run"], found["data"], found["split"], found["synthetic"]) == ("one", "toy", "test", False)
    assert (found["fixed_dials"], found["note"], found["calibrated"]) == ([], None, True)


def test_rates_and_tables_are_those_of_the_decisions() -> None:
    found = report_on(JudgedRun(ONE, MATRIX.reordered(["b", "c", "a"])), Wish(), data="toy").as_dict()
    decided = pooled_decisions(JudgedRun(ONE, MATRIX), Wish())
    assert found["argmax"]["accuracy"]["value"] == pytest.approx(np.mean(decided.truth == decided.argmax))
    assert found["dial"]["cer"]["value"] == pytest.approx(np.mean(MATRIX.values[decided.truth, decided.dial] >= 9))
    counts = np.zeros((3, 3), dtype=int)
    np.add.at(counts, (decided.truth, decided.dial), 1)
    assert found["confusion"] == counts.tolist()
    np.testing.assert_allclose(found["severity_confusion"], counts * MATRIX.values / 120)
    assert found["classes"] == found["matrix"]["classes"] == ["a", "b", "c"]
    for code, name in enumerate("abc"):
        assert found["recall"][name]["value"] == pytest.approx(counts[code, code] / counts[code].sum())


def test_a_pool_counts_different_cases_and_names_each_dial() -> None:
    found = report_on(JudgedRun(with_subgroups(POOL), MATRIX), Wish(), data="toy").as_dict()
    truth = np.concatenate([member.test.truth for member in POOL.members if member.seed == 0])
    assert (found["n"], found["groups"], found["seeds"]) == (120, 60, [0, 1])
    assert found["critical_cases"] == (truth == 2).sum()
    assert found["argmax"]["accuracy"]["n"] == 120
    assert len(found["dial"]["dials"]) == 4
    assert np.sum(found["confusion"]) == 240
    by_value = {row["value"]: row for row in found["subgroups"]}
    assert {value: row["n"] for value, row in by_value.items()} == {"f": 60, "m": 40, "unknown": 20}


def test_subgroups_of_fewer_than_20_different_cases_claim_nothing() -> None:
    found = report_on(
        JudgedRun(with_subgroups(run("pool", 1.5, n=60, seeds=(0, 1, 2))), MATRIX), Wish(), data="toy"
    ).as_dict()
    by_value = {row["value"]: row for row in found["subgroups"]}
    assert (by_value["unknown"]["n"], by_value["unknown"]["rates"]) == (10, None)
    assert by_value["m"]["n"] == 20
    assert by_value["m"]["rates"] is not None


def test_a_fixed_dial_replaces_the_wish() -> None:
    found = report_on(JudgedRun(ONE, MATRIX), Dial("critical", 0.5), data="toy").as_dict()
    assert (found["dial"]["rule"], found["dial"]["aversion"], found["dial"]["wish"]) == ("critical", 0.5, None)
    (member,) = calibrate(ONE)
    decisions = decide(member.test_probabilities, MATRIX, 0.5, "critical")
    assert found["dial"]["accuracy"]["value"] == pytest.approx(np.mean(decisions == member.test.truth))


def test_without_validation_argmax_and_fixed_dials_only() -> None:
    blind = without_validation(ONE)
    found = report_on(JudgedRun(blind, MATRIX), Wish(), data="vendor.csv").as_dict()
    why = "There are no validation cases, so nothing is calibrated and no dial can be chosen."
    assert (found["dial"], found["calibrated"], found["note"]) == (None, False, f"{why} {FIXED_ONLY}")
    offered = [(at["rule"], at["aversion"]) for at in found["fixed_dials"]]
    assert offered == [(rule, aversion) for rule in ("severity", "critical") for aversion in (0.5, 0.9, 1.0)]
    test = blind.members[0].test
    plain = np.exp(test.logits) / np.exp(test.logits).sum(axis=1, keepdims=True)
    for at in found["fixed_dials"]:
        decisions = decide(plain, MATRIX, at["aversion"], at["rule"])
        assert at["cer"]["value"] == pytest.approx(np.mean(MATRIX.values[test.truth, decisions] >= 9))
    counts = np.zeros((3, 3), dtype=int)
    np.add.at(counts, (test.truth, test.logits.argmax(axis=1)), 1)
    assert found["confusion"] == counts.tolist()
    fixed = report_on(JudgedRun(blind, MATRIX), Dial("severity", 0.9), data="vendor.csv").as_dict()
    assert fixed["fixed_dials"] == []
    assert fixed["note"] == why
    assert fixed["dial"]["cer"] == next(
        at["cer"] for at in found["fixed_dials"] if (at["rule"], at["aversion"]) == ("severity", 0.9)
    )


def only(part: Cases, kept: set[int]) -> Cases:
    inside = np.isin(part.truth, list(kept))
    return Cases(part.logits[inside], part.truth[inside], part.samples[inside], part.groups[inside])


def changed(predictions: RunPredictions, validation: set[int], test: set[int]) -> RunPredictions:
    """The first member with cases of these classes only, the others as they are."""
    first, *rest = predictions.members
    left = Member(only(first.validation, validation), only(first.test, test), first.seed, first.fold)
    return RunPredictions(predictions.id, predictions.classes, [left, *rest])


def test_a_validation_part_without_a_critical_case_chooses_no_dial() -> None:
    found = report_on(JudgedRun(changed(ONE, {0, 1}, {0, 1, 2}), MATRIX), Wish(), data="toy").as_dict()
    assert (found["dial"], found["calibrated"], found["absent"]) == (None, True, ["c"])
    assert found["note"] == (
        "Validation holds no case of a critical class (c), so no dial can be chosen on it. "
        f"{FIXED_ONLY} Validation holds no case of c: its probability is not calibrated."
    )
    assert len(found["fixed_dials"]) == 6
    fixed = report_on(JudgedRun(changed(ONE, {0, 1}, {0, 1, 2}), MATRIX), Dial("critical", 0.5), data="toy").as_dict()
    assert fixed["dial"]["aversion"] == 0.5
    pool = report_on(JudgedRun(changed(POOL, {0, 1}, {0, 1, 2}), MATRIX), Wish(), data="toy").as_dict()
    assert pool["dial"] is None
    assert pool["note"].startswith("Validation of seed 0 fold 0 holds no case of a critical class")


def test_a_dial_chosen_without_one_of_the_critical_classes_says_so() -> None:
    matrix = SeverityMatrix(MATRIX.classes, [[0, 1, 3], [9, 0, 9], [10, 9, 0]], critical=9)  # b and c are critical
    found = report_on(JudgedRun(changed(ONE, {0, 1}, {0, 1, 2}), matrix), Wish(), data="toy").as_dict()
    assert found["absent"] == ["c"]
    assert found["dial"]["wish"] == "accuracy_loss=0.01"
    assert found["note"] == "Validation holds no case of c: its probability is not calibrated."
    harmless = report_on(JudgedRun(changed(ONE, {1, 2}, {0, 1, 2}), MATRIX), Wish(), data="toy").as_dict()
    assert (harmless["absent"], harmless["dial"]["reached"]) == ([], True)
    assert harmless["note"] == "Validation holds no case of a: its probability is not calibrated."


def test_what_the_judged_part_lacks_was_not_tested() -> None:
    found = report_on(JudgedRun(changed(ONE, {0, 1, 2}, {0, 1}), MATRIX), Wish(), data="toy").as_dict()
    assert found["note"] == ("There is no dangerous case in test (none of c): no critical error is possible there.")
    for at in ("argmax", "dial"):
        assert found[at]["cer"]["value"] is None
        assert (found[at]["cer"]["events"], found[at]["cer"]["n"]) == (0, found["n"])
    assert {point["cer"] for point in found["frontier"]} == {None}
    other = report_on(JudgedRun(changed(ONE, {0, 1, 2}, {0, 2}), MATRIX), Wish(), data="toy").as_dict()
    assert other["note"] == "No case of b is in test: it is not tested."
    assert other["recall"]["b"]["value"] is None
    assert report_on(JudgedRun(ONE, MATRIX), Wish(), data="toy").note is None


def test_a_summary_without_a_dial_or_a_dangerous_case_has_none() -> None:
    found = summary(JudgedRun(changed(ONE, {0, 1}, {0, 1, 2}), MATRIX), Wish())
    assert (found["absent"], found["note"][:24]) == (["c"], "Validation holds no case")
    assert (found["validation"]["dial"], found["test"]["dial"]) == (None, None)
    assert found["validation"]["argmax"]["cer"] is None
    assert found["test"]["argmax"]["cer"] > 0
    full = summary(JudgedRun(ONE, MATRIX), Wish())
    assert (full["absent"], full["note"]) == ([], None)


def test_at_a_stated_prevalence_cer_is_the_miss_rate_times_it() -> None:
    found = report_on(JudgedRun(ONE, MATRIX), Wish(), data="toy", prevalence=0.05).as_dict()
    plain = report_on(JudgedRun(ONE, MATRIX), Wish(), data="toy").as_dict()
    assert found["prevalence"] == 0.05
    for at in ("argmax", "dial"):
        assert found[at]["cer"]["value"] == pytest.approx(0.05 * plain[at]["critical_miss_rate"]["value"])
        assert found[at]["critical_miss_rate"] == plain[at]["critical_miss_rate"]
    with pytest.raises(InputError, match=r"prevalence is 1\.5, expected a share between 0 and 1"):
        report_on(JudgedRun(ONE, MATRIX), Wish(), data="toy", prevalence=1.5)


@pytest.mark.parametrize("shifted", [False, True])
@pytest.mark.parametrize("predictions", [ONE, POOL], ids=["one", "pool"])
def test_everything_under_a_stated_prevalence_is_counted_with_weighted_cases(predictions, shifted: bool) -> None:
    prevalence = 0.04
    judged = JudgedRun(predictions, MATRIX)
    found = report_on(judged, Wish(), data="toy", prevalence=prevalence, shifted=shifted).as_dict()
    plain = report_on(judged, Wish(), data="toy").as_dict()
    decided = decisions_at(judged, Wish(), prevalence) if shifted else pooled_decisions(judged, Wish())
    dangerous = decided.truth == 2
    weights = np.where(dangerous, prevalence / dangerous.mean(), (1 - prevalence) / (1 - dangerous.mean()))
    table = np.array(found["confusion"])
    assert (table.sum(), found["confusion_unit"]) == (pytest.approx(1000), "of 1,000 cases")
    for y in range(3):
        for j in range(3):
            own = (decided.truth == y) & (decided.dial == j)
            assert table[y, j] == pytest.approx(1000 * np.average(own, weights=weights))
    assert np.sum(found["severity_confusion"]) == pytest.approx(found["dial"]["expected_severity"]["value"])
    commonest = max(np.average(decided.truth == y, weights=weights) for y in range(3))
    assert found["majority_accuracy"] == pytest.approx(commonest)
    called = decided.dial == 2
    assert found["dial"]["ppv"]["value"] == pytest.approx(weights[called & dangerous].sum() / weights[called].sum())
    assert found["dial"]["npv"]["value"] == pytest.approx(weights[~called & ~dangerous].sum() / weights[~called].sum())
    for point in found["frontier"][:: len(found["frontier"]) // 7]:
        decisions = decide(decided.probabilities, MATRIX, point["aversion"], point["rule"])
        assert point["accuracy"] == pytest.approx(np.average(decisions == decided.truth, weights=weights))
        critical = MATRIX.critical_cells[decided.truth, decisions]
        assert point["cer"] == pytest.approx(np.average(critical, weights=weights))
    assert found["decisions"] == ("shifted to the stated prevalence" if shifted else "unchanged")
    assert (found["dial"]["dials"] == plain["dial"]["dials"]) is not shifted
    assert found["argmax"]["critical_miss_rate"] == plain["argmax"]["critical_miss_rate"]
    assert found["probability_measures"] == plain["probability_measures"]  # of the cases as they are
    assert (plain["confusion_unit"], plain["decisions"]) == ("cases", "unchanged")


def test_the_validation_part_can_be_looked_at() -> None:
    found = report_on(on_validation(JudgedRun(ONE, MATRIX)), Wish(), data="toy", split="validation").as_dict()
    validation = ONE.members[0].validation
    assert found["split"] == "validation"
    assert found["argmax"]["accuracy"]["value"] == np.mean(validation.logits.argmax(axis=1) == validation.truth)


def test_no_cases_or_other_classes_are_refused() -> None:
    with pytest.raises(InputError) as caught:
        report_on(on_validation(JudgedRun(without_validation(ONE), MATRIX)), Wish(), data="toy", split="validation")
    assert str(caught.value) == "one: there are no validation cases to judge."
    strangers = RunPredictions("one", ("a", "b", "d"), [Member(cases(9, 1, 1), cases(9, 1, 1))])
    with pytest.raises(InputError, match="'c'"):
        report_on(JudgedRun(strangers, MATRIX), Wish(), data="toy")


def test_a_wish_that_no_setting_fulfils_is_marked() -> None:
    found = report_on(JudgedRun(ONE, MATRIX), Wish("accuracy_floor", 1.0), data="toy").as_dict()
    assert found["dial"]["reached"] is False
    assert found["dial"]["wish"] == "accuracy_floor=1"


# --- a judged part that lacks classes

SKIN = SeverityMatrix.preset("isic2018")


def lacking(held: tuple[str, ...], n: int = 300) -> RunPredictions:
    """Calibrated on cases of all seven classes, judged on cases of some of them; calls may be of any."""
    random = np.random.default_rng(1)
    parts = []
    for names in (SKIN.classes, held):
        codes = np.array([SKIN.classes.index(name) for name in names])
        truth = codes[random.integers(0, len(codes), n)]
        logits = random.normal(size=(n, 7))
        logits[np.arange(n), truth] += 1
        samples = np.char.add(f"{len(names)} ", np.arange(n).astype(str))
        sex = np.where(np.arange(n) % 3 == 0, "f", "m")
        # the few cases of unknown site make a subgroup of which nothing can be claimed
        site = np.where(np.arange(n) < 5, "ear", "back")
        parts.append(Cases(logits, truth, samples, samples, {"sex": sex, "site": site}))
    return RunPredictions("run", SKIN.classes, [Member(*parts)])


def test_classes_that_the_judged_part_lacks_are_named_and_calls_of_them_count_by_the_matrix() -> None:
    judged = JudgedRun(lacking(("MEL", "NV", "BKL")), SKIN)
    report = report_on(judged, Wish(), data="isic2017", detailed=True)
    found = report.as_dict()
    assert found["untested"] == ["BCC", "AKIEC", "DF", "VASC"]
    assert found["absent"] == []  # validation holds them all
    assert found["note"] == "No case of BCC, AKIEC, DF, VASC is in test: they are not tested."
    decided = pooled_decisions(judged, Wish())
    present = [SKIN.classes.index(name) for name in ("MEL", "NV", "BKL")]
    for at, calls in (("argmax", decided.argmax), ("dial", decided.dial)):
        assert set(calls) - set(present)  # some calls are outside the classes that are there
        harms, critical, over, missed, dangerous = [], 0, 0, 0, 0
        for truth, call in zip(decided.truth.tolist(), calls.tolist(), strict=True):
            name, said = SKIN.classes[truth], SKIN.classes[call]
            harm = SKIN.values[truth][call]
            harms.append(harm)
            critical += harm >= 10
            dangerous += name == "MEL"
            missed += name == "MEL" and said not in ("MEL", "BCC", "AKIEC")
            over += name != "MEL" and said in ("MEL", "BCC", "AKIEC")
        assert found[at]["cer"]["value"] == pytest.approx(critical / len(harms))
        assert found[at]["critical_miss_rate"]["value"] == pytest.approx(missed / dangerous)
        assert found[at]["over_call_rate"]["value"] == pytest.approx(over / (len(harms) - dangerous))
        assert found[at]["expected_severity"]["value"] == pytest.approx(np.mean(harms))
        assert found[at]["accuracy"]["value"] == pytest.approx(accuracy_score(decided.truth, calls))
        recalls = recall_score(decided.truth, calls, labels=present, average="macro")
        assert found[at]["balanced_accuracy"]["value"] == pytest.approx(recalls)
    one_vs_rest = [roc_auc_score(decided.truth == k, decided.probabilities[:, k]) for k in present]
    assert found["probability_measures"]["macro_auroc"]["value"] == pytest.approx(np.mean(one_vs_rest))
    assert found["recall"]["BCC"]["value"] is None
    table = confusion_matrix(decided.truth, decided.dial, labels=range(7))
    np.testing.assert_array_equal(found["confusion"], table)


@pytest.mark.parametrize("held", [("MEL", "NV", "BKL"), ("NV", "BKL"), ("MEL",), ("NV",)])
def test_a_part_that_lacks_classes_has_no_number_that_is_none(held: tuple[str, ...]) -> None:
    report = report_on(JudgedRun(lacking(held), SKIN), Wish(), data="isic2017", detailed=True)
    json.dumps(finite(report.as_dict()), allow_nan=False)
    rates = report.as_dict()["argmax"]
    for name, possible in (("critical_miss_rate", "MEL" in held), ("over_call_rate", held != ("MEL",))):
        assert (rates[name]["value"] is not None) is possible
    assert (rates["cer"]["method"] == "no dangerous case") is ("MEL" not in held)
