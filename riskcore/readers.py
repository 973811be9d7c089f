"""Documents read from files: what cannot be read is refused in one line that names the file."""

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from riskcore.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


def read_json(path: Path) -> Any:
    """The JSON document in a file; InputError when there is none or it cannot be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path.") from error
    except ValueError as error:
        raise InputError(f"{path}: not valid JSON ({error}); restore or delete the file.") from error


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file; InputError when there is none."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not valid YAML ({' '.join(str(error).split())}).") from error
    if not isinstance(content, dict):
        raise InputError(f"{path}: expected a mapping of settings, such as `data: isic2018`.")
    return content


def read_csv(file: Path) -> "pd.DataFrame":
    """A CSV file with a header as text, "" where a cell is empty; InputError when it is not one."""
    import pandas as pd  # slow: only who reads a table waits for it

    if not file.is_file():
        raise InputError(f"{file}: there is no such file; check the path.")
    try:
        with open(file, encoding="utf-8-sig", newline="") as stream:
            lines = [[cell.strip() for cell in line] for line in csv.reader(stream) if any(line)]
    except (UnicodeDecodeError, csv.Error):
        lines = []
    if not lines:
        raise InputError(f"{file}: this is not a CSV file (UTF-8, comma-separated, with a header).")
    header, *rows = lines
    if repeated := [name for name in header if header.count(name) > 1]:
        raise InputError(f"{file}: the column {repeated[0]!r} is there twice; rename one.")
    if not rows:
        raise InputError(f"{file}: there are no rows below the header; fill the table.")
    for position, row in enumerate(rows):
        if len(row) != len(header):
            raise InputError(
                f"{file}: row {row_number(position)} has {len(row)} cells, but the header has {len(header)}; "
                "quote cells that hold commas."
            )
    return pd.DataFrame(rows, columns=header, dtype="str")


def row_number(position: int) -> int:
    """Line of a table's row (0-based) as a spreadsheet or editor shows it, the header being line 1."""
    return position + 2
