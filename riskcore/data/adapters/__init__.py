"""One module a published layout; each tells whether it recognises a path and reads it into a `Listing`."""

from dataclasses import replace
from pathlib import Path
from typing import Protocol

from riskcore.data.adapters import brain_mri, breakhis, csv_file, folder, ham10000, isic2018, sicapv2
from riskcore.data.adapters.download import inner_folder
from riskcore.data.adapters.listing import Listing
from riskcore.errors import InputError
from riskcore.foreign_text import quoted


class Adapter(Protocol):
    """What a module of this package offers."""

    def recognises(self, path: Path) -> bool: ...

    def read(self, path: Path) -> Listing: ...


ADAPTERS: dict[str, Adapter] = {
    "isic2018": isic2018,
    "ham10000": ham10000,
    "sicapv2": sicapv2,
    "breakhis": breakhis,
    "brain_mri": brain_mri,
    "csv": csv_file,
    "folder": folder,
}
"""In the order in which `auto` tries them: the general ones last, a folder per class after one outer folder."""

FORMATS = ("auto", *sorted(ADAPTERS))


def read(path: Path, format: str = "auto") -> Listing:
    """Read a data set's layout; InputError when the path is absent, the format unknown or a table wrong."""
    if format not in FORMATS:
        raise InputError(f"Expected the format to be one of {', '.join(FORMATS)}, but got {quoted(format)}.")
    if not path.exists():
        raise InputError(f"{path}: there is no such folder or file; check the path.")
    path = path.resolve()
    if format != "auto":
        return ADAPTERS[format].read(path)
    for adapter in ADAPTERS.values():
        if adapter is not folder and adapter.recognises(path):
            return adapter.read(path)
    if (inner := inner_folder(path)) != path:
        listing = read(inner)
        return replace(listing, notes=(f"The set lies in {inner.relative_to(path)}.", *listing.notes))
    if folder.recognises(path):
        return folder.read(path, told=False)
    raise InputError(
        f"{path}: the layout is not recognised. Looked for ISIC 2018, HAM10000, SICAPv2, BreaKHis, Brain Tumor MRI, "
        "one CSV file with the columns path and label, and a folder per class with images in it; if it is one "
        f"of these, name it with --format ({', '.join(FORMATS[1:])})."
    )
