"""What class maps show, and what they cannot."""

MAP_NOTE = (
    "A class map shows where the score of a class reacts, most in yellow, not why: it does not say that the call is "
    "right, nor that what it leaves out is harmless."
)
"""Wherever maps are shown."""

NOTHING = "nothing to see, no place raises its score"

NO_MISS = "No plausible dangerous miss, so no map of one."

CALLED, MISSED = "Class that is called", "Most dangerous plausible miss"
"""The two classes that an image has maps of."""

STRENGTH_HELP = "How strongly class maps cover the images; at 0 there are none."


def map_of(name: str, shown: bool) -> str:
    """What stands under a map.

    Example:
        >>> map_of("melanoma", True)
        'Map of melanoma'
        >>> map_of("melanoma", False)
        'Map of melanoma: nothing to see, no place raises its score'
    """
    return f"Map of {name}" if shown else f"Map of {name}: {NOTHING}"
