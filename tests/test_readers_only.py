"""Files of others are parsed in `riskcore.readers` only, where size, depth and digits are limited."""

import ast
from collections.abc import Iterator

import pytest

from tests.test_layers import MODULES

PARSERS = {
    *("json.load", "json.loads", "csv.reader", "csv.DictReader", "openpyxl.load_workbook"),
    *("yaml.load", "yaml.safe_load", "yaml.full_load", "yaml.unsafe_load", "yaml.load_all", "yaml.safe_load_all"),
    *("pd.read_csv", "pd.read_excel", "pd.read_json", "pd.read_table", "pandas.read_csv", "pandas.read_excel"),
}


def parsers(tree: ast.AST) -> Iterator[str]:
    """The parsers that a module calls, or imports by their own names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in PARSERS:
            yield ast.unparse(node)
        elif isinstance(node, ast.ImportFrom):
            yield from (name for each in node.names if (name := f"{node.module}.{each.name}") in PARSERS)


def test_nothing_else_parses_files() -> None:
    found = {
        f"{name}: {call}"
        for name, file in MODULES.items()
        if not name.startswith("riskcore.readers")
        for call in parsers(ast.parse(file.read_text()))
    }
    assert not found


@pytest.mark.parametrize("program", ["import json\njson.loads('1')", "from csv import reader", "f = pd.read_csv"])
def test_the_check_sees_a_parser(program: str) -> None:
    assert list(parsers(ast.parse(program)))
