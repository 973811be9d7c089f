"""docs/command-line.md and docs/protocols.md know every command, option, key and column."""

import re
from pathlib import Path

import pytest
import typer

from riskcore.cli import _assemble, app
from riskcore.protocol import Protocol, ProtocolData
from riskcore.protocol_output import CSV_AGAINST, CSV_START, RATES

DOCS = Path(__file__).parent.parent / "docs"


def commands(command, path=()):
    if hasattr(command, "commands"):
        for name, below in command.commands.items():
            yield from commands(below, (*path, name))
    else:
        yield " ".join(path), command


def all_commands():
    _assemble()
    return dict(commands(typer.main.get_command(app)))


def section(text: str, heading: str) -> str:
    return re.split(r"^## ", text, flags=re.MULTILINE)[
        [part.split("\n")[0] for part in re.split(r"^## ", text, flags=re.MULTILINE)].index(heading)
    ]


@pytest.mark.parametrize(("name", "command"), all_commands().items(), ids=lambda value: str(value).split("<")[0])
def test_every_command_and_option_is_described(name: str, command) -> None:
    text = (DOCS / "command-line.md").read_text()
    group, _, rest = name.partition(" ")
    own = section(text, group)
    assert not rest or re.search(rf"`{name}\b", own), f"{name} is not described"
    for parameter in command.params:
        for option in parameter.opts:
            if option.startswith("--") and option not in ("--json", "--help"):
                assert f"{option}" in own, f"{option} of {name} is not described"


def test_every_key_of_a_protocol_is_described() -> None:
    text = (DOCS / "protocols.md").read_text()
    for key in Protocol.model_fields:
        assert re.search(rf"^\| `{key}` \|", text, flags=re.MULTILINE), key
    for key in ProtocolData.model_fields:
        assert f"`{key}`" in text, key


def test_every_column_of_the_tables_is_described() -> None:
    text = (DOCS / "protocols.md").read_text()
    for column in (*CSV_START, *CSV_AGAINST):
        assert f"`{column}`" in text, column
    for name, heading in RATES.items():
        assert f"`{name}`" in text, name
        assert f"| {heading} |" in text, heading
