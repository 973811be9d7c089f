"""The flow of cases: how many images a data set lists, which are left out and why, and how many each part holds."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcore.data.manifest import SPLITS, Manifest
from riskcore.severity import SeverityMatrix

ABSENT = "listed, but not on disk"
NARROWED = "of another magnification"
UNUSED = "in the published test part, which folds leave unused"
LEAKING = "with a duplicate or their group in a later part"


def flow(
    registered: Manifest, used: Manifest, divided: NDArray[np.str_], parts: NDArray[np.str_], matrix: SeverityMatrix
) -> dict[str, Any]:
    """The flow of cases of one run, JSON-ready; every listed image is excluded once or stands in one part.

    Args:
        registered: the data set as it was registered.
        used: the same, narrowed to the images that the run may use.
        divided: (N,) part of each row of `used`, "" unused, before leaks are dropped.
        parts: (N,) the same after that.
        matrix: in the order of the classes of `used`.

    Returns:
        "listed" (images, absent ones too), "registered" {"images", "groups"}, "excluded" [{"why", "images", "groups"}]
        of those that there are (groups: of these images, None of absent ones), and "train", "validation", "test" and,
        where there is that part, "certify" {"images", "groups", "critical"}, critical: images of critical classes.

    Source: what STARD 2015 (Bossuyt et al., BMJ 351) asks for as the flow of participants.

    Example:
        >>> import pandas as pd
        >>> from pathlib import Path
        >>> table = pd.DataFrame({"sample": ["1", "2", "3", "4"], "label": ["a", "a", "b", "b"]})
        >>> manifest = Manifest("toy", Path("/data"), "csv", ("a", "b"), table)
        >>> divided = np.array(["train", "train", "validation", "test"])
        >>> kept = np.array(["train", "", "validation", "test"])
        >>> M = SeverityMatrix(["a", "b"], [[0, 1], [9, 0]], critical=9)
        >>> found = flow(manifest, manifest, divided, kept, M)
        >>> found["excluded"]
        [{'why': 'with a duplicate or their group in a later part', 'images': 1, 'groups': 1}]
        >>> found["test"]
        {'images': 1, 'groups': 1, 'critical': 1}
    """
    narrowed = ~registered.table["sample"].isin(set(used.table["sample"])).to_numpy()
    excluded = [
        {"why": ABSENT, "images": len(registered.missing), "groups": None},
        {"why": NARROWED, **_counts(registered, narrowed)},
        {"why": UNUSED, **_counts(used, divided == "")},
        {"why": LEAKING, **_counts(used, (divided != "") & (parts == ""))},
    ]
    critical = matrix.critical_classes[used.targets]
    return {
        "listed": len(registered) + len(registered.missing),
        "registered": _counts(registered, np.ones(len(registered), bool)),
        "excluded": [each for each in excluded if each["images"]],
        **{
            part: {**_counts(used, parts == part), "critical": int(critical[parts == part].sum())}
            for part in (*SPLITS, *(["certify"] if "certify" in parts else []))
        },
    }


def _counts(manifest: Manifest, rows: NDArray[np.bool_]) -> dict[str, int]:
    return {"images": int(rows.sum()), "groups": int(manifest.table["group"][rows].nunique())}
