"""Tables of labels as people write them: what is read, with the right file of each row, and what is refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from riskcore.data.adapters import csv_file
from riskcore.data.adapters.table_paths import paths_below
from riskcore.data.manifest import register
from riskcore.errors import InputError

FILES = ("a/0.png", "a/1.JPG", "b/2.dcm", "b/3.tiff")
LABELS = ("NV", "MEL", "NV", "MEL")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def write(root: Path, text: str, name: str = "set.csv", encoding: str = "utf-8") -> Path:
    (root / name).write_text(text, encoding=encoding)
    return root / name


def listing(paths: "list[str] | tuple[str, ...]" = FILES, sign: str = ",") -> str:
    rows = [("path", "label"), *zip(paths, LABELS, strict=True)]
    return "\n".join(sign.join(row) for row in rows) + "\n"


def read(file: Path) -> tuple[list[str], list[str]]:
    found = csv_file.read(file).table
    return found["sample"].tolist(), found["label"].tolist()


def refused(file: Path) -> str:
    with pytest.raises(InputError) as caught:
        csv_file.read(file)
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(str(file), "FILE").replace(str(file.parent), "ROOT")


# --- tables


@pytest.mark.parametrize("name", ["set.csv", "set.TSV", "labels.txt"])
@pytest.mark.parametrize("sign", [",", ";", "\t", ", "])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_separators_are_found_by_file_and_by_folder(root: Path, name: str, sign: str, encoding: str) -> None:
    file = write(root, listing(sign=sign), name, encoding)
    write(root, "not; a table of labels\n", "readme.txt")
    for path in (file, root):
        assert csv_file.recognises(path)
        assert read(path) == (list(FILES), list(LABELS))


@pytest.mark.parametrize("name", ["other.txt", "other.csv", "other.tab", "other.xlsx"])
def test_a_table_that_is_given_is_one_whatever_its_columns(root: Path, name: str) -> None:
    assert csv_file.recognises(write(root, "a;b\n1;2\n", name))
    assert not csv_file.recognises(root)


def test_nameless_columns_and_empty_ends_are_no_subgroups(root: Path) -> None:
    lines = listing().splitlines()
    file = write(
        root, "\n".join([f",{lines[0]},sex,,", *(f"{n},{line},f,," for n, line in enumerate(lines[1:])), ",,"])
    )
    found = csv_file.read(file)
    assert found.subgroups == ("sex",)
    assert found.table.index.tolist() == [0, 1, 2, 3]
    assert read(file) == (list(FILES), list(LABELS))


def test_columns_and_splits_count_in_any_case(root: Path) -> None:
    words = ("TRAINING", "Valid", "Test", "nan")
    lines = [f"{path},{label},{word},P1" for path, label, word in zip(FILES, LABELS, words, strict=True)]
    found = csv_file.read(write(root, "\n".join(["Path,LABEL,Split,Patient", *lines])))
    assert found.table["split"].tolist() == ["train", "validation", "test", ""]
    assert set(found.table["group"]) == {"P1"}
    assert refused(write(root, "path,label,Label\na/0.png,NV,MEL\n")) == (
        "FILE: the columns label, Label mean 'label', which must not be there twice; rename one."
    )


@pytest.mark.parametrize(
    "word", ["NaN", "nan", "None", "null", "NULL", "#N/A", "N/A", "<NA>", "#REF!", "#NV", "#WERT!", ""]
)
def test_words_for_nothing_are_no_labels(root: Path, word: str) -> None:
    shown = f" but {word!r}" if word else ""
    text = listing().replace(",MEL\n", f",{word}\n")
    assert refused(write(root, text)) == f"FILE: rows 3, 5 have no label{shown} (2 rows); fill them in."
    assert refused(write(root, text.replace(f"tiff,{word}", "tiff,MEL"))) == (
        f"FILE: row 3 has no label{shown}; fill it in."
    )
    many = "path,label\na/0.png,NV\n\n" + "".join(f"{n}.png,{word}\n" for n in range(1000))
    assert refused(write(root, many)) == f"FILE: rows 4, 5, 6, 7, 8, … have no label{shown} (1,000 rows); fill them in."


@pytest.mark.parametrize("word", ["NA", "none", "No finding", "nanus"])
def test_words_that_may_be_classes_are_labels(root: Path, word: str) -> None:
    assert set(read(write(root, listing().replace(",NV", f",{word}")))[1]) == {"MEL", word}


def test_words_for_nothing_are_no_group(root: Path) -> None:
    lines = listing().splitlines()
    groups = ("P1", "nan", "", "None")
    text = "\n".join([f"{lines[0]},group", *map(",".join, zip(lines[1:], groups, strict=True))])
    assert csv_file.read(write(root, text)).table["group"].tolist() == ["P1", "", "", ""]


# --- paths


@pytest.mark.parametrize(
    "front",
    [
        "C:\\Users\\me\\data\\",
        "d:/data/",
        "\\\\server\\share\\set\\",
        "/content/drive/MyDrive/set/",
        "\\data\\",
        "C:\\",
    ],
)
def test_the_front_of_another_machine_is_cut_off(root: Path, front: str) -> None:
    sign = "\\" if "\\" in front else "/"
    far = [front + name.replace("/", sign) for name in FILES]
    assert read(write(root, listing(far))) == (list(FILES), list(LABELS))


def test_a_class_alone_keeps_its_folder(root: Path) -> None:
    text = "path,label\nC:\\x\\a\\0.png,NV\nC:\\x\\a\\1.JPG,MEL\nC:\\x\\a\\gone.png,MEL\n"
    assert read(write(root, text))[0] == ["a/0.png", "a/1.JPG", "a/gone.png"]
    assert read(write(root / "a", text))[0] == ["0.png", "1.JPG", "gone.png"]
    (root / "0.png").touch()
    (root / "1.JPG").touch()
    assert read(write(root, text))[0] == ["a/0.png", "a/1.JPG", "a/gone.png"]


def test_paths_of_another_machine_that_lead_nowhere_are_called_so(root: Path) -> None:
    assert refused(write(root, "path,label\nC:\\y\\0.png,NV\nD:\\y\\1.png,MEL\n")) == (
        "FILE: the path 'C:\\\\y\\\\0.png' is one of another machine (2 such); write paths relative to ROOT."
    )
    assert refused(write(root, "path,label\n/mnt/y/0.png,NV\n")) == (
        "FILE: the path '/mnt/y/0.png' is not below ROOT; write paths relative to that folder."
    )


def test_a_path_that_leads_out_is_refused_on_any_machine(root: Path) -> None:
    (root / "set").mkdir()
    for path in ("../a/0.png", "..\\a\\0.png", "C:\\x\\..\\a\\0.png", str(root / "a" / "0.png")):
        said = refused(write(root / "set", f"path,label\n{path},NV\n"))
        assert "write paths relative to" in said


def test_names_without_suffix_are_those_of_the_image(root: Path) -> None:
    stems = ["a/0", "a\\1", "b/2", "b/3"]
    assert read(write(root, listing(stems)))[0] == list(FILES)
    assert read(write(root, listing([f"C:\\x\\{stem}" for stem in ("a\\0", "a\\1", "b\\2", "b\\3")])))[0] == list(FILES)
    assert read(write(root, listing(["0", "1", "2", "3"])))[0] == list(FILES)
    for name in ("1.2.840.dcm", "1.2.841.dcm", "1.2.840.json"):
        (root / name).touch()
    assert paths_below(["1.2.840", "1.2.842", "a/0.png", "a/gone"], root, root / "t.csv") == [
        *("1.2.840.dcm", "1.2.842", "a/0.png", "a/gone"),
    ]


def test_a_name_that_fits_two_images_is_refused(root: Path) -> None:
    (root / "a" / "0.jpg").touch()
    assert refused(write(root, "path,label\na/0,NV\n")) == (
        "FILE: the name 'a/0' fits 2 images (a/0.jpg, a/0.png); write its path with the suffix."
    )
    (root / "b" / "0.jpg").touch()
    assert "fits 3 images" in refused(write(root, "path,label\n0,NV\n"))


# --- groups


@pytest.mark.parametrize(
    "text",
    [
        "path;patient\na/0.png;P1\na/1.JPG;P2\n",
        "Path, Patient\na\\0, P1\na\\1, P2\n",
        "Unnamed: 0,path,patient,\n0,C:\\x\\a\\0.png,P1,\n1,C:\\x\\a\\1.JPG,P2,\n,,,\n",
        "path\tgroup\na/0\tP1\na/1\tP2\nb/2.dcm\tNaN\n",
    ],
)
def test_a_groups_file_is_read_like_a_table_of_labels(root: Path, tmp_path_factory, text: str) -> None:
    file = write(tmp_path_factory.mktemp("groups"), text, "groups.csv")
    table = register("set", root, groups=file).table.set_index("sample")
    assert table["group"].to_dict() == dict(zip(FILES, ("P1", "P2", "b/2.dcm", "b/3.tiff"), strict=True))


@pytest.mark.parametrize("front", ["set/", "../input/set/", "~/set/", "file:///home/me/", "s3://bucket/set/", "D:/x/"])
def test_the_front_that_all_paths_share_is_cut_off_where_none_is_found(root: Path, front: str) -> None:
    assert read(write(root, listing([front + name for name in FILES])))[0] == list(FILES)


@pytest.mark.parametrize(
    "changed",
    [
        lambda name: name.upper(),
        lambda name: name.rpartition(".")[0] + ".dcm",
        lambda name: name.rpartition(".")[0] + ".PNG",
        lambda name: name.split("/")[1],
        lambda name: name.split("/")[1].rpartition(".")[0].upper() + ".Jpeg",
    ],
)
def test_names_in_another_case_or_with_another_suffix_are_those_of_the_image(
    root: Path, changed: Callable[[str], str]
) -> None:
    assert read(write(root, listing([changed(name) for name in FILES])))[0] == list(FILES)


def test_an_absent_image_is_not_its_neighbour_of_another_suffix(root: Path) -> None:
    assert paths_below(["a/0.png", "a/0.bmp"], root, root / "t.csv") == ["a/0.png", "a/0.bmp"]
    assert paths_below(["a/Na\u0308vus", "a/q/0.png"], root, root / "t.csv") == ["a/Na\u0308vus", "a/q/0.png"]


def test_a_split_in_a_column_of_another_name_is_not_overlooked(root: Path) -> None:
    parts = ("train", "val", "test", "train")
    lines = [f"{path},{label},{part}" for path, label, part in zip(FILES, LABELS, parts, strict=True)]
    assert refused(write(root, "\n".join(["path,label,Subset", *lines]))) == (
        "FILE: the column 'Subset' holds splits; call it split."
    )
    assert csv_file.read(write(root, "\n".join(["path,label,split", *lines]))).subgroups == ()


@pytest.mark.parametrize("name", ["patient_id", "Patient ID", "subject", "GROUP"])
def test_columns_of_patients_are_groups(root: Path, name: str) -> None:
    lines = [f"{path},{label},p{place // 2}" for place, (path, label) in enumerate(zip(FILES, LABELS, strict=True))]
    found = csv_file.read(write(root, "\n".join([f"path,label,{name}", *lines])))
    assert found.table["group"].tolist() == ["p0", "p0", "p1", "p1"]
    assert found.subgroups == ()


def test_two_tables_are_not_overlooked_beside_folders(root: Path) -> None:
    lines = listing().splitlines()
    for name, part in (("train.csv", lines[1:3]), ("test.csv", lines[3:])):
        (root / name).write_text("\n".join([lines[0], *part]))
    with pytest.raises(
        InputError, match=r"2 CSV files have the columns path and label \(test\.csv, train\.csv\); give"
    ):
        register("set", root)
    assert register("set", root, "folder").classes == ("a", "b")


def test_folds_as_pandas_writes_them_beside_empty_cells(root: Path) -> None:
    folds = ("1.0", "NaN", "", "2")
    lines = [f"{path},{label},{fold}" for path, label, fold in zip(FILES, LABELS, folds, strict=True)]
    assert csv_file.read(write(root, "\n".join(["path,label,fold", *lines]))).table["fold"].tolist() == [1, -1, -1, 2]
    assert "expected a number or nothing" in refused(write(root, "path,label,fold\na/0.png,NV,1.5\n"))
