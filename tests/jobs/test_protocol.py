"""Protocols: the file, the runs it becomes, what is trained again, and its result against plain counting."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from riskcore.comparing.chosen import all_at_chosen_dials
from riskcore.comparing.equal_accuracy import equal_accuracies
from riskcore.comparing.paired import line_up
from riskcore.comparing.rate_differences import RATES as BESIDE
from riskcore.config import validated
from riskcore.data.manifest import Manifest
from riskcore.data.registry import load_dataset, save_dataset
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.decision.pooled import pooled_decisions
from riskcore.errors import InputError, RunError
from riskcore.jobs.protocol import Protocol, configs, outlook, plan, queue, read_protocol
from riskcore.jobs.submit import check
from riskcore.learning.backbones import create
from riskcore.metrics import group_codes, holm, paired_test
from riskcore.predictions import Member, RunPredictions
from riskcore.reports.protocol_table import mean_sd, over_seeds, relative_change, seed_parts, tabulate
from riskcore.runs.predictions_file import PREDICTIONS, read_predictions
from riskcore.runs.store import RunStore
from riskcore.severity import PRESETS, SeverityMatrix
from riskcore.severity.store import save_matrix
from riskcore.workspace import Workspace
from tests.helpers.simulated import MATRIX, cases
from tests.helpers.toy_protocol import SKILL, TEXT, finish, read, toy_workspace

PROTOCOLS = Path(__file__).parents[2] / "research" / "protocols"


@pytest.fixture
def toy(tmp_path: Path) -> Workspace:
    return toy_workspace(tmp_path)


# --- the file


def refused(tmp_path: Path, **changes) -> str:
    values = {"title": "Toy", "data": "toy", "losses": ["focal", "ce"], **changes}
    with pytest.raises(InputError) as caught:
        validated(Protocol, {key: value for key, value in values.items() if value is not None})
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_short_forms_are_filled_in(tmp_path: Path) -> None:
    protocol = validated(Protocol, {"title": "Toy", "data": "toy", "losses": ["focal", "ce"], "seeds": 3})
    assert [data.name for data in protocol.data] == ["toy"]
    assert [model.name for model in protocol.models] == ["tf_efficientnet_lite0"]
    assert (protocol.seeds, protocol.baselines, protocol.note) == ((0, 1, 2), ("focal", "ce"), "")
    assert validated(Protocol, {"title": "Toy", "data": "toy", "losses": ["focal", "ce"], "seeds": [4, 7]}).seeds == (
        4,
        7,
    )


def test_a_data_set_may_have_backbones_and_losses_of_its_own(toy: Workspace, tmp_path: Path) -> None:
    own = "folds: published, models: [resnet18], losses: [focal, ce]}, {name: toy, folds: 2"
    protocol = read(
        tmp_path, TEXT.replace("{name: toy, folds: published", "[{name: toy, " + own).replace("2}", "2}]", 1)
    )
    found = configs(toy, protocol)
    assert [(model.name, len(losses)) for models, losses in map(protocol.of, protocol.data) for model in models] == [
        ("resnet18", 2),
        ("test_efficientnet", 3),
    ]
    assert len(found) == 3 * 2 * 2 + 2 * 2 * 3
    assert {own.model.name for own in found if own.data.folds == "published"} == {"resnet18"}
    assert refused(tmp_path, data=[{"name": "toy", "losses": ["ce", "label_smoothing"]}]) == (
        "The baseline 'focal' is none of the losses (ce, label_smoothing); add it to them."
    )
    assert refused(tmp_path, data=[{"name": "toy", "losses": ["ce"]}]).startswith("Setting `data.0.losses` = ")


def test_wrong_protocols_are_refused_in_one_line(tmp_path: Path) -> None:
    assert refused(tmp_path, sedes=3) == "Unknown setting `sedes`: did you mean `seeds`?"
    assert refused(tmp_path, title=None) == "Missing setting `title`: add it to the file or as an override, title=…"
    assert refused(tmp_path, baselines=["ce", "margin s=3"]) == (
        "The baseline 'margin s=3' is none of the losses (focal, ce); add it to them."
    )
    assert refused(tmp_path, losses=["focal", "ce", "ce"]) == "A loss is listed twice; list each once."
    assert refused(tmp_path, seeds=[1, 1]) == "A seed is listed twice; list each once."
    assert refused(tmp_path, data=["toy", "toy"]) == "A data set is listed twice; list each once."
    assert refused(tmp_path, wish="much").startswith("wish 'much': expected KIND=NUMBER")
    for empty in ("data", "models", "losses", "seeds", "baselines"):
        assert refused(tmp_path, **{empty: []}).startswith(f"Setting `{empty}` = ")
    assert refused(tmp_path, seeds=0).startswith("Setting `seeds` = ")


@pytest.mark.parametrize("path", sorted(PROTOCOLS.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_protocols_of_the_project_are_valid(path: Path) -> None:
    assert "ce" in {loss.label for loss in read_protocol(path).losses}


# --- its runs


def test_every_combination_becomes_a_run_with_losses_changing_fastest(toy: Workspace, tmp_path: Path) -> None:
    found = configs(toy, read(tmp_path))
    assert len(found) == 3 * 2 * 3
    assert [(own.seed, own.fold, own.loss.label) for own in found[:4]] == [
        (0, 1, "focal"),
        (0, 1, "ce"),
        (0, 1, "log_harm s=3"),
        (0, 2, "focal"),
    ]
    assert {own.fold for own in found} == {1, 2, 3}
    assert {own.matrix for own in found} == {"toy"}


@pytest.mark.parametrize(("folds", "numbers"), [("folds: 4", [0, 1, 2, 3]), ("test: 0.3", [None])])
def test_own_folds_count_from_0_and_one_split_has_none(toy: Workspace, tmp_path: Path, folds, numbers) -> None:
    protocol = read(tmp_path, TEXT.replace("folds: published", folds))
    assert list(dict.fromkeys(own.fold for own in configs(toy, protocol))) == numbers


def test_a_matrix_of_another_name_can_be_given(toy: Workspace, tmp_path: Path) -> None:
    save_matrix(toy, "stricter", MATRIX)
    protocol = read(tmp_path, TEXT.replace("folds: published", "folds: published, matrix: stricter"))
    assert {own.matrix for own in configs(toy, protocol)} == {"stricter"}
    assert len(check(toy, configs(toy, protocol))) == 18


def test_planning_checks_everything_and_queues_nothing(toy: Workspace, tmp_path: Path) -> None:
    assert len(plan(toy, read(tmp_path))) == 18

    def error(text: str) -> str:
        with pytest.raises(InputError) as caught:
            plan(toy, read(tmp_path, text))
        return str(caught.value)

    assert error(TEXT.replace("name: toy", "name: toi")).startswith("No data set named or stored in the file 'toi'")
    assert error(TEXT.replace("test_efficientnet", "test_efficientnett")).startswith(
        "model.name=test_efficientnett: timm has no such model"
    )
    wrong = error(TEXT.replace("folds: published", "folds: published, matrix: isic2018"))
    assert wrong.startswith("the severity matrix is for other classes")
    assert RunStore(toy).list() == []


def test_published_folds_that_are_not_there_are_refused(toy: Workspace, tmp_path: Path) -> None:
    manifest = load_dataset(toy, "toy")
    save_dataset(toy, Manifest("plain", manifest.root, "csv", manifest.classes, manifest.table.assign(fold=-1)))
    with pytest.raises(InputError) as caught:
        plan(toy, read(tmp_path, TEXT.replace("name: toy", "name: plain, matrix: toy")))
    assert str(caught.value) == "plain: the data set has no published folds; give a number of folds."


def test_finished_runs_are_kept_and_failed_ones_tried_anew(toy: Workspace, tmp_path: Path) -> None:
    protocol = read(tmp_path)
    runs = queue(toy, protocol)
    assert len({run.id for run in runs}) == 18
    for run in runs[:17]:
        finish(run)
    with runs[17].claim():
        runs[17].end("failed", error="no luck")
    again = queue(toy, protocol)
    assert [run.id for run in again[:17]] == [run.id for run in runs[:17]]
    assert (again[17].id == runs[17].id, again[17].state) == (False, "queued")
    finish(again[17])
    assert [run.id for run in queue(toy, protocol)] == [run.id for run in again]
    assert len(RunStore(toy).list()) == 19


def test_more_seeds_train_only_the_new_ones(toy: Workspace, tmp_path: Path) -> None:
    for run in queue(toy, read(tmp_path)):
        finish(run)
    wider = read(tmp_path, TEXT.replace("seeds: 2", "seeds: 3"))
    ahead = outlook(toy, plan(toy, wider))
    assert (ahead.runs, ahead.finished) == (27, 18)
    assert sum(run.state == "queued" for run in queue(toy, wider)) == 9


def test_the_rest_is_estimated_from_the_median_of_like_runs(toy: Workspace, tmp_path: Path) -> None:
    protocol = read(tmp_path)
    assert outlook(toy, plan(toy, protocol)).seconds is None
    runs = queue(toy, protocol)
    for run, seconds in zip(runs, (10.0, 20.0, 900.0), strict=False):
        finish(run)
        record = json.loads((run.folder / "run.json").read_text())
        record["timings"]["seconds"] = seconds
        (run.folder / "run.json").write_text(json.dumps(record))
    ahead = outlook(toy, plan(toy, protocol))
    assert (ahead.runs, ahead.finished, ahead.seconds) == (18, 3, 15 * 20.0)
    other = read(tmp_path, TEXT.replace("epochs: 1", "epochs: 2"))
    assert outlook(toy, plan(toy, other)).seconds is None  # nothing comparable


# --- the result


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("protocol")
    toy, protocol = toy_workspace(folder), read(folder)
    runs = queue(toy, protocol)
    for run in runs:
        finish(run, ["3 images have duplicates."])
    return toy, protocol, runs, tabulate(toy, protocol, [run.id for run in runs]).as_dict()


def members(runs, loss) -> RunPredictions:
    found = [run for run in runs if run.loss == loss]
    parts = [read_predictions(run.folder / PREDICTIONS)[1] for run in found]
    joined = [Member(own["validation"], own["test"], run.seed, run.fold) for own, run in zip(parts, found, strict=True)]
    return RunPredictions(found[0].pool, MATRIX.classes, joined)


def argmax(member: Member) -> dict[str, float]:
    decisions, truth = member.test.logits.argmax(axis=1), member.test.truth
    severity = MATRIX.values[truth, decisions]
    return {"accuracy": np.sum(decisions == truth), "cer": np.sum(severity >= 9), "n": len(truth)}


def test_mean_and_deviation_over_seeds_by_hand(done) -> None:
    _, _, runs, result = done
    (table,) = result["tables"]
    for row in table["rows"]:
        own = members(runs, row["loss"])
        for name in ("accuracy", "cer"):
            seeds = []
            for seed in (0, 1):
                counts = [argmax(member) for member in own.members if member.seed == seed]
                seeds.append(sum(count[name] for count in counts) / sum(count["n"] for count in counts))
            mean = (seeds[0] + seeds[1]) / 2
            deviation = (((seeds[0] - mean) ** 2 + (seeds[1] - mean) ** 2) / (2 - 1)) ** 0.5
            assert row["over_seeds"]["argmax"][name]["mean"] == pytest.approx(mean)
            assert row["over_seeds"]["argmax"][name]["sd"] == pytest.approx(deviation)
            assert row["argmax"][name]["value"] == pytest.approx(mean)


def test_relative_changes_and_tests_by_hand(done) -> None:
    _, _, runs, result = done
    (table,) = result["tables"]
    base = members(runs, "focal")
    p_values, rows = [], []
    for row in table["rows"]:
        if "focal" not in row["against"]:
            assert row["loss"] == "focal"
            continue
        own, found = members(runs, row["loss"]), row["against"]["focal"]
        ours, theirs = (
            {name: sum(argmax(m)[name] for m in side.members) for name in ("accuracy", "cer", "n")}
            for side in (own, base)
        )
        assert found["argmax"]["relative_cer_change"] == pytest.approx((ours["cer"] - theirs["cer"]) / theirs["cer"])
        assert found["argmax"]["accuracy_difference"] == pytest.approx(
            (ours["accuracy"] - theirs["accuracy"]) / ours["n"]
        )
        equal = found["equal_accuracy"]
        change = (equal["cer"] - equal["baseline_cer"]) / equal["baseline_cer"]
        assert equal["relative_cer_change"] == pytest.approx(change)
        lineups = [
            line_up([ours], theirs, resamples=2)
            for ours, theirs in zip(*(seed_parts(JudgedRun(side, MATRIX)) for side in (own, base)), strict=True)
        ]
        singles = [equal_accuracies(lineup)[0] for lineup in lineups]
        for name in ("cer", "baseline_cer"):
            assert equal["over_seeds"][name] == asdict(mean_sd([getattr(single, name) for single in singles]))
        assert equal["over_seeds"]["gap"] == asdict(mean_sd([single.gap.value for single in singles]))
        chosen = [all_at_chosen_dials(lineup)[0] for lineup in lineups]
        for name in BESIDE:
            spread = found["chosen"]["over_seeds"]
            assert spread[name] == asdict(mean_sd([single.rates[name].value for single in chosen]))
            assert spread[f"baseline_{name}"] == asdict(mean_sd([each.baseline_rates[name].value for each in chosen]))
        decided = [pooled_decisions(JudgedRun(side, MATRIX)) for side in (own, base)]
        critical = [MATRIX.values[side.truth, side.argmax] >= 9 for side in decided]
        p_values.append(paired_test(*critical, group_codes(decided[0].groups)[0])[0])  # in the same order here
        rows.append(found["argmax"])
    assert [row["p_value"] for row in rows] == pytest.approx(list(holm(p_values)))
    assert {row["test"] for row in rows} == {"sign-flip"}


def test_the_document_says_what_it_is_about(done) -> None:
    result = done[3]
    assert json.loads(json.dumps(result)) == result
    assert set(result) == {"title", "note", "wish", "seeds", "train", "baselines", "tables"}
    (table,) = result["tables"]
    assert (table["data"], table["folds"], table["synthetic"]) == ("toy", "published", False)
    assert (table["n"], table["groups"]) == (150, 45)
    assert table["warnings"] == ["3 images have duplicates."]
    assert [row["loss"] for row in table["rows"]] == list(SKILL)
    for row in table["rows"]:
        keys = {
            "id",
            "loss",
            "seeds",
            "argmax",
            "dial",
            "equal_accuracy",
            "chosen",
            "sentence",
            "over_seeds",
            "against",
        }
        assert keys <= set(row)
        assert set(row["against"]) == {"focal", "ce"} - {row["loss"]}
        assert [len(table["frontiers"][row["loss"]])] == [2]
    curve = table["frontiers"]["ce"][0]
    assert np.all(np.diff(curve["accuracy"]) > 0)
    assert np.all(np.diff(curve["cer"]) >= 0)


def test_runs_of_others_in_the_same_pool_are_left_out(done) -> None:
    workspace, protocol, runs, before = done
    wider = validated(Protocol, {**protocol.model_dump(mode="json"), "seeds": [0, 1, 2]})
    extra = [run for run in queue(workspace, wider) if run.state == "queued"]
    finish(extra[0])
    assert extra[0].pool == runs[0].pool
    assert tabulate(workspace, protocol, [run.id for run in runs]).as_dict() == before


def test_a_run_that_did_not_finish_is_named(toy: Workspace, tmp_path: Path) -> None:
    protocol = read(tmp_path)
    runs = queue(toy, protocol)
    for run in runs[1:]:
        finish(run)
    with runs[0].claim():
        runs[0].end("failed", error="the loss became NaN")
    ids = [run.id for run in runs]
    with pytest.raises(RunError) as caught:
        tabulate(toy, protocol, ids)
    assert str(caught.value) == (
        f"1 of 18 runs did not finish, first {runs[0].id} (failed: the loss became NaN); "
        "mend the cause and run the same command again: finished runs are kept."
    )
    runs[0].update(result={"exit_code": 2})
    with pytest.raises(InputError, match="1 of 18 runs did not finish"):
        tabulate(toy, protocol, ids)


def test_a_single_seed_has_no_deviation() -> None:
    single = RunPredictions("x", MATRIX.classes, [Member(cases(40, 1, 1, start=50), cases(40, 1, 1))])
    assert over_seeds(JudgedRun(single, MATRIX), Wish())["argmax"]["accuracy"].sd is None
    assert asdict(mean_sd([0.1, 0.2, 0.6])) == {
        "mean": pytest.approx(0.3),
        "sd": pytest.approx(np.std([1, 2, 6], ddof=1) / 10),
    }
    assert relative_change(0.02, 0.0) is None


@pytest.mark.parametrize("file", sorted(PROTOCOLS.glob("*.yaml")), ids=lambda file: file.stem)
def test_protocols_that_come_along_can_be_read_and_name_what_is_there(file: Path) -> None:
    protocol = read_protocol(file)
    for data in protocol.data:
        name = data.matrix or data.name
        assert name in PRESETS or SeverityMatrix.load(PROTOCOLS.parents[1] / name)
        for model in protocol.of(data)[0]:  # timm knows them, and they take images of this side
            create(model.name, 2, "none", model.size)


def test_the_papers_protocol_covers_what_its_abstract_names() -> None:
    protocol = read_protocol(PROTOCOLS / "paper.yaml")
    assert [data.name for data in protocol.data] == ["brain_mri", "isic2018", "breakhis", "sicapv2"]
    assert {"focal", "ce"} <= {loss.label for loss in protocol.losses}
    assert {"resnet50", "vit_small_patch16_224"} <= {model.name for model in protocol.models}
