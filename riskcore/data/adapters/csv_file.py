"""A CSV file with the columns `path` and `label`, and optionally `split`, `group`, `fold` and subgroups."""

import re
from pathlib import Path

import pandas as pd

from riskcore.data.adapters.listing import SPLIT_NAMES, Listing, column_names, path_below
from riskcore.errors import InputError
from riskcore.foreign_text import listed, quoted
from riskcore.readers import read_csv, read_header, row_number

_REQUIRED = ("path", "label")
_FOLD = re.compile("[0-9]{1,9}")


def recognises(path: Path) -> bool:
    """Whether the path is, or holds exactly one, CSV file with the columns `path` and `label`."""
    return path.suffix.lower() == ".csv" if path.is_file() else len(_candidates(path)) == 1


def read(path: Path) -> Listing:
    """Classes are sorted by name, paths are relative to the file's folder, `patient` serves as `group`."""
    if path.is_dir() and len(_candidates(path)) != 1:
        raise InputError(
            f"{path}: {len(_candidates(path))} CSV files have the columns path and label; name one of them."
        )
    file = path if path.is_file() else _candidates(path)[0]
    table = read_csv(file)
    if "group" not in table and "patient" in table:
        table = table.rename(columns={"patient": "group"})
    if absent := [column for column in _REQUIRED if column not in table]:
        raise InputError(f"{file}: there is no column {quoted(absent[0])}; the columns are {listed(table.columns)}.")
    if "sample" in table:
        raise InputError(f"{file}: the column name 'sample' is taken; rename that column.")
    for column in _REQUIRED:
        if (empty := table[column] == "").any():
            raise InputError(f"{file}: row {row_number(int(empty.argmax()))} has no {column}; fill it in.")
    columns = {
        "sample": [path_below(text, file.parent, file) for text in table["path"]],
        "label": table["label"],
        "split": _splits(table, file),
        "fold": _folds(table, file),
        "group": table.get("group", ""),
    }
    subgroups = tuple(column for column in column_names(table) if column not in (*_REQUIRED, "split", "group", "fold"))
    rows = pd.DataFrame(columns, index=table.index).join(table[list(subgroups)])
    return Listing("csv", file.parent, tuple(sorted(set(table["label"]))), rows, subgroups)


def _splits(table: pd.DataFrame, file: Path) -> list[str]:
    given = [text.lower() for text in table.get("split", pd.Series("", index=table.index))]
    for position, text in enumerate(given):
        if text and text not in SPLIT_NAMES:
            raise InputError(
                f"{file}: row {row_number(position)} has the split {quoted(text)}; expected train, validation, "
                "test or nothing."
            )
    return [SPLIT_NAMES.get(text, "") for text in given]


def _folds(table: pd.DataFrame, file: Path) -> list[int]:
    given = list(table.get("fold", pd.Series("", index=table.index)))
    for position, text in enumerate(given):
        if text and not _FOLD.fullmatch(text):
            raise InputError(
                f"{file}: row {row_number(position)} has the fold {quoted(text)}; expected a number or nothing."
            )
    return [int(text) if text else -1 for text in given]


def _candidates(folder: Path) -> list[Path]:
    """CSV files right in a folder whose header has the required columns."""
    files = sorted(folder.glob("*.[cC][sS][vV]"))
    return [file for file in files if set(_REQUIRED) <= set(read_header(file))]
