"""What the findings of an audit mean for training, in words."""

from dataclasses import dataclass
from typing import Literal

from riskcore.data.audit import Audit

Kind = Literal["groups", "across", "labels", "unreadable", "blank", "several", "within", "lacking"]
Weight = Literal["blocks", "flatters", "note"]


@dataclass(frozen=True)
class Finding:
    """One kind of finding.

    Attributes:
        kind: "groups" in two splits, copies "across" splits, one image under two "labels", "unreadable" files, "blank"
            images, files with "several" images, copies "within" a split, or a published part "lacking" a class.
        weight: "blocks" training, "flatters" its result, or only a "note".
        headline: what was found, with numbers.
        meaning: what that does to training and what to do.
    """

    kind: Kind
    weight: Weight
    headline: str
    meaning: str


def meaning(findings: Audit) -> list[Finding]:
    """Every kind of finding that there is, the gravest first; none for a clean data set.

    Args:
        findings: of `riskcore.data.audit.audit`.
    """
    found = []
    if findings.unreadable:
        found.append(
            Finding(
                "unreadable",
                "blocks",
                f"{_counted(len(findings.unreadable), 'file')} cannot be read.",
                "Training stops at such a file. Fetch or export it again, or take it out of the data set, then "
                "register the data set again.",
            )
        )
    if findings.shared_groups:
        images = sum(sum(group.images.values()) for group in findings.shared_groups)
        found.append(
            Finding(
                "groups",
                "blocks",
                f"{_counted(len(findings.shared_groups), 'patient, slide or lesion', 'patients, slides or lesions')} "
                f"with {images:,} images in two splits.",
                "A model would be tested on patients it was trained on and look better than it is. Training is "
                "refused unless you let it leave out the images concerned.",
            )
        )
    if findings.blank:
        found.append(
            Finding(
                "blank",
                "flatters",
                f"{_counted(len(findings.blank), 'image')} blank or nearly so.",
                "They show nothing to learn from, and predict does not judge such images. Export them again with a "
                "window that shows their content, or take them out of the data set, then register it again.",
            )
        )
    sets = [*findings.exact, *findings.near]
    if across := [each for each in sets if each.across_splits]:
        found.append(
            Finding(
                "across",
                "flatters",
                f"{_counted(len(across), 'picture')} with copies in two splits.",
                "A model may remember the answer instead of finding it, which flatters the result. Let training leave "
                "out the copies in the earlier split.",
            )
        )
    if labels := [each for each in sets if each.two_labels]:
        found.append(
            Finding(
                "labels",
                "flatters",
                f"{_counted(len(labels), 'picture')} under two labels.",
                "At most one of the labels is right, and nobody but a specialist can tell which. Have them looked at, "
                "or leave the images out.",
            )
        )
    if within := [each for each in sets if not each.across_splits and not each.two_labels]:
        apart = sum(not each.within_group for each in within) if findings.has_groups else 0
        of_them = f", {apart:,} of them under different patients, slides or lesions" if apart else ""
        found.append(
            Finding(
                "within",
                "note",
                f"{_counted(len(within), 'picture')} with copies in one split{of_them}.",
                "Copies count more than once in training and in rates. Images of one patient, slide or lesion are not "
                "parted, but copies under different ones can be; training then says so.",
            )
        )
    if findings.several:
        found.append(
            Finding(
                "several",
                "note",
                f"{_counted(len(findings.several), 'file')} with several images.",
                "The first image of each is used: a frame of DICOM, GIF or WebP, a page of TIFF. Where another one is "
                "meant, export it as a file of its own.",
            )
        )
    for part, lacking in findings.lacking.items():
        found.append(
            Finding(
                "lacking",
                "note",
                f"The published {part} part holds no image of {', '.join(lacking)}.",
                "A class that test lacks is not tested. One that validation lacks is not calibrated, and the caution "
                "is chosen without it; without any dangerous class no caution can be chosen. Merge classes into "
                "groups, or divide the images into folds.",
            )
        )
    return found


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
