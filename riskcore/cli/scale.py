"""The two flags that say what the numbers of a predictions file are."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from riskcore.judging.scale import Scale

Percent = Annotated[bool, typer.Option("--percent", help="The files of predictions hold percentages.")]
Logits = Annotated[bool, typer.Option("--logits", help="They hold logits, or logarithms of probabilities.")]


def scale_of(percent: bool, logits: bool, files: bool) -> "Scale":
    """The scale that the flags name.

    Args:
        percent, logits: the flags.
        files: whether a file of predictions was given.

    Raises:
        InputError: both were given, or one without a file.
    """
    from riskcore.errors import InputError

    if percent and logits:
        raise InputError("--percent and --logits exclude each other; give the one that fits the file.")
    if (percent or logits) and not files:
        raise InputError(f"{'--percent' if percent else '--logits'} is for --predictions FILE.csv; give both.")
    return "percent" if percent else "logit" if logits else "probability"
