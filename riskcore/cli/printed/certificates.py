"""What `riskcore evaluate --certify` prints: what is guaranteed, on what it rests, and what it means on test."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from riskcore.cli.output import say, table

if TYPE_CHECKING:
    from riskcore.judging.certified import Certified


def print_certificates(found: "Sequence[Certified]", part: str = "test") -> None:
    """One after the other; a pool has one a run. `part`: on whose cases it is shown what they mean."""
    from riskcore.words import certificate as words

    if len(found) > 1:
        say(f"\n{words.POOL}")
    for each in found:
        whose = f" of {words.whose(each)}" if len(found) > 1 else ""
        say(f"\nCertificate{whose}:")
        say(words.promise(each))
        table(words.claim_headers(each), words.claim_rows(each))
        if each.certificate.threshold is not None:
            say(words.FOR_WHOM)
            if each.certificate.confidence is None:
                say(words.ON_AVERAGE)
            say(f"\n{words.not_certified(part)}")
            for line in words.on_part(each, part):
                say(f"  {line}")
            table(words.CLASS_HEADERS, words.class_rows(each.classes))
        say(f"\nThe least risky answered, {words.risk_name(each.per)} on {part}; not certified:")
        table(words.curve_headers(each), words.curve_rows(each))
