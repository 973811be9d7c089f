"""The images that were called worst: dangerous mistakes, or false alarms."""

from typing import Literal

from riskcore.decision.pooled import PooledDecisions
from riskcore.judging.mistakes import Mistake, mistakes

Kind = Literal["missed", "false_alarm"]


def worst_images(decided: PooledDecisions, kind: Kind = "missed") -> list[Mistake]:
    """The dangerous mistakes of a run or pool, or its false alarms: the most severe first, then the surest.

    Args:
        decided: decisions on the cases of a run or pool.
        kind: "false_alarm": cases of a class without danger that are called a dangerous one.

    Example:
        >>> import numpy as np
        >>> from riskcore.decision.dial import Dial
        >>> from riskcore.decision.judged_run import JudgedRun
        >>> from riskcore.decision.pooled import pooled_decisions
        >>> from riskcore.predictions import Cases, Member, RunPredictions
        >>> from riskcore.severity import SeverityMatrix
        >>> names = np.array(["a", "b"])
        >>> cases = Cases(np.log([[0.1, 0.9], [0.6, 0.4]]), np.array([0, 1]), names, names)
        >>> M = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> run = JudgedRun(RunPredictions("demo", M.classes, [Member(Cases.empty(2), cases)]), M)
        >>> decided = pooled_decisions(run, Dial("severity", 0.0))
        >>> [[case.sample for case in worst_images(decided, kind)] for kind in ("missed", "false_alarm")]
        [['b'], ['a']]
    """
    if kind == "missed":
        return mistakes(decided, critical_only=True)
    matrix = decided.judged.matrix
    dangerous = {name for name, critical in zip(matrix.classes, matrix.critical_classes, strict=True) if critical}
    return [case for case in mistakes(decided) if case.truth not in dangerous and case.said in dangerous]
