"""Excel workbooks: the first sheet."""

import io
import zipfile
from pathlib import Path
from typing import Any

from riskcore.errors import InputError
from riskcore.readers.contents import read_bytes, too_large
from riskcore.readers.table import CELLS_MOST

SHEET_MOST = 64 * 2**20
"""Bytes of an Excel file."""

INFLATED_MOST = 512 * 2**20
"""Bytes of all its parts once inflated: a file of a few kilobytes can hold gigabytes."""


def read_sheet(file: Path, most: int = SHEET_MOST) -> list[tuple[Any, ...]]:
    """The rows of the first sheet of an Excel file (.xlsx), values only; formulas give what was last computed.

    Args:
        file: its path.
        most: bytes that it may hold.

    Raises:
        InputError: it cannot be read, is damaged or too large, inflated or in cells.
    """
    content = io.BytesIO(read_bytes(file, most))
    try:
        with zipfile.ZipFile(content) as archive:
            inflated = sum(part.file_size for part in archive.infolist())
        if inflated > INFLATED_MOST:
            raise InputError(f"{file}: inflated {too_large(INFLATED_MOST)}")
        return _rows(content, file)
    except InputError:
        raise
    except Exception as error:  # a damaged archive raises whatever its damage trips over
        raise InputError(f"{file}: this is not an Excel file or it is damaged; fetch it again.") from error


def _rows(content: io.BytesIO, file: Path) -> list[tuple[Any, ...]]:
    import openpyxl

    book = openpyxl.load_workbook(content, read_only=True, data_only=True)
    try:
        rows, cells = [], 0
        for row in book.worksheets[0].iter_rows(values_only=True):
            cells += len(row) + 1  # empty rows, too, of which a sheet can claim a million
            if cells > CELLS_MOST:
                raise InputError(f"{file}: more than {CELLS_MOST:,} cells, the most that is read; divide the table.")
            rows.append(row)
        return rows
    finally:
        book.close()
