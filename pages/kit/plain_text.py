"""What users wrote, inside markdown."""

import re

from riskcore.foreign_text import printable

_SIGNS = re.compile(r"([!-/:-@\[-`{-~])")

# Where Streamlit looks for links, symbols and arrows after the escapes are gone; an invisible word joiner there keeps
# it from finding them.
_FOUND_LATER = re.compile(
    r"(?<=:)(?=//)|(?<=www)(?=\.)|(?<=@)(?=[-\w]+\.)|(?<=:)(?=[-+\w]+:)|(?<=(?<!\S)[<>~-])(?=[->=]+(?!\S))",
    re.IGNORECASE,
)
_JOINER = "\u2060"


def escaped(text: str) -> str:
    """Text that markdown shows as it is, on one line: no formatting, link, picture or symbol comes of it.

    Control characters and those that hide or turn text stand there as escapes.
    """
    line = printable(" ".join(text.split()))
    return _SIGNS.sub(r"\\\1", _FOUND_LATER.sub(_JOINER, line))
