"""Costs as people write them in the cells of a table: decimal commas, thousands, a mark on the diagonal."""

import re
from collections.abc import Sequence

from riskcore.errors import InputError
from riskcore.foreign_text import quoted

NO_COST = {"", "-", "–", "—", "x", "nan", "n/a", "#n/a"}
"""What stands on the diagonal, in lower case, where being right costs nothing."""

_SPACED = re.compile(r"[1-9][0-9]{0,2}([ \u00a0\u2009\u202f'’][0-9]{3})+([.,][0-9]+)?")
_SPACES = re.compile("[ \u00a0\u2009\u202f'’]")
_GROUPED = {sign: re.compile(rf"[1-9][0-9]{{0,2}}([{sign}][0-9]{{3}})+") for sign in ",."}
_BOTH = re.compile(r"[0-9]+([,.])[0-9]{3}(?:\1[0-9]{3})*([,.])[0-9]+")
_OTHER = {",": ".", ".": ","}


def decimal_sign(cells: Sequence[str], separator: str) -> str | None:
    """The sign before the decimals of a table: a point or a comma; None where each is, or none can be told.

    What cannot stand before thousands, such as the comma of 2,5, tells. Where nothing does, a sign before three digits
    may be either: a comma then is no decimal one, nor is a point where semicolons separate the cells.

    Example:
        >>> decimal_sign(["0", "2,5"], ";"), decimal_sign(["1.500"], ","), decimal_sign(["1,000"], ";")
        (',', '.', None)
    """
    told = set()
    for cell in map(_without_spaces, cells):
        if (match := _BOTH.fullmatch(cell)) and match[1] != match[2]:
            told.add(match[2])
        elif len(signs := re.findall("[,.]", cell)) > 1 and len(set(signs)) == 1:
            told.add(_OTHER[signs[0]])
        elif len(signs) == 1 and not _GROUPED[signs[0]].fullmatch(cell):
            told.add(signs[0])
    if told:
        return told.pop() if len(told) == 1 else None
    grouped = {sign for sign in ",." if any(_GROUPED[sign].fullmatch(cell) for cell in cells)}
    return "." if not grouped or (grouped == {"."} and separator != ";") else None


def cost_of(cell: str, decimal: str | None) -> float | str:
    """A cell as a number, whole thousands apart or not; the text where it is none, which the matrix refuses by cell.

    Args:
        cell: without spaces around it. decimal: the sign before decimals, as `decimal_sign` finds it.

    Raises:
        InputError: the cell may be a number with thousands as well as one with three decimals.

    Example:
        >>> cost_of("1.234,5", ","), cost_of("10 000", "."), cost_of("2,5", None), cost_of("much", ".")
        (1234.5, 10000.0, 2.5, 'much')
    """
    plain = _without_spaces(cell)
    if decimal is None and any(grouped.fullmatch(plain) for grouped in _GROUPED.values()):
        whole, short = re.sub("[,.]", "", plain), re.sub("[,.]", ".", plain, count=1).rstrip("0")
        raise InputError(f"the cost is {quoted(cell)}, which may mean {whole} or {short.rstrip('.')}; write it so.")
    if decimal is not None and (_GROUPED[_OTHER[decimal]].fullmatch(plain) or _BOTH.fullmatch(plain)):
        plain = plain.replace(_OTHER[decimal], "")
    try:
        return float(plain.replace(",", "."))
    except ValueError:
        return cell


def _without_spaces(cell: str) -> str:
    return _SPACES.sub("", cell) if _SPACED.fullmatch(cell) else cell
