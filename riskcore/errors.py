"""What riskcore raises when it cannot go on; the command line turns each into one line and an exit code."""

import difflib
from collections.abc import Iterable

from riskcore.foreign_text import printable


class InputError(ValueError):
    """The input is wrong (exit code 2). The message is one line: what, where, and what to do.

    What it quotes may come from others: control characters and the like stand there as escapes.

    Example:
        >>> print(InputError("no run named 'a\\x1b[2J'; check the id."))
        no run named 'a\\x1b[2J'; check the id.
    """

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))


class RunError(RuntimeError):
    """The input was right, yet the work could not be done (exit code 1), e.g. a full disk or a diverged loss.

    Its message is one line as that of `InputError` is.
    """

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))


def nearest(name: str, known: Iterable[str]) -> str:
    """A half sentence that helps after an unknown name.

    Example:
        >>> nearest("isic2081", ["breakhis", "isic2018"])
        "did you mean 'isic2018'?"
        >>> nearest("x", ["breakhis", "isic2018"])
        'known are breakhis, isic2018.'
        >>> nearest("x", [])
        'there are none yet.'
    """
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    shown = ", ".join(names[:10]) + (", …" if len(names) > 10 else "")
    return f"known are {shown}." if names else "there are none yet."
