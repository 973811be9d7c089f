"""Files that are called as images and hold none, as far as their first bytes tell: empty ones, pages of HTML."""

from dataclasses import replace
from pathlib import Path

from riskcore.data.finding import is_image_content
from riskcore.data.manifest import Manifest
from riskcore.errors import InputError
from riskcore.foreign_text import listed, quoted

_HEAD = 132  # bytes
_BY_NAME = (".dcm", ".dicom", ".dic", ".ima")  # old ones have no sign by which they are known


def readable(manifest: Manifest) -> Manifest:
    """A data set without the files that cannot be images, and with a note that names them.

    What is damaged further in is found by the audit, which decodes every image.

    Raises:
        InputError: a class is left without images.

    Example:
        >>> import pandas as pd
        >>> import tempfile
        >>> here = Path(tempfile.mkdtemp())
        >>> for name, content in (("1.jpg", b"\\xff\\xd8\\xff"), ("2.jpg", b"<html>"), ("3.gif", b"GIF89a")):
        ...     _ = (here / name).write_bytes(content)
        >>> table = pd.DataFrame({"sample": ["1.jpg", "2.jpg", "3.gif"], "label": ["ill", "ill", "well"]})
        >>> found = readable(Manifest("toy", here, "csv", ("ill", "well"), table))
        >>> len(found), found.notes
        (2, ('Left out: files that are called as images and hold none (1: 2.jpg).',))
    """
    fine = manifest.table["sample"].map(lambda sample: _is_fine(manifest.path(sample)))
    if fine.all():
        return manifest
    names = manifest.table["sample"][~fine]
    note = f"Left out: files that are called as images and hold none ({len(names):,}: {listed(names)})."
    kept = replace(manifest, table=manifest.table[fine], notes=(*manifest.notes, note))
    if empty := [label for label in kept.empty_classes if label not in manifest.empty_classes]:
        raise InputError(
            f"{manifest.name}: class {quoted(empty[0])} has no images; add images of it or remove the class. {note}"
        )
    return kept


def _is_fine(path: Path) -> bool:
    try:
        with path.open("rb", buffering=0) as stream:
            head = stream.read(_HEAD)
    except OSError:
        return False
    return is_image_content(head) or (path.suffix.lower() in _BY_NAME and bool(head))
