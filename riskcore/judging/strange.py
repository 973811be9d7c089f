"""Images of another data set that are not of the kind that a run knows: how many, and rates as if it judged them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from riskcore.metrics import Rate, proportion
from riskcore.predictions import RunPredictions


@dataclass(frozen=True)
class AllImages:
    """The rates over all images of another data set, those that are not judged included, as if they were.

    Attributes:
        turned_away: share of the images that are not of the kind that the run (or one of a pool's) knows.
        argmax, dial: name -> rate; no dial where none could be chosen.
    """

    turned_away: Rate
    argmax: Mapping[str, Rate]
    dial: Mapping[str, Rate] | None

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""

        def dicts(rates: Mapping[str, Rate]) -> dict[str, Any]:
            return {name: rate.as_dict() for name, rate in rates.items()}

        return {
            "turned_away": self.turned_away.as_dict(),
            "argmax": dicts(self.argmax),
            "dial": None if self.dial is None else dicts(self.dial),
        }


def share_turned_away(run: RunPredictions) -> Rate:
    """Share of the different test images that at least one member does not judge.

    Example:
        >>> from riskcore.predictions import Cases, Member
        >>> names = np.array(["lesion", "chart"])
        >>> cases = Cases(np.zeros((2, 2)), np.zeros(2, dtype=np.int64), names, names, strange=np.array([False, True]))
        >>> share_turned_away(RunPredictions("x", ("benign", "malignant"), [Member(Cases.empty(2), cases)])).value
        0.5
    """
    samples, first = np.unique(np.concatenate([member.test.samples for member in run.members]), return_index=True)
    groups = np.concatenate([member.test.groups for member in run.members])[first]
    return proportion(np.isin(samples, sorted(run.strange)), np.ones(len(samples), dtype=bool), groups)
