import errno
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from riskcore.data.manifest import SYNTHETIC_MARKER, register
from riskcore.data.synthetic import CLASSES, draw, lesions, synthetic_table, write_synthetic
from riskcore.errors import InputError, RunError
from riskcore.severity.presets import PRESETS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("synthetic")
    write_synthetic(folder, images=500, size=48, seed=3)
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_set_is_read_as_a_data_set_that_fits_the_demo_matrix(folder: Path) -> None:
    manifest = register("synthetic", folder)
    assert len(manifest) == 500
    assert set(manifest.classes) == set(PRESETS["demo"].classes)
    assert manifest.has_groups
    assert set(manifest.subgroups) == {"sex", "age", "site"}
    assert set(manifest.table["age"]) == {"under 40", "40 to 59", "60 and over"}
    lesion = manifest.table.groupby("group")
    assert (lesion["label"].nunique() == 1).all()
    assert set(lesion.size()) == {1, 2, 3}
    counts = manifest.table["label"].value_counts()
    assert counts.idxmax() == "naevus"
    assert counts["melanoma"] < counts["keratosis"] < counts["naevus"]


def test_a_marker_says_that_no_patient_is_shown(folder: Path) -> None:
    assert (folder / SYNTHETIC_MARKER).read_text() == "These images were drawn by riskcore; they show no patient.\n"
    assert register("synthetic", folder).synthetic


def test_names_do_not_give_the_class_away(folder: Path) -> None:
    names = " ".join(pd.read_csv(folder / "synthetic.csv")["path"])
    assert not any(label in names for label in CLASSES)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        write_synthetic(tmp_path / name, images=12, size=32, seed=seed)
    assert files(tmp_path / "a") == files(tmp_path / "b")
    first = "images/lesion_00000_1.png"
    assert files(tmp_path / "a")[first] != files(tmp_path / "c")[first]


def test_parts_hold_whole_lesions_and_every_class() -> None:
    table = pd.read_csv(io.StringIO(synthetic_table(900, validation=200, test=300)), keep_default_na=False)
    sizes = table["split"].value_counts()
    assert 200 <= sizes["validation"] <= 202
    assert 300 <= sizes["test"] <= 302
    assert sizes["train"] == 900 - sizes["validation"] - sizes["test"]
    assert (table.groupby("group")["split"].nunique() == 1).all()
    assert (table.groupby("split")["label"].nunique() == len(CLASSES)).all()


def test_more_images_of_a_seed_begin_with_the_fewer(tmp_path: Path) -> None:
    write_synthetic(tmp_path / "few", images=21, size=16)
    write_synthetic(tmp_path / "more", images=30, test=10, size=16)
    few, more = files(tmp_path / "few"), files(tmp_path / "more")
    assert {name: more[name] for name in few if name.endswith(".png")} == {
        name: content for name, content in few.items() if name.endswith(".png")
    }
    plain = synthetic_table(30).splitlines()
    assert [line.rpartition(",")[0] for line in synthetic_table(30, test=10).splitlines()] == plain


def test_images_of_one_lesion_are_other_photographs_of_it() -> None:
    lesion = next(each for each in lesions(100, seed=0) if each.views == 3)
    views = [draw(lesion, view, size=64).astype(float) for view in range(3)]
    assert np.abs(views[0] - views[1]).mean() > 3
    other = next(each for each in lesions(100, seed=0) if each.label != lesion.label)
    centre = slice(24, 40)
    colours = [view[centre, centre].mean(axis=(0, 1)) for view in views]
    stranger = draw(other, 0, size=64)[centre, centre].mean(axis=(0, 1))
    assert np.abs(colours[0] - colours[1]).mean() < np.abs(colours[0] - stranger).mean()


def test_the_classes_can_be_told_apart_but_not_without_dangerous_mistakes(folder: Path) -> None:
    table = pd.read_csv(folder / "synthetic.csv")
    features = []
    for path in table["path"]:
        small = Image.open(folder / path).resize((12, 12), Image.Resampling.BOX)
        pixels = np.asarray(Image.open(folder / path), dtype=float)[12:36, 12:36].reshape(-1, 3)
        colours = np.quantile(pixels, [0.05, 0.25, 0.5, 0.75, 0.95], axis=0)
        features.append(np.concatenate([np.asarray(small, dtype=float).ravel(), colours.ravel(), pixels.std(0)]))
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.003, max_iter=500))
    predicted = cross_val_predict(model, np.array(features), table["label"], groups=table["group"], cv=GroupKFold(4))
    accuracy = (predicted == table["label"]).mean()
    malignant = table["label"].isin(["melanoma", "carcinoma"]).to_numpy()
    missed = ~np.isin(predicted, ["melanoma", "carcinoma"])[malignant]
    assert accuracy > table["label"].value_counts(normalize=True).max() + 0.1
    assert missed.mean() > 0.05


def test_progress_reaches_the_total(tmp_path: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    write_synthetic(tmp_path, images=6, size=16, progress=lambda *step: seen.append(step))
    assert seen == [(done, 6, "drawing synthetic images") for done in range(1, 7)]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"images": 4}, "synthetic set: 4 images are too few; ask for at least 5."),
        ({"size": 8}, "synthetic set: images of 8 pixels are too small; ask for at least 16."),
        (
            {"images": 20, "validation": 9, "test": 9},
            "synthetic set: of 20 images 9 for validation and 9 for test leave too few to learn from; "
            "draw more or hold fewer back.",
        ),
        (
            {"images": 5, "test": 50},
            "synthetic set: of 5 images 0 for validation and 50 for test leave too few to learn from; "
            "draw more or hold fewer back.",
        ),
        ({"seed": -1}, "synthetic set: the seed -1 is negative; use 0 or more."),
    ],
)
def test_impossible_sets_are_refused(tmp_path: Path, given: dict[str, int], message: str) -> None:
    with pytest.raises(InputError) as error:
        write_synthetic(tmp_path, **given)  # type: ignore[arg-type]
    assert str(error.value) == message
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_reported_and_leaves_no_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(RunError) as error:
        write_synthetic(tmp_path, images=5, size=16)
    assert str(error.value) == (
        f"synthetic set: {tmp_path} cannot be written (No space left on device); "
        "free some space or choose another folder."
    )
    assert not (tmp_path / "synthetic.csv").exists()
