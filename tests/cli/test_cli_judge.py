"""riskcore evaluate, compare and predict, on runs that were trained once."""

import csv
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from riskcore.data.manifest import register
from riskcore.data.registry import save_dataset
from riskcore.runs.predictions_file import EVALUATIONS, PREDICTIONS, read_predictions
from riskcore.runs.store import RunStore
from riskcore.severity import SeverityMatrix

RATES = {"accuracy", "cer", "critical_miss_rate", "over_call_rate", "expected_severity", "balanced_accuracy"}
RATE_KEYS = {"value", "low", "high", "events", "n", "groups", "method"}
WIDTH = 100  # columns that a terminal may be expected to have


def tables_fit(text: str) -> bool:
    """Whether the tables (sentences may wrap) fit the terminal."""
    return all(len(line) <= WIDTH for line in text.splitlines() if "─" in line or line.startswith("  "))


# --- evaluate


def test_evaluate_json_of_a_run_and_of_a_pool(trained) -> None:
    single = trained.riskcore.json("evaluate", trained.run)
    pooled = trained.riskcore.json("evaluate", trained.other)
    for found, id in ((single, trained.run), (pooled, trained.other)):
        assert {"run", "data", "split", "n", "majority_accuracy", "argmax", "dial", "frontier", "subgroups"} <= set(
            found
        )
        assert (found["run"], found["data"], found["split"], found["synthetic"]) == (id, "toy", "test", True)
        assert set(found["argmax"]) == RATES | {"ppv", "npv"}
        assert {"rule", "aversion", "wish", *RATES} <= set(found["dial"])
        assert set(found["argmax"]["cer"]) == RATE_KEYS
        assert (
            0 <= found["argmax"]["cer"]["low"] <= found["argmax"]["cer"]["value"] <= found["argmax"]["cer"]["high"] <= 1
        )
        assert {"rule", "aversion", "accuracy", "cer"} <= set(found["frontier"][0])
        assert {row["column"] for row in found["subgroups"]} == {"sex", "age", "site"}
    assert pooled["n"] == 150  # two folds hold every image once
    assert single["n"] < 150


def test_evaluate_is_readable(trained) -> None:
    text = trained.riskcore("evaluate", trained.other).stdout
    assert text.startswith("SYNTHETIC images")
    assert tables_fit(text)
    for expected in (
        "majority baseline",
        "argmax",
        "dial: ",
        "Recall of each class",
        "Costliest mistakes",
        "95 % intervals",
    ):
        assert expected in text


def test_evaluate_takes_another_matrix_a_fixed_dial_a_prevalence_and_a_split(trained, tmp_path: Path) -> None:
    stricter = SeverityMatrix.preset("demo")
    file = tmp_path / "stricter.json"
    file.write_text(SeverityMatrix(stricter.classes, stricter.values, critical=1, groups=stricter.groups).to_json())
    plain = trained.riskcore.json("evaluate", trained.other)
    strict = trained.riskcore.json("evaluate", trained.other, "--matrix", file)
    assert strict["argmax"]["cer"]["value"] > plain["argmax"]["cer"]["value"]
    assert strict["argmax"]["accuracy"] == plain["argmax"]["accuracy"]
    fixed = trained.riskcore.json("evaluate", trained.other, "--aversion", 1, "--rule", "severity")
    assert (fixed["dial"]["aversion"], fixed["dial"]["rule"], fixed["dial"]["wish"]) == (1.0, "severity", None)
    rare = trained.riskcore.json("evaluate", trained.other, "--prevalence", 0.02)
    assert rare["argmax"]["cer"]["value"] == pytest.approx(0.02 * plain["argmax"]["critical_miss_rate"]["value"])
    assert "prevalence of 2.0 % of critical classes" in trained.riskcore(
        "evaluate", trained.other, "--prevalence", 0.02
    ).stdout.replace("\n", " ")
    looked = trained.riskcore.json("evaluate", trained.run, "--split", "validation")
    assert looked["split"] == "validation"


def test_evaluate_on_other_images_with_names_in_another_case_and_order(trained, tmp_path: Path) -> None:
    images = trained.images
    with (images / "synthetic.csv").open() as file:
        rows = list(csv.DictReader(file))[:40]
    for row in rows:
        folder = tmp_path / "elsewhere" / row["label"].upper()
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(images / row["path"], folder)
    save_dataset(trained.riskcore.workspace, register("elsewhere", tmp_path / "elsewhere"))
    for id in (trained.run, trained.other):
        found = trained.riskcore.json("evaluate", id, "--data", "elsewhere", "--allow-overlap")
        away = found["all_images"]["turned_away"]["events"] if found["all_images"] else 0
        assert (found["run"], found["data"], found["split"]) == (id, "elsewhere", "all")
        assert found["n"] == 40 - away > 30
    stored = RunStore(trained.riskcore.workspace).get(trained.run).folder / EVALUATIONS
    assert [path.name.startswith("elsewhere-all-") for path in stored.glob("*.parquet")] == [True]


def foreign(trained, path: Path, parts=("validation", "test")) -> Path:
    """The predictions of a run as a vendor would hand them over."""
    run = RunStore(trained.riskcore.workspace).get(trained.run)
    classes, stored = read_predictions(run.folder / PREDICTIONS)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["sample", "truth", "split", "group", "sex", *classes])
        for part in parts:
            cases = stored[part]
            shares = np.exp(cases.logits) / np.exp(cases.logits).sum(axis=1, keepdims=True)
            for place, row in enumerate(shares):
                told = [cases.samples[place], classes[cases.truth[place]], part, cases.groups[place]]
                writer.writerow([*told, cases.subgroups["sex"][place], *row])
    return path


def test_evaluate_any_models_predictions_gives_what_the_run_gives(trained, tmp_path: Path) -> None:
    own = trained.riskcore.json("evaluate", trained.run)
    file = foreign(trained, tmp_path / "vendor.csv")
    found = trained.riskcore.json("evaluate", "--predictions", file, "--matrix", "demo")
    assert (found["run"], found["data"], found["calibrated"]) == ("vendor.csv", "vendor.csv", True)
    for at in ("argmax", "dial"):
        for name in RATES:
            assert found[at][name]["value"] == pytest.approx(own[at][name]["value"]), (at, name)
    assert {row["column"] for row in found["subgroups"]} == {"sex"}


def test_evaluate_without_a_validation_part_offers_argmax_and_fixed_dials_only(trained, tmp_path: Path) -> None:
    file = foreign(trained, tmp_path / "vendor.csv", parts=["test"])
    found = trained.riskcore.json("evaluate", "--predictions", file, "--matrix", "demo")
    assert found["dial"] is None
    assert found["calibrated"] is False
    assert len(found["fixed_dials"]) == 6
    text = trained.riskcore("evaluate", "--predictions", file, "--matrix", "demo").stdout
    assert "There are no validation cases, so nothing is calibrated" in text
    assert "severity 0.5" in text
    assert tables_fit(text)


def test_evaluate_refuses_what_does_not_fit(trained, tmp_path: Path) -> None:
    error, file = trained.riskcore.error, foreign(trained, tmp_path / "vendor.csv")
    assert error("evaluate") == "Expected either the id of a run or --predictions FILE.csv."
    assert error("evaluate", trained.run, "--predictions", file) == error("evaluate")
    assert error("evaluate", "--predictions", file).startswith("--predictions needs --matrix")
    assert error("evaluate", trained.run, "--split", "train") == (
        "Expected --split test or validation, but got 'train'."
    )
    assert error("evaluate", trained.run, "--aversion", 0.5, "--rule", "harm") == (
        "rule: 'harm' is not a rule of the risk dial; use one of severity, critical."
    )
    assert error("evaluate", trained.run, "--prevalence", 2).startswith("prevalence is 2.0, expected")
    assert error("evaluate", trained.run, "--data", "absent").startswith("No data set named or stored in the file")
    assert error("evaluate", "pool-absent").startswith("No pool 'pool-absent'")


# --- compare


def test_compare_json(trained) -> None:
    found = trained.riskcore.json("compare", trained.baseline, trained.other, "--baseline", trained.baseline)
    assert {"baseline", "runs", "n", "majority_accuracy", "matrix", "wish"} <= set(found)
    assert (found["baseline"], found["synthetic"], found["n"]) == (trained.baseline, True, 150)
    first, second = found["runs"]
    assert ((first["id"], first["loss"]), (second["id"], second["loss"])) == (
        (trained.baseline, "ce"),
        (trained.other, "log_harm s=3"),
    )
    assert first["equal_accuracy"] is None
    assert set(second["argmax"]) == RATES
    assert {"wish", *RATES} <= set(second["dial"])
    equal, chosen = second["equal_accuracy"], second["chosen"]
    assert equal["safer"] in ("yes", "no", "cannot tell", "unreachable")
    assert set(equal["gap"]) == RATE_KEYS
    assert equal["gap"]["value"] == pytest.approx(equal["cer"] - equal["baseline_cer"])
    difference = chosen["difference"]["cer"]
    assert set(difference) == RATE_KEYS
    assert difference["value"] == pytest.approx(chosen["cer"]["value"] - chosen["baseline_cer"]["value"])


def test_compare_is_readable(trained) -> None:
    text = trained.riskcore("compare", trained.other, "--baseline", trained.baseline).stdout
    assert text.startswith("SYNTHETIC images")
    assert tables_fit(text)
    lines = text.splitlines()
    assert f"ce  {trained.baseline}  (baseline)" in lines
    assert f"log_harm s=3  {trained.other}" in lines
    assert [line.split("  ")[1] for line in lines if re.match("  [a-zC]", line)] == [
        *("argmax", "dial", "argmax", "dial"),
        *("CER", "accuracy", "over-calls", "balanced accuracy", "CER: could show", "safer?"),
    ]
    sentence = trained.riskcore.json("compare", trained.other, "--baseline", trained.baseline)["runs"][1]["sentence"]
    assert sentence in lines
    assert lines[-1] == "Research use only; not a medical device. Ranges are 95 % intervals."


def test_compare_takes_a_floor_and_refuses_what_it_cannot_compare(trained) -> None:
    against = ("--baseline", trained.baseline)
    found = trained.riskcore.json("compare", trained.other, *against, "--floor", 0.3, "--wish", "cer_ceiling=0.05")
    assert found["runs"][1]["equal_accuracy"]["window"] == pytest.approx([0.29, 0.31])
    assert found["runs"][1]["chosen"]["floor"] == pytest.approx(0.3)
    assert found["wish"] == "cer_ceiling=0.05"
    assert trained.riskcore.error("compare", trained.baseline, *against) == (
        f"There is nothing to compare {trained.baseline} with; name at least one other run, pool or file."
    )
    assert trained.riskcore.error("compare", trained.run, *against)  # one fold against two
    assert trained.riskcore.error("compare", trained.other, *against, "--matrix", "isic2018").startswith(
        "the severity matrix is for other classes"
    )


# --- claims


def test_claims_json_files_and_table(trained, tmp_path) -> None:
    bars = Path(__file__).parents[2] / "research" / "results" / "bars.yaml"
    sides = "--plain", trained.baseline, "--usual", trained.baseline, "--bars", bars
    found = trained.riskcore.json("claims", trained.other, *sides, "-o", tmp_path)
    assert [claim["bar"] for claim in found["claims"]] == ["usual"] * 2 + ["plain"] * 3 + ["harmless"] * 5
    assert (found["n"], found["seeds"], found["data"], found["synthetic"]) == (150, 1, "toy", True)
    assert found["run"]["id"] == trained.other
    assert found["run"]["train"]["backbone"] == "frozen"
    first = found["claims"][0]
    assert set(first["change"]) == RATE_KEYS
    assert first["met"] == (first["change"]["value"] < first["bound"])
    # the same shares as compare's at the same place
    compared = trained.riskcore.json("compare", trained.other, "--baseline", trained.baseline)
    chosen = compared["runs"][1]["chosen"]
    at_one_point = found["claims"][2]
    assert (at_one_point["ours"], at_one_point["theirs"]) == pytest.approx(
        (chosen["cer"]["value"], chosen["baseline_cer"]["value"])
    )
    assert json.loads((tmp_path / "claims.json").read_text())["claims"] == found["claims"]
    paper = (tmp_path / "claims.md").read_text()
    assert "SYNTHETIC images" in paper
    assert "CER at 20 % over-calls" in paper
    text = trained.riskcore("claims", trained.other, *sides).stdout
    assert text.startswith("SYNTHETIC images")
    assert (
        f"toy: 150 test cases, {found['groups']} groups, {found['critical_cases']} cases of critical classes; 1 seed.\n"
        in text
    )
    assert [line.split("(")[1].split(")")[0] for line in text.splitlines() if line.startswith("`")] == [
        trained.other,
        trained.baseline,
        trained.baseline,
    ]
    assert tables_fit(text), text


def test_claims_without_bars_and_without_plain_training(trained) -> None:
    found = trained.riskcore.json("claims", trained.other, "--usual", trained.baseline)
    assert (found["plain"], found["bars"]) == (None, None)
    assert [(claim["bar"], claim["bound"], claim["shown"]) for claim in found["claims"]] == [("usual", None, None)] * 2
    text = trained.riskcore("claims", trained.other, "--usual", trained.baseline).stdout
    assert "nothing is claimed (`--bars`)." in text
    assert "the bars against it are left out (`--plain`)." in text
    assert tables_fit(text), text


def test_claims_refuses_what_it_cannot_judge(trained) -> None:
    sides = "--plain", trained.baseline, "--usual", trained.baseline
    assert "folds differ" in trained.riskcore.error("claims", trained.run, *sides)
    assert "nothing" in trained.riskcore.error("claims", "nothing", *sides)
    assert trained.riskcore.error("claims", trained.other, *sides, "--matrix", "isic2018")
    assert "give both" in trained.riskcore.error("claims", trained.other, *sides, "--usual-apart")
    assert "nothing.yaml" in trained.riskcore.error("claims", trained.other, *sides, "--bars", "nothing.yaml")


# --- predict


def test_predict_with_a_bundle_on_a_folder_and_with_a_run_on_an_image(trained, tmp_path: Path) -> None:
    images = sorted((trained.images / "images").iterdir())[:3]
    folder, bundle = tmp_path / "some", tmp_path / "bundle"
    folder.mkdir()
    for image in images:
        shutil.copy(image, folder)
    shutil.copytree(RunStore(trained.riskcore.workspace).get(trained.run).folder / "bundle", bundle)
    many = trained.riskcore.json("predict", bundle, folder)
    assert [row["image"] for row in many] == [str(folder / image.name) for image in images]
    classes = set(SeverityMatrix.preset("demo").classes)
    for found in many:
        assert {"image", "class", "probabilities", "expected_severity", "decision", "error"} <= set(found)
        assert set(found["probabilities"]) == set(found["expected_severity"]) == classes
        assert sum(found["probabilities"].values()) == pytest.approx(1)
        assert {found["class"], found["decision"]} <= classes
        assert found["error"] is None
    text = trained.riskcore("predict", trained.run, images[0]).stdout
    assert f"{many[0]['probabilities'][many[0]['decision']]:.2f}" in text
    assert "SYNTHETIC" in text
    assert "not a medical device" in text


def test_predict_goes_on_after_a_wrong_image_and_exits_with_2(trained, tmp_path: Path) -> None:
    good = sorted((trained.images / "images").iterdir())[0]
    fake = tmp_path / "note.png"
    fake.write_text("no image")
    done = trained.riskcore("predict", trained.run, fake, good, "--json", code=2)
    wrong, right = json.loads(done.stdout)
    assert wrong["error"] == done.stderr.strip().removeprefix("Error: ")
    assert wrong["class"] is wrong["probabilities"] is None
    assert right["error"] is None
    assert trained.riskcore.error("predict", trained.run, tmp_path / "absent") == (
        f"{tmp_path / 'absent'}: there is no such file; check the path."
    )
    (tmp_path / "empty").mkdir()
    assert trained.riskcore.error("predict", trained.run, tmp_path / "empty").startswith(
        f"{tmp_path / 'empty'}: holds no images"
    )
    assert trained.riskcore.error("predict", tmp_path / "empty", good).endswith(
        "give the bundle folder of a finished run."
    )
    assert trained.riskcore.error("predict", trained.other, good).startswith(f"{trained.other} is a pool of 2 runs")
