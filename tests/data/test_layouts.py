"""Layouts as downloads bring them: parts, outer folders, copies, splits of many names; HAM10000 and BreaKHis."""

from pathlib import Path

import pytest

from riskcore.data import adapters
from riskcore.data.manifest import Manifest, register
from riskcore.errors import InputError
from riskcore.readers import split_of


def put(root: Path, *names: str, content: bytes = b"") -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)


def labels_and_splits(manifest: Manifest) -> dict[str, tuple[str, str]]:
    rows = manifest.table[["sample", "label", "split"]].itertuples(index=False, name=None)
    return {sample: (label, split) for sample, label, split in rows}


def refusal(path: Path, format: str = "auto") -> str:
    with pytest.raises(InputError) as caught:
        register("set", path, format)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --- splits


@pytest.mark.parametrize(
    ("names", "split"),
    [
        (
            (
                "train",
                "Training",
                "TRAIN",
                "train_dir",
                "training-set",
                "trainset",
                "Train Data",
                "seg_train",
                "01_train",
                "train (1)",
            ),
            "train",
        ),
        (("val", "Valid", "validation", "val_dir", "VALIDATION_SET", "dev", "X_val"), "validation"),
        (("test", "Testing", "test_dir", "TestSet", "test_images"), "test"),
        (("", "set", "contrast", "train_test", "testis", "training2", "dataset"), None),
    ],
)
def test_names_of_folders_of_splits(names: tuple[str, ...], split: str | None) -> None:
    assert {split_of(name) for name in names} == {split}


def test_folders_of_splits_with_other_endings_are_splits(tmp_path: Path) -> None:
    put(tmp_path, "train_dir/mel/1.png", "train_dir/nv/2.png", "val_dir/mel/3.png", "val_dir/nv/4.png")
    assert labels_and_splits(register("set", tmp_path)) == {
        "train_dir/mel/1.png": ("mel", "train"),
        "train_dir/nv/2.png": ("nv", "train"),
        "val_dir/mel/3.png": ("mel", "validation"),
        "val_dir/nv/4.png": ("nv", "validation"),
    }


def test_folders_of_splits_inside_each_class_are_splits(tmp_path: Path) -> None:
    put(tmp_path, "mel/train/1.png", "mel/test/2.png", "nv/train/3.png", "nv/Test/4.png")
    manifest = register("set", tmp_path)
    assert manifest.table["split"].tolist() == ["test", "train", "test", "train"]
    assert manifest.classes == ("mel", "nv")
    assert manifest.notes[0] == "The split is that of the folders Test, test, train inside each class."


def test_other_folders_that_hold_the_same_folders_are_warned_of(tmp_path: Path) -> None:
    put(tmp_path, "site1/mel/1.png", "site1/nv/2.png", "site2/mel/3.png", "site2/nv/4.png")
    (note,) = register("set", tmp_path).notes
    assert note.startswith("The classes site1, site2 hold the same folders (mel, nv).")
    assert register("set", tmp_path, "folder").notes == ()


# --- downloads


@pytest.mark.parametrize("outer", ["archive", "archive/brain/images"])
def test_one_outer_folder_is_looked_through(tmp_path: Path, outer: str) -> None:
    put(tmp_path, f"{outer}/glioma/1.png", f"{outer}/notumor/2.png", "README.txt", "__MACOSX/x/1.png", "SYNTHETIC")
    manifest = register("set", tmp_path)
    assert manifest.classes == ("glioma", "notumor")
    assert manifest.root == tmp_path / outer
    assert manifest.notes[0] == f"The set lies in {outer}."
    assert manifest.synthetic


def test_a_published_layout_is_known_inside_an_outer_folder(tmp_path: Path) -> None:
    put(tmp_path, "data/Training/glioma/1.png", "data/Training/none/2.png", "data/Testing/glioma/3.png")
    assert adapters.read(tmp_path).format == "brain_mri"


def test_a_single_class_is_no_outer_folder(tmp_path: Path) -> None:
    put(tmp_path, "benign/1.png")
    assert "there is one class only (benign)" in refusal(tmp_path)


def test_the_inner_copy_of_an_archive_is_left_out_and_named(tmp_path: Path) -> None:
    files = ("yes/1.png", "no/1.png", "no/2.png")
    put(tmp_path, *files, *(f"brain/{file}" for file in files), content=b"same")
    manifest = register("set", tmp_path)
    assert manifest.table["sample"].tolist() == sorted(files)
    assert manifest.classes == ("no", "yes")
    assert "The folder brain holds images of the classes beside it again" in manifest.notes[0]
    put(tmp_path, "yes/yes/1.png", content=b"same")
    assert register("set", tmp_path).table["sample"].tolist() == sorted(files)


def test_an_inner_copy_with_other_images_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "yes/1.png", "no/1.png", "brain/yes/7.png", "brain/no/8.png")
    message = refusal(tmp_path)
    assert message.startswith(f"{tmp_path}: the folder brain holds folders that are called as the classes beside it")


@pytest.mark.parametrize(
    "folders",
    [
        ("HAM_images_part_1", "HAM_images_part_2"), ("part1", "part2", "part3"), ("images_001", "images_002"),
        ("archive", "archive (1)"), ("fold1", "fold2"), ("images", "masks"), ("Images", "annotations"),
    ],
)  # fmt: skip
def test_parts_of_a_download_are_no_classes_unless_the_user_says_so(tmp_path: Path, folders: tuple[str, ...]) -> None:
    for place, folder in enumerate(folders):
        put(tmp_path, f"{folder}/{place}.png")
    put(tmp_path, "labels.csv", content=b"id,diagnosis\n0,nv\n")
    message = refusal(tmp_path)
    assert "look like parts of a download, not like classes (labels may stand in labels.csv)" in message
    assert "--format folder" in message
    assert register("set", tmp_path, "folder").classes == tuple(sorted(folders))


@pytest.mark.parametrize(
    "folders",
    [("grade 1", "grade 2"), ("G3", "G4", "G5"), ("0", "1"), ("type_1", "type_2"), ("normal images", "tumor images"),
     ("part1", "tumor"), ("test", "control"), ("disc", "cup")],
)  # fmt: skip
def test_classes_with_numbers_stay_classes(tmp_path: Path, folders: tuple[str, ...]) -> None:
    put(tmp_path, *(f"{folder}/1.png" for folder in folders))
    assert register("set", tmp_path).classes == tuple(sorted(folders))


# --- HAM10000


HAM = "lesion_id,image_id,dx,dx_type,age,sex,localization\n"


def ham(root: Path) -> Path:
    """Seven lesions of two images, one of each class, an image in either part; returns the metadata."""
    names = ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")
    rows = [f"L{place},I{2 * place + part},{dx},histo,{40 + part},male,back\n" for place, dx in enumerate(names)
            for part in (0, 1)]  # fmt: skip
    put(root, *(f"HAM10000_images_part_{number % 2 + 1}/I{number}.jpg" for number in range(14)), "hmnist_8_8_L.csv")
    (root / "HAM10000_metadata.csv").write_text(HAM + "".join(rows))
    return root / "HAM10000_metadata.csv"


def test_ham10000_as_shipped_has_seven_classes_and_its_lesions(tmp_path: Path) -> None:
    ham(tmp_path)
    put(tmp_path, "ham10000_images_part_1/I0.jpg", "HAM10000_images_part_2/extra.jpg")
    manifest = register("set", tmp_path)
    assert manifest.format == "ham10000"
    assert manifest.classes == ("MEL", "NV", "BCC", "AKIEC", "BKL", "DF", "VASC")
    assert len(manifest) == 14
    assert manifest.table["group"].nunique() == 7
    assert manifest.table.groupby("group")["label"].nunique().max() == 1
    assert dict(zip(manifest.table["sample"], manifest.table["label"], strict=True))[
        "HAM10000_images_part_2/I9.jpg"
    ] == "MEL"  # fmt: skip
    assert manifest.subgroups == ("age", "sex", "site", "confirmation")
    assert manifest.notes == (
        "Left out: images that lie in two of the folders, of which the first is kept (1).",
        "Left out: images that HAM10000_metadata.csv does not list (1).",
    )


def test_wrong_ham10000_metadata_are_refused(tmp_path: Path) -> None:
    file = ham(tmp_path)
    file.write_text(file.read_text().replace(",mel,", ",melanoma,", 1))
    assert refusal(tmp_path) == (
        f"{file}: row 10 has the dx 'melanoma'; expected one of mel, nv, bcc, akiec, bkl, df, vasc."
    )
    file.write_text(file.read_text().replace("dx,", "diagnosis,", 1))
    assert "there is no column 'dx'" in refusal(tmp_path)
    file.unlink()
    assert "parts of a download" in refusal(tmp_path)
    assert refusal(tmp_path, "ham10000").startswith(f"{tmp_path}: expected HAM10000_metadata.csv beside the folders")


# --- BreaKHis


def test_breakhis_in_folders_of_a_split_keeps_it(tmp_path: Path) -> None:
    put(tmp_path, "BreaKHis 400X/train/benign/SOB_B_A-14-1000-400-001.png")
    put(tmp_path, "BreaKHis 400X/train/malignant/SOB_M_DC-14-1002-400-001.png")
    put(tmp_path, "BreaKHis 400X/test/malignant/SOB_M_DC-14-1002-400-002.png")
    manifest = register("set", tmp_path)
    assert manifest.table["split"].tolist() == ["test", "train", "train"]
    assert manifest.notes[:2] == (
        "The split is that of the folders test, train.",
        "Patients with images in several splits of it: 1.",
    )


def test_breakhis_in_folds_is_kept_once_without_a_split(tmp_path: Path) -> None:
    names = ("SOB_B_A-14-1000-400-001.png", "SOB_M_DC-14-1002-400-001.png")
    put(
        tmp_path,
        f"fold1/train/{names[0]}",
        f"fold1/test/{names[1]}",
        f"fold2/test/{names[0]}",
        f"fold2/train/{names[1]}",
    )
    manifest = register("set", tmp_path)
    assert manifest.table["split"].tolist() == ["", ""]
    assert manifest.notes == (
        "Left out: further copies of images that lie in several folders (2).",
        "The folders test, train are no split: images lie in several of them.",
    )


def test_one_class_around_the_classes_is_named_with_the_path_to_give(tmp_path: Path) -> None:
    put(tmp_path, "archive/benign/1.png", "archive/malignant/2.png", "sample.png")
    assert refusal(tmp_path) == (
        f"set: there is one class only (archive); add images of another. If benign, malignant are the classes, give "
        f"the path {tmp_path / 'archive'}."
    )
    assert register("set", tmp_path / "archive").classes == ("benign", "malignant")


@pytest.mark.parametrize("again", ["data/brain", "brain"])
def test_a_copy_that_lies_deeper_is_left_out_too(tmp_path: Path, again: str) -> None:
    files = ("yes/1.png", "no/1.png")
    put(tmp_path, *files, *(f"{again}/{file}" for file in files), content=b"same")
    assert register("set", tmp_path).classes == ("no", "yes")
    put(tmp_path, f"{again}/no/more.png", content=b"other")
    assert "holds folders that are called as the classes beside it" in refusal(tmp_path)


def test_a_copy_in_another_case_is_no_third_class(tmp_path: Path) -> None:
    put(tmp_path, "yes/1.png", "no/2.png", "all/YES/1.png", "all/No/2.png")
    assert "the folder all holds folders that are called as the classes beside it (no, yes)" in refusal(tmp_path)


@pytest.mark.parametrize("inner", ["train", "images"])
def test_a_split_that_is_packed_once_more_is_looked_through(tmp_path: Path, inner: str) -> None:
    put(tmp_path, f"train/{inner}/a/1.png", f"train/{inner}/b/2.png", f"test/{inner}/a/3.png", f"test/{inner}/b/4.png")
    manifest = register("set", tmp_path)
    assert manifest.classes == ("a", "b")
    assert labels_and_splits(manifest)[f"test/{inner}/b/4.png"] == ("b", "test")


def test_images_called_as_another_and_a_word_are_named(tmp_path: Path) -> None:
    put(tmp_path, "a/1.png", "a/1_lesion.png", "b/2.png", "b/mask_2.png", "b/2_1.png", "b/other_3.png")
    (note,) = register("set", tmp_path).notes
    assert note.startswith("Images called as another one and a word, such as 1_lesion.png: 2.")


@pytest.mark.parametrize(
    "name", ["HAM10000_metadata.tab", "ham10000_metadata.csv", "HAM10000_metadata", "meta/HAM10000_metadata.csv"]
)
@pytest.mark.parametrize("place", ["", "images/", "HAM10000_images/a/"])
def test_ham10000_in_other_folders_and_with_other_names_of_its_table(tmp_path: Path, name: str, place: str) -> None:
    rows = [("1", "nv"), ("2", "mel"), ("3", "nv")]
    sign = "\t" if name.endswith("tab") else ","
    lines = [["Lesion_ID", "image_id", "dx", "dx_type", "age", "sex", "localization"]]
    lines += [["L1", id, dx, "histo", "50", "male", "back"] for id, dx in rows]
    put(tmp_path, *(f"{place}{id}.jpg" for id, _ in rows))
    put(tmp_path, name, content="\n".join(map(sign.join, lines)).encode())
    manifest = register("set", tmp_path)
    assert (manifest.format, manifest.classes) == ("ham10000", ("MEL", "NV"))
    assert labels_and_splits(manifest)[f"{place}2.jpg"] == ("MEL", "")
    assert set(manifest.table["group"]) == {"L1"}


def test_ham10000_sorted_into_folders_of_diagnoses_keeps_them(tmp_path: Path) -> None:
    put(tmp_path, "train_dir/nv/1.jpg", "train_dir/mel/2.jpg", "val_dir/nv/3.jpg", "val_dir/mel/4.jpg")
    put(tmp_path, "HAM10000_metadata.csv", content=b"lesion_id,image_id,dx\n")
    assert register("set", tmp_path).format == "folder"


def test_breakhis_beside_its_split_is_named(tmp_path: Path) -> None:
    put(tmp_path, *(f"{place}/SOB_{kind}-14-{n}-100-001.png" for n, (place, kind) in enumerate(
        [("train", "B_A"), ("train", "M_DC"), ("eval", "B_A"), ("eval", "M_DC")])))  # fmt: skip
    assert "Images in none of them, which are divided like those for training: 2." in register("set", tmp_path).notes


def test_ham10000_prefers_the_folders_of_images_and_needs_no_ages(tmp_path: Path) -> None:
    put(tmp_path, "annotated/1.png", "annotated/2.png", "images/1.jpg", "images/2.jpg")
    put(tmp_path, "HAM10000_metadata.csv", content=b"lesion_id,image_id,dx\nL1,1,nv\nL2,2,mel\n")
    manifest = register("set", tmp_path)
    assert labels_and_splits(manifest) == {"images/1.jpg": ("NV", ""), "images/2.jpg": ("MEL", "")}
    assert manifest.subgroups == ()
    assert set(manifest.table["group"]) == {"L1", "L2"}
