import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from riskcore.config import DataSettings
from riskcore.data import prepare as module
from riskcore.data.manifest import register
from riskcore.data.prepare import Prepared, kept_audit, prepare, renewed_audit, select
from riskcore.data.registry import load_dataset, save_dataset
from riskcore.errors import InputError
from riskcore.severity import SeverityMatrix
from riskcore.workspace import Workspace

MATRIX = SeverityMatrix(["well", "ill"], [[0, 1], [10, 0]], critical=10)


class Listed:
    """A data set of images with labels, parts and groups as given; images named alike but for case are equal."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workspace = Workspace(folder / "workspace")
        self.rows: list[dict[str, str]] = []
        (folder / "images").mkdir(parents=True)

    def add(self, name: str, label: str, split: str, group: str = "", copy_of: str = "") -> None:
        path = self.folder / "images" / f"{name}.png"
        if copy_of:
            path.write_bytes((self.folder / "images" / f"{copy_of}.png").read_bytes())
        else:
            random = np.random.default_rng(len(self.rows))
            coarse = Image.fromarray(random.integers(0, 256, (6, 6, 3), dtype=np.uint8))
            coarse.resize((48, 48), Image.Resampling.BICUBIC).save(path)
        self.rows.append({"path": f"images/{name}.png", "label": label, "split": split, "group": group or name})

    def prepare(self, **settings: object) -> Prepared:
        pd.DataFrame(self.rows).to_csv(self.folder / "list.csv", index=False)
        save_dataset(self.workspace, register("set", self.folder / "list.csv"))
        return prepare(self.workspace, DataSettings(name="set", **settings), MATRIX)

    def dropped(self, prepared: Prepared) -> list[str]:
        unused = prepared.manifest.table["sample"][prepared.parts == ""]
        return sorted(Path(sample).stem for sample in unused)


@pytest.fixture
def listed(tmp_path: Path) -> Listed:
    """Eight images in each part, all different and each its own group."""
    made = Listed(tmp_path)
    for part in ("train", "validation", "test"):
        for number in range(8):
            made.add(f"{part}{number}", "well" if number % 2 else "ill", part)
    return made


def test_a_clean_set_is_divided_as_published_without_warnings(listed: Listed) -> None:
    prepared = listed.prepare()
    assert prepared.warnings == ()
    assert prepared.manifest.classes == ("ill", "well")
    assert prepared.matrix.classes == ("ill", "well")  # in the order of the data set
    for part in ("train", "validation", "test"):
        samples = prepared.manifest.table["sample"].iloc[prepared.rows(part)]
        assert sorted(Path(sample).stem for sample in samples) == [f"{part}{number}" for number in range(8)]


def test_duplicates_in_later_parts_are_warned_of(listed: Listed) -> None:
    listed.add("copy_in_training", "well", "train", copy_of="test1")
    prepared = listed.prepare()
    assert listed.dropped(prepared) == []
    assert prepared.warnings == (
        "1 training or validation image with a duplicate in a later part, which flatters the results; "
        "data.drop_leaks=true leaves such images out.",
    )


def test_drop_leaks_drops_exactly_the_leaking_images_and_groups(listed: Listed) -> None:
    listed.add("copy_of_test", "well", "train", copy_of="test1")
    listed.add("copy_of_validation", "well", "train", copy_of="validation3")
    listed.add("validation_copy", "ill", "validation", copy_of="test4")
    listed.add("copy_within_training", "well", "train", copy_of="train1")
    for number in range(3):
        listed.add(f"patient_in_training{number}", "ill", "train", group="patient")
    listed.add("patient_in_validation", "ill", "validation", group="patient")
    listed.add("patient_in_test", "ill", "test", group="patient")
    listed.add("other_in_training", "ill", "train", group="other")
    listed.add("other_too", "ill", "train", group="other")
    prepared = listed.prepare(drop_leaks=True)
    assert listed.dropped(prepared) == [
        "copy_of_test",
        "copy_of_validation",
        "patient_in_training0",
        "patient_in_training1",
        "patient_in_training2",
        "patient_in_validation",
        "validation_copy",
    ]
    assert prepared.warnings == (
        "7 training or validation images with a duplicate or a group in a later part left out.",
    )
    assert len(prepared.rows("test")) == 9  # nothing is ever taken from the test part


def test_groups_in_two_parts_are_refused(listed: Listed) -> None:
    listed.add("patient_in_training", "ill", "train", group="patient")
    listed.add("patient_in_test", "ill", "test", group="patient")
    with pytest.raises(InputError) as caught:
        listed.prepare()
    assert str(caught.value) == (
        "set: 1 group has images in two parts (patient), so that results would flatter; data.drop_leaks=true leaves "
        "their 1 images out of the earlier part."
    )


def test_a_class_that_loses_all_training_images_is_named(tmp_path: Path) -> None:
    listed = Listed(tmp_path)
    for part in ("train", "validation", "test"):
        listed.add(f"{part}_well", "well", part)
        listed.add(f"{part}_ill", "ill", part, group="patient")
    with pytest.raises(InputError) as caught:
        listed.prepare(drop_leaks=True)
    assert str(caught.value) == "set: class 'ill' has no training image; add images or merge classes."


def test_a_part_that_loses_all_images_is_named(tmp_path: Path) -> None:
    listed = Listed(tmp_path)
    for number in range(3):
        listed.add(f"train{number}", "well" if number else "ill", "train")
    listed.add("validation0", "well", "validation", group="patient")
    listed.add("test0", "well", "test", group="patient")
    with pytest.raises(InputError) as caught:
        listed.prepare(drop_leaks=True)
    assert str(caught.value) == "set: there is no validation image; add images or divide otherwise."


def test_the_audit_is_made_once_for_each_version_of_a_set(listed: Listed, monkeypatch: pytest.MonkeyPatch) -> None:
    listed.prepare()
    stored = list((listed.workspace.datasets / "set.audit").iterdir())
    assert len(stored) == 1
    assert json.loads(stored[0].read_text())["name"] == "set"

    def forbidden(*arguments: object, **options: object) -> None:
        raise AssertionError("audited again")

    with monkeypatch.context() as patch:
        patch.setattr(module, "audit", forbidden)
        listed.prepare(drop_leaks=True)
    listed.add("more", "well", "train", copy_of="test1")
    assert listed.dropped(listed.prepare(drop_leaks=True)) == ["more"]


def test_an_audit_by_hand_looks_again_and_training_reads_what_it_found(listed: Listed) -> None:
    listed.prepare()
    images = listed.folder / "images"
    (images / "train1.png").write_bytes((images / "test1.png").read_bytes())  # replaced under its name
    assert listed.dropped(listed.prepare(drop_leaks=True)) == []
    found = renewed_audit(listed.workspace, load_dataset(listed.workspace, "set"))
    assert found.duplicate_sets() == [["images/test1.png", "images/train1.png"]]
    assert listed.dropped(listed.prepare(drop_leaks=True)) == ["train1"]


def test_audits_by_older_rules_are_not_read(listed: Listed, monkeypatch: pytest.MonkeyPatch) -> None:
    listed.prepare()
    monkeypatch.setattr(module, "AUDIT_VERSION", module.AUDIT_VERSION + 1)
    listed.prepare()
    assert len(list((listed.workspace.datasets / "set.audit").iterdir())) == 2


def test_groups_as_classes_come_with_their_matrix(workspace: Workspace) -> None:
    manifest = load_dataset(workspace, "patches")
    names = {"benign": "harmless", "unsure": "harmless", "malignant": "harmful"}
    matrix = SeverityMatrix.from_groups(names, order=["harmless", "harmful"])
    narrowed, merged = select(manifest, DataSettings(name="patches", classes="groups"), matrix)
    assert set(narrowed.classes) == set(merged.classes) == {"harmless", "harmful"}
    assert narrowed.classes == merged.classes
    assert merged.values[merged.classes.index("harmful"), merged.classes.index("harmless")] == 10


def test_groups_as_classes_need_groups(workspace: Workspace, patch_matrix: SeverityMatrix) -> None:
    with pytest.raises(InputError) as caught:
        select(load_dataset(workspace, "patches"), DataSettings(name="patches", classes="groups"), patch_matrix)
    assert str(caught.value) == (
        "data.classes=groups needs a matrix with clinical groups; this one has none: add `groups` to its file or use "
        "a preset."
    )


def test_the_kept_audit_is_that_of_this_version_of_the_data_set(listed: Listed) -> None:
    listed.prepare()
    workspace = listed.workspace
    first = load_dataset(workspace, "set")
    assert kept_audit(workspace, first) == renewed_audit(workspace, first)
    listed.add("one_more", "ill", "train")
    pd.DataFrame(listed.rows).to_csv(listed.folder / "list.csv", index=False)
    assert kept_audit(workspace, register("set", listed.folder / "list.csv")) is None
