"""MkDocs hook: fills the tables of settings and of commands from the code, so that they cannot differ from it.

``<!-- settings -->`` becomes a table of the settings of a training run, ``<!-- commands: GROUP -->`` the commands of
one group of the command line, ``<!-- commands: -->`` the list of all.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import typer
from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from riskcore.cli import _assemble, app
from riskcore.config import RunConfig, TrainSettings

FOLLOWS_BACKBONE = ("epochs", "batch_size", "learning_rate", "weight_decay")
"""Settings of training whose default depends on `train.backbone`."""


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Called by MkDocs for each page, before Markdown becomes HTML."""
    markdown = markdown.replace("<!-- settings -->", settings_table())
    return re.sub(r"<!-- commands: ?([a-z]*) -->", lambda found: command_tables(found[1]), markdown)


def settings_table() -> str:
    """One row a setting: name, default, values that are accepted, meaning."""
    lines = ["| setting | default | values | meaning |", "| --- | --- | --- | --- |"]
    for name, field in fields(RunConfig):
        cells = (f"`{name}`", default_of(name, field), values_of(field), field.description or "")
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def fields(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every setting under its dotted name."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from fields(field.annotation, f"{prefix}{name}.")
        else:
            yield prefix + name, field


def default_of(name: str, field: FieldInfo) -> str:
    """The default as a file would give it; three of them where it follows from `train.backbone`."""
    if field.is_required():
        return "required"
    group, _, own = name.rpartition(".")
    if group == "train" and own in FOLLOWS_BACKBONE:
        by_backbone = (
            (backbone, getattr(TrainSettings.model_validate({"backbone": backbone}), own))
            for backbone in ("full", "last:2", "frozen")
        )
        return ", ".join(f"{backbone.replace('2', 'N')} `{value:g}`" for backbone, value in by_backbone)
    if field.default is None or isinstance(field.default, bool):
        return f"`{str(field.default).lower()}`"
    return f"`{field.default:g}`" if isinstance(field.default, float) else f"`{field.default}`"


def values_of(field: FieldInfo) -> str:
    """The words that are accepted, or the type with its limits."""
    words = [f"`{word}`" for word in _words(field.annotation)]
    if words:
        return ", ".join(["whole number"] * (int in _kinds(field.annotation)) + words)
    names = [kind.__name__ for kind in _kinds(field.annotation) if isinstance(kind, type) and kind is not NoneType]
    kind = {"str": "text", "int": "whole number", "float": "number", "bool": "`true`, `false`", "tuple": "list"}
    limits = " and ".join(filter(None, map(_limit, field.metadata)))
    return f"{kind.get(names[0], names[0])} {limits}".strip()


def _limit(bound: Any) -> str:
    signs: dict[type, tuple[str, str]] = {Ge: ("≥", "ge"), Gt: (">", "gt"), Le: ("≤", "le"), Lt: ("<", "lt")}
    sign, attribute = signs.get(type(bound), ("", ""))
    return f"{sign} {getattr(bound, attribute):g}" if sign else ""


def _words(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
    elif get_origin(annotation) in (Union, UnionType):
        for one in get_args(annotation):
            yield from _words(one)


def _kinds(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) in (Union, UnionType):
        for one in get_args(annotation):
            yield from _kinds(one)
    else:
        yield get_origin(annotation) or annotation


def command_tables(group: str) -> str:
    """The commands of one group with their arguments and options; without a group one line a command."""
    _assemble()
    commands = dict(_below(typer.main.get_command(app), ()))
    if not group:
        lines = ["| command | does |", "| --- | --- |"]
        lines += [f"| `riskcore {name}` | {_first_line(command.help)} |" for name, command in commands.items()]
        return "\n".join(lines)
    parts = []
    for name, command in commands.items():
        if name.split()[0] != group:
            continue
        arguments = [one for one in command.params if one.param_type_name == "argument"]
        options = [one for one in command.params if one.param_type_name == "option" and "--help" not in one.opts]
        usage = " ".join(["riskcore", name, *map(_argument, arguments)])
        parts.append(f"**`{usage}`**  \n{_first_line(command.help)}")
        if options:
            rows = [f"| {_option(one)} | {_meaning(one)} |" for one in options]
            parts.append("\n".join(["| option | meaning |", "| --- | --- |", *rows]))
    return "\n\n".join(parts)


def _argument(argument: Any) -> str:
    name = argument.metavar or argument.name.upper() + (" ..." if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def _option(option: Any) -> str:
    kind = {float: "NUMBER", int: "NUMBER", Path: "PATH"}.get(option.type_descriptor.annotation, "TEXT")
    value = "" if option.is_flag else f" {option.metavar or kind}"
    return ", ".join(f"`{spelling}{value}`" for spelling in option.opts)


def _meaning(option: Any) -> str:
    text = (option.help or "").replace("|", "\\|")
    if option.required:
        return f"{text} Required."
    shown = option.default is not None and not option.is_flag and option.default != ()
    return f"{text} Default: `{option.default}`." if shown and not callable(option.default) else text


def _first_line(text: str | None) -> str:
    return " ".join((text or "").split("\n\n")[0].split())


def _below(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    if hasattr(command, "commands"):
        for name, one in command.commands.items():
            yield from _below(one, (*path, name))
    else:
        yield " ".join(path), command
