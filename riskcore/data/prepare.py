"""From a run's settings to the images it may use: narrowed, freed of leaks, divided, and checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcore.config import DataSettings
from riskcore.data import splits
from riskcore.data.audit import AUDIT_VERSION, Audit, audit
from riskcore.data.flow import flow
from riskcore.data.manifest import Manifest
from riskcore.data.missing import missing_dangers
from riskcore.data.registry import load_dataset
from riskcore.data.select import narrow
from riskcore.errors import InputError
from riskcore.files import write_json
from riskcore.foreign_text import quoted
from riskcore.progress import OnProgress
from riskcore.readers import read_json
from riskcore.severity import SeverityMatrix
from riskcore.versions import DOCUMENT_MOST
from riskcore.workspace import Workspace


@dataclass(frozen=True)
class Prepared:
    """What a run trains, validates and tests on.

    Attributes:
        manifest: the rows that are used, of any part.
        parts: (N,) "train", "validation", "test", "certify" or "" (unused) for each row.
        matrix: the severity matrix in the order of the manifest's classes.
        warnings: what the user should know, one sentence each.
        flow: how many images were listed, left out and why, and put into each part, as `riskcore.data.flow` gives it.
    """

    manifest: Manifest
    parts: NDArray[np.str_]
    matrix: SeverityMatrix
    warnings: tuple[str, ...]
    flow: Mapping[str, Any]

    def rows(self, part: str) -> NDArray[np.int64]:
        """Row numbers of one part."""
        return np.flatnonzero(self.parts == part)


def select(manifest: Manifest, settings: DataSettings, matrix: SeverityMatrix) -> tuple[Manifest, SeverityMatrix]:
    """Apply `classes` and `magnifications`; the matrix comes back for the classes that result."""
    merge = None
    if settings.classes == "groups":
        if matrix.groups is None:
            raise InputError(
                "data.classes=groups needs a matrix with clinical groups; this one has none: "
                "add `groups` to its file or use a preset."
            )
        if set(matrix.groups) == set(manifest.classes):
            merge = matrix.groups
            matrix = matrix.merged_groups()
    narrowed = narrow(manifest, classes=merge, magnifications=settings.magnifications)
    return narrowed, matrix.reordered(narrowed.classes)


def prepare(
    workspace: Workspace,
    settings: DataSettings,
    matrix: SeverityMatrix,
    fold: int | None = None,
    progress: OnProgress | None = None,
) -> Prepared:
    """Read, narrow, divide and check a data set for one run.

    Raises:
        InputError: the data set or its classes do not fit the matrix, groups stand in two parts, or a class has
            no training image, or there is nothing to validate or test on.
    """
    full = load_dataset(workspace, settings.name)
    manifest, matrix = select(full, settings, matrix)
    divided = parts = divide(manifest, settings, fold)
    leaks = leaking(manifest, parts, stored_audit(workspace, full, progress))
    if settings.drop_leaks:
        parts = np.where(np.isin(manifest.table["sample"], sorted(leaks)), "", parts)
    for code, label in enumerate(manifest.classes):
        if not np.any((parts == "train") & (manifest.targets == code)):
            raise InputError(
                f"{settings.name}: class {quoted(label)} has no training image; add images or merge classes."
            )
    for part in ("validation", "test", *(["certify"] if settings.certify else [])):
        if part not in parts:
            raise InputError(f"{settings.name}: there is no {part} image; add images or divide otherwise.")
    warnings = (*_leak_warnings(len(leaks), settings.drop_leaks), *missing_dangers(manifest, parts, matrix))
    return Prepared(manifest, parts, matrix, warnings, flow(full, manifest, divided, parts, matrix))


def _leak_warnings(leaks: int, dropped: bool) -> tuple[str, ...]:
    if leaks == 0:
        return ()
    images = f"{leaks:,} training or validation image{'' if leaks == 1 else 's'}"
    if dropped:
        return (f"{images} with a duplicate or a group in a later part left out.",)
    return (
        f"{images} with a duplicate in a later part, which flatters the results; "
        "data.drop_leaks=true leaves such images out.",
    )


def divide(manifest: Manifest, settings: DataSettings, fold: int | None) -> NDArray[np.str_]:
    """The part of each row under these settings, before leaks are dropped.

    Raises:
        InputError: a fold that does not exist, or groups in two parts that `drop_leaks` is not to leave out.
    """
    parts = splits.assign(
        manifest,
        folds=settings.folds,
        fold=fold,
        validation=settings.validation,
        test=settings.test,
        certify=settings.certify,
        seed=settings.split_seed,
    )
    if not settings.drop_leaks:
        splits.check_groups(manifest, parts)
    return parts


def leaking(manifest: Manifest, parts: NDArray[np.str_], findings: Audit) -> set[str]:
    """Training and validation samples that have a duplicate, or their group, in a later part."""
    level = dict(zip(manifest.table["sample"], (splits.ORDER[str(part)] for part in parts), strict=True))
    leaks = set(splits.straddling(manifest, parts))
    for samples in findings.duplicate_sets():
        levels = {sample: level[sample] for sample in samples if level.get(sample, -1) >= 0}
        leaks.update(sample for sample, own in levels.items() if own < max(levels.values()))
    return leaks


def stored_audit(workspace: Workspace, manifest: Manifest, progress: OnProgress | None = None) -> Audit:
    """The audit of this version of the data set: read when it was made before, else made and kept.

    Files that were replaced under their names are not noticed; `renewed_audit` looks again.
    """
    return kept_audit(workspace, manifest) or renewed_audit(workspace, manifest, progress)


def kept_audit(workspace: Workspace, manifest: Manifest) -> Audit | None:
    """The audit of this version of the data set, or None where none was made; InputError when it is damaged."""
    path = _audit_file(workspace, manifest)
    return Audit.from_dict(read_json(path, DOCUMENT_MOST)) if path.exists() else None


def renewed_audit(workspace: Workspace, manifest: Manifest, progress: OnProgress | None = None) -> Audit:
    """Look at every image anew, and keep the findings for training."""
    findings = audit(manifest, progress=progress)
    write_json(_audit_file(workspace, manifest), findings.as_dict())
    return findings


def _audit_file(workspace: Workspace, manifest: Manifest) -> Path:
    return workspace.datasets / f"{manifest.name}.audit" / f"{manifest.hash[:16]}-{AUDIT_VERSION}.json"
