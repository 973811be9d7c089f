"""What is to be known of a bundle without checksums."""

from riskcore.learning.bundle import Bundle

UNSEALED = (
    "This model comes from a version that wrote no checksums: damage to its files may not be seen. "
    "`riskcore runs seal` adds them."
)


def unsealed_note(*bundles: Bundle) -> str | None:
    """The sentence where one of the bundles has no checksums; None where all have them."""
    return None if all(bundle.sealed for bundle in bundles) else UNSEALED
