"""Rates within subgroups, such as sex or age, as screens show them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from riskcore.decision.pooled import PooledDecisions
from riskcore.metrics import Rate, by_subgroup
from riskcore.severity import SeverityMatrix


@dataclass(frozen=True)
class SubgroupRates:
    """One value of one subgroup column.

    Attributes:
        column, value: e.g. "sex" and "female"; "unknown" where the data set does not tell.
        cases: name of a rate -> different test cases that it is a share or mean of.
        rates: name -> Rate, of those that `by_subgroup` claims; nothing is said of the others.
    """

    column: str
    value: str
    cases: Mapping[str, int]
    rates: Mapping[str, Rate]


def subgroup_rates(decided: PooledDecisions, classes: Sequence[str], matrix: SeverityMatrix) -> list[SubgroupRates]:
    """The rates of the dials' decisions within each value of each subgroup column that the data set has.

    Args:
        decided: decisions on the test cases of a run or pool.
        classes: of the run, in the order of the class indices.
        matrix: the severity matrix, classes in any order.

    Returns:
        Column by column, values in order; empty where the data set has no subgroups.

    Example:
        >>> import numpy as np
        >>> from riskcore.decision.dial import Dial
        >>> from riskcore.decision.pooled import pooled_decisions
        >>> from riskcore.predictions import Cases, Member, RunPredictions
        >>> names = np.array(["a", "b"])
        >>> sex = {"sex": np.array(["f", ""])}
        >>> cases = Cases(np.log([[0.9, 0.1], [0.4, 0.6]]), np.array([0, 1]), names, names, sex)
        >>> M = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> run = RunPredictions("demo", M.classes, [Member(Cases.empty(2), cases)])
        >>> decided = pooled_decisions(run, M, Dial("severity", 0.0))
        >>> [(row.value, row.cases["accuracy"], row.rates) for row in subgroup_rates(decided, run.classes, M)]
        [('f', 1, {}), ('unknown', 1, {})]
    """
    matrix = matrix.reordered(classes)
    rows = by_subgroup(decided.truth, decided.dial, matrix, decided.groups, decided.subgroups, samples=decided.samples)
    found = [
        SubgroupRates(
            row["column"],
            row["value"],
            row["cases"],
            {name: rate for name, rate in (row["rates"] or {}).items() if not math.isnan(rate.value)},
        )
        for row in rows
    ]
    order = list(decided.subgroups)
    # "<30" comes before "30-49".
    return sorted(
        found, key=lambda row: (order.index(row.column), row.value == "unknown", row.value[:1] != "<", row.value)
    )
