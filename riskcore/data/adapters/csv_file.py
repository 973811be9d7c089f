"""A table with the columns `path` and `label`, and optionally `split`, `group`, `fold` and subgroups."""

import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from riskcore.data.adapters.listing import Listing, column_names
from riskcore.data.adapters.table_paths import paths_below
from riskcore.errors import InputError
from riskcore.foreign_text import listed, quoted
from riskcore.readers import (
    check_split_column,
    meant_names,
    missing_column,
    read_csv,
    read_header,
    row_number,
    split_of,
    stands_for_nothing,
    with_groups,
    with_known_names,
)

_REQUIRED = ("path", "label")
_NAMED = (*_REQUIRED, "split", "fold")
_SUFFIXES = (".csv", ".tsv", ".txt", ".tab")
_TABLES = (*_SUFFIXES, ".xlsx", ".xls")
_FOLD = re.compile(r"([0-9]{1,9})(?:\.0+)?")
_ROWS_SHOWN = 5


def recognises(path: Path) -> bool:
    """Whether the path is a table, or holds any with the columns `path` and `label`."""
    if path.is_file():
        return path.suffix.lower() in _TABLES
    return bool(_candidates(path))


def read(path: Path) -> Listing:
    """Classes are sorted by name, paths are relative to the file's folder, `patient` serves as `group`."""
    found = [path] if path.is_file() else _candidates(path)
    if len(found) != 1:
        names = f" ({listed((file.name for file in found), 5)})" if found else ""
        raise InputError(
            f"{path}: {len(found)} CSV files have the columns path and label{names}; give the path of one, which lists "
            "all images, or pass --format folder if the folders are the classes."
        )
    file = found[0]
    table = with_groups(with_known_names(read_csv(file), _NAMED, str(file)))
    if absent := [column for column in _REQUIRED if column not in table]:
        raise InputError(f"{file}: {missing_column(absent[0], table)}")
    if "sample" in table:
        raise InputError(f"{file}: the column name 'sample' is taken; rename that column.")
    check_split_column(table.drop(columns=[*_REQUIRED, "group"], errors="ignore"), str(file))
    for column in _REQUIRED:
        _check_filled(table[column], column, file)
    columns = {
        "sample": paths_below(list(table["path"]), file.parent, file),
        "label": table["label"],
        "split": _splits(table, file),
        "fold": _folds(table, file),
        "group": table["group"].mask(table["group"].map(stands_for_nothing), "") if "group" in table else "",
    }
    subgroups = tuple(column for column in column_names(table) if column not in (*_REQUIRED, "split", "group", "fold"))
    rows = pd.DataFrame(columns, index=table.index).join(table[list(subgroups)]).reset_index(drop=True)
    return Listing("csv", file.parent, tuple(sorted(set(table["label"]))), rows, subgroups)


def _check_filled(cells: "pd.Series[str]", column: str, file: Path) -> None:
    empty = cells[cells.map(stands_for_nothing)]
    if not len(empty):
        return
    rows = listed([row_number(place) for place in empty.index], most=_ROWS_SHOWN)
    word = next((f" but {quoted(cell)}" for cell in empty if cell), "")
    if len(empty) == 1:
        raise InputError(f"{file}: row {rows} has no {column}{word}; fill it in.")
    raise InputError(f"{file}: rows {rows} have no {column}{word} ({len(empty):,} rows); fill them in.")


def _splits(table: pd.DataFrame, file: Path) -> list[str]:
    given: Sequence[str] = list(table.get("split", pd.Series("", index=table.index)))
    found = {text: split_of(text) for text in set(given)}
    for place, text in zip(table.index, given, strict=True):
        if not stands_for_nothing(text) and found[text] is None:
            raise InputError(
                f"{file}: row {row_number(place)} has the split {quoted(text)}; expected train, validation, "
                "test or nothing."
            )
    return [found[text] or "" for text in given]


def _folds(table: pd.DataFrame, file: Path) -> list[int]:
    given: Sequence[str] = list(table.get("fold", pd.Series("", index=table.index)))
    for place, text in zip(table.index, given, strict=True):
        if not stands_for_nothing(text) and not _FOLD.fullmatch(text):
            raise InputError(
                f"{file}: row {row_number(place)} has the fold {quoted(text)}; expected a number or nothing."
            )
    return [int(match[1]) if (match := _FOLD.fullmatch(text)) else -1 for text in given]


def _candidates(folder: Path) -> list[Path]:
    """Tables right in a folder whose header has the required columns."""
    return [file for file in sorted(folder.glob("*")) if file.suffix.lower() in _SUFFIXES and _is_listing(file)]


def _is_listing(file: Path) -> bool:
    return set(_REQUIRED) <= set(meant_names(read_header(file), _REQUIRED).values())
