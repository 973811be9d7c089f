"""Severity matrices as files hold them: JSON or a table, read into plain values.

The text is parsed here; what the values must be, `SeverityMatrix` checks. A table holds no threshold and no groups.
"""

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from riskcore.errors import InputError
from riskcore.foreign_text import cut, quoted, spreadsheet_plain
from riskcore.readers import (
    decoded,
    folded,
    is_nameless,
    meant_names,
    parse_json,
    parse_rows,
    separator_of,
    too_large,
)
from riskcore.severity.checks import checked_classes
from riskcore.severity.costs import NO_COST, cost_of, decimal_sign
from riskcore.severity.sides import rows_are

MATRIX_MOST = 16 * 2**20
"""Bytes of a matrix file; a thousand classes take about 5 MiB."""

_SEPARATORS = "\t;|,"
_SUMS = {"total", "totals", "sum", "summe", "gesamt", "all", "grand total", "somme", "suma", "totale", "σ", "mean"}


def parsed(name: str, content: bytes, transpose: bool = False) -> dict[str, Any]:
    """What a file says: `{"classes", "values"}` of a table, whatever its object holds of a JSON file.

    Args:
        name: of the file; its end says what it is: .json, .csv, .tsv or .txt.
        content: its bytes, UTF-8.
        transpose: whether its rows are meant to be the prediction; they are not turned here.

    Raises:
        InputError: it is no such file, or a table says that its rows are the other side.

    Example:
        >>> parsed("costs.csv", "truth;naevus;melanoma\\nnaevus;0;2,5\\nmelanoma;10;0\\n".encode())
        {'classes': ('naevus', 'melanoma'), 'values': [[0.0, 2.5], [10.0, 0.0]]}
    """
    suffix = Path(name).suffix.lower()
    if suffix not in (".json", ".csv", ".tsv", ".txt"):
        raise InputError("a severity matrix file ends in .json, .csv, .tsv or .txt.")
    if len(content) > MATRIX_MOST:
        raise InputError(too_large(MATRIX_MOST))
    text = decoded(content, "")
    return parse_json(text, "") if suffix == ".json" else parsed_table(text, transpose)


def parsed_table(text: str, transpose: bool = False) -> dict[str, Any]:
    """`{"classes", "values"}` of a table: columns named in the first line, rows in the first column, in any order.

    Tabs, semicolons, bars or commas separate the cells. Decimal commas and thousands are read as `costs` says; empty
    cells and marks on the diagonal are 0. Names of rows and columns may differ in case. Lines above the table may be a
    title or say what its sides are. Left out are empty columns at the end and a column of row numbers.

    Args:
        text: of the table.
        transpose: whether its rows are meant to be the prediction; they are not turned here.

    Raises:
        InputError: it is no table, lacks a row or has one too many, or says that its rows are the other side.

    Example:
        >>> parsed_table("prediction \\\\ truth,NV,MEL\\nMEL,3,0\\nNV,0,10\\n", transpose=True)["values"]
        [[0.0, 10.0], [3.0, 0.0]]
    """
    sign, titles, table = _separated(text)
    for place, line in [("first line", line) for line in titles] + [("corner cell", table[0][0])]:
        _check_side(place, line, transpose)
    for column, name in enumerate(table[0][1:], start=2):
        if not name:
            raise InputError(f"column {column} has no class in the first line; name it, or take the column out.")
    names = checked_classes(table[0][1:])
    _check_sums(table)
    decimal = decimal_sign([cell for row in table[1:] for cell in row[1:]], sign)
    meant = meant_names([row[0] for row in table[1:]], names)
    rows: dict[str, list[Any]] = {}
    for given, *costs in table[1:]:
        if given not in meant:
            raise InputError(
                f"row {quoted(given)} (truth): no column has this name; rows and columns are the same classes."
            )
        name = meant[given]
        if name in rows:
            raise InputError(f"row {quoted(name)} (truth) stands twice; keep one.")
        rows[name] = [_cost(cost, decimal, name, column) for cost, column in _beside(costs, names)]
    for name in names:
        if name not in rows:
            raise InputError(f"row {quoted(name)} (truth) is missing; each class needs a row and a column.")
    return {"classes": names, "values": [rows[name] for name in names]}


def _beside(costs: list[str], names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each cost of a row with the class above it; "" where no class is."""
    return zip(costs, itertools.chain(names, itertools.repeat("")), strict=False)


def _cost(cell: str, decimal: str | None, truth: str, column: str) -> float | str:
    if truth == column and cell.lower() in NO_COST:
        return 0.0
    try:
        return cost_of(cell, decimal)
    except InputError as error:
        raise InputError(f"row {quoted(truth)} (truth), column {quoted(column)} (model says): {error}") from None


def _check_sums(table: list[list[str]]) -> None:
    """Refuse a row or column of sums: on one side only, or at both ends with a sum where being right costs nothing."""
    names, rows = table[0][1:], [row[0] for row in table[1:]]
    ends = names[-1:] == rows[-1:] and table[-1][-1].lower() not in NO_COST and cost_of(table[-1][-1], ".") != 0
    for side, own, others in (("column", names, rows), ("row", rows, names)):
        for name in own:
            if folded(name) in _SUMS and (name not in others or (ends and name == own[-1])):
                raise InputError(f"the {side} {quoted(name)} looks like sums, not like a class; take it out.")


def _separated(text: str) -> tuple[str, list[str], list[list[str]]]:
    """The sign that makes a text a matrix, the lines above the table, and its cells."""
    found, problem = [], None
    stated, start = separator_of(text)
    for sign in stated if start else _SEPARATORS:
        try:
            rows = parse_rows(text[start:], "", sign, strict=True)
            titles, table = _titled(_trimmed([[spreadsheet_plain(cell) for cell in row] for row in rows]))
            side, table = _without_first(table)
            found.append((sign, titles + side, table))
        except InputError as error:
            problem = error
    sign, titles, table = max(found, key=lambda each: _fit(each[2]), default=("", [], []))
    if _columns(table) > 2:
        return sign, titles, table
    if problem:
        raise problem
    raise InputError(
        "the first line must hold a corner cell and at least two class names, separated by commas, semicolons or tabs."
    )


def _columns(table: list[list[str]]) -> int:
    return len(table[0]) if table else 0


def _fit(table: list[list[str]]) -> tuple[bool, bool, int]:
    """How well a table fits a matrix: rows and columns of the same names, else as many of them, else many columns."""
    columns = _columns(table)
    same = columns > 2 and sorted(map(folded, table[0][1:])) == sorted(folded(row[0]) for row in table[1:])
    return same, len(table) == columns > 2, columns


def _trimmed(rows: list[list[str]]) -> list[list[str]]:
    """The rows without the columns at their end that hold nothing."""
    ends = (place for row in rows for place, cell in enumerate(row) if cell and not (place and is_nameless(cell)))
    width = max(ends, default=-1) + 1
    return [row[:width] for row in rows]


def _without_first(table: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """The table without a first column that is none of it, and what that says: row numbers, or the side of the rows."""
    if _columns(table) < 4 or not is_nameless(table[0][0]) or any(len(row) < 2 for row in table):
        return [], table
    if sorted(folded(row[1]) for row in table[1:]) != sorted(map(folded, table[0][2:])):
        return [], table
    side = next((row[0] for row in table[1:] if rows_are(row[0])), None)
    return [f"rows: {side}"] if side else [], [row[1:] for row in table]


def _titled(rows: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """The lines above the header: a title, or what names the sides, as spreadsheets put it; and the rows from there."""
    titles = []
    for row in rows:
        named = [cell for cell in row if cell]
        if (len(row) > 2 and all(row[1:])) or len(named) > 2 or not (len(named) == 1 or all(map(rows_are, named))):
            break
        titles.append(", ".join(named) if row[0] else f"columns: {named[0]}")
    return titles, rows[len(titles) :]


def _check_side(place: str, line: str, transpose: bool) -> None:
    side, line = rows_are(line), cut(" ".join(line.split()))
    if side == "prediction" and not transpose:
        raise InputError(
            f'the {place} "{line}" says that the rows are the prediction, but they must be the truth; to turn the '
            "table, pass --transpose to riskcore matrix save, or tick Transpose on the screen Severity matrix."
        )
    if side == "truth" and transpose:
        raise InputError(f'the {place} "{line}" says that the rows are the truth already; read it without transposing.')


def class_names(text: str) -> tuple[str, ...]:
    """The names of a list, one a line.

    Example:
        >>> class_names(" naevus \\n\\nmelanoma")
        ('naevus', 'melanoma')
    """
    return tuple(line.strip() for line in text.splitlines() if line.strip())
