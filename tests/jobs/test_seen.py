"""What a run was trained on is known again from its folder and the data set, and not judged without a word."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from riskcore.config import RunConfig
from riskcore.data.manifest import Manifest, register
from riskcore.data.prepare import prepare
from riskcore.data.registry import save_dataset
from riskcore.errors import InputError
from riskcore.jobs.external import evaluate_on
from riskcore.jobs.seen import Seen, training_rows
from riskcore.judging.overlap import Overlap
from riskcore.runs.folder import Run
from riskcore.runs.predictions_file import PREDICTIONS, read_predictions
from riskcore.severity import SeverityMatrix
from riskcore.workspace import Workspace
from tests.helpers.trained_runs import trained


def listed(workspace: Workspace, patches: Path, test_every: int = 4) -> Manifest:
    """The patches with a published test part and groups of two, registered as "patches"."""
    images = sorted(patches.rglob("*.png"))
    rows = [
        {
            "path": image.relative_to(patches).as_posix(),
            "label": image.parent.name,
            "split": "test" if test_every and place // 2 % test_every == 0 else "train",
            "patient": f"{image.parent.name} {place // 2}",
        }
        for place, image in enumerate(images)
    ]
    pd.DataFrame(rows).to_csv(patches / "list.csv", index=False)
    manifest = register("patches", patches / "list.csv")
    save_dataset(workspace, manifest)
    return manifest


def parts_of(run: Run) -> dict[str, set[str]]:
    """Samples of each part, as training took them."""
    config = RunConfig.build(run.config)
    workspace = Workspace(run.folder.parent.parent)
    prepared = prepare(workspace, config.data, SeverityMatrix.load(run.folder / "matrix.json"), config.fold)
    samples = prepared.manifest.table["sample"]
    return {part: set(samples[prepared.parts == part]) for part in ("train", "validation", "test", "")}


def refused(run: Run, workspace: Workspace, manifest: Manifest, **asked) -> str:
    with pytest.raises(InputError) as caught:
        evaluate_on([run], workspace, manifest, id=run.id, **asked)
    return str(caught.value)


@pytest.mark.parametrize(
    "settings",
    [{}, {"data": {"name": "patches", "folds": 3}, "fold": 1}, {"data": {"name": "patches", "validation": 0.3}}],
)
@pytest.mark.parametrize("test_every", [0, 4])
def test_the_training_part_is_what_training_took(workspace: Workspace, patches: Path, settings, test_every) -> None:
    listed(workspace, patches, test_every)
    (run,) = trained(workspace, **settings)
    manifest, rows = training_rows(run, workspace, read_predictions(run.folder / PREDICTIONS)[1])
    assert set(manifest.table["sample"][rows]) == parts_of(run)["train"]


def test_images_that_were_left_out_as_leaks_were_not_trained_on(workspace: Workspace, patches: Path) -> None:
    manifest = listed(workspace, patches)
    train, test = (manifest.table[manifest.table["split"] == part]["sample"].iloc[0] for part in ("train", "test"))
    shutil.copy(patches / test, patches / train)
    settings = {"data": {"name": "patches", "drop_leaks": True}}
    (run,) = trained(workspace, **settings)
    parts = parts_of(run)
    assert train in parts[""]
    stored = read_predictions(run.folder / PREDICTIONS)[1]
    manifest, rows = training_rows(run, workspace, stored)
    assert set(manifest.table["sample"][rows]) == parts["train"]
    assert evaluate_on([run], workspace, manifest, id=run.id).overlap == Overlap(of=len(parts["test"]))
    shutil.rmtree(workspace.datasets / "patches.audit")
    with pytest.raises(InputError, match="the audit by which images of patches were left out is not here any more"):
        training_rows(run, workspace, stored)


def test_its_own_training_images_are_refused_and_its_published_test_part_is_not(
    workspace: Workspace, patches: Path
) -> None:
    manifest = listed(workspace, patches)
    (run,) = trained(workspace)
    parts = parts_of(run)
    known = len(parts["train"]) + len(parts["validation"])
    groups = manifest.table["group"][manifest.table["split"] == "train"].nunique()
    assert refused(run, workspace, manifest, split="all") == (
        f"{run.id} on patches: {known} of {len(manifest)} judged cases ({groups} groups, {known} by the image) were "
        "seen in training or validation, so the figures would flatter; leave them out, or pass --allow-overlap to "
        "judge all the same."
    )
    assert not list(run.folder.glob("evaluations/*.parquet"))
    found = evaluate_on([run], workspace, manifest, id=run.id, split="all", allow_overlap=True)
    assert (found.overlap.cases, found.overlap.of) == (known, len(manifest))
    # what was stored with leave is refused again without it
    assert f": {known} of {len(manifest)} judged cases" in refused(run, workspace, manifest, split="all")
    published, split, overlap, _ = evaluate_on([run], workspace, manifest, id=run.id)
    assert (split, overlap) == ("test", Overlap(of=len(parts["test"])))
    assert set(published.members[0].test.samples) == parts["test"]


def test_of_a_pool_of_folds_no_member_judges_what_it_was_trained_on(workspace: Workspace, patches: Path) -> None:
    manifest = listed(workspace, patches)
    folds = {"name": "patches", "folds": 3}
    runs = [run for fold in range(3) for run in trained(workspace, data=folds, fold=fold)]
    with pytest.raises(InputError) as caught:
        evaluate_on(runs, workspace, manifest, id=runs[0].pool, split="train")
    outside = int((manifest.table["split"] == "train").sum())
    assert f": {outside} of {outside} judged cases" in str(caught.value)
    assert evaluate_on(runs, workspace, manifest, id=runs[0].pool).overlap.cases == 0


def test_another_image_of_a_group_that_was_trained_on_counts(workspace: Workspace, patches: Path) -> None:
    listed(workspace, patches)
    (run,) = trained(workspace)
    group = read_predictions(run.folder / PREDICTIONS)[1]["validation"].groups[0]
    labels = ["benign", "malignant", "unsure"]
    for label in labels:
        Image.effect_noise((40, 40), 90).save(patches / f"{label}.png")
    columns = {"path": [f"{label}.png" for label in labels], "label": labels, "patient": [group, "x", "y"]}
    pd.DataFrame(columns).to_csv(patches / "new.csv", index=False)
    message = refused(run, workspace, register("patches", patches / "new.csv"), split="all")
    assert ": 1 of 3 judged cases (1 group) was seen in training or validation" in message


def test_in_another_data_set_images_decide_and_names_alone_are_a_warning(
    workspace: Workspace, patches: Path, tmp_path: Path
) -> None:
    listed(workspace, patches)
    (run,) = trained(workspace)
    parts = parts_of(run)
    copied, named = sorted(parts["train"])[:3], sorted(parts["train"] | parts["validation"])[-4:]
    other = tmp_path / "other"
    for label in ("benign", "malignant", "unsure"):
        (other / label).mkdir(parents=True)
        Image.effect_noise((40, 40), 80).save(other / label / "fresh.png")
    for place, sample in enumerate(copied):  # another name, place and file format: the pixels are the same
        Image.open(patches / sample).save(other / Path(sample).parent / f"copy {place}.bmp")
    for sample in named:
        Image.effect_noise((40, 40), 80).save(other / sample)
    manifest = register("other", other)
    assert ": 3 of 10 judged cases (3 by the image) were seen" in refused(run, workspace, manifest)
    found = evaluate_on([run], workspace, manifest, id=run.id, allow_overlap=True)
    assert found.overlap == Overlap(cases=3, of=10, images=3, alike=4)
    for image in other.rglob("copy*"):
        image.unlink()
    assert evaluate_on([run], workspace, register("other", other), id=run.id).overlap == Overlap(of=7, alike=4)


def test_a_data_set_registered_anew_is_known_by_its_older_version_and_said_to_be_gone_without_it(
    workspace: Workspace, patches: Path
) -> None:
    listed(workspace, patches)
    (run,) = trained(workspace)
    parts = parts_of(run)
    known = len(parts["train"] | parts["validation"])
    manifest = listed(workspace, patches, test_every=3)
    assert f": {known} of {len(manifest)} judged cases" in refused(run, workspace, manifest, split="all")
    for file in workspace.datasets.glob("patches.v*.json"):
        file.unlink()
    seen = Seen(workspace, manifest).by(run)
    assert seen.unknown == "the data set patches is not registered here any more as it was when the run was trained"
    assert parts["validation"] <= seen.cases  # which the stored predictions tell


def test_images_that_are_gone_are_said_to_be(workspace: Workspace, patches: Path, tmp_path: Path) -> None:
    listed(workspace, patches)
    (run,) = trained(workspace)
    other = tmp_path / "other"
    for label in ("benign", "malignant", "unsure"):
        (other / label).mkdir(parents=True)
        shutil.copy(patches / sorted(parts_of(run)["train"])[0], other / label / "a copy.png")
    shutil.rmtree(patches)
    found = evaluate_on([run], workspace, register("other", other), id=run.id).overlap
    assert found.cases == 0
    assert "there is no such file" in found.unknown
    assert found.sentences[0].startswith("Whether the model was trained on these images cannot be told: patches: ")
