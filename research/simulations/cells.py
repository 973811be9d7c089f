"""The designs that answers and intervals are judged on, one a row of the table."""

from dataclasses import dataclass, replace
from typing import Literal

from research.simulations.models import Design, Model

Truth = Literal["same trainings, new cases", "new trainings too"]

PLAIN = Model()
VARIED = Model(between=0.15)
RARE = Model(quality=4.0)


@dataclass(frozen=True)
class Cell:
    """One design.

    Attributes:
        name: of the row.
        design: cases, groups, seeds, folds.
        run, baseline: the recipes.
        truth: what changes from draw to draw.
        null: whether both are equally good by construction: each yes or no is a false one.
        bound: whether the answers' coverage is bound; else the row shows what is left out.
        draws: how many.
        family: runs beside the baseline, all drawn from `run`.
        claims: also bar "usual" of `riskcore claims`.
        power: least share of yes, and most, where they are bound.
    """

    name: str
    design: Design
    run: Model = PLAIN
    baseline: Model = PLAIN
    truth: Truth = "same trainings, new cases"
    null: bool = False
    bound: bool = True
    draws: int = 500
    family: int = 1
    claims: bool = False
    power: tuple[float, float] | None = None


def _null(name: str, design: Design, **more: object) -> Cell:
    return replace(Cell(f"equal, {name}", design, null=True), **more)  # type: ignore[arg-type]


SIX = Design(600, 600)
ISIC = Design(10_000, 1_200, groups=7_500)

CELLS: tuple[Cell, ...] = (
    _null("300 cases", Design(300, 300), claims=True),
    _null("600 cases", SIX, claims=True),
    _null("10,000 cases", ISIC, draws=100, claims=True),
    _null(
        "600 cases, logits twice as large, no noise shared",
        SIX,
        run=Model(scale=2.0, own=0.0, training=(PLAIN.own**2 + PLAIN.training**2) ** 0.5),
    ),
    _null("600 cases, class bias", SIX, run=Model(bias=(0.0, 0.0, 0.0, -1.5))),
    _null("600 cases in 20 groups", Design(600, 600, groups=20), claims=True),
    _null("600 cases in 50 groups", Design(600, 600, groups=50), claims=True),
    _null("600 cases in 200 groups", Design(600, 600, groups=200)),
    _null("600 cases, five folds", Design(600, 200, folds=5)),
    _null("600 cases, two seeds", Design(600, 600, seeds=2)),
    _null(
        "600 cases, two seeds",
        Design(600, 600, seeds=2),
        run=VARIED,
        baseline=VARIED,
        truth="new trainings too",
        bound=False,
    ),
    _null("600 cases, five seeds", Design(600, 600, seeds=5), bound=False),
    _null(
        "600 cases, five seeds",
        Design(600, 600, seeds=5),
        run=VARIED,
        baseline=VARIED,
        truth="new trainings too",
        claims=True,
    ),
    _null("600 cases, five runs beside one", SIX, family=5),
    Cell("run barely reaches, 600 cases", SIX, run=Model(quality=1.8), claims=True),
    Cell("run barely reaches, 10,000 cases", ISIC, run=Model(quality=1.8), draws=100),
    Cell("40 % fewer, 10,000 cases", ISIC, run=Model(quality=2.13), draws=100, power=(0.8, 1.0)),
    Cell("gap of about could show, 2,000 cases", Design(2_000, 2_000), run=Model(quality=2.2), power=(0.7, 0.9)),
    Cell("better, 600 cases", SIX, run=Model(quality=2.6), claims=True),
    _null("hardly any error, 300 cases", Design(300, 300), run=RARE, baseline=RARE),
    _null("hardly any error, 600 cases in 20 groups", Design(600, 600, groups=20), run=RARE, baseline=RARE),
    Cell("hardly any error on one side, 300 cases", Design(300, 300), run=RARE, baseline=Model(quality=3.2)),
    Cell("hardly any error on one side, 600 cases", SIX, run=RARE, baseline=Model(quality=3.0)),
    Cell(
        "hardly any error on one side, 600 cases in 20 groups",
        Design(600, 600, groups=20),
        run=RARE,
        baseline=Model(quality=3.4),
    ),
)

REDUCED: tuple[Cell, ...] = tuple(
    replace(cell, draws=80)
    for cell in CELLS
    if cell.name in ("equal, 300 cases", "equal, 600 cases in 50 groups", "better, 600 cases")
)
"""Minutes: what runs in the tests."""
