"""The content of a file: only of a regular one, only up to a stated size, and text only in UTF-8."""

import contextlib
import os
import stat
from pathlib import Path
from typing import Any

from riskcore.errors import InputError
from riskcore.foreign_text import quoted

DEPTH_MOST = 64
"""So deep may lists and mappings stand in one another."""

_WORKBOOK = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")

DIGITS_MOST = 300
"""So many digits may a whole number have; any such number is a finite float."""


def read_bytes(path: Path, most: int) -> bytes:
    """The content of a regular file.

    Args:
        path: of the file; links are followed.
        most: bytes that it may hold.

    Raises:
        InputError: it cannot be read, is no regular file (reading a pipe would wait for ever), or holds more.
    """
    content = read_start(path, most + 1)
    if len(content) > most:
        raise InputError(f"{path}: {too_large(most)}")
    return content


def read_start(path: Path, size: int) -> bytes:
    """The first so many bytes of a regular file.

    Raises:
        InputError: it cannot be read, or is no regular file.
    """
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise InputError(f"{path}: this is no regular file; give the path of one.")
            return file.read(size)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path.") from error
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path}: cannot be read (no file can have this name); check the path.") from error


def decoded(content: bytes, name: str) -> str:
    """Text in UTF-8, without the byte order mark that some editors put before it; in UTF-16 with such a mark, too.

    Raises:
        InputError: it is neither; an Excel workbook is named as such.
    """
    if content.startswith(_WORKBOOK):
        raise wrong(name, "this is an Excel workbook; save the sheet as CSV (UTF-8).")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) and len(content) > 2:
        with contextlib.suppress(UnicodeDecodeError):
            return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise wrong(name, f"not UTF-8 text (line {line}); save it as UTF-8.") from error


def wrong(name: str, what: str) -> InputError:
    """The error of a document: what is wrong with it, after its name where it has one.

    Example:
        >>> str(wrong("a.json", "not valid JSON.")), str(wrong("", "not valid JSON."))
        ('a.json: not valid JSON.', 'not valid JSON.')
    """
    return InputError(f"{name}: {what}" if name else what)


def too_large(most: int) -> str:
    """What is wrong with a file of more than so many bytes.

    Example:
        >>> too_large(2**20)
        'larger than 1 MiB, the most that is read; make it smaller.'
    """
    return f"larger than {most / 2**20:g} MiB, the most that is read; make it smaller."


def check_tree(name: str, kind: str, document: Any) -> None:
    """Refuse what later steps could trip over: deep nesting, and text that no file can hold.

    Raises:
        InputError: lists and mappings are nested deeper than `DEPTH_MOST`, or a text holds a lone surrogate or a
            zero byte.
    """
    level = [document]
    for _ in range(DEPTH_MOST + 1):
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below += value.keys()
                below += value.values()
            elif isinstance(value, list):
                below += value
            elif isinstance(value, str) and not is_storable(value):
                raise wrong(
                    name,
                    f"not valid {kind} (the text {quoted(value)} holds a sign that no file can hold); take it out.",
                )
        if not below:
            return
        level = below
    raise wrong(name, f"not valid {kind} ({too_deep()}).")


def too_deep() -> str:
    """What is wrong with a document that is nested too deeply."""
    return f"lists and mappings stand more than {DEPTH_MOST} deep in one another; make it flat"


def is_storable(text: str) -> bool:
    """Whether a file can hold a text, and a path be it: without lone surrogates and zero bytes.

    Example:
        >>> is_storable("Größe"), is_storable("\\udcff.png"), is_storable("\\0")
        (True, False, False)
    """
    if text.isascii():
        return "\0" not in text
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text
