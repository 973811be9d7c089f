import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from riskcore.data.audit import Audit, audit
from riskcore.data.manifest import Manifest, register
from riskcore.data.synthetic import draw, lesions
from riskcore.errors import InputError

LESIONS = lesions(60, seed=1)


def shot(number: int, size: int = 64) -> Image.Image:
    return Image.fromarray(draw(LESIONS[number], 0, size=size, seed=1))


def tree(folder: Path, rows: list[tuple[str, str, str, str]]) -> Manifest:
    """Rows of path, label, split, group; files that are not there yet are drawn, each another lesion."""
    for number, (path, *_) in enumerate(rows):
        if not (folder / path).exists():
            shot(number).save(folder / path)
    table = pd.DataFrame(rows, columns=["sample", "label", "split", "group"])
    return Manifest("toy", folder, "csv", ("a", "b"), table, has_groups=any(row[3] for row in rows))


def reasons(findings: Audit) -> dict[str, str]:
    return {each.sample: each.reason for each in findings.drop}


def test_a_clean_set_has_nothing_to_report(tmp_path: Path) -> None:
    findings = audit(tree(tmp_path, [(f"{n}.png", "ab"[n % 2], "", "") for n in range(6)]))
    assert findings.unreadable == findings.exact == findings.near == findings.shared_groups == findings.drop == ()
    assert findings.files_to_drop == findings.duplicate_sets() == []
    assert findings.text() == (
        "toy (csv): 6 images, no groups known.\n"
        "\n"
        "images (groups)  unassigned    all\n"
        "a                     3 (3)  3 (3)\n"
        "b                     3 (3)  3 (3)\n"
        "all                   6 (6)  6 (6)\n"
        "\n"
        "Width 64 to 64 (median 64), height 64 to 64 (median 64); distinct sizes: 1, "
        "the most frequent 64 × 64 (6).\n"
        "Unreadable files: 0.\n"
        "Exact duplicates (equal pixels): 0 sets of 0 images within a split, "
        "0 sets of 0 images across splits.\n"
        "Near-duplicates (flips and turns included): 0 sets of 0 images within a split, "
        "0 sets of 0 images across splits.\n"
        "One image under two labels: 0 sets of 0 images.\n"
        "Groups in two splits: unknown, as no groups are given.\n"
        "Files to drop: 0.\n"
    )


def test_images_and_groups_are_counted_per_class_and_split(tmp_path: Path) -> None:
    rows = [
        ("1.png", "a", "train", "p1"),
        ("2.png", "a", "train", "p1"),
        ("3.png", "b", "train", "p1"),
        ("4.png", "b", "test", "p2"),
        ("5.png", "a", "", ""),
    ]
    counts = {(each.label, each.split): (each.images, each.groups) for each in audit(tree(tmp_path, rows)).counts}
    assert counts == {
        ("a", "train"): (2, 1),
        ("a", "test"): (0, 0),
        ("a", "unassigned"): (1, 1),
        ("a", "all"): (3, 2),
        ("b", "train"): (1, 1),
        ("b", "test"): (1, 1),
        ("b", "unassigned"): (0, 0),
        ("b", "all"): (2, 2),
        ("all", "train"): (3, 1),
        ("all", "test"): (1, 1),
        ("all", "unassigned"): (1, 1),
        ("all", "all"): (5, 3),
    }


def test_sizes_are_summed_up(tmp_path: Path) -> None:
    for number, (width, height) in enumerate([(20, 30), (40, 30), (40, 30), (50, 90)]):
        shot(number).resize((width, height)).save(tmp_path / f"{number}.png")
    sizes = audit(tree(tmp_path, [(f"{n}.png", "a", "", "") for n in range(4)])).sizes
    assert sizes is not None
    assert sizes.width == (20, 40.0, 50)
    assert sizes.height == (30, 30.0, 90)
    assert sizes.distinct == 3
    assert sizes.common == ((40, 30, 2), (20, 30, 1), (50, 90, 1))


def test_unreadable_files_are_named_with_the_reason_and_dropped(tmp_path: Path) -> None:
    shot(0).save(tmp_path / "whole.jpg")
    content = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(content[: len(content) // 2])
    (tmp_path / "text.png").write_text("not an image")
    (tmp_path / "gone.png").write_bytes(b"")
    names = ["cut.jpg", "gone.png", "text.png", "whole.jpg"]
    manifest = tree(tmp_path, [(name, "a", "", "") for name in names])
    (tmp_path / "gone.png").unlink()
    findings = audit(manifest)
    assert [each.sample for each in findings.unreadable] == ["cut.jpg", "gone.png", "text.png"]
    assert findings.unreadable[1].reason == "there is no such file; check the path."
    assert findings.unreadable[2].reason == (
        "the file is not an image; expected PNG, JPEG, TIFF, BMP, GIF, WebP or DICOM content."
    )
    assert reasons(findings) == dict.fromkeys(["cut.jpg", "gone.png", "text.png"], "cannot be read")
    assert "Unreadable files: 3.\n  cut.jpg: the image is damaged" in findings.text()


def test_a_set_without_a_readable_image_is_reported_too(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("not an image")
    findings = audit(tree(tmp_path, [("text.png", "a", "", "")]))
    assert findings.sizes is None
    assert "Sizes: no image could be read." in findings.text()


def test_of_copies_across_splits_the_earlier_is_dropped(tmp_path: Path) -> None:
    rows = [
        ("1.png", "a", "train", ""),
        ("2.png", "a", "test", ""),
        ("3.png", "a", "train", ""),
        ("4.png", "a", "validation", ""),
        ("5.png", "a", "train", ""),
        ("6.png", "a", "", ""),
        ("7.png", "a", "test", ""),
    ]
    shot(10).save(tmp_path / "1.png")
    shutil.copy(tmp_path / "1.png", tmp_path / "2.png")
    shot(11).save(tmp_path / "3.png", compress_level=1)
    shot(11).save(tmp_path / "4.png", compress_level=9)
    shot(12).save(tmp_path / "6.png")
    shot(12).transpose(Image.Transpose.ROTATE_90).save(tmp_path / "7.png")
    findings = audit(tree(tmp_path, rows))
    kinds = [(each.kind, [copy.sample for copy in each.copies]) for each in (*findings.exact, *findings.near)]
    assert kinds == [
        ("bytes", ["1.png", "2.png"]),
        ("pixels", ["3.png", "4.png"]),
        ("near", ["6.png", "7.png"]),
    ]
    assert all(each.across_splits for each in (*findings.exact, *findings.near))
    assert reasons(findings) == dict.fromkeys(["1.png", "3.png", "6.png"], "with a copy in a later split")
    assert findings.duplicate_sets() == [["1.png", "2.png"], ["3.png", "4.png"], ["6.png", "7.png"]]
    assert (
        "Exact duplicates (equal pixels): 0 sets of 0 images within a split, 2 sets of 4 images across splits "
        "(2 train, 1 validation, 1 test).\n  1.png = 2.png\n  3.png = 4.png\n"
    ) in findings.text()
    assert "1 sets of 2 images across splits (1 test, 1 unassigned).\n" in findings.text()


def test_of_copies_within_a_split_the_first_is_kept_and_views_of_one_group_stay(tmp_path: Path) -> None:
    rows = [(f"{n}.png", "a", "train", group) for n, group in enumerate(["p", "p", "q", "r", "s", "s"])]
    shot(10).save(tmp_path / "0.png")
    shutil.copy(tmp_path / "0.png", tmp_path / "1.png")  # exact, one group
    shot(11).save(tmp_path / "2.png")
    shot(11).transpose(Image.Transpose.FLIP_TOP_BOTTOM).save(tmp_path / "3.png")  # near, two groups
    shot(12).save(tmp_path / "4.png")
    shot(12).transpose(Image.Transpose.FLIP_TOP_BOTTOM).save(tmp_path / "5.png")  # near, one group
    findings = audit(tree(tmp_path, rows))
    assert len(findings.exact) == 1
    assert [each.within_group for each in findings.near] == [False, True]
    assert reasons(findings) == dict.fromkeys(["1.png", "3.png"], "with a copy in the same split")


def test_an_exact_copy_of_a_near_duplicate_joins_its_set(tmp_path: Path) -> None:
    shot(10).save(tmp_path / "0.png")
    shutil.copy(tmp_path / "0.png", tmp_path / "1.png")
    shot(10).transpose(Image.Transpose.ROTATE_180).save(tmp_path / "2.png")
    findings = audit(tree(tmp_path, [(f"{n}.png", "a", "train", "") for n in range(3)]))
    assert findings.duplicate_sets() == [["0.png", "1.png"], ["0.png", "1.png", "2.png"]]
    assert findings.files_to_drop == ["1.png", "2.png"]


def test_an_image_under_two_labels_is_dropped_outside_test(tmp_path: Path) -> None:
    rows = [
        ("0.png", "a", "train", ""),
        ("1.png", "b", "train", ""),
        ("2.png", "a", "train", ""),
        ("3.png", "b", "test", ""),
    ]
    for one, other, number in (("0", "1", 10), ("2", "3", 11)):
        shot(number).save(tmp_path / f"{one}.png")
        shutil.copy(tmp_path / f"{one}.png", tmp_path / f"{other}.png")
    findings = audit(tree(tmp_path, rows))
    assert reasons(findings) == dict.fromkeys(["0.png", "1.png", "2.png"], "under two labels")
    assert (
        "One image under two labels: 2 sets of 4 images.\n  0.png (a) = 1.png (b)\n  2.png (a) = 3.png (b)\n"
    ) in findings.text()


def test_groups_in_two_splits_are_listed_and_the_earlier_images_dropped(tmp_path: Path) -> None:
    rows = [
        ("0.png", "a", "train", "p"),
        ("1.png", "a", "train", "p"),
        ("2.png", "a", "test", "p"),
        ("3.png", "a", "train", "q"),
        ("4.png", "a", "", "r"),
        ("5.png", "a", "test", "s"),
    ]
    findings = audit(tree(tmp_path, rows))
    assert [(each.group, each.images) for each in findings.shared_groups] == [("p", {"train": 2, "test": 1})]
    assert reasons(findings) == dict.fromkeys(["0.png", "1.png"], "of a group that stands in a later split")
    assert "Groups in two splits: 1 with 3 images.\n  p: 2 train, 1 test\n" in findings.text()
    assert "Files to drop: 2.\n  2 of a group that stands in a later split\n" in findings.text()


def test_only_ten_names_are_printed_but_all_are_in_the_json(tmp_path: Path) -> None:
    for number in range(12):
        (tmp_path / f"{number:02}.png").write_text("not an image")
    findings = audit(tree(tmp_path, [(f"{n:02}.png", "a", "", "") for n in range(12)]))
    assert "  09.png: " in findings.text()
    assert "  10.png: " not in findings.text()
    assert "\n  … and 2 more\n" in findings.text()
    assert len(findings.as_dict()["unreadable"]) == 12


def test_blank_images_are_named_and_kept(tmp_path: Path) -> None:
    shot(0).save(tmp_path / "0.png")
    for name, shade in (("1.png", 0), ("2.png", 240)):
        Image.new("RGB", (30, 20), (shade, shade, 9)).save(tmp_path / name)
    findings = audit(tree(tmp_path, [("0.png", "a", "", ""), ("1.png", "a", "", ""), ("2.png", "b", "", "")]))
    assert findings.blank == ("1.png", "2.png")
    assert "Blank images, which `predict` does not judge: 2.\n  1.png\n  2.png\n" in findings.text()
    assert not {"1.png", "2.png"} & {each.sample for each in findings.drop if each.reason == "cannot be read"}
    assert Audit.from_dict(findings.as_dict()) == findings


def test_json_gives_the_same_audit_back(tmp_path: Path) -> None:
    shot(0).save(tmp_path / "0.png")
    shot(0).rotate(90).save(tmp_path / "1.png")
    (tmp_path / "2.png").write_text("not an image")
    rows = [("0.png", "a", "train", "p"), ("1.png", "b", "test", "p"), ("2.png", "a", "test", "q")]
    findings = audit(tree(tmp_path, rows))
    assert findings.near
    assert findings.shared_groups
    data = json.loads(json.dumps(findings.as_dict()))
    assert Audit.from_dict(data) == findings
    assert data["files_to_drop"] == ["0.png", "2.png"]


def test_an_incomplete_audit_file_is_refused() -> None:
    with pytest.raises(InputError) as error:
        Audit.from_dict({"name": "toy", "sizes": None})
    assert str(error.value) == "The audit file is incomplete ('format'); audit the data set again."


def test_progress_names_both_steps(tmp_path: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    audit(tree(tmp_path, [("0.png", "a", "", ""), ("1.png", "b", "", "")]), progress=lambda *at: seen.append(at))
    assert seen == [
        (1, 2, "reading images"),
        (2, 2, "reading images"),
        (1, 2, "comparing images"),
        (2, 2, "comparing images"),
    ]


def test_brain_mri_has_patients_and_copies_in_both_splits(real_data: Path) -> None:
    manifest = register("brain_mri", real_data / "brain_mri", groups=real_data / "brain_mri_patients.csv")
    findings = audit(manifest)
    digests: dict[bytes, list[str]] = {}
    for sample in manifest.table["sample"]:
        pixels = np.asarray(Image.open(manifest.path(sample)).convert("RGB"))
        digests.setdefault(pixels.tobytes() + str(pixels.shape).encode(), []).append(sample)
    equal = [sorted(samples) for samples in digests.values() if len(samples) > 1]
    assert sorted([copy.sample for copy in each.copies] for each in findings.exact) == sorted(equal)
    table = manifest.table
    known = table[table["group"] != table["sample"]]
    both = set(known[known["split"] == "train"]["group"]) & set(known[known["split"] == "test"]["group"])
    assert {each.group for each in findings.shared_groups} == both
    assert len(findings.near) > 20
    assert findings.unreadable == ()


def test_isic2018_has_two_equal_pairs_and_one_near_pair_across_lesions(real_data: Path) -> None:
    findings = audit(register("isic2018", real_data / "isic2018"))
    assert [each.within_group for each in findings.exact] == [True, True]
    assert [each.within_group for each in findings.near].count(False) == 1
    assert findings.shared_groups == ()
