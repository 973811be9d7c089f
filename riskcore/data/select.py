"""Narrowing a data set before it is divided: groups as classes, magnifications, images to leave out."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from riskcore.data.manifest import Manifest
from riskcore.errors import InputError
from riskcore.foreign_text import quoted


def narrow(
    manifest: Manifest,
    *,
    classes: Mapping[str, str] | None = None,
    magnifications: Collection[str] | None = None,
    drop: Collection[str] = (),
) -> Manifest:
    """The manifest with fewer classes or images.

    Args:
        manifest: any data set.
        classes: class name -> clinical group that becomes the class, in the order in which groups appear
            (`SeverityMatrix.groups`); None keeps the classes.
        magnifications: values of the subgroup `magnification` to keep, e.g. ("100",); None keeps all.
        drop: samples to leave out; those that are not there are passed over.

    Raises:
        InputError: a class without a group, a magnification that the set does not have, or a class that would
            lose all its images.

    Example:
        >>> import pandas as pd
        >>> from pathlib import Path
        >>> table = pd.DataFrame({"sample": ["1", "2", "3"], "label": ["naevus", "wart", "melanoma"]})
        >>> manifest = Manifest("toy", Path("/data"), "csv", ("melanoma", "naevus", "wart"), table)
        >>> groups = {"naevus": "benign", "wart": "benign", "melanoma": "malignant"}
        >>> narrow(manifest, classes=groups).classes
        ('benign', 'malignant')
    """
    if classes is not None:
        if absent := [name for name in manifest.classes if name not in classes]:
            raise InputError(f"{manifest.name}: class {quoted(absent[0])} has no clinical group; add it to the matrix.")
        order = tuple(dict.fromkeys(group for name, group in classes.items() if name in manifest.classes))
        labels = manifest.table["label"].map(classes)
        manifest = replace(manifest, classes=order, table=manifest.table.assign(label=labels))
    table = manifest.table[~manifest.table["sample"].isin(set(drop))]
    if magnifications is not None:
        if "magnification" not in manifest.subgroups:
            raise InputError(f"{manifest.name}: the data set has no magnifications; leave data.magnifications out.")
        known = sorted(set(manifest.table["magnification"]) - {""}, key=lambda value: (len(value), value))
        wanted = [str(value) for value in magnifications]
        if unknown := [value for value in wanted if value not in known]:
            raise InputError(f"{manifest.name}: there is no magnification {unknown[0]}; there are {', '.join(known)}.")
        table = table[table["magnification"].isin(wanted)]
    narrowed = replace(manifest, table=table)
    if emptied := [name for name in narrowed.empty_classes if name not in manifest.empty_classes]:
        raise InputError(f"{manifest.name}: class {quoted(emptied[0])} has no images left; leave fewer images out.")
    return narrowed
