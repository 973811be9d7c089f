"""SICAPv2 (Silva-Rodríguez et al., CMPB 2020): its partition tables, folds and patients."""

from pathlib import Path

import pandas as pd

from riskcore.data.adapters.listing import Listing, ignored, one_hot_labels
from riskcore.data.finding import search
from riskcore.errors import InputError
from riskcore.readers import missing_column, read_sheet

CLASSES = ("NC", "G3", "G4", "G5")
FOLDS = (1, 2, 3, 4)


def recognises(path: Path) -> bool:
    """Whether the tables of the published test split are there."""
    return all((path / "partition" / "Test" / f"{part}.xlsx").is_file() for part in ("Train", "Test"))


def read(path: Path) -> Listing:
    """Published test split; `fold` 1–4 is the one whose validation table names the image.

    Groups are patients (slides, where `wsi_labels.xlsx` is absent); the slide and, for G4, whether glands are
    cribriform are subgroups.
    """
    parts = {
        "train": path / "partition" / "Test" / "Train.xlsx",
        "test": path / "partition" / "Test" / "Test.xlsx",
    }
    table = pd.concat([_read_patches(file).assign(split=split) for split, file in parts.items()], ignore_index=True)
    table["slide"] = table["image_name"].str.split("_").str[0]
    folds, notes = _read_folds(path, set(table["image_name"][table["split"] == "train"]))
    patients, about_patients = _read_patients(path, table["slide"])
    present = search(path / "images", path).images
    unlisted = len(set(present) - set("images/" + table["image_name"]))
    listed = table.assign(
        sample="images/" + table["image_name"],
        group=patients,
        fold=table["image_name"].map(folds).fillna(-1).astype(int),
    ).drop(columns="image_name")
    notes += about_patients + ignored(unlisted, "images that no table of the partition lists")
    return Listing("sicapv2", path, CLASSES, listed, ("slide", "cribriform"), tuple(notes))


def _read_sheet(file: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """Named columns of the first sheet."""
    if not file.is_file():
        raise InputError(f"{file}: there is no such file, without which SICAPv2 is not complete; fetch the set again.")
    first, *rows = read_sheet(file) or [()]
    header = [str(name).strip() for name in first]
    if absent := [column for column in columns if column not in header]:
        raise InputError(f"{file}: {missing_column(absent[0], pd.DataFrame(columns=header))}")
    positions = [header.index(column) for column in columns]
    cells = [[row[position] for position in positions] for row in rows if row and row[positions[0]] is not None]
    return pd.DataFrame(cells, columns=list(columns))


def _read_patches(file: Path) -> pd.DataFrame:
    sheet = _read_sheet(file, ("image_name", *CLASSES, "G4C"))
    labels = pd.Series(one_hot_labels(sheet, CLASSES, "image_name", file), index=sheet.index)
    cribriform = sheet["G4C"].map({1: "yes", 0: "no"}).where(labels == "G4", "")
    return pd.DataFrame({"image_name": sheet["image_name"].astype("str"), "label": labels, "cribriform": cribriform})


def _read_folds(path: Path, training: set[str]) -> tuple[dict[str, int], list[str]]:
    """The published fold of each training image, and where folds and training part disagree."""
    folds: dict[str, int] = {}
    twice = outside = 0
    for fold in FOLDS:
        file = path / "partition" / "Validation" / f"Val{fold}" / "Test.xlsx"
        for name in _read_sheet(file, ("image_name",))["image_name"]:
            if name not in training:
                outside += 1
            elif name in folds:
                twice += 1
            else:
                folds[name] = fold
    counts = {
        "in two folds (the first is kept)": twice,
        "in a fold but not in the training part": outside,
        "in the training part but in no fold": len(training) - len(folds),
    }
    return folds, [f"Images {what}: {count:,}." for what, count in counts.items() if count]


def _read_patients(path: Path, slides: "pd.Series[str]") -> tuple["pd.Series[str]", list[str]]:
    """The patient of each slide."""
    file = path / "wsi_labels.xlsx"
    if not file.is_file():
        return slides, ["wsi_labels.xlsx is absent: groups are slides, not patients."]
    sheet = _read_sheet(file, ("slide_id", "patient_id"))
    patients = slides.map(dict(zip(sheet["slide_id"].astype("str"), sheet["patient_id"].astype("str"), strict=True)))
    unknown = sorted(set(slides[patients.isna()]))
    notes = [f"Slides without a patient, which are groups of their own: {len(unknown):,}."] if unknown else []
    return patients.fillna(slides), notes
