"""Documents from files and from others, read within stated limits; what cannot be read is refused in one line.

Whatever a file holds, the readers return its content or raise `InputError`.
"""

from riskcore.readers.cells import (
    GROUP_NAMES,
    as_numbers,
    check_split_column,
    folded,
    is_nameless,
    meant_names,
    missing_column,
    split_of,
    stands_for_nothing,
    with_groups,
    with_known_names,
)
from riskcore.readers.contents import decoded, is_storable, read_bytes, too_large
from riskcore.readers.json_text import JSON_MOST, parse_json, read_json
from riskcore.readers.separator import separator_of
from riskcore.readers.sheet import SHEET_MOST, read_sheet
from riskcore.readers.table import (
    CELLS_MOST,
    CSV_MOST,
    parse_csv,
    parse_rows,
    read_csv,
    read_header,
    row_number,
)
from riskcore.readers.yaml_text import YAML_MOST, parse_yaml, read_yaml

__all__ = [
    "CELLS_MOST",
    "CSV_MOST",
    "GROUP_NAMES",
    "JSON_MOST",
    "SHEET_MOST",
    "YAML_MOST",
    "as_numbers",
    "check_split_column",
    "decoded",
    "folded",
    "is_nameless",
    "is_storable",
    "meant_names",
    "missing_column",
    "parse_csv",
    "parse_json",
    "parse_rows",
    "parse_yaml",
    "read_bytes",
    "read_csv",
    "read_header",
    "read_json",
    "read_sheet",
    "read_yaml",
    "row_number",
    "separator_of",
    "split_of",
    "stands_for_nothing",
    "too_large",
    "with_groups",
    "with_known_names",
]
