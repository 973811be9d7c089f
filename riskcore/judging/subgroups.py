"""Rates within subgroups, such as sex or age, as screens and reports show them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcore.decision.pooled import PooledDecisions
from riskcore.metrics import Rate, by_subgroup


@dataclass(frozen=True)
class SubgroupRates:
    """One value of one subgroup column.

    Attributes:
        column, value: e.g. "sex" and "female"; "unknown" where the data set does not tell.
        cases: name of a rate -> different test cases that it is a share or mean of.
        found: name -> Rate, as `by_subgroup` gives them: nan where nothing is claimed; empty where the subgroup is too
            small to claim anything.
        groups: patients, slides or lesions.
        majority_accuracy: of always saying the commonest class; None where nothing is claimed.
    """

    column: str
    value: str
    cases: Mapping[str, int]
    found: Mapping[str, Rate]
    groups: int
    majority_accuracy: float | None

    @property
    def rates(self) -> dict[str, Rate]:
        """Those that are claimed; nothing is said of the others."""
        return {name: rate for name, rate in self.found.items() if not math.isnan(rate.value)}

    def as_dict(self) -> dict[str, Any]:
        """The JSON form; `n` and `cases` count different cases."""
        return {
            "column": self.column,
            "value": self.value,
            "n": self.cases["accuracy"],
            "groups": self.groups,
            "majority_accuracy": self.majority_accuracy,
            "rates": {name: {**rate.as_dict(), "cases": self.cases[name]} for name, rate in self.found.items()} or None,
        }


def rates_within(decided: PooledDecisions, decisions: NDArray[np.int64]) -> list[SubgroupRates]:
    """The rates of decisions on the test cases of a run within each value of each subgroup column.

    Args:
        decided: the test cases.
        decisions: (N,) class indices, of the dials or others.

    Returns:
        Column by column; empty where the data set has no subgroups.
    """
    rows = by_subgroup(
        decided.truth, decisions, decided.judged.matrix, decided.groups, decided.subgroups, samples=decided.samples
    )
    return [
        SubgroupRates(
            row["column"], row["value"], row["cases"], row["rates"] or {}, row["groups"], row["majority_accuracy"]
        )
        for row in rows
    ]


def subgroup_rates(decided: PooledDecisions) -> list[SubgroupRates]:
    """The same of the dials' decisions, values in the order in which people read them.

    Example:
        >>> from riskcore.decision.dial import Dial
        >>> from riskcore.decision.judged_run import JudgedRun
        >>> from riskcore.decision.pooled import pooled_decisions
        >>> from riskcore.predictions import Cases, Member, RunPredictions
        >>> from riskcore.severity import SeverityMatrix
        >>> names = np.array(["a", "b"])
        >>> sex = {"sex": np.array(["f", ""])}
        >>> cases = Cases(np.log([[0.9, 0.1], [0.4, 0.6]]), np.array([0, 1]), names, names, sex)
        >>> M = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> run = JudgedRun(RunPredictions("demo", M.classes, [Member(Cases.empty(2), cases)]), M)
        >>> decided = pooled_decisions(run, Dial("severity", 0.0))
        >>> [(row.value, row.cases["accuracy"], row.rates) for row in subgroup_rates(decided)]
        [('f', 1, {}), ('unknown', 1, {})]
    """
    order = list(decided.subgroups)
    # "<30" comes before "30-49".
    return sorted(
        rates_within(decided, decided.dial),
        key=lambda row: (order.index(row.column), row.value == "unknown", row.value[:1] != "<", row.value),
    )
