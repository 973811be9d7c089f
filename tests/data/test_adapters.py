"""Each adapter on small trees made here, and on the real trees where they are."""

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from riskcore.data import adapters
from riskcore.data.adapters.isic2018 import age_bands
from riskcore.data.manifest import Manifest, register
from riskcore.errors import InputError


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def error_of(path: Path, format: str = "auto") -> str:
    with pytest.raises(InputError) as caught:
        adapters.read(path, format)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def rows(manifest: Manifest, *columns: str) -> list[tuple[str, ...]]:
    return list(manifest.table[list(columns)].itertuples(index=False, name=None))


# --- folders


def test_folder_per_class_with_other_files(tmp_path: Path) -> None:
    touch(tmp_path, "b/1.JPG", "b/deep/2.tiff", "a/3.dcm", "a/notes.txt", "a/.4.png", "loose.png", ".git/x.png")
    touch(tmp_path, "__MACOSX/a/5.png")
    manifest = register("set", tmp_path)
    assert manifest.format == "folder"
    assert rows(manifest, "sample", "label", "split") == [
        ("a/3.dcm", "a", ""),
        ("b/1.JPG", "b", ""),
        ("b/deep/2.tiff", "b", ""),
    ]
    assert manifest.notes == (
        "Left out: files that are not images (txt 1).",
        "Left out: hidden files and folders, and those that systems make (3).",
        "Left out: images in no class folder (1).",
    )


def test_folder_per_split_and_class(tmp_path: Path) -> None:
    touch(tmp_path, "Train/a/1.png", "Train/b/2.png", "val/a/3.png", "TEST/b/4.png", "docs/fig/5.png", "val/x.txt")
    manifest = register("set", tmp_path)
    assert rows(manifest, "sample", "label", "split") == [
        ("TEST/b/4.png", "b", "test"),
        ("Train/a/1.png", "a", "train"),
        ("Train/b/2.png", "b", "train"),
        ("val/a/3.png", "a", "validation"),
    ]
    assert manifest.notes == (
        "Left out: files that are not images (txt 1).",
        "The folder docs is neither a split nor inside one and is left out.",
    )


def test_a_test_part_alone_is_a_split_but_a_class_may_be_called_test(tmp_path: Path) -> None:
    touch(tmp_path / "one", "testing/a/1.png", "testing/b/2.png")
    assert set(register("one", tmp_path / "one").table["split"]) == {"test"}
    touch(tmp_path / "two", "test/1.png", "control/2.png")
    assert register("two", tmp_path / "two").classes == ("control", "test")


def test_folder_format_on_something_else(tmp_path: Path) -> None:
    expected = f"{tmp_path}: expected a folder per class, with images in it; check the folder."
    assert error_of(tmp_path, "folder") == expected
    touch(tmp_path, "train/1.png")
    assert error_of(tmp_path) == expected


def test_links_to_class_folders_are_followed(tmp_path: Path) -> None:
    touch(tmp_path, "store/1.png", "set/b/2.png")
    (tmp_path / "set" / "a").symlink_to(tmp_path / "store")
    assert register("set", tmp_path / "set").table["sample"].tolist() == ["a/1.png", "b/2.png"]


# --- CSV


def write_csv(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "set.csv"
    file.write_text(text, encoding="utf-8")
    touch(tmp_path, *(f"i/{n}.png" for n in range(4)))
    return file


TABLE = (
    "path , label,split,group,fold,sex,site\n"
    "i/0.png,b,Training,P1,1,f,arm\n"
    "i/1.png,a,val,P1,2,,leg\n"
    "./i\\2.png,a,test,,,m,\n"
    "i/3.png,b,,P2,1,m,arm\n"
)


@pytest.mark.parametrize("by_file", [True, False])
def test_csv_with_every_column(tmp_path: Path, by_file: bool) -> None:
    file = write_csv(tmp_path, "\ufeff" + TABLE)
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    manifest = register("set", file if by_file else tmp_path)
    assert (manifest.format, manifest.root) == ("csv", tmp_path)
    assert manifest.classes == ("a", "b")
    assert manifest.subgroups == ("sex", "site")
    assert manifest.has_groups
    assert rows(manifest, "sample", "label", "split", "group", "fold", "sex", "site") == [
        ("i/0.png", "b", "train", "P1", 1, "f", "arm"),
        ("i/1.png", "a", "validation", "P1", 2, "", "leg"),
        ("i/2.png", "a", "test", "i/2.png", -1, "m", ""),
        ("i/3.png", "b", "", "P2", 1, "m", "arm"),
    ]


def test_csv_with_the_least_columns_and_patients_for_groups(tmp_path: Path) -> None:
    manifest = register("set", write_csv(tmp_path, "label,path\nNA,i/0.png\n1,i/1.png\n"))
    assert manifest.classes == ("1", "NA")
    assert not manifest.has_groups
    manifest = register("set", write_csv(tmp_path, "label,path,patient\nx,i/0.png,7\ny,i/1.png,7\n"))
    assert manifest.table["group"].tolist() == ["7", "7"]
    assert manifest.subgroups == ()


def test_csv_paths_may_be_absolute_below_the_folder(tmp_path: Path) -> None:
    file = write_csv(tmp_path, f"path,label\n{tmp_path}/i/0.png,a\ni/1.png,b\n")
    assert register("set", file).table["sample"].tolist() == ["i/0.png", "i/1.png"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "path,class\ni/0.png,a\n",
            "there is no column 'label'; the columns are path, class; rename the one that holds it.",
        ),
        ("path,label\n", "there are no rows below the header; fill the table."),
        ("path,label\ni/0.png,a\ni/1.png,\n", "row 3 has no label; fill it in."),
        ("path,label\n,a\n", "row 2 has no path; fill it in."),
        ("path,label,split\ni/0.png,a,exam\n", "row 2 has the split 'exam'; expected train, validation, test or "
                                               "nothing."),
        ("path,label,fold\ni/0.png,a,one\n", "row 2 has the fold 'one'; expected a number or nothing."),
        ("path,label,sample\ni/0.png,a,1\n", "the column name 'sample' is taken; rename that column."),
        ("path,label\n../secret.png,a\n", "the path '../secret.png' is not below {root}; write paths relative to "
                                          "that folder."),
        ("path,label\n/etc/x.png,a\n", "the path '/etc/x.png' is not below {root}; write paths relative to that "
                                       "folder."),
        ("", "this is not a CSV file with a header; save the table as CSV (UTF-8)."),
        ("path,label\na.png,a\nb.png,b,c\n", "row 3 has 3 cells, but the header has 2; quote cells that hold "
                                             "commas."),
        ("path,label,path\na.png,a,b.png\n", "the column 'path' is there twice; rename one."),
    ],
)  # fmt: skip
def test_wrong_csv(tmp_path: Path, text: str, message: str) -> None:
    file = write_csv(tmp_path, text)
    assert error_of(file) == f"{file}: {message.format(root=tmp_path)}"


def test_an_image_twice_and_two_tables(tmp_path: Path) -> None:
    file = write_csv(tmp_path, "path,label\ni/0.png,a\n./i/0.png,b\n")
    with pytest.raises(InputError, match=r"^set: i/0.png is listed twice; list each image once\.$"):
        register("set", file)
    (tmp_path / "more.csv").write_text("path,label\ni/0.png,a\n")
    assert error_of(tmp_path, "csv") == (
        f"{tmp_path}: 2 CSV files have the columns path and label (more.csv, set.csv); give the path of one, which "
        "lists all images, or pass --format folder if the folders are the classes."
    )


# --- Brain Tumor MRI


def test_brain_mri(tmp_path: Path) -> None:
    touch(tmp_path, "Training/glioma_tumor/1.jpg", "Training/no_tumor/2.jpg", "Testing/no_tumor/3.jpg")
    manifest = register("set", tmp_path)
    assert manifest.format == "brain_mri"
    assert manifest.table["split"].tolist() == ["test", "train", "train"]
    assert "same patients" in manifest.notes[0]
    assert error_of(tmp_path / "Training", "brain_mri") == (
        f"{tmp_path / 'Training'}: expected the folders Training and Testing of Brain Tumor MRI; check the folder."
    )


# --- ISIC 2018


HEADER = "image,MEL,NV,BCC,AKIEC,BKL,DF,VASC\n"


def one_hot(image: str, *marked: int) -> str:
    return ",".join([image, *("1.0" if position in marked else "0.0" for position in range(7))]) + "\n"


def isic(root: Path, part: str = "Training", *, header: str = HEADER, nested: bool = False) -> Path:
    """Seven images of one part, one a class; returns the ground-truth file."""
    names = [f"ISIC_{part[0]}{number}" for number in range(7)]
    touch(root, *(f"ISIC2018_Task3_{part}_Input/{name}.jpg" for name in names))
    touch(root, f"ISIC2018_Task3_{part}_Input/ATTRIBUTION.txt")
    stem = f"ISIC2018_Task3_{part}_GroundTruth"
    file = root / stem / f"{stem}.csv" if nested else root / f"{stem}.csv"
    file.parent.mkdir(exist_ok=True)
    file.write_text(header + "".join(one_hot(name, number) for number, name in enumerate(names)))
    return file


def test_isic_parts_are_splits(tmp_path: Path) -> None:
    isic(tmp_path)
    isic(tmp_path, "Validation", nested=True)
    isic(tmp_path, "Test")
    touch(tmp_path, "ISIC2018_Task3_Test_Input/ISIC_T9.jpg")
    manifest = register("set", tmp_path)
    assert manifest.format == "isic2018"
    assert manifest.classes == ("MEL", "NV", "BCC", "AKIEC", "BKL", "DF", "VASC")
    assert manifest.table["split"].value_counts().to_dict() == {"train": 7, "validation": 7, "test": 7}
    assert manifest.table["label"].tolist() == list(manifest.classes) * 3
    assert manifest.subgroups == ()
    assert not manifest.has_groups
    assert manifest.notes == (
        "Left out: images of Test that its ground truth does not list (1).",
        "Images without a lesion, which are groups of their own: 21 of 21.",
    )


def test_isic_classes_follow_the_header(tmp_path: Path) -> None:
    isic(tmp_path, header="image,NV,MEL,VASC,DF,BKL,AKIEC,BCC\n")
    assert register("set", tmp_path).classes == ("NV", "MEL", "VASC", "DF", "BKL", "AKIEC", "BCC")


def test_isic_lesions_and_subgroups(tmp_path: Path) -> None:
    isic(tmp_path)
    isic(tmp_path, "Test")
    (tmp_path / "HAM10000_metadata.csv").write_text(
        "lesion_id,image_id,dx,dx_type,age,sex,localization\n"
        "L1,ISIC_T0,mel,histo,80.0,male,scalp\n"
        "L1,ISIC_T1,mel,follow_up,,unknown,unknown\n"
    )
    (tmp_path / "ISIC2018_Task3_Training_LesionGroupings.csv").write_text(
        "image,lesion_id,diagnosis_confirm_type\nISIC_T1,L9,histopathology\nISIC_T2,L2,histopathology\n"
    )
    manifest = register("set", tmp_path)
    assert manifest.format == "isic2018"
    assert manifest.subgroups == ("age", "sex", "site", "confirmation")
    training = manifest.table[manifest.table["split"] == "train"]
    assert rows_of(training, "group", "age", "sex", "site", "confirmation")[:4] == [
        ("L1", "70+", "male", "scalp", "histo"),
        ("L1", "", "", "", "follow_up"),
        ("L2", "", "", "", "histopathology"),
        ("ISIC2018_Task3_Training_Input/ISIC_T3.jpg", "", "", "", ""),
    ]


def rows_of(table: pd.DataFrame, *columns: str) -> list[tuple[str, ...]]:
    return list(table[list(columns)].itertuples(index=False, name=None))


def test_age_bands_at_their_edges() -> None:
    ages = pd.Series(["0", "29.9", "30", "49", "50.0", "69", "70", "85", "", "unknown"])
    expected = ["<30", "<30", "30-49", "30-49", "50-69", "50-69", "70+", "70+", "", ""]
    assert age_bands(ages).tolist() == expected


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (one_hot("ISIC_X", 0, 3), "marks 2 classes"),
        (one_hot("ISIC_X"), "marks 0 classes"),
        ("ISIC_X,1,0,0,0,0,0,0.5\n", "marks 1 classes"),
        ("ISIC_X,1,0,0,0,0,0,\n", "marks 1 classes"),
        ("ISIC_X,2,0,0,0,0,0,0\n", "marks 0 classes"),
    ],
)
def test_isic_row_without_exactly_one_label(tmp_path: Path, line: str, problem: str) -> None:
    file = isic(tmp_path)
    file.write_text(file.read_text() + line)
    assert error_of(tmp_path) == (
        f"{file}: row 9 (ISIC_X) {problem}; expected a single 1 and else 0 in MEL, NV, BCC, AKIEC, BKL, DF, VASC."
    )


def test_isic_unknown_and_absent_columns(tmp_path: Path) -> None:
    file = isic(tmp_path, header=HEADER.replace("VASC", "SCC"))
    expected = "expected image and one column for each of MEL, NV, BCC, AKIEC, BKL, DF, VASC."
    assert error_of(tmp_path) == f"{file}: unknown column 'SCC'; {expected}"
    file.write_text("image,MEL,NV,BCC,AKIEC,BKL,DF\nISIC_T0,1,0,0,0,0,0\n")
    assert error_of(tmp_path) == f"{file}: there is no column 'VASC'; {expected}"


def test_isic_absent_images_empty_class_and_no_table(tmp_path: Path) -> None:
    file = isic(tmp_path)
    (tmp_path / "ISIC2018_Task3_Training_Input" / "ISIC_T3.jpg").unlink()
    with pytest.raises(InputError, match=r"1 of 7 listed images are absent .*_Input/ISIC_T3\.jpg"):
        register("set", tmp_path)
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(InputError) as caught:
        register("set", tmp_path)
    assert str(caught.value) == "set: class 'VASC' has no images; add images of it or remove the class."
    file.unlink()
    assert error_of(tmp_path, "isic2018") == (
        f"{tmp_path}: there is no ISIC2018_Task3_…_GroundTruth.csv of any part; check the folder."
    )


# --- BreaKHis


def test_breakhis_names_are_the_authority(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "any/SOB_M_DC-14-2523-100-001.png",
        "any/SOB_M_LC-14-13412-40-002.png",
        "SOB_M_DC-14-13412-400-003.png",
        "adenosis/SOB_B_F-14-29315EF-100-004.png",
        "adenosis/SOB_B_PT-14-29315AB-100-005.png",
        "README.txt",
    )
    manifest = register("set", tmp_path)
    assert manifest.format == "breakhis"
    assert manifest.classes == ("fibroadenoma", "phyllodes_tumor", "ductal_carcinoma", "lobular_carcinoma")
    assert sorted(rows(manifest, "label", "group", "magnification", "slide")) == [
        ("ductal_carcinoma", "14-13412", "400", "14-13412"),
        ("ductal_carcinoma", "14-2523", "100", "14-2523"),
        ("fibroadenoma", "14-29315", "100", "14-29315EF"),
        ("lobular_carcinoma", "14-13412", "40", "14-13412"),
        ("phyllodes_tumor", "14-29315", "100", "14-29315AB"),
    ]
    assert manifest.has_groups
    assert manifest.notes == (
        "Left out: files that are not images (txt 1).",
        "The slide 14-13412 is listed under ductal_carcinoma and lobular_carcinoma, of which one must be wrong.",
    )


def test_breakhis_is_not_seen_in_a_folder_that_also_holds_it(tmp_path: Path) -> None:
    touch(tmp_path, "a/SOB_M_DC-14-2523-100-001.png", "a/1.png", "b/2.png")
    assert adapters.read(tmp_path).format == "folder"
    touch(tmp_path, "none/x.txt")
    assert error_of(tmp_path / "none", "breakhis") == (
        f"{tmp_path / 'none'}: no file is named like those of BreaKHis, such as "
        "SOB_M_DC-14-2523-100-001.png; check the folder."
    )


# --- SICAPv2


def sheet(file: Path, header: list[str], *lines: list[object]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    book = openpyxl.Workbook()
    for line in [header, *lines]:
        book.active.append(line)
    book.save(file)


PATCHES = {"S1_a.jpg": 0, "S1_b.jpg": 1, "S2_a.jpg": 2, "S3_a.jpg": 3, "S4_a.jpg": 2}
COLUMNS = ["image_name", "NC", "G3", "G4", "G5", "G4C"]


def patch(name: str) -> list[object]:
    return [name, *(int(position == PATCHES[name]) for position in range(4)), int(name == "S2_a.jpg")]


def sicap(root: Path) -> Path:
    """Four training patches of three slides in folds 1 to 4, one test patch; slides 1 and 2 are one patient."""
    names = list(PATCHES)
    touch(root, *(f"images/{name}" for name in names))
    sheet(root / "partition/Test/Train.xlsx", COLUMNS, *(patch(name) for name in names[:4]))
    sheet(root / "partition/Test/Test.xlsx", COLUMNS, patch(names[4]))
    for fold in range(4):
        sheet(root / f"partition/Validation/Val{fold + 1}/Test.xlsx", COLUMNS, patch(names[fold]))
    sheet(root / "wsi_labels.xlsx", ["slide_id", "patient_id"], ["S1", 7], ["S2", 7], ["S3", 8], ["S4", 9])
    return root


def test_sicapv2(tmp_path: Path) -> None:
    manifest = register("set", sicap(tmp_path))
    assert manifest.format == "sicapv2"
    assert manifest.classes == ("NC", "G3", "G4", "G5")
    assert manifest.subgroups == ("slide", "cribriform")
    assert rows(manifest, "sample", "label", "split", "group", "fold", "slide", "cribriform") == [
        ("images/S1_a.jpg", "NC", "train", "7", 1, "S1", ""),
        ("images/S1_b.jpg", "G3", "train", "7", 2, "S1", ""),
        ("images/S2_a.jpg", "G4", "train", "7", 3, "S2", "yes"),
        ("images/S3_a.jpg", "G5", "train", "8", 4, "S3", ""),
        ("images/S4_a.jpg", "G4", "test", "9", -1, "S4", "no"),
    ]
    assert manifest.notes == ()


def test_sicapv2_discrepancies_are_noted(tmp_path: Path) -> None:
    sicap(tmp_path)
    validation = tmp_path / "partition/Validation"
    sheet(validation / "Val4/Test.xlsx", COLUMNS, patch("S1_a.jpg"), patch("S4_a.jpg"))
    sheet(tmp_path / "wsi_labels.xlsx", ["slide_id", "patient_id"], ["S1", 7], ["S2", 7], ["S3", 8])
    touch(tmp_path, "images/S9_z.jpg")
    manifest = register("set", tmp_path)
    assert manifest.table["fold"].tolist() == [1, 2, 3, -1, -1]
    assert manifest.table["group"].tolist() == ["7", "7", "7", "8", "S4"]
    assert manifest.notes == (
        "Images in two folds (the first is kept): 1.",
        "Images in a fold but not in the training part: 1.",
        "Images in the training part but in no fold: 1.",
        "Slides without a patient, which are groups of their own: 1.",
        "Left out: images that no table of the partition lists (1).",
    )


def test_sicapv2_without_patients_groups_by_slide(tmp_path: Path) -> None:
    sicap(tmp_path)
    (tmp_path / "wsi_labels.xlsx").unlink()
    manifest = register("set", tmp_path)
    assert manifest.table["group"].tolist() == ["S1", "S1", "S2", "S3", "S4"]
    assert manifest.notes == ("wsi_labels.xlsx is absent: groups are slides, not patients.",)


def test_wrong_sicapv2_tables(tmp_path: Path) -> None:
    sicap(tmp_path)
    file = tmp_path / "partition/Test/Test.xlsx"
    sheet(file, COLUMNS, ["S4_a.jpg", 0, 1, 1, 0, 0])
    assert error_of(tmp_path) == (
        f"{file}: row 2 (S4_a.jpg) marks 2 classes; expected a single 1 and else 0 in NC, G3, G4, G5."
    )
    sheet(file, ["image_name", "NC", "G3", "G4"], ["S4_a.jpg", 0, 1, 0])
    assert (
        error_of(tmp_path)
        == f"{file}: there is no column 'G5'; the columns are image_name, NC, G3, G4; rename the one that holds it."
    )
    file.write_text("not a sheet")
    assert error_of(tmp_path) == f"{file}: this is not an Excel file or it is damaged; fetch it again."
    sheet(file, COLUMNS, patch("S4_a.jpg"))
    absent = tmp_path / "partition/Validation/Val3/Test.xlsx"
    absent.unlink()
    assert error_of(tmp_path) == (
        f"{absent}: there is no such file, without which SICAPv2 is not complete; fetch the set again."
    )


# --- the real trees


def counts(manifest: Manifest, column: str = "label") -> dict[str, int]:
    return manifest.table[column].value_counts().to_dict()


def test_real_brain_mri(real_data: Path) -> None:
    manifest = register("brain", real_data / "brain_mri", groups=real_data / "brain_mri_patients.csv")
    assert manifest.format == "brain_mri"
    assert len(manifest) == 3264
    assert counts(manifest, "split") == {"train": 2870, "test": 394}
    assert manifest.classes == ("glioma_tumor", "meningioma_tumor", "no_tumor", "pituitary_tumor")
    named = manifest.table["group"] != manifest.table["sample"]
    assert int(named.sum()) == 2331
    assert "brain_mri_patients.csv names the group of 2,331 of 3,264 images." in manifest.notes
    assert not register("brain", real_data / "brain_mri").has_groups


def test_real_isic2018(real_data: Path) -> None:
    manifest = register("isic", real_data / "isic2018")
    assert manifest.format == "isic2018"
    assert len(manifest) == 10_015
    assert manifest.table["group"].nunique() == 7470
    assert counts(manifest) == {
        "NV": 6705, "MEL": 1113, "BKL": 1099, "BCC": 514, "AKIEC": 327, "VASC": 142, "DF": 115
    }  # fmt: skip
    assert counts(manifest, "sex") == {"male": 5406, "female": 4552, "": 57}
    assert counts(manifest, "age")[""] == 57
    assert counts(manifest, "site")["back"] == 2192
    assert manifest.notes == ()


def test_real_breakhis(real_data: Path) -> None:
    manifest = register("breakhis", real_data / "breakhis")
    assert manifest.format == "breakhis"
    assert len(manifest) == 422
    assert len(manifest.classes) == 8
    assert counts(manifest, "magnification") == {"100": 422}
    assert manifest.table["slide"].nunique() == 27
    assert manifest.table["group"].nunique() == 23
    # In this tree the folders agree with the names.
    assert all(f"/{label}/" in sample for sample, label in rows(manifest, "sample", "label"))


def test_real_sicapv2(real_data: Path) -> None:
    listing = adapters.read(real_data / "sicapv2")
    assert listing.format == "sicapv2"
    table = listing.table
    assert len(table) == 12_081
    assert table["slide"].nunique() == 155
    assert table["group"].nunique() == 95
    assert table["split"].value_counts().to_dict() == {"train": 9959, "test": 2122}
    assert table["fold"].value_counts().to_dict() == {4: 3513, 1: 2487, 2: 2166, -1: 2122, 3: 1793}
    assert table["label"].value_counts().to_dict() == {"G4": 4494, "NC": 4417, "G3": 2222, "G5": 948}
    assert (table["cribriform"] == "yes").sum() == 618 + 145
    # The publishers kept patients together.
    assert table.groupby("group")["fold"].nunique().max() == 1

    with pytest.raises(InputError, match=r"^sicap: 12,074 of 12,081 listed images are absent under .*, …\); put"):
        register("sicap", real_data / "sicapv2")
    manifest = register("sicap", real_data / "sicapv2", allow_missing=True)
    assert len(manifest) == 7
    assert len(manifest.missing) == 12_074
    assert manifest.empty_classes == ("NC",)
    assert manifest.notes[0] == "Left out: images that no table of the partition lists (3)."


def test_real_gleason_tma(real_data: Path) -> None:
    manifest = register("gleason", real_data / "gleason_tma")
    assert manifest.format == "folder"
    assert counts(manifest) == dict.fromkeys(("Benign", "Gleason3", "Gleason4", "Gleason5"), 50)
    assert not manifest.has_groups
