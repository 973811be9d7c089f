"""What is said of subgroups in which a rate rests on too few cases to be claimed."""

from riskcore.metrics.error_rates import SUBGROUP_MINIMUM

NOTHING_CLAIMED = f"Nothing is claimed of fewer than {SUBGROUP_MINIMUM} cases."


def too_few(cases: int) -> str:
    """What stands in the place of a rate that is not claimed.

    Args:
        cases: different cases in its denominator.

    Example:
        >>> too_few(3)
        'too few (n 3)'
    """
    return f"too few (n {cases:,})"
