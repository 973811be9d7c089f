"""The Data sets screen: registering, looking, checking."""

import os
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from pages.datasets.look import CHECK
from pages.datasets.register import REGISTER
from pages.kit.plain_text import escaped
from riskcore.data.manifest import register
from riskcore.data.prepare import renewed_audit
from riskcore.data.registry import list_datasets, load_dataset, save_dataset
from riskcore.data.roots import VARIABLE
from riskcore.jobs import background
from riskcore.jobs.background import Status
from riskcore.workspace import Workspace
from tests.helpers.screens import Open, errors, texts


@pytest.fixture
def roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one folder that the screen may show."""
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return tmp_path


@pytest.fixture
def messy(tmp_path: Path, patches: Path, workspace: Workspace) -> Workspace:
    """Patches with each kind of finding, registered and audited as "messy"; a class name is markdown."""
    folder = tmp_path / "messy"
    folder.mkdir()
    rows = []
    for label in ("benign", "malignant"):
        for number, split in enumerate(["train", "train", "test", "test"]):
            name = f"{label}{number}.png"
            (folder / name).write_bytes((patches / label / f"{number:03}.png").read_bytes())
            rows.append((name, f"*{label}*", split, f"{label}{number // 2}"))
    for copy, source, label, split in [
        ("leak.png", "benign0.png", "*benign*", "test"),
        ("twice.png", "benign1.png", "*benign*", "train"),
        ("other.png", "malignant2.png", "*benign*", "test"),
    ]:
        (folder / copy).write_bytes((folder / source).read_bytes())
        rows.append((copy, label, split, copy))
    (folder / "broken.png").write_bytes(b"no image")
    rows += [("broken.png", "*benign*", "train", "b")]
    flipped = Image.open(folder / "malignant1.png").transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    flipped.save(folder / "flipped.png")
    rows += [("flipped.png", "*malignant*", "test", "malignant0")]
    pd.DataFrame(rows, columns=["path", "label", "split", "group"]).to_csv(folder / "list.csv", index=False)
    manifest = register("messy", folder)
    save_dataset(workspace, manifest)
    renewed_audit(workspace, manifest)
    return workspace


def labels(screen: AppTest) -> list[str]:
    return [button.label.replace("\\", "") for button in screen.button]


def links(screen: AppTest) -> dict[str, tuple[str, str]]:
    """Label -> screen and parameters of each link."""
    return {each.proto.label: (each.proto.page, each.proto.query_string) for each in screen.get("page_link")}


def shown(screen: AppTest) -> list[str]:
    """The lines under the pictures."""
    return [line for text in screen.text for line in text.value.split("\n")]


def test_an_empty_workspace_offers_folders_and_the_demo(open_screen: Open, empty: Workspace, roots: Path) -> None:
    screen = open_screen("datasets", empty)
    assert [zone.label for zone in screen.get("file_uploader")] == ["Drop a zip file", "or a folder"]
    assert str(roots) in labels(screen)
    assert screen.button("data_look").disabled
    assert [element.proto.page for element in screen.get("page_link")] == [""]  # Overview's own address


def test_no_folder_to_choose_from_says_how_to_allow_one(
    open_screen: Open, empty: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "nothing"))
    assert f"start the server with {VARIABLE}=FOLDER" in texts(open_screen("datasets", empty))


def test_walking_down_to_a_folder_and_registering_it(
    open_screen: Open, empty: Workspace, patches: Path, roots: Path
) -> None:
    screen = open_screen("datasets", empty)
    screen.button("data_root_0").click().run()
    assert "patches" in labels(screen)
    next(button for button in screen.button if button.label == "patches").click().run()
    assert screen.text_input("data_path").value == str(patches)
    assert {"benign", "malignant", "unsure"} <= set(labels(screen))
    screen.button("data_look").click().run()
    said = texts(screen)
    assert "**72** images" in said
    assert "**3** classes" in said
    assert said.count("24 images") == 3  # of each class, beside its pictures
    assert "Format: **folder**" in said
    assert "Which images belong to one patient is not known." in said
    assert screen.text_input("data_new_name").value == "patches"
    assert list_datasets(empty) == []  # only looked at
    screen.text_input("data_new_name").set_value("my patches").run()
    screen.button("data_save").click().run()
    assert "Expected a name of at most 100 letters" in errors(screen)[0]
    screen.text_input("data_new_name").set_value("mine").run()
    screen.button("data_save").click().run()
    assert not screen.error
    assert list_datasets(empty) == ["mine"]
    assert load_dataset(empty, "mine").root == patches
    assert screen.selectbox("data_name").value == "mine"
    assert links(screen)["Write it for its classes"] == ("severity", "severity_data=mine")
    assert links(screen)["Train on it"] == ("train", "train_data=mine")


def test_where_a_matrix_fits_training_takes_it_along(open_screen: Open, workspace: Workspace) -> None:
    renewed_audit(workspace, load_dataset(workspace, "patches"))
    for view in ("Classes", CHECK):
        screen = open_screen("datasets", workspace, data_view=view)
        assert links(screen)["Train on it"] == ("train", "train_data=patches&train_matrix=patches")


def test_a_name_that_is_taken_is_said_before(
    open_screen: Open, workspace: Workspace, patches: Path, roots: Path
) -> None:
    screen = open_screen("datasets", workspace, data_task=REGISTER, data_path=str(patches))
    screen.button("data_look").click().run()
    assert "patches is registered already" in texts(screen)


def test_other_images_can_be_chosen_instead(open_screen: Open, empty: Workspace, patches: Path, roots: Path) -> None:
    screen = open_screen("datasets", empty, data_path=str(patches))
    screen.button("data_look").click().run()
    assert "data_save" in {button.key for button in screen.button}
    screen.button("data_other").click().run()
    assert screen.text_input("data_path").value == str(patches)
    assert "data_save" not in {button.key for button in screen.button}


@pytest.mark.parametrize("way", ["/etc", "{root}/../..", "{root}/link"])
def test_a_folder_outside_the_roots_is_refused_in_one_line(
    open_screen: Open, empty: Workspace, patches: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setenv(VARIABLE, str(patches))
    (patches / "link").symlink_to("/etc")
    path = way.format(root=patches)
    screen = open_screen("datasets", empty, data_path=path)
    (error,) = errors(screen)
    assert error.startswith(f"{path} is not below a folder that this server may show")
    assert screen.button("data_look").disabled
    assert not screen.exception


@pytest.mark.parametrize("link", ["benign/out.png", "table.csv", "more"])
def test_links_out_of_the_roots_are_not_registered(
    open_screen: Open, empty: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, link: str
) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    for folder in (root / "benign", root / "malignant", outside):
        folder.mkdir(parents=True)
        Image.new("L", (8, 8)).save(folder / "1.png")
    (outside / "table.csv").write_text("path,label\nsecret,value\n")
    target = {"benign/out.png": outside / "1.png", "table.csv": outside / "table.csv", "more": outside}[link]
    (root / link).symlink_to(target)
    monkeypatch.setenv(VARIABLE, str(root))
    screen = open_screen("datasets", empty, data_path=str(root))
    screen.button("data_look").click().run()
    (error,) = errors(screen)
    assert error.startswith(f"{root / link} leads out of the folders that this server may show")
    assert "data_save" not in {button.key for button in screen.button}


def test_a_table_that_names_an_image_behind_a_link_is_not_registered(
    open_screen: Open, empty: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    for folder in (root, outside):
        folder.mkdir()
        for name in ("a.png", "b.png"):
            (folder / name).touch()
    (root / "out").symlink_to(outside)
    (root / "list.csv").write_text("path,label\na.png,a\nout/b.png,b\n")
    monkeypatch.setenv(VARIABLE, str(root))
    screen = open_screen("datasets", empty, data_path=str(root / "list.csv"))
    screen.button("data_look").click().run()
    (error,) = errors(screen)
    assert error.startswith(f"{root / 'out'} leads out of the folders that this server may show")


def test_a_groups_file_outside_the_roots_is_refused(
    open_screen: Open, empty: Workspace, patches: Path, roots: Path
) -> None:
    screen = open_screen("datasets", empty, data_path=str(patches))
    screen.button("data_look").click().run()
    screen.text_input("data_groups").set_value("/etc/passwd").run()
    assert errors(screen)[0].startswith("/etc/passwd is not below a folder")


def test_a_groups_file_joins_images_of_a_patient(
    open_screen: Open, empty: Workspace, patches: Path, roots: Path
) -> None:
    (roots / "patients.csv").write_text("path,patient\nbenign/000.png,p1\nbenign/001.png,p1\n")
    screen = open_screen("datasets", empty, data_path=str(patches))
    screen.button("data_look").click().run()
    screen.text_input("data_groups").set_value(str(roots / "patients.csv")).run()
    assert "Patients, slides or lesions: **71**" in texts(screen)
    assert "names the group of 2 of 72 images" in texts(screen).replace("\\", "")


def test_a_folder_that_is_no_data_set_is_refused(open_screen: Open, empty: Workspace, roots: Path) -> None:
    (roots / "nothing").mkdir()
    screen = open_screen("datasets", empty, data_path=str(roots / "nothing"))
    screen.button("data_look").click().run()
    assert len(screen.error) == 1
    assert "the layout is not recognised" in errors(screen)[0]


def test_absent_images_are_refused_unless_allowed(
    open_screen: Open, empty: Workspace, patches: Path, roots: Path
) -> None:
    table = patches / "list.csv"
    table.write_text("path,label\nbenign/000.png,a\nmalignant/000.png,b\nbenign/gone.png,a\n")
    screen = open_screen("datasets", empty, data_path=str(table))
    screen.button("data_look").click().run()
    assert "1 of 3 listed images are absent" in errors(screen)[0]
    screen.toggle("data_missing").set_value(True).run()
    assert not screen.error
    assert "**2** images" in texts(screen)


def test_the_classes_and_their_imbalance(open_screen: Open, workspace: Workspace, patches: Path) -> None:
    for number in range(20):
        (patches / "unsure" / f"{number:03}.png").unlink()
    save_dataset(workspace, register("patches", patches))
    screen = open_screen("datasets", workspace, data_name="patches")
    said = texts(screen).replace("\\", "")
    assert "For each image of unsure, the rarest class, there are 6 of benign, the commonest." in said
    table = screen.dataframe[-1].value
    assert dict(zip(table["Class"], table["Images"], strict=True)) == {"benign": 24, "malignant": 24, "unsure": 4}


def test_the_images_of_a_class_page_by_page(open_screen: Open, workspace: Workspace) -> None:
    screen = open_screen("datasets", workspace, data_view="Images", data_class="malignant", data_page="2")
    assert len(screen.get("image")) == 12
    assert shown(screen)[0] == "012.png"
    assert "12 of 24 images of malignant" in texts(screen)


def test_the_check_is_started_and_watched(
    open_screen: Open, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    here: dict[str, Status | None] = {"status": None}
    started = []

    def start(workspace: Workspace, job: str, name: str = "") -> bool:
        started.append((job, name))
        here["status"] = Status("running", 36, 72, "reading images")
        return True

    monkeypatch.setattr(background, "start", start)
    monkeypatch.setattr(background, "status", lambda *given: here["status"])
    screen = open_screen("datasets", workspace, data_view=CHECK)
    screen.button("data_check").click().run()
    assert started == [("audit", "patches")]
    (progress,) = screen.get("progress")
    assert (progress.proto.text, progress.proto.value) == (r"Reading images\: 36 of 72", 50)
    here["status"] = Status("failed", error="It was ended before it was done; start it again.")
    screen.run()
    assert "It was ended before it was done" in errors(screen)[0]
    here["status"] = Status("done")
    renewed_audit(workspace, load_dataset(workspace, "patches"))
    screen.run()
    assert "Nothing found in 72 images" in texts(screen)
    assert "Which images belong to one patient is not known." in screen.success[0].value


def test_each_kind_of_finding_is_told_and_shown(open_screen: Open, messy: Workspace) -> None:
    def look(kind: str) -> AppTest:
        screen = open_screen("datasets", messy, data_name="messy", data_view=CHECK, data_finding=kind)
        assert not screen.error
        return screen

    screen = look("Unreadable files")
    said = texts(screen)
    for headline in (
        "1 file cannot be read.",
        "1 patient, slide or lesion with 3 images in two splits.",
        "pictures with copies in two splits.",
        "1 picture under two labels.",
        "picture with copies in one split, 1 of them under different patients, slides or lesions.",
    ):
        assert escaped(headline) in said
    assert "Blank images." in said  # all that was looked for in vain
    assert list(screen.dataframe[-1].value["File"]) == ["broken.png"]
    shared = look("Patients in two splits").dataframe[-1].value
    assert shared.to_dict("records") == [
        {"Patient, slide or lesion": "malignant0", "Images in train": 2, "Images in test": 1}
    ]
    leaks = look("Copies in two splits")
    assert {"benign0.png", "leak.png"} <= set(shown(leaks))
    assert "the same file" in texts(leaks)
    assert {"malignant1.png", "flipped.png"} <= set(shown(leaks))
    two = look("Two labels")
    assert [text for text in shown(two) if text.endswith(".png")] == ["malignant2.png", "other.png"]
    assert {"*malignant*", "*benign*"} <= set(shown(two))  # as they are, not as markdown
    assert {"benign1.png", "twice.png"} <= set(shown(look("Copies in one split")))


def test_what_was_looked_for_in_vain_is_said_too(open_screen: Open, workspace: Workspace, patches: Path) -> None:
    (patches / "benign" / "copy.png").write_bytes((patches / "benign" / "000.png").read_bytes())
    save_dataset(workspace, manifest := register("patches", patches))
    renewed_audit(workspace, manifest)
    screen = open_screen("datasets", workspace, data_view=CHECK)
    assert escaped("1 picture with copies in one split.") in texts(screen)
    # Without groups, nothing is said of patients.
    assert "Unreadable files, blank images, copies in two splits, two labels." in texts(screen)
    assert {"000.png", "copy.png"} <= set(shown(screen))


def test_the_files_to_leave_out_can_be_downloaded(open_screen: Open, messy: Workspace) -> None:
    screen = open_screen("datasets", messy, data_name="messy", data_view=CHECK)
    (download,) = screen.get("download_button")
    assert download.proto.label.startswith("What to leave out: ")


def test_a_damaged_audit_can_be_made_anew(open_screen: Open, messy: Workspace) -> None:
    (file,) = (messy.datasets / "messy.audit").iterdir()
    file.write_text("{}")
    screen = open_screen("datasets", messy, data_name="messy", data_view=CHECK)
    assert "The audit file is incomplete" in errors(screen)[0]
    assert screen.button("data_check").label == "Check the images"


def test_a_damaged_data_set_is_said_in_one_line(open_screen: Open, workspace: Workspace) -> None:
    (workspace.datasets / "broken.json").write_text("{")
    screen = open_screen("datasets", workspace, data_name="broken")
    assert all("broken.json: not valid JSON" in error for error in errors(screen))
    assert screen.error
    assert not open_screen("datasets", workspace, data_name="patches").exception


def test_an_image_that_is_gone_leaves_a_tile_that_says_so(
    open_screen: Open, workspace: Workspace, patches: Path
) -> None:
    os.remove(patches / "benign" / "000.png")
    screen = open_screen("datasets", workspace, data_view="Images")
    assert len(screen.get("image")) == 11
    assert "000.png cannot be shown: there is no such file; check the path." in shown(screen)


def test_of_many_classes_the_first_have_pictures(open_screen: Open, empty: Workspace, tmp_path: Path) -> None:
    for label in range(23):
        (tmp_path / "many" / f"class {label:02}").mkdir(parents=True)
        for number in range(5):
            Image.new("L", (8, 8), 10 * label).save(tmp_path / "many" / f"class {label:02}" / f"{number}.png")
    save_dataset(empty, register("many", tmp_path / "many"))
    screen = open_screen("datasets", empty)
    assert len(screen.get("image")) == 20 * 3
    assert "and 3 more classes, under Details" in texts(screen)
    assert len(screen.dataframe[-1].value) == 23


def test_a_class_opens_all_its_images(open_screen: Open, workspace: Workspace) -> None:
    screen = open_screen("datasets", workspace)
    assert [len(screen.get("image")), screen.button("data_strip_1").label] == [24, "**malignant**"]
    screen.button("data_strip_1").click().run()
    assert screen.selectbox("data_class").value == "malignant"
    assert "12 of 24 images of malignant" in texts(screen)
