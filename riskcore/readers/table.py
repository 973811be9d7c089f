"""Tables: CSV files with a header."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from riskcore.errors import InputError
from riskcore.foreign_text import quoted
from riskcore.readers.contents import decoded, read_bytes, read_start, too_large, wrong

if TYPE_CHECKING:
    import pandas as pd

CSV_MOST = 512 * 2**20
"""Bytes of a CSV file; predictions of a million images for ten classes take about 200 MiB."""

CELLS_MOST = 20_000_000
"""Cells of a table; each takes about 60 bytes of memory, whatever it takes in the file."""

_HEADER_MOST = 2**20


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
    """The table in the bytes of a CSV file: UTF-8, commas, a header; cells without the spaces around them.

    Args:
        content: of the file.
        name: what it is called in messages, such as its path.
        most: bytes that it may have.

    Raises:
        InputError: it is too large, no such table, a column stands twice, a row is longer or shorter than the header,
            or there is none.

    Example:
        >>> parse_csv(b"path,label\\na.png, NV\\n", "list.csv").to_dict("list")
        {'path': ['a.png'], 'label': ['NV']}
    """
    import pandas as pd  # slow: only who reads a table waits for it

    if len(content) > most:
        raise wrong(name, too_large(most))
    lines = parse_rows(decoded(content, name), name)
    if not lines:
        raise wrong(name, "this is not a CSV file (UTF-8, comma-separated, with a header).")
    header, *rows = lines
    if len(set(header)) < len(header):
        twice = next(column for column in header if header.count(column) > 1)
        raise wrong(name, f"the column {quoted(twice)} is there twice; rename one.")
    if not rows:
        raise wrong(name, "there are no rows below the header; fill the table.")
    for position, row in enumerate(rows):
        if len(row) != len(header):
            raise wrong(
                name,
                f"row {row_number(position)} has {len(row)} cells, but the header has {len(header)}; "
                "quote cells that hold commas.",
            )
    return pd.DataFrame(rows, columns=header, dtype="str")


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
    if "\0" in text:
        raise wrong(name, "not UTF-8 text (it holds a zero byte); save it as UTF-8.")
    return _rows(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=strict), name)


def read_header(file: Path) -> list[str]:
    """The names of a CSV file's columns, from its first line; none where it cannot be read as one."""
    try:
        line = read_start(file, _HEADER_MOST).split(b"\n", 1)[0]
        return next(iter(parse_rows(decoded(line, ""), "")), [])
    except InputError:
        return []


def row_number(position: int) -> int:
    """Line of a table's row (0-based) as a spreadsheet or editor shows it, the header being line 1."""
    return position + 2


def _rows(lines: Iterable[list[str]], name: str) -> list[list[str]]:
    found, cells = [], 0
    try:
        for line in lines:
            cells += len(line)
            if cells > CELLS_MOST:
                raise wrong(name, f"more than {CELLS_MOST:,} cells, the most that is read; divide the table.")
            if row := [cell.strip() for cell in line] if any(line) else []:
                found.append(row)
    except csv.Error as error:
        raise wrong(name, f"not valid CSV ({error}); save it anew as CSV in UTF-8.") from error
    return found
