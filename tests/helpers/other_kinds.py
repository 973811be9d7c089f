"""The images that a skin model once called melanoma, carcinoma and harmless: a CT slice, a brain MRI, an ultrasound."""

from pathlib import Path

from pydicom.data import get_testdata_file

NAMES = ("CT_small.dcm", "MR_small.dcm", "examples_rgb_color.dcm")
"""As the package pydicom carries them; the last one is in colour."""


def other_kinds() -> list[Path]:
    """Their files."""
    paths = [get_testdata_file(name) for name in NAMES]
    assert all(isinstance(path, str) for path in paths)
    return [Path(str(path)) for path in paths]
