"""HAM10000 (Tschandl et al., Sci. Data 2018) as Kaggle and Dataverse ship it: two folders and a metadata table."""

from pathlib import Path

import pandas as pd

from riskcore.data.adapters import isic2018
from riskcore.data.adapters.listing import Listing, ignored
from riskcore.data.finding import search, visible_folders
from riskcore.errors import InputError
from riskcore.foreign_text import listed, quoted
from riskcore.readers import read_csv, row_number

_TABLE = "HAM10000_metadata.csv"
_COLUMNS = ("lesion_id", "image_id", "dx")


def recognises(path: Path) -> bool:
    """Whether the metadata are there with a folder named like `HAM10000_images_part_1`."""
    return isic2018.find(path, _TABLE) is not None and bool(_folders(path))


def read(path: Path) -> Listing:
    """Classes and subgroups are called as in ISIC 2018, of which this is the training part; groups are lesions."""
    file = isic2018.find(path, _TABLE)
    if file is None or not _folders(path):
        raise InputError(f"{path}: expected {_TABLE} and folders such as HAM10000_images_part_1; check the folder.")
    table = read_csv(file)
    if absent := [column for column in _COLUMNS if column not in table]:
        raise InputError(f"{file}: {missing_column(absent[0], table)}")
    labels = table["dx"].str.upper()
    if (wrong := ~labels.isin(isic2018.CLASSES)).any():
        row = int(wrong.argmax())
        raise InputError(
            f"{file}: row {row_number(row)} has the dx {quoted(table['dx'].iloc[row])}; expected one of "
            f"{', '.join(isic2018.CLASSES).lower()}."
        )
    images: dict[str, str] = {}
    twice = 0
    for folder in _folders(path):  # Kaggle's archive holds both parts twice
        for image in search(folder, path).images:
            twice += Path(image).stem in images
            images.setdefault(Path(image).stem, image)
    first = _folders(path)[0].name
    listing = pd.DataFrame(
        {"image": table["image_id"], "sample": [images.get(id, f"{first}/{id}.jpg") for id in table["image_id"]]}
    ).assign(label=labels)
    listing = listing.join(isic2018.lesions(path), on="image").drop(columns="image")
    subgroups = tuple(column for column in isic2018.SUBGROUPS if column in listing)
    notes = ignored(twice, "images that lie in two of the folders, of which the first is kept")
    notes += ignored(len(set(images) - set(table["image_id"])), f"images that {_TABLE} does not list")
    classes = tuple(label for label in isic2018.CLASSES if label in set(labels))
    return Listing("ham10000", path, classes, listing, subgroups, tuple(notes))


def _folders(path: Path) -> list[Path]:
    return [folder for folder in visible_folders(path) if folder.name.lower().startswith("ham10000_images")]
