"""Looks at a test part, in words (`riskcore.runs.looks`)."""

NOT_WRITTEN = "This look at the test part is not counted: the folder of a run cannot be written."
NOT_OF_FILES = "Looks at the test part of a file are not counted."
FIRST = "Look 0 at this test part: its own matrix at default settings."


def looks_words(number: int | None) -> str:
    """How often a test part was looked at.

    Args:
        number: as `riskcore.runs.looks.record` gives it.

    Example:
        >>> print(looks_words(3))
        Look 3 at this test part: the more settings are tried on it, the more the best of them flatters.
        >>> print(looks_words(None))
        This look at the test part is not counted: the folder of a run cannot be written.
    """
    if number is None:
        return NOT_WRITTEN
    if number == 0:
        return FIRST
    return f"Look {number:,} at this test part: the more settings are tried on it, the more the best of them flatters."
