"""Keys of the page's state that several of its files set: what was clicked decides what the others show."""

OF = "compare_of"
"""Id of the run that is looked at."""

KIND = "compare_kind"
"""Whose images the first screen shows: "missed" or "false_alarm"."""

TAB = "compare_tab"
"""Name of the open tab."""

IMAGES = "Images"
"""The tab that shows what is called wrong."""

IMAGE = "compare_image"
"""Name of the image (sample) that was clicked, whose page is shown; absent while there is none."""

CELL = "compare_cell"
"""The confusion whose images are shown, as "TRUTH called CALL"."""

WHICH = "compare_mistakes"
"""Which mistakes are shown, `DANGEROUS` or `ALL`."""

DANGEROUS, ALL = "Dangerous mistakes only", "All mistakes"

WHOSE = "compare_whose"
"""Id of the run whose mistakes are shown, or `EITHER`."""

EITHER = "either"

PAGE = "compare_page"
"""Number of the page of images."""
