"""What commands print: tables and sentences for people, one JSON document for programs, progress on stderr."""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskcore.foreign_text import printable
from riskcore.formats import finite
from riskcore.progress import OnProgress

if TYPE_CHECKING:
    from riskcore.workspace import Workspace

_NO_ASCII = re.compile(r"[^\n -~]")
_NUMBER = re.compile(r"[-–+]?[\d,.]*!?( ?%| \(|$)")

Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]


def workspace() -> "Workspace":
    """The workspace that RISKCORE_HOME names, else ./workspace."""
    from riskcore.workspace import Workspace

    return Workspace.default()


def emit(document: Any) -> None:
    """Print one JSON document; numbers that are not finite become null, and signs that act or hide are escaped."""
    print(json_printable(json.dumps(finite(document), ensure_ascii=False, indent=1)))


def json_printable(text: str) -> str:
    """A JSON text in which control characters, those that turn the direction and lone surrogates are \\uXXXX.

    Example:
        >>> json_printable('["a' + chr(0x202E) + 'b"]') == '["a' + chr(92) + 'u202eb"]'
        True
    """
    return _NO_ASCII.sub(lambda sign: sign[0] if printable(sign[0]) == sign[0] else json.dumps(sign[0])[1:-1], text)


def say(text: str) -> None:
    """A line for people, or several; in each, control characters and the like stand as escapes."""
    print(_lines(text))


def note(text: str) -> None:
    """A line beside the result, on stderr."""
    print(_lines(text), file=sys.stderr)


def _lines(text: str) -> str:
    return "\n".join(map(printable, text.split("\n")))


def table(headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A plain table; columns of numbers are aligned to the right, a row of one cell is a heading over what follows."""
    headers = list(map(printable, headers))
    cells = [[printable(str(cell)) for cell in row] for row in rows]
    full = [row for row in cells if len(row) > 1]
    widths = [max(len(line[column]) for line in [headers, *full]) for column in range(len(headers))]
    numeric = [all(_NUMBER.match(row[column]) for row in full) for column in range(len(headers))]
    for line in [headers, ["─" * width for width in widths], *cells]:
        padded = [
            cell.rjust(width) if right and len(line) > 1 else cell.ljust(width)
            for cell, width, right in zip(line, widths, numeric, strict=False)
        ]
        print("  ".join(padded).rstrip())


@contextmanager
def progress_bar() -> Iterator[OnProgress]:
    """A progress bar on stderr where that is a terminal: call it with (done, total, label)."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description:<24}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        tasks: dict[str, Any] = {}

        def update(done: int, total: int, label: str) -> None:
            if label not in tasks:
                tasks[label] = bar.add_task(printable(label), total=total)
            bar.update(tasks[label], completed=done, total=total)

        yield update
