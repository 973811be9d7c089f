"""What a workspace holds, which run stands best on which data, and what to do next.

All but `rates_on_test` is read from the summaries that finished runs left, so that thousands of runs are looked through
at once.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from riskcore.choices import Choice, joined
from riskcore.decision.operating import Wish
from riskcore.decision.pooled import pooled_decisions
from riskcore.errors import InputError
from riskcore.metrics import Rate, rates
from riskcore.predictions import RunPredictions
from riskcore.results import fit_matrix
from riskcore.run_folder import State
from riskcore.runs import RunStore
from riskcore.severity import SeverityMatrix

ACCURACY_LOSS = 0.01
"""How far below the best validation accuracy a run may lie and still be named the one with the lowest CER."""

_SLACK = 1e-9  # means of binary fractions

Step = Literal["data", "matrix", "train", "runs", "compare"]


@dataclass(frozen=True)
class Part:
    """What a run or pool does at its operating point on one part of the data: means over its members.

    Attributes:
        n: different cases that a member saw, summed over folds.
        accuracy, cer: shares.
        majority_accuracy: of always saying the commonest class.
    """

    n: int
    accuracy: float
    cer: float
    majority_accuracy: float


@dataclass(frozen=True)
class Winner:
    """A run or pool with what it does on either part; it was chosen on validation, which flatters."""

    choice: Choice
    validation: Part
    test: Part


@dataclass(frozen=True)
class Best:
    """Of the runs that can be compared, the one with the lowest validation CER at the accuracy floor.

    Attributes:
        rivals: the runs and pools that were looked at, the newest first.
        floor: the validation accuracy that was asked for.
        winner: one of them; None where no operating point keeps the floor.
    """

    rivals: tuple[Choice, ...]
    floor: float
    winner: Winner | None

    @property
    def data(self) -> str:
        return self.rivals[0].data

    @property
    def matrix(self) -> str:
        return self.rivals[0].matrix


@dataclass(frozen=True)
class Overview:
    """The runs of a workspace at a glance.

    Attributes:
        states: state -> how many runs.
        choices: the finished ones, the newest first.
        best: one a data set and matrix, that of the newest run first.
    """

    states: Mapping[State, int]
    choices: tuple[Choice, ...]
    best: tuple[Best, ...]


def overview(store: RunStore) -> Overview:
    """Look through the runs of a workspace.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from riskcore.workspace import Workspace
        >>> overview(RunStore(Workspace(Path(tempfile.mkdtemp())))).best
        ()
    """
    pools = store.pools()
    choices = tuple(choice for choice in joined(pools) if all(run.record["result"] for run in choice.runs))
    return Overview(Counter(run.state for runs in pools.values() for run in runs), choices, tuple(best(choices)))


def best(choices: Iterable[Choice]) -> list[Best]:
    """The best run or pool of each data set and matrix, by summaries on validation.

    Only what was judged on the same validation cases by the same matrix is compared: a data set that was registered
    anew, divided otherwise or merged into groups, and a matrix that was edited since, make an entry of their own.

    The floor is the best validation accuracy of any of them without caution (argmax), minus one point. Among those
    whose operating point keeps it on validation, the lowest validation CER wins; ties go to the higher accuracy.
    """
    alike: dict[str, list[Choice]] = defaultdict(list)
    for choice in choices:
        alike[_judged_by(choice)].append(choice)
    return [_best_of(rivals) for rivals in alike.values()]


def _best_of(rivals: Sequence[Choice]) -> Best:
    floor = max(_mean(choice, "validation", "argmax", "accuracy") for choice in rivals) - ACCURACY_LOSS
    keeping = [c for c in rivals if _mean(c, "validation", "dial", "accuracy") >= floor - _SLACK]
    chosen = min(
        keeping,
        key=lambda c: (_mean(c, "validation", "dial", "cer"), -_mean(c, "validation", "dial", "accuracy")),
        default=None,
    )
    won = None if chosen is None else Winner(chosen, _part(chosen, "validation"), _part(chosen, "test"))
    return Best(tuple(rivals), floor, won)


def _judged_by(choice: Choice) -> str:
    """What must be equal for two runs' validation figures to mean the same."""
    content = ""
    with suppress(OSError):  # deleted since
        content = (choice.runs[0].folder / "matrix.json").read_text(encoding="utf-8")
    cases = {
        (run.fold, *(run.record["result"]["validation"][key] for key in ("n", "majority_accuracy")))
        for run in choice.runs
    }
    return json.dumps([choice.runs[0].config["data"], choice.matrix, content, sorted(map(str, cases))], sort_keys=True)


def _part(choice: Choice, part: str) -> Part:
    cases = {run.fold: run.record["result"][part]["n"] for run in choice.runs}
    return Part(
        n=sum(cases.values()),
        accuracy=_mean(choice, part, "dial", "accuracy"),
        cer=_mean(choice, part, "dial", "cer"),
        majority_accuracy=fmean(run.record["result"][part]["majority_accuracy"] for run in choice.runs),
    )


def _mean(choice: Choice, part: str, decision: str, rate: str) -> float:
    return fmean(run.record["result"][part][decision][rate] for run in choice.runs)


def rates_on_test(run: RunPredictions, matrix: SeverityMatrix, wish: Wish) -> dict[str, Rate]:
    """What a run or pool does on its test cases at the dials chosen for a wish, with intervals.

    Args:
        run: stored predictions. matrix: classes in any order. wish: usually the one that the run was trained with.

    Returns:
        Rates by name, as `riskcore.metrics.rates`.

    Raises:
        InputError: the matrix is for other classes, or there are no validation cases.

    Example:
        >>> import numpy as np
        >>> from riskcore.predictions import Cases, Member
        >>> names = np.array(["a", "b", "c"])
        >>> cases = Cases(np.log([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6]]), np.array([0, 0, 1]), names, names)
        >>> M = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> rates_on_test(RunPredictions("demo", M.classes, [Member(cases, cases)]), M, Wish())["accuracy"].value
        1.0
    """
    matrix = matrix.reordered(run.classes)
    decided = pooled_decisions(run, matrix, wish)
    return rates(decided.truth, decided.dial, matrix, decided.groups, samples=decided.samples)


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
