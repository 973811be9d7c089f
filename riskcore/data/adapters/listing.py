"""What an adapter returns, and the few steps that all adapters share."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pandas as pd

from riskcore.errors import InputError
from riskcore.foreign_text import cut, quoted
from riskcore.readers import as_numbers, row_number


@dataclass(frozen=True)
class Listing:
    """A data set as its layout describes it, before files are looked for.

    Attributes:
        format: the adapter's name.
        root: absolute folder that samples are relative to.
        classes: class names in order.
        table: columns of `Manifest.table`; `group` is "" where unknown; absent columns are unknown.
        subgroups: names of the subgroup columns.
        notes: what a reader should know, one sentence each.
    """

    format: str
    root: Path
    classes: tuple[str, ...]
    table: pd.DataFrame
    subgroups: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def column_names(table: pd.DataFrame) -> list[str]:
    """Names of a table's columns."""
    return [str(column) for column in table.columns]


def one_hot_labels(table: pd.DataFrame, classes: tuple[str, ...], names: str, file: Path) -> list[str]:
    """Class of each row of a table with one 0/1 column a class; InputError on a row without exactly one 1."""
    values = table[list(classes)].astype("str").apply(as_numbers).to_numpy(dtype=float)
    single = ((values == 1).sum(axis=1) == 1) & ((values == 0).sum(axis=1) == len(classes) - 1)
    if not single.all():
        row = int((~single).argmax())
        number, name = row_number(int(table.index[row])), cut(str(table[names].iloc[row]))
        raise InputError(
            f"{file}: row {number} ({name}) marks {int((values[row] == 1).sum())} classes; expected a single 1 and "
            f"else 0 in {', '.join(classes)}."
        )
    return [classes[index] for index in values.argmax(axis=1)]


def path_below(text: str, root: Path, file: Path) -> str:
    """A path of a table as posix path below the root; InputError when it leads out of it."""
    path = PurePosixPath(text.replace("\\", "/"))
    if path.is_absolute() and path.is_relative_to(root.as_posix()):
        path = path.relative_to(root.as_posix())
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise InputError(f"{file}: the path {quoted(text)} is not below {root}; write paths relative to that folder.")
    return path.as_posix()


def ignored(count: int, what: str) -> list[str]:
    """The note on what is left out, if anything."""
    return [f"Left out: {what} ({count:,})."] if count else []
