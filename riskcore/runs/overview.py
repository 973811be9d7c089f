"""Which runs can be ranked on which data, and what to do next; from run records alone."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from riskcore.decision.judged_run import fit_matrix
from riskcore.errors import InputError
from riskcore.runs.choices import Choice, is_judged
from riskcore.runs.comparable import baseline, newest_set
from riskcore.runs.record import State
from riskcore.severity import SeverityMatrix

Step = Literal["data", "matrix", "train", "runs", "compare"]


@dataclass(frozen=True)
class Entry:
    """Runs that are ranked by what they do on the validation cases of one data set, by one severity matrix.

    Attributes:
        rivals: the newest that can be held to one accuracy, the newest first.
        others: how many more were judged on the same cases; they differ in training, seeds or folds, or are older.
    """

    rivals: tuple[Choice, ...]
    others: int

    @property
    def data(self) -> str:
        return self.rivals[0].data

    @property
    def matrix(self) -> str:
        return self.rivals[0].matrix

    @property
    def baseline(self) -> Choice:
        """Whose accuracy the others are held to."""
        return baseline(self.rivals)


def entries(choices: Iterable[Choice]) -> list[Entry]:
    """What can be ranked of finished runs, the newest first: an entry a data set and matrix.

    Only what was judged on the same validation cases by the same matrix stands together: a data set that was registered
    anew, divided otherwise or merged into groups, and a matrix that was edited since, make an entry of their own.
    """
    alike: dict[str, list[Choice]] = defaultdict(list)
    for choice in choices:
        if all(is_judged(run) for run in choice.runs):
            alike[_judged_by(choice)].append(choice)
    found = []
    for together in alike.values():
        rivals = newest_set(together)
        found.append(Entry(tuple(rivals), len(together) - len(rivals)))
    return found


def _judged_by(choice: Choice) -> str:
    """What must be equal for two runs' validation figures to mean the same."""
    content = ""
    with suppress(OSError):  # deleted since
        content = (choice.runs[0].folder / "matrix.json").read_bytes().hex()
    cases = {
        (run.fold, *(run.record["result"]["validation"][key] for key in ("n", "majority_accuracy")))
        for run in choice.runs
    }
    return json.dumps([choice.runs[0].config["data"], choice.matrix, content, sorted(map(str, cases))], sort_keys=True)


def next_step(data: Iterable[Sequence[str]], matrices: Iterable[SeverityMatrix], states: Mapping[State, int]) -> Step:
    """Where to go next: register data, fit a matrix, train, watch the runs, or compare them.

    Args:
        data: class names of each registered data set. matrices: saved ones and presets.
        states: state -> how many runs.

    Example:
        >>> next_step([], [], {})
        'data'
        >>> matrix = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> next_step([("melanoma", "naevus")], [matrix], {}), next_step([("a", "b")], [matrix], {})
        ('train', 'matrix')
    """
    if states.get("running") or states.get("queued"):
        return "runs"
    if states.get("finished"):
        return "compare"
    known, sets = list(matrices), list(data)
    if not sets:
        return "data"
    return "train" if any(_fits(matrix, classes) for classes in sets for matrix in known) else "matrix"


def _fits(matrix: SeverityMatrix, classes: Sequence[str]) -> bool:
    try:
        fit_matrix(matrix, classes)
    except InputError:
        return False
    return True
