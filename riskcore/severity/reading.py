"""Severity matrices that someone hands over: the bytes of a JSON file or of a table, and lists of class names."""

import csv
import io
import re
from pathlib import Path

import numpy as np

from riskcore.errors import InputError
from riskcore.severity.matrix import SeverityMatrix

_DECIMAL_COMMA = re.compile(r"\s*[0-9]+,[0-9]+\s*")


def read_matrix(name: str, content: bytes) -> SeverityMatrix:
    """The matrix of a file's content; errors start with the file's name.

    A table may be separated by commas, semicolons or tabs, the last two with decimal commas, as spreadsheets write
    it. It gives the default threshold and no groups.

    Args:
        name: of the file, ending in .json, .csv, .tsv or .txt.
        content: its bytes, UTF-8.

    Raises:
        InputError: the file is no severity matrix.

    Example:
        >>> read_matrix("costs.csv", "truth;naevus;melanoma\\nnaevus;0;2,5\\nmelanoma;10;0\\n".encode()).values.tolist()
        [[0.0, 2.5], [10.0, 0.0]]
    """
    suffix = Path(name).suffix.lower()
    if suffix not in (".json", ".csv", ".tsv", ".txt"):
        raise InputError(f"{name}: a severity matrix file ends in .json, .csv, .tsv or .txt.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: not a text file in UTF-8; save it as UTF-8.") from error
    try:
        return SeverityMatrix.from_json(text) if suffix == ".json" else SeverityMatrix.from_csv(_with_commas(text))
    except InputError as error:
        raise InputError(f"{name}: {error}") from error


def _with_commas(text: str) -> str:
    """The table separated by commas, with decimal points."""
    first = text.strip("\r\n").partition("\n")[0]
    separator = next((sign for sign in "\t;" if sign in first), None)
    if separator is None:
        return text
    try:
        table = list(csv.reader(io.StringIO(text), delimiter=separator, strict=True))
    except csv.Error as error:
        raise InputError(f"not a table: {error}.") from error
    out = io.StringIO()
    for row in table:
        cells = [cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell for cell in row]
        csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()


def equal_costs(classes: tuple[str, ...]) -> SeverityMatrix:
    """The matrix in which every mistake costs 1, to be edited.

    Raises:
        InputError: they are not at least two different names.

    Example:
        >>> equal_costs(("a", "b")).values.tolist()
        [[0.0, 1.0], [1.0, 0.0]]
    """
    return SeverityMatrix(classes, 1.0 - np.eye(len(classes)))


def class_names(text: str) -> tuple[str, ...]:
    """The names of a list, one a line.

    Example:
        >>> class_names(" naevus \\n\\nmelanoma")
        ('naevus', 'melanoma')
    """
    return tuple(line.strip() for line in text.splitlines() if line.strip())
