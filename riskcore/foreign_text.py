"""Text that others wrote - names of files and classes, cells, values - made safe to show on each surface."""

import unicodedata
from collections.abc import Iterable
from typing import Any

MOST_SHOWN = 60
"""So many characters of a value stand in a message."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def printable(text: str) -> str:
    """Text on one line in which nothing acts or hides: other characters stand there as escapes.

    Escaped are control characters, line and paragraph separators, format characters (those that turn the direction
    or have no width), lone surrogates and whatever else Unicode gives no visible sign.

    Example:
        >>> print(printable("scan\\x1b[31m\\n\\u202egnp.exe Größe"))
        scan\\x1b[31m\\n\\u202egnp.exe Größe
    """
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() or unicodedata.category(sign) == "Zs" else sign.encode("unicode_escape").decode()
        for sign in text
    )


def quoted(value: Any) -> str:
    """A value as Python writes it, for a message: on one line, cut to `MOST_SHOWN` characters.

    Example:
        >>> quoted("isic"), quoted(10**9000), len(quoted("x" * 1000))
        ("'isic'", '(int, too long to show)', 60)
    """
    try:
        text = printable(repr(value[:MOST_SHOWN] if isinstance(value, str | bytes) else value))
    except (ValueError, RecursionError, MemoryError):  # of a number with too many digits, of what is nested too deeply
        return f"({type(value).__name__}, too long to show)"
    whole = len(text) <= MOST_SHOWN and not (isinstance(value, str | bytes) and len(value) > MOST_SHOWN)
    quote = text[-1] if text[-1] in "'\"" else ""
    return text if whole else f"{text[: MOST_SHOWN - 1 - len(quote)]}…{quote}"


def cut(text: str) -> str:
    """Text without quotes, for a message: on one line, cut to `MOST_SHOWN` characters.

    Example:
        >>> cut("a" * 100) == "a" * 59 + "…"
        True
    """
    line = printable(text[: MOST_SHOWN + 1])
    return line if len(line) <= MOST_SHOWN else f"{line[: MOST_SHOWN - 1]}…"


def listed(names: Iterable[Any], most: int = 10) -> str:
    """Names for a message, each cut, with an ellipsis in place of those beyond `most`.

    Example:
        >>> listed(["NV", "MEL"]), listed("abc", most=2)
        ('NV, MEL', 'a, b, …')
    """
    every = [cut(str(name)) for name in names]
    return ", ".join([*every[:most], *(["…"] if len(every) > most else [])])


def spreadsheet_safe(cell: Any) -> Any:
    """A cell of a table for people: text that a spreadsheet would take for a formula gets an apostrophe.

    An apostrophe that stands there already gets another one before such text, so that `spreadsheet_plain` gives back
    what was written.

    Example:
        >>> spreadsheet_safe("=1+1"), spreadsheet_safe("'=1+1"), spreadsheet_safe("naevus"), spreadsheet_safe(-0.5)
        ("'=1+1", "''=1+1", 'naevus', -0.5)
    """
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip("'").startswith(_FORMULA) else cell


def spreadsheet_plain(cell: str) -> str:
    """A cell as it was before `spreadsheet_safe`.

    Example:
        >>> spreadsheet_plain("'=1+1"), spreadsheet_plain("'quoted'"), spreadsheet_plain("-0.5")
        ('=1+1', "'quoted'", '-0.5')
    """
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA) else cell
