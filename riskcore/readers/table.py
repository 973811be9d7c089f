"""Tables: CSV files with a header, as people and their programs write them."""

import csv
import io
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from riskcore.errors import InputError
from riskcore.foreign_text import quoted
from riskcore.readers.cells import is_nameless
from riskcore.readers.contents import decoded, read_bytes, read_start, too_large, wrong
from riskcore.readers.quick import quick_rows
from riskcore.readers.separator import longer, separator_of

if TYPE_CHECKING:
    import pandas as pd

CSV_MOST = 512 * 2**20
"""Bytes of a CSV file; predictions of a million images for ten classes take about 200 MiB."""

CELLS_MOST = 20_000_000
"""Cells of a table; each takes about 60 bytes of memory, whatever it takes in the file."""

NO_TABLE = "this is not a CSV file with a header; save the table as CSV (UTF-8)."

_HEADER_MOST = 2**20
_LARGE = 2**16
_CALLED = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_NUMBERED = {"index", "level_0", "x", "...1", "row", "row.names", "rownames", "#"}
"""Names, in lower case, that programs give a column of row numbers."""
_END = "\0"


def read_csv(file: Path, most: int = CSV_MOST) -> "pd.DataFrame":
    """A CSV file with a header as text, "" where a cell is empty.

    Args:
        file: its path.
        most: bytes that it may hold.

    Raises:
        InputError: there is no such file, it cannot be read, or `parse_csv` refuses its content.
    """
    return parse_csv(read_bytes(file, most), str(file), most)


def parse_csv(content: bytes, name: str, most: int = CSV_MOST) -> "pd.DataFrame":
    """The table in the bytes of a CSV file with a header; cells without the spaces around them.

    Commas, semicolons, tabs or bars separate the cells, whichever the content shows. Left out are columns without a
    name, the row numbers that pandas and R write, named or not, and rows without content; the index counts them, so
    that `row_number` of it is the row that a spreadsheet shows.

    Args:
        content: of the file, UTF-8, or UTF-16 with its byte order mark.
        name: what it is called in messages, such as its path.
        most: bytes that it may have.

    Raises:
        InputError: it is too large, no such table, a column stands twice, a row is longer or shorter than the header,
            or there is none.

    Example:
        >>> parse_csv(b";path;label;\\n1;a.png; NV;\\n;;;\\n", "list.csv").to_dict("list")
        {'path': ['a.png'], 'label': ['NV']}
    """
    if len(content) > most:
        raise wrong(name, too_large(most))
    text = decoded(content, name)
    _check_text(text, name)
    separator, start = separator_of(text)
    header, table = _table(text[start:], separator, name)
    if start:
        table.index += 1
    kept = [
        position
        for position, column in enumerate(header)
        if not is_nameless(column) and not _numbers_rows(column, table.iloc[:, position])
    ]
    named = [header[position] for position in kept]
    if not named:
        raise wrong(name, NO_TABLE)
    if len(set(named)) < len(named):
        twice = next(column for column in named if named.count(column) > 1)
        raise wrong(name, f"the column {quoted(twice)} is there twice; rename one.")
    table = table.iloc[:, kept].set_axis(named, axis=1)
    if not len(table):
        raise wrong(name, "there are no rows below the header; fill the table." if len(named) > 1 else NO_TABLE)
    return table


def parse_rows(text: str, name: str, separator: str = ",", strict: bool = False) -> list[list[str]]:
    """The rows of a text that are not empty, as cells without the spaces around them.

    Args:
        text: of the table.
        name: what it is called in messages; "" for nothing.
        separator: of the cells, one character.
        strict: refuse a quotation mark inside a cell, and one that is not closed.

    Raises:
        InputError: it is no CSV, holds a zero byte or a lone surrogate, or has more than `CELLS_MOST` cells.
    """
    _check_text(text, name)
    return [row for _, row in _rows(text, name, separator, strict)]


def read_header(file: Path) -> list[str]:
    """The names of a table's columns, from its first rows; none where it cannot be read as one."""
    try:
        start = read_start(file, _HEADER_MOST)
        try:
            text = decoded(start, "")
        except InputError:
            text = decoded(start.split(b"\n", 1)[0], "")  # only what follows the header is cut or no text
        separator, skipped = separator_of(text)
        return next((row for _, row in _rows(text[skipped:], "", separator)), [])
    except InputError:
        return []


def row_number(position: int) -> int:
    """Row of a spreadsheet of a place (0-based) in the index of `parse_csv`, the header being row 1."""
    return position + 2


def _check_text(text: str, name: str) -> None:
    if "\0" in text:
        raise wrong(name, "not UTF-8 text (it holds a zero byte); save it as UTF-8.")


def _table(text: str, separator: str, name: str) -> tuple[list[str], "pd.DataFrame"]:
    """The header, and the rows below it, columns numbered and the index their place below the header's."""
    import pandas as pd  # slow: only who reads a table waits for it

    if len(text) >= _LARGE:
        place, header = next(_rows(text[:_LARGE], name, separator), (0, []))
        found = quick_rows(text, separator, len(header), CELLS_MOST) if place == 0 else None
        if found is not None:
            return header, found
    numbered = _rows(text, name, separator)
    place, header = next(numbered, (0, []))
    if not header:
        raise wrong(name, NO_TABLE)
    places: list[int] = []
    rows: list[list[str]] = []
    for place, row in numbered:
        if not rows and len(header) > 1 and len(row) == len(header) + 1 and row[0].isdecimal() and row[-1]:
            header = ["", *header]  # R numbers its rows without a name above the numbers
        if not rows and header[0] and not any(header[1:]) and sum(map(bool, row)) > 1:
            raise wrong(
                name,
                f"the first line holds one cell only ({quoted(header[0])}), those below it more; take it out, so that "
                "the names of the columns come first.",
            )
        if any(longer(row, header)) or any(longer(header, row)):
            cure = f"quote cells that hold {_CALLED.get(separator, quoted(separator))}"
            raise wrong(
                name,
                f"row {row_number(place - 1)} has {len(row)} cells, but the header has {len(header)}; "
                f"{cure if len(row) > len(header) else 'write the absent ones, too, even if they are empty'}.",
            )
        places.append(place - 1)
        rows.append([*row[: len(header)], *[""] * (len(header) - len(row))])
    return header, pd.DataFrame(rows, index=places, columns=range(len(header)), dtype="str")


def _numbers_rows(column: str, cells: "pd.Series[str]") -> bool:
    """Whether a column holds nothing but the numbers of three rows and more, by its name and its cells."""
    if column.lower() not in _NUMBERED or len(cells) < 3:
        return False
    return any(cells.tolist() == [str(start + place) for place in range(len(cells))] for start in (0, 1))


def _rows(text: str, name: str, separator: str, strict: bool = False) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not empty, each with its place among all."""
    lines = itertools.chain(io.StringIO(text, newline=""), [_END])
    reader = csv.reader(lines, delimiter=separator, strict=strict, skipinitialspace=True)
    cells = 0
    try:
        for place, line in enumerate(reader):
            if line and line[-1].endswith(_END):
                if line != [_END]:
                    raise wrong(name, "not valid CSV (a quotation mark is not closed); close it.")
                return
            cells += len(line)
            if cells > CELLS_MOST:
                raise wrong(name, f"more than {CELLS_MOST:,} cells, the most that is read; divide the table.")
            row = [cell.strip() for cell in line]
            if any(row):
                yield place, row
    except csv.Error as error:
        raise wrong(name, f"not valid CSV ({error}); save it anew as CSV in UTF-8.") from error
