from dataclasses import replace

from riskcore.words.seal import UNSEALED, unsealed_note
from tests.helpers.bundles import BUNDLE


def test_one_bundle_without_checksums_is_enough_for_the_warning() -> None:
    sealed, unsealed = replace(BUNDLE, checksums={}), replace(BUNDLE, checksums=None)
    assert unsealed_note(sealed, sealed) is None
    assert unsealed_note(sealed, unsealed) == UNSEALED
    assert "`riskcore runs seal`" in UNSEALED
