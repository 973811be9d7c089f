"""Dangerous classes that a division leaves without a case to choose the dial on, or to be tested on."""

import numpy as np
from numpy.typing import NDArray

from riskcore.data.manifest import Manifest
from riskcore.decision.absent import no_critical_case
from riskcore.decision.notes import untested_words
from riskcore.severity import SeverityMatrix


def missing_dangers(manifest: Manifest, parts: NDArray[np.str_], matrix: SeverityMatrix) -> tuple[str, ...]:
    """What validation and test lack, and what follows, a sentence each; none where both hold every critical class.

    Args:
        manifest: N images.
        parts: (N,) as `riskcore.data.splits.assign` gives them.
        matrix: classes in the order of the manifest's.

    Example:
        >>> import pandas as pd
        >>> from pathlib import Path
        >>> table = pd.DataFrame({"sample": ["1", "2", "3"], "label": ["ill", "well", "ill"]})
        >>> manifest = Manifest("toy", Path("/data"), "csv", ("ill", "well"), table)
        >>> matrix = SeverityMatrix(["ill", "well"], [[0, 10], [1, 0]], critical=10)
        >>> missing_dangers(manifest, np.array(["train", "validation", "test"]), matrix)
        ('Validation holds no case of a critical class (ill), so no dial can be chosen on it.',)
    """
    critical = np.flatnonzero(matrix.critical_classes)

    def gone(part: str) -> list[str]:
        return [manifest.classes[k] for k in np.setdiff1d(critical, manifest.targets[parts == part])]

    found, absent = [], gone("validation")
    if absent:
        some = f"Validation holds no case of {', '.join(absent)}: the dial is chosen without it."
        found.append(no_critical_case(matrix) if len(absent) == len(critical) else some)
    return (*found, *untested_words(gone("test"), matrix, "test"))
