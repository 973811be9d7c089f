"""What a stated prevalence does to the figures, in words."""

from riskcore.formats import percent

REWEIGHTED = "rates, majority baseline, frontier and counts (of 1,000 cases)"
AS_TESTED = "at the share of critical classes among these cases"
"""Of figures that a stated prevalence does not change."""


def prevalence_words(prevalence: float, *, shifted: bool) -> str:
    """What was re-weighted, and whether decisions are others.

    Args:
        prevalence: the stated share of critical classes.
        shifted: whether probabilities were shifted to it, and dials chosen and decided on those.

    Example:
        >>> print(prevalence_words(0.02, shifted=False).partition("; ")[2])
        decisions unchanged.
    """
    decisions = (
        "probabilities shifted from the share in validation, dial chosen and decided on them"
        if shifted
        else "decisions unchanged"
    )
    return f"re-weighted to a prevalence of {percent(prevalence)} of critical classes: {REWEIGHTED}; {decisions}."
