"""How many images each class has, and what their imbalance means."""

from collections.abc import Sequence
from dataclasses import dataclass

from riskcore.data.manifest import SPLITS, Manifest

UNASSIGNED = "not assigned"

_EVEN = 1.5
"""Up to this ratio of the commonest class to the rarest, classes count as about equally common."""


@dataclass(frozen=True)
class ClassCount:
    """One class of a data set.

    Attributes:
        images: how many it has.
        share: of all images.
        groups: patients, slides or lesions among them; None where those are unknown.
        splits: published split (or "not assigned") -> images; only splits that the data set has.
    """

    label: str
    images: int
    share: float
    groups: int | None
    splits: dict[str, int]


def class_counts(manifest: Manifest) -> list[ClassCount]:
    """The classes of a data set, in its order.

    Example:
        >>> import pandas as pd
        >>> from pathlib import Path
        >>> table = pd.DataFrame({"sample": ["1", "2", "3", "4"], "label": ["well", "ill", "well", "well"]})
        >>> counts = class_counts(Manifest("toy", Path("/data"), "csv", ("ill", "well"), table))
        >>> [(count.label, count.images, count.share) for count in counts]
        [('ill', 1, 0.25), ('well', 3, 0.75)]
    """
    table = manifest.table.assign(split=manifest.table["split"].replace("", UNASSIGNED))
    present = set(table["split"])
    splits = [split for split in (*SPLITS, UNASSIGNED) if split in present]
    counts = []
    for label in manifest.classes:
        rows = table[table["label"] == label]
        counts.append(
            ClassCount(
                label=label,
                images=len(rows),
                share=len(rows) / max(len(table), 1),
                groups=int(rows["group"].nunique()) if manifest.has_groups else None,
                splits={split: int((rows["split"] == split).sum()) for split in splits},
            )
        )
    return counts


def imbalance(counts: Sequence[ClassCount]) -> str:
    """How unequal the classes are, and what accuracy that gives for nothing, in two sentences.

    Args:
        counts: from `class_counts`, at least one image among them.

    Example:
        >>> few, many = ClassCount("ill", 10, 0.1, None, {}), ClassCount("well", 90, 0.9, None, {})
        >>> print(imbalance([few, many]))
        For each image of ill, the rarest class, there are 9 of well, the commonest. A model that always says well \
would be right in 90.0 % of the images: accuracy alone says little here.
    """
    rarest, commonest = min(counts, key=lambda count: count.images), max(counts, key=lambda count: count.images)
    always = (
        f"A model that always says {commonest.label} would be right in {100 * commonest.share:.1f} % of the images: "
        "accuracy alone says little here."
    )
    if rarest.images == 0:
        return f"There is no image of {rarest.label}: the set can be looked at, but not trained on. {always}"
    ratio = commonest.images / rarest.images
    if ratio <= _EVEN:
        return (
            "The classes are about equally common. A model that always says the same class would be right in "
            f"{100 * commonest.share:.1f} % of the images."
        )
    times = f"{ratio:.0f}" if ratio >= 10 or ratio == round(ratio) else f"{ratio:.1f}"
    unequal = f"there are {times} of {commonest.label}, the commonest."
    return f"For each image of {rarest.label}, the rarest class, {unequal} {always}"
