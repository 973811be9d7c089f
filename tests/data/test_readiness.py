"""What is known of a data set before training."""

from dataclasses import replace

import pytest
from PIL import Image

from riskcore.config import DataSettings
from riskcore.data.prepare import divide, prepare, renewed_audit
from riskcore.data.readiness import part_sizes, readiness
from riskcore.data.registry import load_dataset, save_dataset
from riskcore.errors import InputError
from riskcore.severity import SeverityMatrix
from riskcore.workspace import Workspace
from tests.helpers.recipe_made import with_straddling_groups

PATCHES = DataSettings(name="patches")


def test_images_are_counted_by_part(workspace: Workspace, patch_matrix: SeverityMatrix) -> None:
    for data, fold in ((PATCHES, None), (DataSettings(name="patches", folds=3), 1)):
        parts = divide(load_dataset(workspace, "patches"), data, fold).tolist()
        wanted = {part: parts.count(part) for part in ("train", "validation", "test")}
        assert part_sizes(workspace, data, patch_matrix, fold) == wanted
        assert readiness(workspace, data, patch_matrix, fold).images == wanted
        assert all(wanted.values())


def test_without_an_audit_nothing_is_claimed(workspace: Workspace, patch_matrix: SeverityMatrix) -> None:
    found = readiness(workspace, PATCHES, patch_matrix)
    assert (found.audited, found.leaks, found.unreadable) == (False, 0, 0)
    assert not (workspace.datasets / "patches.audit").exists()


def test_the_audit_tells_of_leaks_and_unreadable_images(workspace: Workspace, patch_matrix: SeverityMatrix) -> None:
    manifest = load_dataset(workspace, "patches")
    parts = divide(manifest, PATCHES, None)
    samples = manifest.table["sample"].to_numpy()
    copied, broken = samples[parts == "train"][:2]
    with Image.open(manifest.path(samples[parts == "test"][0])) as image:
        image.save(manifest.path(copied))
    renewed_audit(workspace, manifest)
    found = readiness(workspace, PATCHES, patch_matrix)
    assert (found.audited, found.leaks, found.unreadable) == (True, 1, 0)
    assert prepare(workspace, PATCHES, patch_matrix).warnings[0].startswith("1 training or validation image")
    manifest.path(broken).write_bytes(b"no image")
    renewed_audit(workspace, manifest)
    assert readiness(workspace, PATCHES, patch_matrix).unreadable == 1


def test_unreadable_images_that_are_not_used_do_not_count(workspace: Workspace, patch_matrix: SeverityMatrix) -> None:
    manifest = load_dataset(workspace, "patches")
    values = ["40" if place == 0 else "100" for place in range(len(manifest))]
    manifest = replace(manifest, table=manifest.table.assign(magnification=values), subgroups=("magnification",))
    save_dataset(workspace, manifest)
    manifest.path(manifest.table["sample"][0]).write_bytes(b"no image")
    renewed_audit(workspace, manifest)
    assert readiness(workspace, PATCHES, patch_matrix).unreadable == 1
    narrow = DataSettings(name="patches", magnifications=("100",))
    assert readiness(workspace, narrow, patch_matrix).unreadable == 0


def test_what_cannot_be_divided_is_refused(workspace: Workspace, patch_matrix: SeverityMatrix) -> None:
    with_straddling_groups(workspace)
    for ask in (part_sizes, readiness):
        with pytest.raises(InputError, match="groups have images in two parts"):
            ask(workspace, PATCHES, patch_matrix)


def test_a_dangerous_class_that_validation_or_test_lacks_is_told_of(
    workspace: Workspace, patch_matrix: SeverityMatrix
) -> None:
    assert readiness(workspace, PATCHES, patch_matrix).missing == ()
    manifest = load_dataset(workspace, "patches")
    splits = [
        "train" if label == "malignant" else ("train", "validation", "test")[n % 3]
        for n, label in enumerate(manifest.table["label"])
    ]
    save_dataset(workspace, replace(manifest, table=manifest.table.assign(split=splits)))
    missing = readiness(workspace, PATCHES, patch_matrix).missing
    assert [sentence[:41] for sentence in missing] == [
        "Validation holds no case of a critical cl",
        "There is no dangerous case in test (none ",
    ]
    assert prepare(workspace, PATCHES, patch_matrix).warnings == missing
