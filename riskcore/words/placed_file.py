"""What is said of a file of any model's predictions, and of one that stands beside trainings."""

from collections.abc import Sequence

from riskcore.judging.scale import Scale
from riskcore.runs.matching import Placed

HELP = (
    "One row a case: `sample` (the name of the image), `truth`, and for each class a column of probabilities, named as "
    "in the matrix. Optional: `split` (validation, test), without which rows count for either part by the name of the "
    "image, and `group`. The file stays in this session's memory; nothing is stored."
)

SCALE_WORDS: dict[Scale, str] = {"probability": "probabilities", "percent": "percentages", "logit": "logits"}
"""What the values of a file are."""


def columns_words(classes: Sequence[str]) -> str:
    """Which columns a file needs.

    Example:
        >>> columns_words(["naevus", "melanoma"])
        'Columns it needs: sample, truth, naevus, melanoma'
    """
    return f"Columns it needs: sample, truth, {', '.join(classes)}"


def placed_words(name: str, placed: Placed) -> list[str]:
    """Which images of the file were not found, and what follows; nothing where it fits wholly.

    Args:
        name: of the file.
        placed: what came of it.

    Example:
        >>> from types import SimpleNamespace
        >>> found = SimpleNamespace(missing=12, unchosen=0, unknown=1, relabelled=0, samples=range(289))
        >>> for sentence in placed_words("vendor.csv", found):
        ...     print(sentence)
        vendor.csv lacks 12 of 301 test images: all trainings are shown on the 289 that it holds.
        1 row of vendor.csv is no image of these trainings.
    """
    said = []
    held = len(placed.samples)
    if placed.missing:
        said.append(
            f"{name} lacks {placed.missing:,} of {held + placed.missing:,} test images: all trainings are shown on the "
            f"{held:,} that it holds."
        )
    if placed.unchosen:
        said.append(
            f"{name} lacks {placed.unchosen:,} validation {_images(placed.unchosen)}, so no caution can be chosen for "
            "it: it stands as delivered, on test only."
        )
    if placed.unknown:
        said.append(
            f"{placed.unknown:,} {'row' if placed.unknown == 1 else 'rows'} of {name} "
            f"{'is' if placed.unknown == 1 else 'are'} no image of these trainings."
        )
    if placed.relabelled:
        said.append(
            f"{placed.relabelled:,} {_images(placed.relabelled)} of {name} "
            f"{'has' if placed.relabelled == 1 else 'have'} another truth there; that of the data set counts."
        )
    return said


def _images(number: int) -> str:
    return "image" if number == 1 else "images"
