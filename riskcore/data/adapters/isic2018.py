"""ISIC 2018 task 3 (HAM10000): `ISIC2018_Task3_{part}_Input` and `…_GroundTruth.csv`, as far as there."""

from pathlib import Path

import numpy as np
import pandas as pd

from riskcore.data.adapters.listing import Listing, column_names, ignored, one_hot_labels
from riskcore.data.finding import search
from riskcore.errors import InputError
from riskcore.foreign_text import quoted
from riskcore.readers import missing_column, read_csv, with_known_names

CLASSES = ("MEL", "NV", "BCC", "AKIEC", "BKL", "DF", "VASC")
SUBGROUPS = ("age", "sex", "site", "confirmation")
_PARTS = {"Training": "train", "Validation": "validation", "Test": "test"}


def recognises(path: Path) -> bool:
    """Whether a ground-truth file of a part is there."""
    return any(find(path, f"ISIC2018_Task3_{part}_GroundTruth.csv") for part in _PARTS)


def read(path: Path) -> Listing:
    """Classes in the order of the header; groups are lesions; subgroups age band, sex, site, confirmation.

    Tables may lie beside the folders of images or in folders of their own, as the archives unpack.
    """
    tables, notes = [], []
    for part, split in _PARTS.items():
        file = find(path, f"ISIC2018_Task3_{part}_GroundTruth.csv")
        if file is not None:
            table, unlisted = _read_part(path, part, file)
            tables.append(table.assign(split=split))
            notes += ignored(unlisted, f"images of {part} that its ground truth does not list")
    if not tables:
        raise InputError(f"{path}: there is no ISIC2018_Task3_…_GroundTruth.csv of any part; check the folder.")
    table = pd.concat(tables, ignore_index=True)
    table = table.join(lesions(path), on="image")
    if unknown := int(table["group"].isna().sum()):
        notes.append(f"Images without a lesion, which are groups of their own: {unknown:,} of {len(table):,}.")
    subgroups = tuple(column for column in SUBGROUPS if column in table)
    classes = tuple(sorted(CLASSES, key=tables[0].attrs["classes"].index))
    return Listing("isic2018", path, classes, table.drop(columns="image"), subgroups, tuple(notes))


def find(path: Path, name: str) -> Path | None:
    """A file of a name right in a folder, or in a folder right below; None where there is none."""
    if not path.is_dir():
        return None
    return next((file for file in (path / name, *sorted(path.glob(f"*/{name}"))) if file.is_file()), None)


def _read_part(path: Path, part: str, file: Path) -> tuple[pd.DataFrame, int]:
    """The rows of one part, and the number of its images that are not among them."""
    truth = read_csv(file)
    for column in column_names(truth):
        if column not in ("image", *CLASSES):
            raise InputError(
                f"{file}: unknown column {quoted(column)}; "
                f"expected image and one column for each of {', '.join(CLASSES)}."
            )
    if absent := [column for column in ("image", *CLASSES) if column not in truth]:
        raise InputError(
            f"{file}: there is no column {quoted(absent[0])}; "
            f"expected image and one column for each of {', '.join(CLASSES)}."
        )
    labels = one_hot_labels(truth, CLASSES, "image", file)
    folder = path / f"ISIC2018_Task3_{part}_Input"
    images = search(folder, path).images
    found = {Path(image).stem: image for image in images}
    samples = [found.get(image, f"{folder.name}/{image}.jpg") for image in truth["image"]]
    table = pd.DataFrame({"image": truth["image"], "sample": samples, "label": labels})
    table.attrs["classes"] = column_names(truth)
    return table, len(images) - int(truth["image"].isin(found.keys()).sum())


def lesions(path: Path, metadata: Path | None = None) -> pd.DataFrame:
    """`group` and subgroups by image, from the HAM10000 metadata, else from the official lesion groupings."""
    known = [pd.DataFrame({"group": []}, index=pd.Index([], name="image", dtype="str"), dtype="str")]
    if file := metadata or find(path, "HAM10000_metadata.csv"):
        known.append(
            _columns(with_known_names(read_csv(file), ("image_id", *_METADATA), str(file)), file, "image_id", _METADATA)
        )
    for part in _PARTS:
        if file := find(path, f"ISIC2018_Task3_{part}_LesionGroupings.csv"):
            known.append(_columns(read_csv(file), file, "image", _GROUPINGS))
    table = pd.concat(known)
    table = table[~table.index.duplicated()].replace("unknown", "")
    if "age" in table:
        table["age"] = age_bands(table["age"])
    return table


_METADATA = {
    "lesion_id": "group",
    "age": "age",
    "sex": "sex",
    "localization": "site",
    "dx_type": "confirmation",
}
_GROUPINGS = {"lesion_id": "group", "diagnosis_confirm_type": "confirmation"}


def _columns(table: pd.DataFrame, file: Path, image: str, names: dict[str, str]) -> pd.DataFrame:
    if absent := [column for column in (image, "lesion_id") if column not in table]:
        raise InputError(f"{file}: {missing_column(absent[0], table)}")
    known = [column for column in names if column in table]
    return table.set_index(image)[known].rename(columns=names)


def age_bands(ages: "pd.Series[str]") -> "pd.Series[str]":
    """Ages in years as "<30", "30-49", "50-69" or "70+"; "" where there is no number.

    Example:
        >>> age_bands(pd.Series(["29", "30.0", "70", ""])).tolist()
        ['<30', '30-49', '70+', '']
    """
    years = pd.to_numeric(ages, errors="coerce")
    bands = pd.cut(years, [-np.inf, 30, 50, 70, np.inf], right=False, labels=["<30", "30-49", "50-69", "70+"])
    return bands.astype("str").where(years.notna(), "")
