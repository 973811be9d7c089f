"""Which cases a model may answer so that a cap is kept on average: conformal risk control, without a confidence.

The expected loss of a new group is at most the cap, where the expectation is over the certify part, too: of many parts
drawn like this one, some give a threshold above the cap and some one below it. That takes fewer groups than a stated
confidence and promises less. A group's loss must not fall as more is answered, which holds per case, where one that is
handed over counts 0, and not per answered case. Where no threshold keeps the cap nothing is answered, and loses
nothing.

Source: Angelopoulos, Bates, Fisch, Lei, Schuster, Conformal risk control, arXiv 2208.02814, theorem 1.
"""

import math

import numpy as np
from numpy.typing import NDArray

from riskcore.decision.certificate import Certificate, Claim, amount, of_claim
from riskcore.decision.scored import GroupLosses, Scored, grid
from riskcore.errors import InputError


def keep_on_average(
    validation: Scored, certification: Scored, *, cap: float, greatest: float | None = None
) -> Certificate:
    """The greatest threshold at which (n · mean loss + 1) / (n + 1) is at most the cap for each claim.

    n is the number of groups with a case of the claim; the 1 is the most that the new group may lose. As no loss falls
    with more answers, the least of the claims' thresholds keeps the cap for all of them.

    Args:
        validation: gives the thresholds. Its losses are not looked at.
        certification: groups on which nothing was trained, calibrated or chosen, drawn like those the model will meet.
        cap: of the expected loss of a group, the mean over its cases, in 0..1: 0.05 are 50 critical errors per 1,000.
        greatest: cost in the matrix where losses are shares of it; what cannot be kept is told in its units then.

    Raises:
        InputError: a cap that is no share, or no case on either side.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> def drawn(cases):
        ...     risk = rng.beta(1, 30, cases)
        ...     return Scored(risk, (rng.random(cases) < risk).astype(float), np.arange(cases))
        >>> found = keep_on_average(drawn(500), drawn(500), cap=0.02)
        >>> found.confidence, found.claims[0].bound <= 0.02
        (None, True)
        >>> keep_on_average(drawn(500), drawn(20), cap=0.02).why
        'Not certifiable: with 20 groups the smallest cap that could be kept on average is 47.6 per 1,000; for 20 per \
1,000 bring at least 29 more.'
    """
    if not 0 < cap < 1:
        raise InputError("Expected a cap between 0 and 1, such as 0.05.")
    if not len(validation.scores) or not len(certification.scores):
        raise InputError("Expected cases of validation and of certification.")
    thresholds = grid(validation)
    every = [GroupLosses(certification, name) for name in ("all", *certification.claims)]
    bounds = np.stack([_bounds(each, thresholds) for each in every])
    kept = int((bounds <= cap).all(axis=0).sum())  # bounds never fall, so these are the first ones
    place = max(kept - 1, 0)
    claims = tuple(_seen(each, thresholds[place], bound) for each, bound in zip(every, bounds[:, place], strict=True))
    if not kept:
        return Certificate(None, cap, None, "case", claims, _why(claims, cap, greatest))
    return Certificate(float(thresholds[place]), cap, None, "case", claims, None)


def needed_on_average(cap: float) -> int:
    """The fewest groups that keep a cap on average when none of them has an error.

    Example:
        >>> [needed_on_average(cap) for cap in (0.1, 0.05, 0.02, 0.01)]
        [9, 19, 49, 99]
    """
    return math.ceil(1 / cap) - 1


def _bounds(of: GroupLosses, thresholds: NDArray[np.float64]) -> NDArray[np.float64]:
    return (of.totals(thresholds) + 1) / (of.groups + 1)


def _seen(of: GroupLosses, threshold: float, bound: float) -> Claim:
    mean = float(of.at(threshold, "case").mean()) if of.groups else math.nan
    return Claim(of.name, of.groups, mean, None, float(bound))


def _why(claims: tuple[Claim, ...], cap: float, greatest: float | None) -> str:
    worst = max(claims, key=lambda claim: claim.bound or 0)
    whose, needed = of_claim(worst), needed_on_average(cap)
    if worst.groups < needed:
        return (
            f"Not certifiable: with {worst.groups:,} groups{whose} the smallest cap that could be kept on average is "
            f"{amount(1 / (worst.groups + 1), greatest)}; for {amount(cap, greatest)} bring at least "
            f"{needed - worst.groups:,} more."
        )
    return (
        f"Not certifiable: at the most careful threshold the {worst.groups:,} groups{whose} have a mean of "
        f"{amount(worst.loss, greatest)}, too near to {amount(cap, greatest)} or above it."
    )
