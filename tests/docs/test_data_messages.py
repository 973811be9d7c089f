"""docs/data-messages.md has a row for every message that a data set can meet, and none for others.

A message is a text in the code of three words in a row or more; what an f-string fills in is "…". None are docstrings,
and what a ValueError says: decoders raise it for files that are then called damaged.
"""

import ast
import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "data-messages.md"
SOURCES = ("data", "readers", "versions.py", "decision/absent.py", "decision/notes.py")
THREE_WORDS = re.compile(r"(?:[A-Za-z'`=-]+[,;:]? ){2}[A-Za-z`]+")

NO_MESSAGES = {
    "These images were drawn by riskcore; they show no patient.\n": "content of a file",
    " SYNTHETIC: drawn by the program.": "said of a set, not found in it",
    "system volume information": "a folder's name",
    "network trash folder": "a folder's name",
    "drawing synthetic images": "progress",
    "cannot be read": "the reason why the audit drops a file, which it named before",
    "patient, slide or lesion": "counted in a message",
    "patients, slides or lesions": "counted in a message",
}
"""Texts that are no messages, and why."""


def files(*sources: str) -> Iterator[Path]:
    for source in sources:
        path = ROOT / "riskcore" / source
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


def texts(code: str) -> Iterator[str]:
    """Every text of a module that may be a message: parts of f-strings joined by "…"."""
    nodes = list(ast.walk(ast.parse(code)))
    skipped = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    skipped |= {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    skipped |= {id(part) for node in nodes if is_value_error(node) for part in ast.walk(node)}
    for node in nodes:
        if id(node) in skipped:
            continue
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def is_value_error(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "ValueError"


def messages(code: str) -> list[str]:
    return [text for text in texts(code) if THREE_WORDS.search(text) and text not in NO_MESSAGES]


def rows(page: str) -> list[list[str]]:
    """The words that each row quotes in its first cell."""
    return [re.findall(r"`([^`]+)`", cell) for cell in re.findall(r"^\| (`.*?) \|", page, flags=re.MULTILINE)]


EVERY = {file: messages(file.read_text()) for file in files(*SOURCES)}
ROWS = rows(PAGE.read_text())


def rows_of(message: str) -> list[list[str]]:
    return [row for row in ROWS if any(words in message for words in row)]


@pytest.mark.parametrize("file", [file for file in EVERY if EVERY[file]], ids=lambda file: file.stem)
def test_every_message_stands_in_one_row(file: Path) -> None:
    for message in EVERY[file]:
        assert len(rows_of(message)) == 1, (message, rows_of(message))


def test_every_row_quotes_what_is_said() -> None:
    said = [message for each in EVERY.values() for message in each]
    assert [words for row in ROWS for words in row if not any(words in message for message in said)] == []


def test_every_row_has_a_cure() -> None:
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    assert len(lines) == len(ROWS) > 50
    for line in lines:
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        assert len(cells) == 3, line
        assert all(cells), line


def test_what_is_no_message_is_still_said() -> None:
    every = {text for file in files(*SOURCES) for text in texts(file.read_text())}
    assert set(NO_MESSAGES) <= every


def test_a_message_is_found_wherever_it_stands() -> None:
    code = '''
"""No message, a docstring."""
WHY = "links that lead nowhere"
def f(name, number):
    """Nor is this one here."""
    notes = [f"The folder {name} is left out."]
    if number < 0:
        raise ValueError("a segment ends early")
    raise InputError(f"{name}: {number:,} images " "are too many" if number else "two words")
'''
    assert messages(code) == [
        "links that lead nowhere",
        "The folder … is left out.",
        "…: … images are too many",
    ]
    assert rows_of("…: a new message that nobody explained.") == []


def test_the_table_of_pydicoms_files_is_what_the_decoders_do() -> None:
    """`tests/data/decoding/test_pydicom_files.py` decodes each file of this list."""
    outcomes = defaultdict(list)
    for row in csv.DictReader((ROOT / "tests" / "data" / "decoding" / "pydicom_files.csv").read_text().splitlines()):
        outcomes[row["outcome"]].append(row["file"].removesuffix(".dcm"))
    shown = re.findall(r"^\| ([a-z ]+) \| (\d+) \| (.+) \|$", PAGE.read_text(), flags=re.MULTILINE)
    assert {outcome: int(count) for outcome, count, _ in shown} == {
        outcome: len(files) for outcome, files in outcomes.items()
    }
    assert {outcome: files.split(", ") for outcome, _, files in shown if outcome != "read"} == {
        outcome: files for outcome, files in outcomes.items() if outcome != "read"
    }
