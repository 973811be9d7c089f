"""Runs as the figure of danger against accuracy shows them."""

from collections.abc import Mapping, Sequence

from pages.kit.part import Part
from pages.kit.standings import held_run
from riskcore.judging.standings import Standing
from riskcore.plots.operating_frontier import DrawnRun
from riskcore.runs.choices import Choice
from riskcore.severity import SeverityMatrix


def drawn_runs(
    choices: Sequence[Choice],
    standings: Sequence[Standing],
    labels: Mapping[str, str],
    matrix: SeverityMatrix,
    measure: str,
    part: Part = "test",
) -> list[DrawnRun]:
    """Each run's curve and operating point. No run stands out: that one beats another there may be chance.

    Args:
        choices: the runs. standings: of them, in the order in which they are drawn. labels: id -> name.
        matrix: to judge by. measure: one of `riskcore.plots.operating_frontier.AXES`. part: whose cases are counted.
    """
    held = {choice.id: held_run(choice, matrix, part) for choice in choices}
    return [
        DrawnRun(
            id=one.id,
            label=labels[one.id],
            curves=held[one.id].curves(measure),
            point=one.rates,
            argmax=held[one.id].argmax,
        )
        for one in standings
    ]
