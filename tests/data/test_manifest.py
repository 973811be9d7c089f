"""Registering a data set: rows, groups, absent files, and what is refused in which words."""

import json
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from riskcore.data.manifest import Manifest, register
from riskcore.errors import InputError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two classes, three images each; only names matter here."""
    root = tmp_path / "set"
    for label in ("ill", "well"):
        (root / label).mkdir(parents=True)
        for number in range(3):
            Image.new("L", (4, 4), number).save(root / label / f"{number}.png")
    return root


def error_of(*args: object, **options: object) -> str:
    with pytest.raises(InputError) as caught:
        register(*args, **options)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    return str(caught.value)


def small(**changes: object) -> Manifest:
    table = pd.DataFrame(
        {"sample": ["c", "a", "b"], "label": ["x", "y", "x"], "group": ["p", "", None], "sex": ["f", None, "m"]}
    )
    fields: dict[str, object] = {
        "name": "small",
        "root": Path("/data"),
        "format": "csv",
        "classes": ("x", "y"),
        "table": table,
        "subgroups": ("sex",),
        "has_groups": True,
        "notes": ("A note.",),
        "missing": ("d",),
    }
    return Manifest(**{**fields, **changes})  # type: ignore[arg-type]


def test_table_is_sorted_and_unknowns_are_filled() -> None:
    manifest = small()
    assert list(manifest.table) == ["sample", "label", "split", "group", "fold", "sex"]
    assert manifest.table.to_dict("list") == {
        "sample": ["a", "b", "c"],
        "label": ["y", "x", "x"],
        "split": ["", "", ""],
        "group": ["a", "b", "p"],
        "fold": [-1, -1, -1],
        "sex": ["", "m", "f"],
    }
    assert manifest.targets.tolist() == [1, 0, 0]
    assert manifest.targets.dtype == "int64"
    assert len(manifest) == 3
    assert manifest.path("a") == Path("/data/a")


def test_json_gives_the_same_manifest_back() -> None:
    manifest = small(synthetic=True)
    stored = json.loads(json.dumps(manifest.to_dict()))
    back = Manifest.from_dict(stored)
    assert back.hash == manifest.hash
    pd.testing.assert_frame_equal(back.table, manifest.table)
    for field in ("name", "root", "format", "classes", "subgroups", "has_groups", "synthetic", "notes", "missing"):
        assert getattr(back, field) == getattr(manifest, field)


def test_json_that_was_changed_or_cut_is_refused() -> None:
    stored = small().to_dict()
    changed = {**stored, "columns": {**stored["columns"], "label": ["x", "x", "y"]}}
    with pytest.raises(InputError, match=r"^small: the file was changed since it was written; register the"):
        Manifest.from_dict(changed)
    del stored["columns"]
    with pytest.raises(InputError) as caught:
        Manifest.from_dict(stored)
    assert str(caught.value) == "The data set file is incomplete ('columns'); register the data set again."


def test_hash_depends_on_content_only() -> None:
    manifest = small()
    other_order = small(table=manifest.table.iloc[::-1], name="other", root=Path("/elsewhere"), notes=())
    assert other_order.hash == manifest.hash
    assert small(classes=("y", "x")).hash != manifest.hash
    for column, value in (("label", "x"), ("split", "test"), ("group", "q"), ("fold", 2), ("sex", "m")):
        table = manifest.table.copy()
        table.loc[0, column] = value
        assert small(table=table).hash != manifest.hash, column


def test_wrong_rows_are_refused() -> None:
    table = small().table
    with pytest.raises(InputError) as caught:
        small(table=pd.concat([table, table.iloc[:1]]))
    assert str(caught.value) == "small: a is listed twice; list each image once."
    with pytest.raises(InputError) as caught:
        small(classes=("x", "z"))
    assert str(caught.value) == "small: a has the unknown label 'y'; expected one of 'x', 'z'."
    with pytest.raises(InputError) as caught:
        small(table=table.assign(split="exam"))
    assert str(caught.value) == (
        "small: a has the unknown split 'exam'; expected one of 'train', 'validation', 'test', ''."
    )


def test_register_a_folder(folder: Path) -> None:
    manifest = register("set", folder)
    assert (manifest.name, manifest.format, manifest.root) == ("set", "folder", folder)
    assert manifest.classes == ("ill", "well")
    assert manifest.table["sample"].tolist() == [f"{c}/{n}.png" for c in ("ill", "well") for n in range(3)]
    assert manifest.table["group"].tolist() == manifest.table["sample"].tolist()
    assert not manifest.has_groups
    assert not manifest.synthetic
    assert manifest.notes == ()
    assert manifest.missing == ()
    assert all(manifest.path(sample).is_file() for sample in manifest.table["sample"])


def test_registering_again_elsewhere_gives_the_same_hash(folder: Path, tmp_path: Path) -> None:
    first = register("set", folder).hash
    folder.rename(tmp_path / "moved")
    assert register("other", tmp_path / "moved").hash == first


def test_images_are_not_decoded(folder: Path) -> None:
    (folder / "ill" / "0.png").write_text("not an image")
    assert len(register("set", folder)) == 6


def test_missing_folder_unknown_format_and_unknown_layout(tmp_path: Path) -> None:
    assert error_of("x", tmp_path / "no") == f"{tmp_path / 'no'}: there is no such folder or file; check the path."
    assert error_of("x", tmp_path, format="dicom") == (
        "Expected the format to be one of auto, brain_mri, breakhis, csv, folder, ham10000, isic2018, sicapv2, but "
        "got 'dicom'."
    )
    assert error_of("x", tmp_path) == (
        f"{tmp_path}: the layout is not recognised. Looked for ISIC 2018, HAM10000, SICAPv2, BreaKHis, Brain Tumor "
        "MRI, one CSV file with the columns path and label, and a folder per class with images in it; if it is one of "
        "these, name it with --format (brain_mri, breakhis, csv, folder, ham10000, isic2018, sicapv2)."
    )


def test_empty_class_and_single_class(folder: Path) -> None:
    (folder / "rare").mkdir()
    (folder / "rare" / "readme.txt").write_text("to come")
    assert error_of("set", folder) == (
        "set: class 'rare' has no images; add images of it or remove the class. "
        "Left out: files that are not images (txt 1)."
    )
    only = folder / "only"
    (folder / "ill").rename(only)
    for name in ("rare", "well"):
        for file in (folder / name).iterdir():
            file.unlink()
        (folder / name).rmdir()
    assert error_of("set", folder) == "set: there is one class only (only); add images of another."


# --- groups file


def test_groups_are_joined_by_path(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "patients.csv"
    file.write_text(
        "path,patient\nill/0.png,P1\n./ill/1.png,P1\nwell\\0.png,P2\nwell/0.png,P2\nnone.png,P3\nwell/2.png,\n"
        f"{folder}/well/1.png,P4\n"
    )
    manifest = register("set", folder, groups=file)
    assert dict(zip(manifest.table["sample"], manifest.table["group"], strict=True)) == {
        "ill/0.png": "P1",
        "ill/1.png": "P1",
        "ill/2.png": "ill/2.png",
        "well/0.png": "P2",
        "well/1.png": "P4",
        "well/2.png": "well/2.png",
    }
    assert manifest.has_groups
    assert manifest.notes == (
        "patients.csv names the group of 4 of 6 images.",
        "Left out: rows of patients.csv that name no image of the data set (1).",
    )


def test_a_groups_file_replaces_only_the_groups_it_names(folder: Path, tmp_path: Path) -> None:
    table = folder / "set.csv"
    table.write_text("path,label,group\nill/0.png,ill,A\nill/1.png,ill,A\nwell/0.png,well,B\n")
    file = tmp_path / "groups.csv"
    file.write_text("path,group\nill/1.png,C\n")
    assert register("set", table, groups=file).table["group"].tolist() == ["A", "C", "B"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("image,patient\na,b\n", "a groups file needs the columns path and either patient or group; this one has "
                                 "image, patient."),
        ("path,patient,group\na,b,c\n", "a groups file needs the columns path and either patient or group; this "
                                        "one has path, patient, group."),
        ("path,patient\nill/0.png,P1\nill/0.png,P2\n", "ill/0.png is listed under two groups; list each image "
                                                       "once."),
        ("path,patient\nx.png,P1\ny.png,P2\n", "none of its 2 paths names an image of the data set; write paths "
                                               "relative to its folder, such as ill/0.png."),
        ("path,patient\n", "there are no rows below the header; fill the table."),
        ("path,patient\n../x.png,P1\n", "the path '../x.png' is not below {folder}; write paths relative to that "
                                        "folder."),
        ("path,patient\n/etc/x.png,P1\n", "the path '/etc/x.png' is not below {folder}; write paths relative to "
                                          "that folder."),
    ],
)  # fmt: skip
def test_wrong_groups_files(folder: Path, tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "groups.csv"
    file.write_text(text)
    assert error_of("set", folder, groups=file) == f"{file}: {message.format(folder=folder)}"


def test_groups_file_that_is_absent_or_binary(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "groups.csv"
    assert (
        error_of("set", folder, groups=file) == f"{file}: cannot be read (No such file or directory); check the path."
    )
    file.write_bytes(bytes(range(256)))
    assert error_of("set", folder, groups=file) == f"{file}: not UTF-8 text (line 2); save it as UTF-8."


# --- listed but absent


@pytest.fixture
def listed(folder: Path) -> Path:
    """A table of 26 images, of which 6 are there."""
    rows = [f"{c}/{n}.png,{c}" for c in ("ill", "well") for n in range(13)]
    (folder / "set.csv").write_text("\n".join(["path,label", *rows]) + "\n")
    return folder


def test_absent_images_are_counted_and_refused(listed: Path) -> None:
    names = "ill/10.png, ill/11.png, ill/12.png, ill/3.png, ill/4.png, ill/5.png, ill/6.png, ill/7.png, "
    names += "ill/8.png, ill/9.png, …"
    assert error_of("set", listed) == (
        f"set: 20 of 26 listed images are absent under {listed} ({names}); put them there, or pass "
        "--allow-missing to keep what is there."
    )
    manifest = register("set", listed, allow_missing=True)
    assert len(manifest) == 6
    assert len(manifest.missing) == 20
    assert manifest.missing[:2] == ("ill/10.png", "ill/11.png")
    assert manifest.notes == (f"20 of 26 listed images are absent and left out ({names}).",)


def test_absent_class_is_noted_and_nothing_at_all_is_refused(listed: Path) -> None:
    for number in range(3):
        (listed / "ill" / f"{number}.png").unlink()
    manifest = register("set", listed, allow_missing=True)
    assert manifest.classes == ("ill", "well")
    assert manifest.empty_classes == ("ill",)
    assert manifest.notes[-1] == "No image of ill is there: enough to look at, not to train on."
    for number in range(3):
        (listed / "well" / f"{number}.png").unlink()
    message = error_of("set", listed, allow_missing=True)
    assert message.startswith(f"set: 26 of 26 listed images are absent under {listed} (ill/0.png, ")
    assert message.endswith("…); put them there.")
