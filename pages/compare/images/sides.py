"""What runs decide on the page, remembered: the image panels ask for it again and again."""

from collections.abc import Sequence

from pages.compare.view import View
from pages.kit import cached
from pages.kit.part import Part
from pages.kit.remembered import remembered
from riskcore.decision.dial import Dial
from riskcore.decision.pooled import PooledDecisions, pooled_decisions
from riskcore.judging.side_by_side import SharedCase, mistaken_cases
from riskcore.runs.choices import Choice
from riskcore.severity import SeverityMatrix


def side_of(view: View, choice: Choice) -> PooledDecisions:
    """The decisions of a run on the page's cases, at the page's floor or caution."""
    return _side(choice, view.matrix, view.dials(choice), view.part)


@remembered(64)
def _side(choice: Choice, matrix: SeverityMatrix, dials: tuple[Dial, ...], part: Part) -> PooledDecisions:
    return pooled_decisions(cached.judged(choice, matrix, part), dials)


def mistaken(
    view: View, choices: Sequence[Choice], of: Sequence[int], dangerous: bool, cell: tuple[str, str] | None
) -> list[SharedCase]:
    """As `mistaken_cases` gives them."""
    dials = tuple(view.dials(choice) for choice in choices)
    return _mistaken(tuple(choices), view.matrix, dials, view.part, tuple(of), dangerous, cell)


@remembered(32)
def _mistaken(
    choices: tuple[Choice, ...],
    matrix: SeverityMatrix,
    dials: tuple[tuple[Dial, ...], ...],
    part: Part,
    of: tuple[int, ...],
    dangerous: bool,
    cell: tuple[str, str] | None,
) -> list[SharedCase]:
    sides = [_side(choice, matrix, own, part) for choice, own in zip(choices, dials, strict=True)]
    return mistaken_cases(sides, of, critical_only=dangerous, cell=cell)
