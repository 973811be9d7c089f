"""JSON: documents and lines."""

import json
import math
from pathlib import Path
from typing import Any, NoReturn

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

JSON_MOST = 64 * 2**20
"""Bytes of a JSON document, unless its reader says more: a run's, or a matrix, takes a few KiB."""

_REMEDY = "correct or restore the file"


def read_json(path: Path, most: int = JSON_MOST, *, nan_as_null: bool = False) -> Any:
    """The JSON document in a file.

    Args:
        path: of the file.
        most: bytes that it may hold.
        nan_as_null: as for `parse_json`.

    Raises:
        InputError: it cannot be read, or `parse_json` refuses its content.
    """
    return parse_json(read_bytes(path, most), str(path), most, nan_as_null=nan_as_null)


def parse_json(content: str | bytes, name: str, most: int = JSON_MOST, *, nan_as_null: bool = False) -> Any:
    """The document in a JSON text, such as a line of a file.

    Args:
        content: text, or bytes in UTF-8.
        name: what it is called in messages, such as its file's path; "" for nothing.
        most: characters or bytes that it may have.
        nan_as_null: read NaN and Infinity, which are no JSON, as null: earlier versions wrote them into records.

    Raises:
        InputError: it is too large or not valid, an object has a key twice, lists and objects are nested deeper than
            `DEPTH_MOST`, a number is not finite or has more than `DIGITS_MOST` digits, or a text holds a lone
            surrogate or a zero byte.

    Example:
        >>> parse_json('{"seed": 1e999}', "a.json")
        Traceback (most recent call last):
        riskcore.errors.InputError: a.json: not valid JSON (1e999 is not a finite number); correct or restore the file.
    """
    if len(content) > most:
        raise wrong(name, too_large(most))
    text = decoded(content, name) if isinstance(content, bytes) else content
    try:
        document = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_whole,
            parse_float=_float,
            parse_constant=(lambda _: None) if nan_as_null else _constant,
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise wrong(name, f"not valid JSON ({where}); {_REMEDY}.") from error
    except _Refused as error:
        raise wrong(name, f"not valid JSON ({error}); {_REMEDY}.") from error
    except RecursionError:
        raise wrong(name, f"not valid JSON ({too_deep()}).") from None
    # Only these can be wrong with a tree; large documents, which have none of them, are not walked through.
    if text.count("[") + text.count("{") > DEPTH_MOST or "\\u" in text or not _encodes(text):
        check_tree(name, "JSON", document)
    return document


class _Refused(Exception):
    """Why a part of a document is refused."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Refused(f"key {quoted(twice)} stands twice, keep one")
    return content


def _whole(digits: str) -> int:
    if len(digits) > DIGITS_MOST:
        raise _Refused(f"{cut(digits)} is a number of {len(digits):,} digits")
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _Refused(f"{cut(digits)} is not a finite number")
    return number


def _constant(name: str) -> NoReturn:
    raise _Refused(f"{name} is not a finite number")


def _encodes(text: str) -> bool:
    """Whether a text can be written to a file: false with a lone surrogate, which text in memory can hold."""
    try:
        text.isascii() or text.encode()
    except UnicodeEncodeError:
        return False
    return True
