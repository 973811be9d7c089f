"""Runs held to an accuracy floor, for the screens that rank them; remembered in the server while nothing changes."""

from collections.abc import Sequence

from pages.kit import cached
from pages.kit.part import Part
from pages.kit.remembered import remembered
from riskcore.decision.absent import nothing_to_choose_on
from riskcore.decision.dial import Dial
from riskcore.decision.operating import Wish
from riskcore.judging.standings import DeliveredRun, Floors, HeldRun, Standing, fewest_dangerous
from riskcore.runs.choices import Choice, as_delivered
from riskcore.runs.overview import Entry
from riskcore.severity import SeverityMatrix


@remembered(64)
def held_run(choice: Choice, matrix: SeverityMatrix, part: Part = "test") -> HeldRun:
    """A run ready to be held to any accuracy floor under a matrix, and judged on a part of its cases."""
    judged = cached.judged(choice, matrix, part)
    return DeliveredRun(judged) if as_delivered(choice) else HeldRun(judged)


def cannot_be_held(choice: Choice, matrix: SeverityMatrix) -> str | None:
    """Why a run can be held to no floor under a matrix, a sentence; None where it can."""
    return nothing_to_choose_on(cached.judged(choice, matrix))


def standings_at(
    choices: Sequence[Choice], matrix: SeverityMatrix, wanted: float | Floors | Wish | Dial, part: Part = "test"
) -> list[Standing]:
    """Each run held to an accuracy floor, as `HeldRun.at` takes it, or with a caution; judged on a part of cases."""
    return [_standing(choice, matrix, wanted, part) for choice in choices]


@remembered(256)
def _standing(choice: Choice, matrix: SeverityMatrix, wanted: float | Floors | Wish | Dial, part: Part) -> Standing:
    run = held_run(choice, matrix, part)
    return run.cautious(wanted) if isinstance(wanted, Wish | Dial) else run.at(wanted)


def best_of(entry: Entry) -> tuple[Standing | None, HeldRun]:
    """Which of the entry's rivals makes the fewest dangerous mistakes on validation at its baseline's floor.

    Returns:
        Its standing, None where none keeps to the floor; and the baseline.
    """
    matrix = cached.own_matrix(entry.baseline)
    baseline = held_run(entry.baseline, matrix)
    return fewest_dangerous(standings_at(entry.rivals, matrix, baseline.default_floors)), baseline
