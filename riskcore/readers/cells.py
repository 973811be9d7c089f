"""What stands in cells of tables, whoever wrote them: words for parts, for nothing, names in other cases, numbers."""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from riskcore.foreign_text import listed, quoted
from riskcore.readers.contents import wrong

if TYPE_CHECKING:
    import pandas as pd

SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}
"""What people call the parts of a data set, in lower case, and what they are called here."""

_NOTHING = {"nan", "null", "nat", "n/a", "#n/a", "#na", "<na>"}


def stands_for_nothing(cell: str) -> bool:
    """Whether a cell is empty or says so, as programs write a missing value; "NA" and "none" may be names.

    Example:
        >>> [cell for cell in ("", "NaN", "None", "#N/A", "NULL", "NA", "none") if not stands_for_nothing(cell)]
        ['NA', 'none']
    """
    return cell in ("", "None") or cell.casefold() in _NOTHING


def is_nameless(column: str) -> bool:
    """Whether a column has no name, or the one that pandas gives it then.

    Example:
        >>> is_nameless(""), is_nameless("Unnamed: 0"), is_nameless("Unnamed: 0.1"), is_nameless("Unnamed")
        (True, True, True, False)
    """
    return not column or (column.startswith("Unnamed: ") and column[9:].replace(".", "").isdecimal())


def folded(name: str) -> str:
    """A name without what people type differently: case, spaces, and the Unicode form of accents.

    Example:
        >>> folded("Basal  Cell ") == folded("basal cell"), folded("Nävus") == folded("na\\u0308vus")
        (True, True)
    """
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def meant_names(given: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """Which known name each given one is: the same, or the only one that differs in case, spaces or Unicode form.

    Example:
        >>> meant_names(["mel", "NV", "age"], ["MEL", "NV"])
        {'mel': 'MEL', 'NV': 'NV'}
    """
    names = dict.fromkeys(known)
    times = Counter(map(folded, names))
    by_fold = {folded(name): name for name in names if times[folded(name)] == 1}
    found = {name: name if name in names else by_fold.get(folded(name)) for name in given}
    return {name: meant for name, meant in found.items() if meant is not None}


def with_known_names(table: "pd.DataFrame", known: Iterable[str], name: str) -> "pd.DataFrame":
    """The table with its columns called as they are here, where `meant_names` knows them.

    Args:
        table: as `parse_csv` gives it.
        known: names of columns.
        name: what errors call the table.

    Raises:
        InputError: two columns mean the same.
    """
    meant = meant_names(table.columns, known)
    for column, times in Counter(meant.values()).items():
        if times > 1:
            both = listed(given for given in meant if meant[given] == column)
            raise wrong(name, f"the columns {both} mean {quoted(column)}, which must not be there twice; rename one.")
    return table.rename(columns=meant)


def as_numbers(cells: "pd.Series[str]") -> "pd.Series[float]":
    """Cells as numbers, nan where one is none; a comma is a decimal point.

    Example:
        >>> import pandas as pd
        >>> as_numbers(pd.Series(["0,25", "1e-3", "x"])).tolist()
        [0.25, 0.001, nan]
    """
    import pandas as pd
    import pyarrow as pa

    points = cells.str.replace(",", ".", regex=False)
    try:
        return pd.Series(pa.array(points, pa.string()).cast(pa.float64()).to_numpy(), index=cells.index)
    except pa.ArrowInvalid:  # a cell is no number; one by one, which is slow
        return pd.to_numeric(points, errors="coerce").astype("float64")
