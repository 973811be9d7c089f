"""Whether a data set is ready to be trained on: how many images each part has, and what its audit knows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskcore.config import DataSettings
from riskcore.data.missing import missing_dangers
from riskcore.data.prepare import divide, kept_audit, leaking, select
from riskcore.data.registry import load_dataset
from riskcore.severity import SeverityMatrix
from riskcore.workspace import Workspace


@dataclass(frozen=True)
class Readiness:
    """What is known before a run looks at the images.

    Attributes:
        images: part ("train", "validation", "test", and "certify" where asked for) -> number of images, leaks included.
        audited: whether an audit of this version of the data set is kept; else the first run makes one.
        leaks: training and validation images with a duplicate, or their group, in a later part; 0 before the audit.
        unreadable: files that cannot be decoded, with which no run can start; 0 before the audit.
        missing: dangerous classes that validation or test lack, and what follows, a sentence each.
    """

    images: dict[str, int]
    audited: bool
    leaks: int
    unreadable: int
    missing: tuple[str, ...]


def readiness(workspace: Workspace, data: DataSettings, matrix: SeverityMatrix, fold: int | None = None) -> Readiness:
    """What is known of a data set under these settings; no image is opened.

    Raises:
        InputError: the data set cannot be divided so, or the matrix is for other classes.
    """
    full = load_dataset(workspace, data.name)
    manifest, matrix = select(full, data, matrix)
    parts = divide(manifest, data, fold)
    missing = missing_dangers(manifest, parts, matrix)
    findings = kept_audit(workspace, full)
    if findings is None:
        return Readiness(_sizes(parts), False, 0, 0, missing)
    used = set(manifest.table["sample"])
    unreadable = sum(each.sample in used for each in findings.unreadable)
    return Readiness(_sizes(parts), True, len(leaking(manifest, parts, findings)), unreadable, missing)


def part_sizes(
    workspace: Workspace, data: DataSettings, matrix: SeverityMatrix, fold: int | None = None
) -> dict[str, int]:
    """Number of images of each part under these settings; raises as `readiness` does."""
    manifest, _ = select(load_dataset(workspace, data.name), data, matrix)
    return _sizes(divide(manifest, data, fold))


def _sizes(parts: NDArray[np.str_]) -> dict[str, int]:
    shown = [part for part in ("train", "validation", "test", "certify") if part != "certify" or part in parts]
    return {part: int((parts == part).sum()) for part in shown}
