"""How a finished run did on validation, in numbers with their intervals and in a sentence."""

import math
from collections.abc import Mapping

from riskcore.decision.judged_run import JudgedRun
from riskcore.metrics import rates
from riskcore.metrics.error_rates import NO_DANGEROUS_CASE
from riskcore.metrics.intervals import Rate
from riskcore.runs import results
from riskcore.runs.folder import Run
from riskcore.severity import SeverityMatrix


def validation_rates(run: Run) -> dict[str, Rate]:
    """Every rate of a finished run on its validation cases, by the likeliest class.

    Raises:
        InputError: its predictions or its matrix cannot be read, or the matrix holds no dangerous mistake.
    """
    judged = JudgedRun(results.load(run.id, [run]), SeverityMatrix.load(run.folder / "matrix.json"))
    cases = judged.predictions.members[0].validation
    return rates(cases.truth, cases.logits.argmax(1), judged.matrix, cases.groups)


def result_sentence(named: Mapping[str, Rate]) -> str:
    """Accuracy and dangerous mistakes with their 95 % intervals.

    Args:
        named: "accuracy" and "cer", as `validation_rates` gives them.

    Example:
        >>> accuracy, cer = Rate(0.9, 0.82, 0.95, 90, 100, 100, ""), Rate(0.0, 0.0, 0.03, 0, 100, 100, "")
        >>> print(result_sentence({"accuracy": accuracy, "cer": cer}))
        On 100 validation cases, without caution: 900 per 1,000 right (95 % interval 820 to 950); no dangerous \
mistake, which can mean up to 30.0 per 1,000 (95 % interval).
    """
    accuracy = named["accuracy"]
    return (
        f"On {accuracy.n:,} validation cases, without caution: {1000 * accuracy.value:.0f} per 1,000 right (95 % "
        f"interval {1000 * accuracy.low:.0f} to {1000 * accuracy.high:.0f}); {_dangerous(named['cer'])}."
    )


def _dangerous(cer: Rate) -> str:
    if math.isnan(cer.value):
        return f"{NO_DANGEROUS_CASE} among them, so that no dangerous mistake was possible"
    if not cer.events:
        return f"no dangerous mistake, which can mean up to {1000 * cer.high:.1f} per 1,000 (95 % interval)"
    return (
        f"{1000 * cer.value:.1f} dangerous mistakes per 1,000 (95 % interval {1000 * cer.low:.1f} to "
        f"{1000 * cer.high:.1f})"
    )
