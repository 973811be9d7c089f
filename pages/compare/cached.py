"""What the panels of Compare ask of what is compared, remembered while it does not change."""

from pages.compare.choice import Chosen
from pages.kit import cached
from pages.kit.remembered import remembered
from riskcore.comparing.argmax import ArgmaxDifference, argmax_differences
from riskcore.comparing.comparison import Comparison
from riskcore.runs.choices import Choice
from riskcore.severity import SeverityMatrix


def compared(chosen: Chosen, floor: float | None = None) -> Comparison:
    """The runs beside the baseline; about a second the first time. `floor`: default the baseline's own."""
    labels = {choice.id: chosen.labels[choice.id] for choice in chosen.choices}
    return cached.compare(chosen.others, chosen.baseline, chosen.matrix, labels, floor)


def argmax_compared(chosen: Chosen) -> list[ArgmaxDifference]:
    """The other runs against the baseline without caution."""
    return _argmax_compared(chosen.others, chosen.baseline, chosen.matrix)


@remembered(64)
def _argmax_compared(others: tuple[Choice, ...], baseline: Choice, matrix: SeverityMatrix) -> list[ArgmaxDifference]:
    return argmax_differences([cached.judged(choice, matrix) for choice in others], cached.judged(baseline, matrix))


def synthetic(chosen: Chosen) -> bool:
    """Whether images drawn by the program were learnt from."""
    return any(cached.synthetic(choice) for choice in chosen.choices)
