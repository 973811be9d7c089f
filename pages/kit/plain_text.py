"""What users wrote, inside markdown."""

import re

_SIGNS = re.compile(r"([!-/:-@\[-`{-~])")


def escaped(text: str) -> str:
    """Text that markdown shows as it is, on one line."""
    return _SIGNS.sub(r"\\\1", " ".join(text.split()))
