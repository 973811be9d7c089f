"""Brain Tumor MRI (Bhuvaji et al. 2020): `Training` and `Testing`, a folder per class in each."""

from dataclasses import replace
from pathlib import Path

from riskcore.data.adapters.folder import read_classes
from riskcore.data.adapters.listing import Listing
from riskcore.data.finding import visible_folders
from riskcore.errors import InputError


def recognises(path: Path) -> bool:
    """Whether `Training` and `Testing` are there, and a glioma class."""
    return _parts_present(path) and any(f.name.startswith("glioma") for f in visible_folders(path / "Training"))


def read(path: Path) -> Listing:
    """The published split is kept; patients are not part of the set and come from a groups file."""
    if not _parts_present(path):
        raise InputError(f"{path}: expected the folders Training and Testing of Brain Tumor MRI; check the folder.")
    listing = read_classes(path, "brain_mri")
    note = "The published split has images of the same patients, some of them identical, on both sides."
    return replace(listing, notes=(note, *listing.notes))


def _parts_present(path: Path) -> bool:
    return (path / "Training").is_dir() and (path / "Testing").is_dir()
