"""Severity matrices as files hold them: JSON or a table, read into plain values.

The text is parsed here; what the values must be, `SeverityMatrix` checks. A table holds no threshold and no groups.
"""

import re
from pathlib import Path
from typing import Any

from riskcore.errors import InputError
from riskcore.foreign_text import cut, quoted, spreadsheet_plain
from riskcore.readers import decoded, is_nameless, parse_json, parse_rows, separator_of, too_large
from riskcore.severity.checks import checked_classes

MATRIX_MOST = 16 * 2**20
"""Bytes of a matrix file; a thousand classes take about 5 MiB."""

_SEPARATORS = "\t;,"
_COMMA = re.compile(r"[0-9]+,[0-9]+")
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(,[0-9]{3})+")

_PREDICTION = r"(?:pred(?:s|ict\w*)?|model\w*|says)"
_TRUTH = r"(?:truths?|true|actual\w*)"
_SIDE = re.compile(rf"(?<![a-z])(?:({_PREDICTION})|{_TRUTH}|labels?)(?![a-z])")
_OF_LABELS = re.compile(rf"({_PREDICTION}|{_TRUTH})[\s_-]+labels?|labels?[\s_-]+(?={_PREDICTION}|{_TRUTH})")
_ROWS, _COLUMNS = re.compile(r"\brows?\b"), re.compile(r"\b(?:columns?|cols?)\b")


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

    Tabs, semicolons or commas separate the cells. A decimal comma counts as a point, unless every number with a comma
    could be one with thousands, such as 1,000: those stay text. Lines above the table may say what its sides are. Left
    out are empty columns at the end and a column of row numbers.

    Args:
        text: of the table.
        transpose: whether its rows are meant to be the prediction; they are not turned here.

    Raises:
        InputError: it is no table, lacks a row or has one too many, or says that its rows are the other side.

    Example:
        >>> parsed_table("prediction \\\\ truth,NV,MEL\\nMEL,3,0\\nNV,0,10\\n", transpose=True)["values"]
        [[0.0, 10.0], [3.0, 0.0]]
    """
    titles, table = _separated(text)
    for place, line in [("first line", line) for line in titles] + [("corner cell", table[0][0])]:
        _check_side(place, line, transpose)
    names = checked_classes(table[0][1:])
    cells = [cell for row in table[1:] for cell in row[1:] if _COMMA.fullmatch(cell)]
    decimal_commas = not all(_THOUSANDS.fullmatch(cell) for cell in cells)
    rows: dict[str, list[Any]] = {}
    for name, *costs in table[1:]:
        if name not in names:
            raise InputError(
                f"row {quoted(name)} (truth): no column has this name; rows and columns are the same classes."
            )
        if name in rows:
            raise InputError(f"row {quoted(name)} (truth) stands twice; keep one.")
        rows[name] = [_number(cost, decimal_commas) for cost in costs]
    for name in names:
        if name not in rows:
            raise InputError(f"row {quoted(name)} (truth) is missing; each class needs a row and a column.")
    return {"classes": names, "values": [rows[name] for name in names]}


def _number(cell: str, decimal_commas: bool) -> Any:
    """A cell as a float where it is one; otherwise the text, which the matrix refuses by cell."""
    try:
        return float(cell.replace(",", ".") if decimal_commas and _COMMA.fullmatch(cell) else cell)
    except ValueError:
        return cell


def _separated(text: str) -> tuple[list[str], list[list[str]]]:
    """The lines above a table, and its cells, separated by the sign that makes it a matrix."""
    found, problem = [], None
    stated, start = separator_of(text)
    for sign in stated if start else _SEPARATORS:
        try:
            rows = parse_rows(text[start:], "", sign, strict=True)
            titles, table = _titled(_trimmed([[spreadsheet_plain(cell) for cell in row] for row in rows]))
            found.append((titles, _without_numbers(table)))
        except InputError as error:
            problem = error
    titles, table = max(found, key=lambda each: _fit(each[1]), default=([], []))
    if _columns(table) > 2:
        return titles, table
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
    same = columns > 2 and sorted(table[0][1:]) == sorted(row[0] for row in table[1:])
    return same, len(table) == columns > 2, columns


def _trimmed(rows: list[list[str]]) -> list[list[str]]:
    """The rows without the columns at their end that hold nothing."""
    ends = (place for row in rows for place, cell in enumerate(row) if cell and not (place and is_nameless(cell)))
    width = max(ends, default=-1) + 1
    return [row[:width] for row in rows]


def _without_numbers(table: list[list[str]]) -> list[list[str]]:
    """The table without a first column of row numbers, such as pandas writes before the one of the classes."""
    if _columns(table) < 4 or not is_nameless(table[0][0]) or any(len(row) < 2 for row in table):
        return table
    same = sorted(row[1] for row in table[1:]) == sorted(table[0][2:])
    return [row[1:] for row in table] if same else table


def _titled(rows: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """The lines above the header that name the sides, as spreadsheets put them, and the rows from the header on."""
    titles = []
    for row in rows:
        named = [cell for cell in row if cell]
        if (len(row) > 2 and all(row[1:])) or len(named) > 2 or not all(map(_rows_are, named)):
            break
        titles.append(", ".join(named) if row[0] else f"columns: {named[0]}")
    return titles, rows[len(titles) :]


def _check_side(place: str, line: str, transpose: bool) -> None:
    side, line = _rows_are(line), cut(" ".join(line.split()))
    if side == "prediction" and not transpose:
        raise InputError(
            f'the {place} "{line}" says that the rows are the prediction, but they must be the truth; to turn the '
            "table, pass --transpose to riskcore matrix save, or tick Transpose on the screen Severity matrix."
        )
    if side == "truth" and transpose:
        raise InputError(f'the {place} "{line}" says that the rows are the truth already; read it without transposing.')


def _rows_are(line: str) -> str | None:
    """Which side the rows are, "truth" or "prediction", as far as a line says: the one at "rows", or the first named.

    Example:
        >>> _rows_are("predicted/true"), _rows_are("columns: prediction"), _rows_are("label")
        ('prediction', 'truth', None)
    """
    line = _OF_LABELS.sub(r"\1", line.lower())
    for clause in re.split(r"[\\/|,;&]| and | vs\.? ", line):
        rows, columns = _ROWS.search(clause), _COLUMNS.search(clause)
        if (named := _SIDE.search(clause)) and bool(rows) != bool(columns):
            return "prediction" if bool(named[1]) == bool(rows) else "truth"
    named = None if line.strip() in ("label", "labels") else _SIDE.search(line)
    return named and ("prediction" if named[1] else "truth")


def class_names(text: str) -> tuple[str, ...]:
    """The names of a list, one a line.

    Example:
        >>> class_names(" naevus \\n\\nmelanoma")
        ('naevus', 'melanoma')
    """
    return tuple(line.strip() for line in text.splitlines() if line.strip())
