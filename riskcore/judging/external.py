"""The rates of a run on the cases of one data set, its own or another."""

from dataclasses import dataclass

import numpy as np

from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.pooled import Caution, pooled_decisions
from riskcore.metrics import Rate, majority_accuracy, rates


@dataclass(frozen=True)
class DataRates:
    """What a run's dial does on its test part.

    Attributes:
        rates: as `riskcore.metrics.rates` gives them.
        cases, dangerous_cases: different cases, and those of dangerous classes.
        majority_accuracy: of always saying the commonest class.
    """

    rates: dict[str, Rate]
    cases: int
    dangerous_cases: int
    majority_accuracy: float


def data_rates(judged: JudgedRun, caution: Caution) -> DataRates:
    """Judge a run on its test part, which may be another data set's (`riskcore.runs.evaluations`).

    Args:
        judged: stored predictions and their matrix.
        caution: as for `pooled_decisions`.

    Raises:
        InputError: the matrix has no critical cell, or a wish meets a validation part on which none can be chosen.

    Example:
        >>> from riskcore.decision.dial import Dial
        >>> from riskcore.predictions import Cases, Member, RunPredictions
        >>> from riskcore.severity import SeverityMatrix
        >>> names = np.array(["a", "b"])
        >>> cases = Cases(np.log([[0.9, 0.1], [0.6, 0.4]]), np.array([0, 1]), names, names)
        >>> M = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> run = RunPredictions("demo", M.classes, [Member(Cases.empty(2), cases)])
        >>> found = data_rates(JudgedRun(run, M), Dial("severity", 0.0))
        >>> found.rates["accuracy"].value, found.dangerous_cases
        (0.5, 1)
    """
    matrix, decided = judged.matrix, pooled_decisions(judged, caution)
    dangerous = matrix.critical_classes[decided.truth]
    return DataRates(
        rates=rates(decided.truth, decided.dial, matrix, decided.groups, samples=decided.samples),
        cases=decided.distinct,
        dangerous_cases=len(np.unique(decided.samples[dangerous])),
        majority_accuracy=majority_accuracy(decided.truth),
    )
