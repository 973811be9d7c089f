"""docs/ knows every command, option, key, column and package."""

import re
import tomllib
from pathlib import Path

import pytest

from riskcore.jobs.protocol import Protocol, ProtocolData
from riskcore.reports.protocol import CSV_AGAINST, CSV_START, RATES
from tests.helpers.all_commands import all_commands

DOCS = Path(__file__).parent.parent / "docs"


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


def test_every_package_is_explained() -> None:
    """docs/dependencies.md has a row for each that is pinned, and none for others."""
    root = DOCS.parent
    rows = re.findall(r"^\| ([^|]+) \| ", (DOCS / "dependencies.md").read_text(), flags=re.MULTILINE)
    explained = {name for row in rows for name in row.split(", ")} - {"package", "---"}
    pins = [(root / name).read_text() for name in ("requirements.txt", "requirements-dev.txt")]
    pinned = {line.split("==")[0] for text in pins for line in text.splitlines()}
    optional = tomllib.loads((root / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    pinned |= {pin.split("==")[0] for pins in optional.values() for pin in pins}
    assert explained == pinned
