"""Predictions as a vendor hands them over: CSV files made from predictions in memory."""

import csv
from collections.abc import Sequence
from pathlib import Path

from scipy.special import softmax

from riskcore.predictions import RunPredictions


def write_foreign(
    path: Path,
    run: RunPredictions,
    parts: Sequence[str] = ("validation", "test"),
    *,
    columns: Sequence[str] | None = None,
    groups: bool = True,
    leave_out: Sequence[str] = (),
) -> Path:
    """The parts of all members of a run (whose samples must differ) as one file.

    `columns`: the classes in another order; `groups`: with that column; `leave_out`: samples that the file lacks.
    """
    classes = columns or run.classes
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["sample", "truth", "split", *(["group"] if groups else []), *classes])
        for member in run.members:
            for part in parts:
                cases = getattr(member, part)
                for sample, truth, group, shares in zip(
                    cases.samples, cases.truth, cases.groups, softmax(cases.logits, axis=1), strict=True
                ):
                    if sample not in leave_out:
                        told = [sample, run.classes[truth], part, *([group] if groups else [])]
                        by_class = dict(zip(run.classes, shares, strict=True))
                        writer.writerow([*told, *(repr(float(by_class[name])) for name in classes)])
    return path
