"""A finished run on another data set: whose class names count, what is predicted, and what is stored."""

import csv
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from riskcore.data.cache import decoded
from riskcore.data.images import decode, is_blank
from riskcore.data.manifest import Manifest, register
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.errors import InputError
from riskcore.jobs import external
from riskcore.jobs.external import evaluate_on
from riskcore.judging.left_out import LeftOut
from riskcore.judging.report import report_on
from riskcore.learning.bundle import Bundle
from riskcore.learning.predictor import Predictor
from riskcore.runs import results
from riskcore.runs.evaluations import stored_evaluations
from riskcore.runs.predictions_file import EVALUATIONS, PREDICTIONS, read_predictions
from riskcore.runs.store import RunStore
from riskcore.severity import SeverityMatrix
from riskcore.severity.store import save_matrix
from riskcore.workspace import Workspace
from tests.helpers.bundles import flip, overflow, write_bundle
from tests.helpers.trained_runs import trained


def elsewhere(folder: Path, patches: Path, names: dict[str, str], each: int = 3) -> Manifest:
    """Another hospital's set: some of the patches under its own class names."""
    for ours, theirs in names.items():
        (folder / theirs).mkdir(parents=True, exist_ok=True)
        for image in sorted((patches / ours).iterdir())[:each]:
            shutil.copy(image, folder / theirs / f"{ours}-{image.name}")
    return register("elsewhere", folder)


def test_names_match_in_any_case_and_order_and_predictions_are_kept(
    workspace: Workspace, patches: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (run,) = trained(workspace)
    other = elsewhere(tmp_path / "b", patches, {"unsure": "unsure", "malignant": "MALIGNANT", "benign": "Benign"})
    assert other.classes == ("Benign", "MALIGNANT", "unsure")
    found, split, *_ = evaluate_on([run], workspace, other, id=run.id, allow_overlap=True)
    (member,) = found.members
    assert (found.id, split, found.classes) == (run.id, "all", ("benign", "malignant", "unsure"))
    own = read_predictions(run.folder / PREDICTIONS)[1]
    np.testing.assert_array_equal(member.validation.logits, own["validation"].logits)
    expected = {"Benign": "benign", "MALIGNANT": "malignant", "unsure": "unsure"}
    told = [expected[sample.split("/")[0]] for sample in member.test.samples]
    assert [found.classes[code] for code in member.test.truth] == told
    predictor = Predictor.load(run.folder / "bundle")
    images = decoded(other, member.test.samples.tolist(), 32, tmp_path / "cache")
    np.testing.assert_allclose(member.test.logits, predictor.logits(images), atol=1e-5)

    stored = sorted(path.name for path in (run.folder / EVALUATIONS).iterdir())
    assert stored == [f"elsewhere-all-{other.hash[:12]}.{kind}" for kind in ("parquet", "shared.json")]
    monkeypatch.setattr(external.Predictor, "load", lambda *_: pytest.fail("predicted again"))
    again, *_ = evaluate_on([run], workspace, other, id=run.id, allow_overlap=True)
    np.testing.assert_array_equal(again.members[0].test.logits, member.test.logits)


def test_a_pool_judges_with_all_its_members_and_counts_each_case_once(
    workspace: Workspace, patches: Path, tmp_path: Path
) -> None:
    runs = trained(workspace, seeds=(0, 1))
    other = elsewhere(tmp_path / "b", patches, {name: name for name in ("benign", "malignant", "unsure")})
    found, *_ = evaluate_on(runs, workspace, other, id=runs[0].pool, allow_overlap=True)
    assert (found.id, found.seeds) == (runs[0].pool, (0, 1))
    matrix = results.own_matrix(RunStore(workspace), runs[0].pool)
    report = report_on(JudgedRun(found, matrix), Wish(), data="elsewhere").as_dict()
    assert (report["n"], report["argmax"]["accuracy"]["n"]) == (9, 9)


def test_a_published_test_part_is_the_default_and_an_absent_one_is_refused(workspace: Workspace, patches: Path) -> None:
    (run,) = trained(workspace)
    images = sorted(path for path in patches.rglob("*.png"))
    with (patches / "list.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "label", "split", "site"])
        for place, image in enumerate(images):
            split = "test" if place % 4 == 0 else "train"
            writer.writerow([image.relative_to(patches).as_posix(), image.parent.name, split, f"site {place % 2}"])
    other = register("listed", patches / "list.csv")
    found, split, *_ = evaluate_on([run], workspace, other, id=run.id, allow_overlap=True)
    assert (split, len(found.members[0].test)) == ("test", len(images) // 4)
    assert set(found.members[0].test.subgroups) == {"site"}
    everything, *_ = evaluate_on([run], workspace, other, id=run.id, split="all", allow_overlap=True)
    assert len(everything.members[0].test) == len(images)
    with pytest.raises(InputError) as caught:
        evaluate_on([run], workspace, other, id=run.id, split="validation")
    assert str(caught.value) == "listed: no image stands in the split 'validation'; use --split all."


def test_a_class_that_the_run_does_not_know_is_refused(workspace: Workspace, patches: Path, tmp_path: Path) -> None:
    (run,) = trained(workspace)
    other = elsewhere(tmp_path / "b", patches, {"benign": "benign", "malignant": "malign", "unsure": "unsure"})
    with pytest.raises(InputError) as caught:
        evaluate_on([run], workspace, other, id=run.id)
    assert str(caught.value) == (
        "elsewhere: its class malign (3 images) is none of the run's (benign, malignant, unsure); "
        "leave it out with --leave-out CLASS."
    )
    assert not (run.folder / EVALUATIONS).exists()


def wider(folder: Path, patches: Path) -> Manifest:
    """A set with two classes that the run does not know, written as another would write them."""
    shutil.copytree(patches / "unsure", patches / "wart")
    return elsewhere(
        folder, patches, {"benign": "BENIGN", "malignant": "malignant", "unsure": "Basal Cell", "wart": "wart"}
    )


def test_images_of_classes_that_are_left_out_are_not_judged_and_counted(
    workspace: Workspace, patches: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (run,) = trained(workspace)
    other = wider(tmp_path / "b", patches)
    with pytest.raises(InputError) as caught:
        evaluate_on([run], workspace, other, id=run.id, allow_overlap=True)
    assert str(caught.value) == (
        "elsewhere: its classes Basal Cell (3 images), wart (3 images) are none of the run's (benign, malignant, "
        "unsure); leave them out with --leave-out CLASS, once for each."
    )
    with pytest.raises(InputError, match=r"its class wart \(3 images\) is none of the run's"):
        evaluate_on([run], workspace, other, id=run.id, leave_out=["Basal Cell"], allow_overlap=True)
    found, split, overlap, left_out = evaluate_on(
        [run], workspace, other, id=run.id, leave_out=["basal  cell", "wart", "WART"], allow_overlap=True
    )
    assert (split, overlap.of) == ("all", 6)
    assert left_out == LeftOut({"Basal Cell": 3, "wart": 3})
    rows = other.table[other.table["label"].isin(["BENIGN", "malignant"])]
    test = found.members[0].test
    assert test.samples.tolist() == rows["sample"].tolist()
    assert [found.classes[place] for place in test.truth] == [label.lower() for label in rows["label"]]

    known, *_ = evaluate_on(
        [run], workspace, other, id=run.id, leave_out=["wart", "Basal Cell", "benign"], allow_overlap=True
    )
    assert set(known.members[0].test.truth) == {1}
    monkeypatch.setattr(external.Predictor, "load", lambda *_: pytest.fail("predicted again"))
    again, *_ = evaluate_on([run], workspace, other, id=run.id, leave_out=["wart", "Basal Cell"], allow_overlap=True)
    np.testing.assert_array_equal(again.members[0].test.logits, test.logits)


def test_what_was_left_out_is_kept_beside_the_evaluation(workspace: Workspace, patches: Path, tmp_path: Path) -> None:
    runs = trained(workspace, seeds=(0, 1))
    other = wider(tmp_path / "b", patches)
    found = evaluate_on(runs, workspace, other, id=runs[0].pool, leave_out=["Basal Cell", "wart"], allow_overlap=True)
    (stored,) = stored_evaluations(runs)
    assert stored.left_out == found.left_out == LeftOut({"Basal Cell": 3, "wart": 3})


@pytest.mark.parametrize(
    ("leave_out", "expected"),
    [
        (["naevus"], "elsewhere: --leave-out 'naevus' is none of its classes; it holds benign, unsure."),
        (
            ["benign", "unsure"],
            "elsewhere: no image is left to judge. Left out as asked: benign (3 images), unsure (3 images).",
        ),
    ],
)
def test_what_cannot_be_left_out_is_refused(
    workspace: Workspace, patches: Path, tmp_path: Path, leave_out: list[str], expected: str
) -> None:
    (run,) = trained(workspace)
    other = elsewhere(tmp_path / "b", patches, {"benign": "benign", "unsure": "unsure"})
    with pytest.raises(InputError) as caught:
        evaluate_on([run], workspace, other, id=run.id, leave_out=leave_out)
    assert str(caught.value) == expected
    assert not (run.folder / EVALUATIONS).exists()


def test_an_unknown_class_without_an_image_in_the_judged_part_does_not_matter(
    workspace: Workspace, patches: Path
) -> None:
    (run,) = trained(workspace)
    images = sorted(patches.rglob("*.png"))
    lines = ["path,label,split"]
    for place, image in enumerate(images):
        split = ("train", "test")[place % 2]
        label = "wart" if (image.parent.name, split) == ("unsure", "train") else image.parent.name
        lines.append(f"{image.relative_to(patches).as_posix()},{label},{split}")
    (patches / "list.csv").write_text("\n".join(lines))
    other = register("listed", patches / "list.csv")
    found, *_ = evaluate_on([run], workspace, other, id=run.id, split="test", allow_overlap=True)
    assert len(found.members[0].test) == len(images) // 2
    with pytest.raises(InputError, match=r"its class wart \(12 images\) is none of the run's"):
        evaluate_on([run], workspace, other, id=run.id, split="all", allow_overlap=True)


def test_blank_images_are_not_judged_and_named(workspace: Workspace, patches: Path, tmp_path: Path) -> None:
    (run,) = trained(workspace)
    for label, number in (("benign", 1), ("benign", 2), ("wart", 0)):  # the last is left out for its class
        place = patches / label / f"{number:03}.png"
        place.parent.mkdir(exist_ok=True)
        Image.new("RGB", (40, 40), (number, 0, 0)).save(place)
    other = elsewhere(tmp_path / "b", patches, {"benign": "benign", "malignant": "malignant", "wart": "wart"})
    found, _, overlap, left_out = evaluate_on(
        [run], workspace, other, id=run.id, leave_out=["wart"], allow_overlap=True
    )
    blank = tuple(name for name in other.table["sample"] if is_blank(decode(other.path(name))) and "wart" not in name)
    assert len(blank) == 2
    assert left_out == LeftOut({"wart": 1}, blank)
    assert (len(found.members[0].test), overlap.of) == (4, 4)
    assert not set(blank) & set(found.members[0].test.samples)


def test_images_of_another_kind_are_marked_stored_and_counted_apart(
    workspace: Workspace, patches: Path, tmp_path: Path
) -> None:
    (run,) = trained(workspace)
    other = elsewhere(tmp_path / "b", patches, {name: name for name in ("benign", "malignant", "unsure")})
    for place in sorted((tmp_path / "b").rglob("*.png"))[:2]:
        Image.open(place).convert("L").save(place)
    other = register("elsewhere", tmp_path / "b")
    found, *_ = evaluate_on([run], workspace, other, id=run.id, allow_overlap=True)
    grey = {name for name in other.table["sample"] if Image.open(other.path(name)).mode == "L"}
    assert len(grey) == 2
    assert grey <= found.strange
    assert len(found.members[0].test) == 9  # as if judged
    again, *_ = evaluate_on([run], workspace, other, id=run.id, allow_overlap=True)
    assert again.strange == found.strange


def test_far_smaller_images_are_not_judged_elsewhere_either(
    workspace: Workspace, patches: Path, tmp_path: Path
) -> None:
    (run,) = trained(workspace)
    other = elsewhere(tmp_path / "b", patches, {name: name for name in ("benign", "malignant", "unsure")})
    first = sorted((tmp_path / "b").rglob("*.png"))[0]
    Image.open(first).resize((9, 9)).save(first)
    other = register("elsewhere", tmp_path / "b")
    found, *_ = evaluate_on([run], workspace, other, id=run.id, allow_overlap=True)
    assert first.relative_to(tmp_path / "b").as_posix() in found.strange
    assert not Predictor.load(run.folder / "bundle")(first).judged


def test_a_set_that_lacks_a_class_is_judged_by_names_and_that_class_is_not_tested(
    workspace: Workspace, patches: Path, tmp_path: Path
) -> None:
    """With malignant first in alphabetical order gone, places would shift: unsure would be judged as malignant."""
    (run,) = trained(workspace)
    other = elsewhere(tmp_path / "b", patches, {"benign": "benign", "unsure": "unsure"})
    found, split, *_ = evaluate_on([run], workspace, other, id=run.id, allow_overlap=True)
    test = found.members[0].test
    assert [found.classes[place] for place in test.truth] == other.table["label"].tolist()
    report = report_on(JudgedRun(found, SeverityMatrix.load(run.folder / "matrix.json")), Wish(), data="b", split=split)
    assert math.isnan(report.recall["malignant"].value)
    assert report.recall["unsure"].n == 3
    assert report.argmax["cer"].as_dict()["value"] is None
    assert report.note is not None
    assert "There is no dangerous case in the data (none of malignant)" in report.note


def test_merged_groups_match_groups_or_the_classes_in_them(workspace: Workspace, patches: Path, tmp_path: Path) -> None:
    groups = {"benign": "harmless", "unsure": "harmless", "malignant": "dangerous"}
    save_matrix(workspace, "grouped", SeverityMatrix.from_groups(groups, order=["harmless", "dangerous"]))
    (run,) = trained(workspace, matrix="grouped", data={"name": "patches", "classes": "groups"})
    fine = elsewhere(tmp_path / "fine", patches, {name: name.upper() for name in groups})
    coarse = elsewhere(tmp_path / "coarse", patches, {"benign": "Harmless", "malignant": "DANGEROUS"})
    for other, counts in ((fine, [6, 3]), (coarse, [3, 3])):
        found, *_ = evaluate_on([run], workspace, other, id=run.id, allow_overlap=True)
        assert found.classes == ("harmless", "dangerous")
        assert np.bincount(found.members[0].test.truth).tolist() == counts
        dangerous = [sample.split("-")[-2].endswith("malignant") for sample in found.members[0].test.samples]
        assert (found.members[0].test.truth == 1).tolist() == dangerous


def test_a_damaged_bundle_and_a_model_without_finite_numbers_give_no_predictions(
    workspace: Workspace, patches: Path, tmp_path: Path
) -> None:
    (run,) = trained(workspace)
    bundle = run.folder / "bundle"
    other = elsewhere(tmp_path / "b", patches, {name: name for name in ("benign", "malignant", "unsure")})
    flip(bundle / "trained.safetensors", -2, 6)
    with pytest.raises(InputError, match="does not match its checksum"):
        evaluate_on([run], workspace, other, id=run.id, allow_overlap=True)
    write_bundle(bundle, Bundle.load(bundle), overflow)
    with pytest.raises(InputError, match="no finite numbers for 9 of 9 images; the bundle or the image"):
        evaluate_on([run], workspace, other, id=run.id, allow_overlap=True)
    assert not list((run.folder / EVALUATIONS).glob("*.parquet"))
