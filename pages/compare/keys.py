"""Keys of the page's state that several of its files set: what was clicked decides what the others show."""

OF = "compare_of"
"""Id of the run that is looked at."""

KIND = "compare_kind"
"""Whose images the first screen shows: "missed" or "false_alarm"."""

TAB = "compare_tab"
"""Name of the open tab."""

IMAGE = "compare_image"
"""Name of the image (sample) that was clicked, whose page is shown; absent while there is none."""
