"""Looks at a test part, in words (`riskcore.runs.looks`)."""

NOT_WRITTEN = "This look at the test part is not counted: the folder of a run cannot be written."
NOT_OF_FILES = "Looks at the test part of a file are not counted."
VALIDATION = "Validation cases: they flatter, since cautions are chosen on them."
SHOW_TEST = "Show on test"
SHOW_TEST_HELP = (
    "What was chosen on validation cases is judged on test cases, best once. Each new matrix, floor, wish or dial for "
    "which test figures are shown is a look and is written down with the run: the best of many looks better than it is."
)
FIRST = "Look 0 at this test part: its own matrix at default settings."


def looks_words(number: int | None) -> str:
    """How often a test part was looked at.

    Args:
        number: as `riskcore.runs.looks.record` gives it.

    Example:
        >>> print(looks_words(3))
        Look 3 at this test part: the best of many looks flatters.
        >>> print(looks_words(None))
        This look at the test part is not counted: the folder of a run cannot be written.
    """
    if number is None:
        return NOT_WRITTEN
    if number == 0:
        return FIRST
    return f"Look {number:,} at this test part: the best of many looks flatters."
