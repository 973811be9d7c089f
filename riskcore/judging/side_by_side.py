"""The same images under several runs: what each calls them, how sure it is, and how bad that is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from riskcore.decision.pooled import PooledDecisions
from riskcore.judging.mistakes import worst_calls, wrong_calls


@dataclass(frozen=True)
class Call:
    """What a run says of a case; of several seeds the worst of what they say.

    Attributes:
        said: class name.
        probability, truth_probability: calibrated, of that class and of the truth; means of the seeds that said it.
        severity: of saying so; `critical`: whether it is a dangerous mistake; `right`: whether it is none at all.
        seeds: how many seeds said so, out of `judged`.
    """

    said: str
    probability: float
    truth_probability: float
    severity: float
    critical: bool
    right: bool
    seeds: int
    judged: int


@dataclass(frozen=True)
class SharedCase:
    """A test case under several runs.

    Attributes:
        sample: names the image.
        truth: class name.
        group: patient, slide or lesion; the sample itself where none is known.
        fold: in which it was tested; None where there are none.
        calls: one a run, in their order.
    """

    sample: str
    truth: str
    group: str
    fold: int | None
    calls: tuple[Call, ...]


def shared_cases(sides: Sequence[PooledDecisions]) -> dict[str, SharedCase]:
    """Sample -> the case, of all that every side judged, in the order of their names.

    Args:
        sides: decisions of runs on the same test cases, at least one.

    Example:
        >>> from riskcore.decision.dial import Dial
        >>> from riskcore.decision.judged_run import JudgedRun
        >>> from riskcore.decision.pooled import pooled_decisions
        >>> from riskcore.predictions import Cases, Member, RunPredictions
        >>> from riskcore.severity import SeverityMatrix
        >>> names = np.array(["a", "b"])
        >>> M = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> def run(*shares):
        ...     cases = Cases(np.log(shares), np.array([0, 1]), names, names)
        ...     judged = JudgedRun(RunPredictions("demo", M.classes, [Member(Cases.empty(2), cases)]), M)
        ...     return pooled_decisions(judged, Dial("severity", 0.0))
        >>> sides = [run([0.1, 0.9], [0.6, 0.4]), run([0.8, 0.2], [0.7, 0.3])]
        >>> [(call.said, call.right, round(call.truth_probability, 1)) for call in shared_cases(sides)["a"].calls]
        [('melanoma', False, 0.1), ('naevus', True, 0.8)]
        >>> [case.sample for case in mistaken_cases(sides)]
        ['b', 'a']
    """
    calls = [_calls(side, np.ones(len(side.truth), bool)) for side in sides]
    first, classes = sides[0], sides[0].judged.classes
    members = first.judged.predictions.members
    folds = np.repeat(
        [-1 if member.fold is None else member.fold for member in members], [len(m.test) for m in members]
    )
    rows = np.unique(first.samples, return_index=True)[1]
    return {
        sample: SharedCase(
            sample=sample,
            truth=classes[first.truth[row]],
            group=str(first.groups[row]),
            fold=None if folds[row] < 0 else int(folds[row]),
            calls=tuple(found[sample] for found in calls),
        )
        for sample, row in zip(first.samples[rows].tolist(), rows.tolist(), strict=True)
        if all(sample in found for found in calls)
    }


def mistaken_cases(
    sides: Sequence[PooledDecisions],
    of: Sequence[int] = (0,),
    *,
    critical_only: bool = False,
    cell: tuple[str, str] | None = None,
) -> list[SharedCase]:
    """The cases that a side calls wrong, the most severe first, then those that it was surest of.

    Args:
        sides: decisions of runs on the same test cases.
        of: places of those whose mistakes count.
        critical_only: leave out cases without a dangerous mistake.
        cell: (truth, said): cases with this confusion only; of several calls of a side it is the one that is given.
    """
    cases = shared_cases(sides)
    order: dict[str, tuple[float, float]] = {}
    for place in of:
        kept = wrong_calls(sides[place], critical_only=critical_only, cell=cell)
        for sample, call in _calls(sides[place], kept).items():
            if (case := cases.get(sample)) is not None:
                calls = (*case.calls[:place], call, *case.calls[place + 1 :])
                cases[sample] = replace(case, calls=calls)
                order[sample] = max(order.get(sample, (0.0, 0.0)), (call.severity, call.probability))
    return [cases[sample] for sample in sorted(order, key=lambda name: (*(-part for part in order[name]), name))]


@dataclass(frozen=True)
class CaseShares:
    """What a run thinks of one case, by class name; means of the seeds that judged it.

    Attributes:
        probabilities: calibrated.
        harms: expected severity of saying so, by the model's own probabilities.
    """

    probabilities: dict[str, float]
    harms: dict[str, float]


def case_shares(side: PooledDecisions, sample: str) -> CaseShares | None:
    """What a run thinks of a case; None where it did not judge it.

    Args:
        side: decisions of the run.
        sample: names the image.
    """
    rows = side.samples == sample
    if not rows.any():
        return None
    shares = side.probabilities[rows].mean(axis=0)
    harms, classes = shares @ side.judged.matrix.values, side.judged.classes
    return CaseShares(dict(zip(classes, shares.tolist(), strict=True)), dict(zip(classes, harms.tolist(), strict=True)))


def of_group(side: PooledDecisions, sample: str) -> list[str]:
    """The other cases of the same patient, slide or lesion, sorted; none where groups are not known."""
    own = side.groups[side.samples == sample]
    if not len(own):
        return []
    return sorted(set(side.samples[side.groups == own[0]].tolist()) - {sample})


def _calls(side: PooledDecisions, kept: NDArray[np.bool_]) -> dict[str, Call]:
    worst, classes = worst_calls(side, kept), side.judged.classes
    said, truth = side.dial[worst.rows], side.truth[worst.rows]
    columns = (worst.probability, worst.truth_probability, worst.severity, worst.critical, said == truth)
    rows = zip(*(column.tolist() for column in (*columns, worst.seeds, worst.judged)), strict=True)
    return {
        sample: Call(classes[code], *row)
        for sample, code, row in zip(side.samples[worst.rows].tolist(), said.tolist(), rows, strict=True)
    }
