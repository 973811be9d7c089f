"""What `riskcore evaluate --certify` prints: what is guaranteed, on what it rests, and what it means on test."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from riskcore.cli.output import say, table

if TYPE_CHECKING:
    from riskcore.judging.certified import Certified


def print_certificates(found: "Sequence[Certified]") -> None:
    """One after the other; a pool has one a run."""
    from riskcore.words import certificate as words

    if len(found) > 1:
        say(f"\n{words.POOL}")
    for each in found:
        whose = f" of seed {each.seed}{'' if each.fold is None else f', fold {each.fold}'}" if len(found) > 1 else ""
        say(f"\nCertificate{whose}:")
        say(words.promise(each))
        table(words.CLAIM_HEADERS, words.claim_rows(each))
        if each.certificate.threshold is None:
            continue
        say(words.FOR_WHOM)
        say(f"\n{words.NOT_CERTIFIED}")
        for line in words.on_test(each):
            say(f"  {line}")
        table(words.CLASS_HEADERS, words.class_rows(each.classes))
