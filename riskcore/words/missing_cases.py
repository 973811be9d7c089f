"""Classes without a case, in words: a caution chosen without them, and a rate that no case could raise."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from riskcore.formats import NOTHING, percent
from riskcore.metrics.error_rates import NO_DANGEROUS_CASE


def chosen_without(absent: Sequence[str]) -> str:
    """That a caution was chosen on validation cases among which a dangerous class is missing; "" where none is.

    Args:
        absent: names of the missing dangerous classes.

    Example:
        >>> chosen_without(["lobular carcinoma"])
        'chosen without a case of lobular carcinoma'
        >>> chosen_without([])
        ''
    """
    return f"chosen without a case of {', '.join(absent)}" if absent else ""


def caution_note(absent: Sequence[str], note: str | None) -> str | None:
    """What is to be known of the caution that a run left: that none could be chosen, or on which cases it was not.

    Args:
        absent: dangerous classes that validation did not hold.
        note: why no caution could be chosen; None where one was.

    Example:
        >>> caution_note(["melanoma"], None)
        'The caution was chosen without a case of melanoma.'
        >>> caution_note(["melanoma"], "Validation holds no case of a critical class (melanoma).")
        'The caution is 0, the likeliest class: Validation holds no case of a critical class (melanoma).'
        >>> caution_note([], None) is None
        True
    """
    if note:
        return f"The caution is 0, the likeliest class: {note}"
    return f"The caution was {chosen_without(absent)}." if absent else None


def cer_words(cer: float | None, part: str) -> str:
    """The CER of a part, or why it has none.

    Args:
        cer: a share; None or nan where no case is of a dangerous class.
        part: "test" or "validation".

    Example:
        >>> cer_words(0.031, "test"), cer_words(None, "test")
        ('CER 3.1 %', 'no dangerous case in test')
    """
    if cer is None or math.isnan(cer):
        return f"{NO_DANGEROUS_CASE} in {part}"
    return f"CER {percent(cer)}"


def beside_table(column: str, part: str) -> str:
    """Beneath a table of runs whose column is too narrow to say why a finished run has no CER.

    Example:
        >>> beside_table("CER", "test")
        'CER – of a finished run: no dangerous case in test.'
    """
    return f"{column} {NOTHING} of a finished run: {NO_DANGEROUS_CASE} in {part}."


def figures_words(figures: Mapping[str, Any], part: str) -> str:
    """Accuracy and CER of one set of decisions, as a run's result holds them.

    Example:
        >>> figures_words({"accuracy": 0.9, "cer": None}, "test")
        'accuracy 90.0 %, no dangerous case in test'
    """
    return f"accuracy {percent(figures['accuracy'])}, {cer_words(figures['cer'], part)}"
