"""YAML: settings, as plain values without anchors, tags and dates."""

import math
from pathlib import Path
from typing import Any, ClassVar

import yaml

from riskcore.errors import InputError
from riskcore.foreign_text import cut, quoted
from riskcore.readers.contents import (
    DEPTH_MOST,
    DIGITS_MOST,
    check_tree,
    decoded,
    read_bytes,
    too_deep,
    too_large,
    wrong,
)

YAML_MOST = 2**20
"""Bytes of a YAML document; people write them by hand."""


def read_yaml(path: Path, most: int = YAML_MOST) -> dict[str, Any]:
    """The mapping in a YAML file.

    Args:
        path: of the file.
        most: bytes that it may hold.

    Raises:
        InputError: it cannot be read, holds no mapping, or `parse_yaml` refuses its content.
    """
    content = parse_yaml(read_bytes(path, most), str(path), most)
    if not isinstance(content, dict):
        raise InputError(f"{path}: expected a mapping of settings, such as `data: isic2018`.")
    return content


def parse_yaml(content: str | bytes, name: str, most: int = YAML_MOST) -> Any:
    """The value in a YAML text; dates stay text.

    Args:
        content: text, or bytes in UTF-8.
        name: what it is called in messages, such as its file's path.
        most: characters or bytes that it may have.

    Raises:
        InputError: it is too large or not valid, a mapping has a key twice, lists and mappings are nested deeper than
            `DEPTH_MOST`, a number is not finite or has more than `DIGITS_MOST` digits, a text holds a lone surrogate
            or a zero byte, or there is an anchor, an alias or a tag: a few lines of them can unfold to gigabytes.

    Example:
        >>> parse_yaml("seed: 3\\nwhen: 2026-02-30", "run.yaml")
        {'seed': 3, 'when': '2026-02-30'}
        >>> parse_yaml("a: &x 1\\nb: *x", "run.yaml")
        Traceback (most recent call last):
        riskcore.errors.InputError: run.yaml: not valid YAML (line 1, column 4: anchors and aliases are not read; ...).
    """
    if len(content) > most:
        raise wrong(name, too_large(most))
    text = decoded(content, name) if isinstance(content, bytes) else content
    try:
        _check_events(text)
        document = yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        what = " ".join(part for part in (error.context, error.problem) if part)
        raise wrong(name, f"not valid YAML ({_place(error.problem_mark)}{what}).") from error
    except yaml.YAMLError as error:  # a character that YAML does not allow
        raise wrong(name, f"not valid YAML ({_line(str(error))}).") from error
    except (ValueError, RecursionError) as error:  # a lone surrogate is a ValueError, too
        raise wrong(name, f"not valid YAML ({_line(str(error))}).") from error
    check_tree(name, "YAML", document)
    return document


def _line(text: str) -> str:
    return " ".join(text.split())


def _place(mark: Any) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""


_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C one is ten times as fast


def _check_events(text: str) -> None:
    """Refuse aliases, tags and depth while nothing is built yet."""
    depth = 0
    for event in yaml.parse(text, Loader=_SafeLoader):
        if getattr(event, "anchor", None):
            _refuse(event.start_mark, "anchors and aliases are not read; write the value out")
        if tag := getattr(event, "tag", None):
            _refuse(event.start_mark, f"tags such as {cut(tag)} are not read; leave it out")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEPTH_MOST:
            _refuse(event.start_mark, too_deep())


def _refuse(mark: Any, why: str) -> None:
    raise yaml.constructor.ConstructorError(None, None, why, mark)


class _Loader(_SafeLoader):
    """Plain values: what is written like a date is text, and numbers are finite."""

    yaml_implicit_resolvers: ClassVar = {
        sign: [(tag, pattern) for tag, pattern in known if tag != "tag:yaml.org,2002:timestamp"]
        for sign, known in _SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        if len(mapping) < len(node.value):
            seen = set()
            for key, _ in node.value:
                name = self.construct_object(key, deep=True)
                if name in seen:
                    _refuse(key.start_mark, f"key {quoted(name)} stands twice; keep one")
                seen.add(name)
        return mapping


def _whole(loader: Any, node: Any) -> int:
    if len(node.value) > DIGITS_MOST:
        _refuse(node.start_mark, f"{cut(node.value)} is a number of {len(node.value):,} digits")
    return yaml.constructor.SafeConstructor.construct_yaml_int(loader, node)


def _float(loader: Any, node: Any) -> float:
    number = yaml.constructor.SafeConstructor.construct_yaml_float(loader, node)
    if len(node.value) > DIGITS_MOST or not math.isfinite(number):
        _refuse(node.start_mark, f"{cut(node.value)} is not a finite number")
    return number


_Loader.add_constructor("tag:yaml.org,2002:int", _whole)
_Loader.add_constructor("tag:yaml.org,2002:float", _float)
