"""Imports lead one way: screens, then views and figures, then the engine."""

import ast
from pathlib import Path

import riskcore

PACKAGE = Path(riskcore.__file__).parent
UPWARDS = {
    "the engine": ("riskcore.views", "pages", "streamlit"),
    "cli": ("riskcore.views", "pages", "streamlit"),
    "views": ("riskcore.cli", "riskcore.plots", "pages", "streamlit"),
    "plots": ("riskcore.cli", "pages", "streamlit"),
}
"""What each part must not import."""


def imported(file: Path) -> set[str]:
    """All modules that a file imports, at its top or later; of ``from a import b`` both ``a`` and ``a.b``."""
    modules: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            modules |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return modules


def test_nothing_flows_back() -> None:
    back = []
    for file in PACKAGE.rglob("*.py"):
        part = file.relative_to(PACKAGE).parts[0]
        forbidden = UPWARDS.get(part, UPWARDS["the engine"])
        back += [
            f"{file.relative_to(PACKAGE)} imports {module}"
            for module in imported(file)
            if any(module == each or module.startswith(f"{each}.") for each in forbidden)
        ]
    assert not back
