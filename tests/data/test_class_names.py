"""Names of classes that are one class written in several ways, that mean none, or that one split alone holds."""

import unicodedata
from pathlib import Path

import pytest

from riskcore.data.adapters.class_names import alike
from riskcore.data.manifest import Manifest, register
from riskcore.errors import InputError


def made(root: Path, **images: int) -> Path:
    """Folders of classes by path, with "/" written as "__", and so many images in each."""
    return folders(root, {path.replace("__", "/"): number for path, number in images.items()})


def folders(root: Path, images: dict[str, int]) -> Path:
    for path, number in images.items():
        (root / path).mkdir(parents=True)
        for place in range(number):
            (root / path / f"{path.replace('/', '-')}{place}.png").touch()
    return root


def said(manifest: Manifest, word: str) -> str:
    (note,) = [note for note in manifest.notes if word in note]
    assert "\n" not in note
    return note


COMPOSED, DECOMPOSED = unicodedata.normalize("NFC", "bénin"), unicodedata.normalize("NFD", "bénin")


@pytest.mark.parametrize(
    "names",
    [
        ["Benign", "benign"],
        ["no tumor", "no_tumor", "No-Tumor", "notumor"],
        [COMPOSED, DECOMPOSED],
        ["Straße", "STRASSE"],
        ["grade 1", "Grade_1"],
        ["ﬁbroma", "fibroma"],
        ["bénin", "benin"],
        ["Bowen's", "Bowen’s"],
        ["non-tumor", "non–tumor"],
        ["nv", "n\u200bv"],
        ["1", "1.0"],
        ["mel", "mel - Copy", "Kopie von mel", "mel (1)"],
    ],
)
def test_names_that_are_one_class(names: list[str]) -> None:
    assert alike(["other", *names]) == [names]


@pytest.mark.parametrize(
    "names",
    [["HER2+", "HER2-"], ["1-2", "12"], ["G3", "G4"], ["_", "-"], ["A", "Ä"], ["ER", "ER+"], ["Type (1)", "Type (2)"]],
)
def test_names_that_are_two_classes(names: list[str]) -> None:
    assert alike(names) == []


def test_names_alike_are_named_with_the_cure_and_merged_when_asked(tmp_path: Path) -> None:
    made(tmp_path, train__Benign=3, train__Malignant=2, test__benign=1, test__malignant=3)
    manifest = register("set", tmp_path)
    assert len(manifest.classes) == 4
    notes = " ".join(manifest.notes)
    assert "'Benign' and 'benign' are 2 classes whose names differ only in how they are written" in notes
    assert "--merge-names" in notes
    assert "Classes in one split only: Benign (train), Malignant (train), benign (test), malignant (test)" in notes

    manifest = register("set", tmp_path, merge_names=True)
    assert manifest.classes == ("Benign", "malignant")
    assert manifest.table["label"].value_counts().to_dict() == {"Benign": 4, "malignant": 5}
    assert manifest.notes == (
        "Merged into 'Benign': 'Benign' and 'benign'.",
        "Merged into 'malignant': 'Malignant' and 'malignant'.",
    )


def test_unicode_forms_are_told_apart_in_the_note_and_merged_as_composed(tmp_path: Path) -> None:
    folders(tmp_path, {f"train/{COMPOSED}": 1, "train/malin": 1, f"test/{DECOMPOSED}": 2, "test/malin": 1})
    note = said(register("set", tmp_path), "written; pass")
    assert f"{COMPOSED!r} (composed)" in note
    assert f"{DECOMPOSED!r} (decomposed)" in note
    assert register("set", tmp_path, merge_names=True).classes == (COMPOSED, "malin")


def test_two_spellings_of_one_class_are_no_two_classes_when_merged(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is one class only"):
        register("set", made(tmp_path, Benign=1, benign=1), merge_names=True)


@pytest.mark.parametrize("name", ["NaN", "nan", "None", "#N/A", "null"])
def test_a_class_called_as_a_missing_label_is_named(tmp_path: Path, name: str) -> None:
    for place in ("1", "2", "3"):
        (tmp_path / f"{place}.png").touch()
    (tmp_path / "labels.csv").write_text(f"path,label\n1.png,mel\n2.png,nv\n3.png,{name}\n")
    try:
        note = said(register("set", tmp_path / "labels.csv"), "missing label")
    except InputError as refused:  # also right: a row without a label
        note = str(refused)
    assert name in note


def test_a_folder_called_none_is_named(tmp_path: Path) -> None:
    note = said(register("set", folders(tmp_path, {"mel": 1, "None": 1, "nan": 1})), "missing label")
    assert "'None', 'nan'" in note


def test_classes_in_one_split_only_are_named_and_nothing_is_said_without_splits(tmp_path: Path) -> None:
    made(tmp_path / "a", train__mel=1, train__nv=1, test__nv=1, train__rare=1)
    assert said(register("set", tmp_path / "a"), "one split").startswith(
        "Classes in one split only: mel (train), rare (train); check how they are written"
    )
    assert register("set", made(tmp_path / "b", mel=1, nv=1)).notes == ()
    assert register("set", made(tmp_path / "c", train__mel=1, train__nv=1)).notes == ()


def test_a_class_whose_images_are_all_left_out_is_refused_with_the_reason(tmp_path: Path) -> None:
    made(tmp_path, mel=1, nv=0)
    (tmp_path / "nv" / "1.heic").touch()
    with pytest.raises(
        InputError, match=r"class 'nv' has no images; .* Left out: files that are not images \(heic 1\)"
    ):
        register("set", tmp_path)
