"""Every command of the command line, for tests that must not forget one."""

from collections.abc import Iterator
from typing import Any

import typer

from riskcore.cli import _assemble, app


def all_commands() -> dict[str, Any]:
    """Its words, such as "runs list", and the command itself."""
    _assemble()
    return dict(_below(typer.main.get_command(app), ()))


def _below(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    if hasattr(command, "commands"):
        for name, one in command.commands.items():
            yield from _below(one, (*path, name))
    else:
        yield " ".join(path), command
