"""What separates the cells of a table: found by its content, since spreadsheets write what their country uses."""

import csv
import io
import itertools
import re

SEPARATORS = ",;\t|"

_LOOKED_AT = 2**16
_LINES = 64
_STATED = re.compile(r'\s*"?sep=(.)"?[,;\t|]*(?:\r\n|\r|\n)')


def separator_of(text: str) -> tuple[str, int]:
    """The sign between the cells of a table, and where its header starts.

    It is the sign that divides the header, and most of the first rows into as many cells; a comma where none does. A
    first line such as ``sep=;``, which Excel takes for the sign and not for a row, is believed.

    Example:
        >>> separator_of("path;label\\na.png;NV, common\\n")
        (';', 0)
        >>> separator_of("sep=;\\npath;label\\n")
        (';', 6)
    """
    if stated := _STATED.match(text):
        return stated[1], stated.end()
    start = text[:_LOOKED_AT]
    return max(SEPARATORS, key=lambda sign: _fit(start, sign, whole=len(start) == len(text))), 0


def _fit(start: str, sign: str, whole: bool) -> tuple[bool, float, int]:
    """How well a sign divides a table: whether the header, how many of its rows alike, and into how many cells."""
    reader = csv.reader(io.StringIO(start, newline=""), delimiter=sign, skipinitialspace=True)
    try:
        rows = [row for row in itertools.islice(reader, _LINES) if any(cell.strip() for cell in row)]
    except csv.Error:
        return False, 0, 0
    if not whole and len(rows) > 2:
        rows.pop()  # it may be cut off
    if not rows or len(rows[0]) == 1:
        return False, 0, 0
    header, *others = rows
    alike = sum(not any(longer(header, row)) and not any(longer(row, header)) for row in others)
    return True, alike / len(others) if others else 1, len(header)


def longer(row: list[str], than: list[str]) -> list[str]:
    """The cells that a row has beyond the end of another."""
    return row[len(than) :]
