"""The reference knows every command, setting, key, column and package."""

import importlib.util
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel

from riskcore.comparing.rate_differences import RATES as BESIDE
from riskcore.config import RunConfig
from riskcore.jobs.protocol import Protocol, ProtocolData
from riskcore.reports.protocol import CSV_AGAINST, CSV_START, RATES
from tests.helpers.all_commands import all_commands

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generated", DOCS / "hooks" / "generated.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def page(name: str) -> str:
    """A page as the site shows it, with its generated tables."""
    return str(hook().on_page_markdown((DOCS / name).read_text()))


def section(text: str, heading: str) -> str:
    parts = re.split(r"^## ", text, flags=re.MULTILINE)
    return parts[[part.split("\n")[0] for part in parts].index(heading)]


def settings(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from settings(field.annotation, f"{prefix}{name}.")
        else:
            yield prefix + name, field


def test_every_command_and_option_is_in_the_section_of_its_group() -> None:
    text = page("command-line.md")
    for name, command in all_commands().items():
        own = section(text, name.split()[0])
        assert f"`riskcore {name}" in own, f"{name} is not described"
        for parameter in command.params:
            for option in parameter.opts:
                if option.startswith("--") and option != "--help":
                    assert f"`{option}" in own, f"{option} of {name} is not described"


def test_every_option_says_what_it_means() -> None:
    rows = re.findall(r"^\| (`-.*?`) \| (.*) \|$", page("command-line.md"), flags=re.MULTILINE)
    assert len(rows) > 60
    assert not [option for option, meaning in rows if len(meaning) < 8]


def test_every_setting_has_its_default_and_meaning() -> None:
    rows = re.findall(r"^\| `([a-z_.]+)` \| (.+?) \| (.+?) \| (.+) \|$", page("settings.md"), flags=re.MULTILINE)
    table = {name: (default, values, meaning) for name, default, values, meaning in rows}
    known = dict(settings(RunConfig))
    assert list(table) == list(known)
    for name, field in known.items():
        default, values, meaning = table[name]
        assert (default == "required") == field.is_required(), name
        assert values, name
        assert len(meaning) > 15, name
    assert table["train.epochs"][0] == "full `10`, last:N `6`, frozen `40`"
    assert table["data.folds"][:2] == ("`none`", "whole number, `published`")
    assert table["model.size"][:2] == ("`160`", "whole number ≥ 32 and ≤ 1024")
    assert table["loss.base"][:2] == ("`ce`", "`ce`, `focal`")


def test_every_key_of_a_protocol_is_described() -> None:
    text = (DOCS / "protocols.md").read_text()
    for key in Protocol.model_fields:
        assert re.search(rf"^\| `{key}` \|", text, flags=re.MULTILINE), key
    for key in ProtocolData.model_fields:
        assert f"`{key}`" in text, key


def test_every_column_of_the_tables_is_described() -> None:
    text = (DOCS / "protocols.md").read_text()
    for column in (*CSV_START, *CSV_AGAINST):
        without_ends = re.sub(r"_(low|high)$", "", column)
        any_rate = re.sub("|".join(BESIDE), "X", without_ends)
        assert any(f"`{name}`" in text for name in (column, without_ends, any_rate)), column
    for name, heading in RATES.items():
        assert f"`{name}`" in text, name
        assert f"| {heading} |" in text, heading


def test_every_package_is_explained() -> None:
    """docs/dependencies.md has a row for each that is pinned, and none for others."""
    rows = re.findall(r"^\| ([^|]+) \| ", (DOCS / "dependencies.md").read_text(), flags=re.MULTILINE)
    explained = {name for row in rows for name in row.split(", ")} - {"package", "---"}
    pins = [(ROOT / name).read_text() for name in ("requirements.txt", "requirements-dev.txt")]
    pinned = {re.split(r"==|\[", line)[0] for text in pins for line in text.splitlines() if line[:1] not in "#"}
    optional = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    pinned |= {pin.split("==")[0] for pins in optional.values() for pin in pins}
    assert explained == pinned


@pytest.mark.parametrize("path", [*sorted(DOCS.glob("*.md")), ROOT / "README.md"], ids=lambda path: path.name)
def test_every_command_in_an_example_exists(path: Path) -> None:
    commands = all_commands()
    for block in re.findall(r"(?ms)^ *```(?:bash)?\n(.*?)^ *```", path.read_text()):
        for words in re.findall(r"^ *(?:\$ )?riskcore (.+)$", block, flags=re.MULTILINE):
            found = [name for name in commands if f"{words} ".startswith(f"{name} ")]
            assert found, f"{path.name}: riskcore {words}"
            known = {option for parameter in commands[found[0]].params for option in parameter.opts}
            unknown = set(re.findall(r"(?<= )(--?[a-z][a-z-]*)", words.split("#")[0])) - known
            assert not unknown, f"{path.name}: riskcore {words}"
