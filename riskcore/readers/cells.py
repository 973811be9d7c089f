"""What stands in cells of tables, whoever wrote them: words for parts, for nothing, names in other cases, numbers."""

import re
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
    "dev": "validation",
    "test": "test",
    "testing": "test",
}
"""What people call the parts of a data set, in lower case, and what they are called here."""

GROUP_NAMES = ("group", "patient", "patient_id", "patientid", "subject", "subject_id")
"""What people call the column of groups, the first that is there counts."""

_NOTHING = {"nan", "null", "nat", "n/a", "#n/a", "#na", "<na>", "#nv", "#n/d"}
_SHEET_ERROR = re.compile(r"#[\w/¡ ]+[!?]")
_BESIDE_SPLITS = {"dir", "set", "data", "dataset", "images", "image", "imgs", "folder", "split", "seg", "part"}
_COUNTED_AGAIN = re.compile(r"(.+)\.[0-9]+")
_BETWEEN = re.compile(r"(?<=[^\W_])[\s_-]+(?=[^\W_])")
_UNSEEN = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")


def stands_for_nothing(cell: str) -> bool:
    """Whether a cell is empty or says so, as programs write a missing value or a spreadsheet an error; "NA" and "none"
    may be names.

    Example:
        >>> [cell for cell in ("", "NaN", "None", "#N/A", "#REF!", "NA", "none") if not stands_for_nothing(cell)]
        ['NA', 'none']
    """
    return cell in ("", "None") or cell.casefold() in _NOTHING or _SHEET_ERROR.fullmatch(cell) is not None


def split_of(name: str) -> str | None:
    """The split that a folder or cell is called as: "train" for `Train`, `train_dir`, `01_train`; None for no split.

    Example:
        >>> [split_of(name) for name in ("train_dir", "Valid", "TestSet", "x_test", "contrast")]
        ['train', 'validation', 'test', 'test', None]
    """
    words = [word for word in re.split(r"[\s_.-]+", name.lower()) if word]
    if len(words) > 1:
        words = [word for word in words if word not in _BESIDE_SPLITS and not re.fullmatch(r"[(]?[0-9]*[x)]?", word)]
    if len(words) != 1:
        return None
    return SPLIT_NAMES.get(words[0]) or SPLIT_NAMES.get(re.sub("(dir|set|data|images|folder)$", "", words[0]))


def is_nameless(column: str) -> bool:
    """Whether a column has no name, or the one that pandas gives it then.

    Example:
        >>> is_nameless(""), is_nameless("Unnamed: 0"), is_nameless("Unnamed: 0.1"), is_nameless("Unnamed")
        (True, True, True, False)
    """
    return not column or (column.startswith("Unnamed: ") and column[9:].replace(".", "").isdecimal())


def folded(name: str) -> str:
    """A name without what people type differently: case, what stands between words, the Unicode form of accents.

    Example:
        >>> folded("Basal  Cell ") == folded("basal_cell"), folded("Nävus") == folded("na\\u0308vus")
        (True, True)
    """
    return _BETWEEN.sub(" ", _UNSEEN.sub("", unicodedata.normalize("NFKC", name)).casefold().strip())


def meant_names(given: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """Which known name each given one is: the same, or the only one that differs as `folded` says.

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
        InputError: two columns mean the same, or one is called as pandas calls the second of two.
    """
    known = list(known)
    meant = meant_names(table.columns, known)
    meant |= {
        again[0]: meant[again[1]]
        for column in table.columns
        if column not in meant and (again := _COUNTED_AGAIN.fullmatch(column)) and again[1] in meant
    }
    for column, times in Counter(meant.values()).items():
        if times > 1:
            both = listed(given for given in meant if meant[given] == column)
            raise wrong(name, f"the columns {both} mean {quoted(column)}, which must not be there twice; rename one.")
    return table.rename(columns=meant)


def with_groups(table: "pd.DataFrame") -> "pd.DataFrame":
    """The table with the first of `GROUP_NAMES` that is there called `group`.

    Example:
        >>> import pandas as pd
        >>> list(with_groups(pd.DataFrame({"path": ["a.png"], "Patient_ID": ["7"]})))
        ['path', 'group']
    """
    named = {meant: given for given, meant in meant_names(table.columns, GROUP_NAMES).items()}
    first = next((named[name] for name in GROUP_NAMES if name in named), None)
    return table if first is None else table.rename(columns={first: "group"})


def check_split_column(table: "pd.DataFrame", name: str) -> None:
    """Refuse a table without a column `split` in which another one holds nothing but several splits.

    Args:
        table: with its known columns called as they are here. name: what the error calls it.

    Raises:
        InputError: there is such a column; divided unseen, its cases would all be taken for one part.
    """
    if "split" in table:
        return
    for column in table.columns:
        words = table[column].unique()
        found = set(map(split_of, words)) if len(words) <= len(SPLIT_NAMES) else {None}
        if None not in found and len(found) > 1:
            raise wrong(name, f"the column {quoted(column)} holds splits; call it split.")


def missing_column(column: str, table: "pd.DataFrame") -> str:
    """What is wrong with a table that lacks a column, and the cure.

    Example:
        >>> import pandas as pd
        >>> missing_column("path", pd.DataFrame(columns=["file", "label"]))
        "there is no column 'path'; the columns are file, label; rename the one that holds it."
    """
    if len(table.columns) == 1:
        return (
            f"there is no column {quoted(column)}, only {quoted(table.columns[0])}; separate the cells by commas, "
            "semicolons or tabs."
        )
    return (
        f"there is no column {quoted(column)}; the columns are {listed(table.columns)}; rename the one that holds it."
    )


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
