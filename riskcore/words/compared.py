"""What the screen Compare says of what is compared, and of what cannot be."""


def chosen_words(data: str, matrix: str, baseline: str | None, others: int) -> str:
    """What is compared, in few words.

    Args:
        data: name of the data set. matrix: name of the severity matrix that judges.
        baseline: what the others are compared with; None where nothing is chosen.
        others: how many are compared with it.

    Example:
        >>> chosen_words("skin", "strict", "plain", 2), chosen_words("skin", "strict", "plain", 0)
        ('skin: 2 trainings against plain, judged by strict', 'skin: plain alone, judged by strict')
        >>> chosen_words("skin", "", None, 0)
        'skin: nothing chosen'
    """
    if baseline is None:
        return f"{data}: nothing chosen"
    if not others:
        return f"{data}: {baseline} alone, judged by {matrix}"
    return f"{data}: {others} training{'s' * (others > 1)} against {baseline}, judged by {matrix}"


def worst_words(kind: str, name: str, found: int, part: str, seeds: int = 1) -> str:
    """What the images are that the first screen shows.

    Args:
        kind: "missed" or "false_alarm". name: of the training. found: how many there are. part: "test" or "validation".
        seeds: of the training; an image counts where any of them is wrong.

    Example:
        >>> worst_words("missed", "plain", 23, "test"), worst_words("false_alarm", "plain", 0, "validation")
        ('plain: worst of 23 missed test images', 'plain: no false alarm among the validation images')
        >>> worst_words("missed", "plain", 23, "test", seeds=2)
        'plain: worst of 23 missed test images, by any of 2 seeds'
    """
    if not found:
        return f"{name}: no {_WHAT[kind]} among the {part} images"
    how, over = "missed" if kind == "missed" else "falsely alarming", f", by any of {seeds} seeds" if seeds > 1 else ""
    return f"{name}: worst of {found:,} {how} {part} images{over}"


_WHAT = {"missed": "dangerous mistake", "false_alarm": "false alarm"}


NOT_ASKED = "What is shown is validation. Which training is safer is answered on test."
ANSWER_AT_FLOOR = "Answer at this floor"
ANSWER_BY_MATRIX = "Answer with this matrix"
NOT_ASKED_HELP = (
    "Compares at equal accuracy on test cases. It counts as a look at them and is written down with the trainings: the "
    "best of many looks better than it is."
)
NO_LOOK_NO_ANSWER = "Not answered: the look at test cases cannot be counted, as the folder of a run cannot be written."
HOW_TO_READ = (
    "In the figure a filled mark is a training at the setting below it, with 95 % intervals; an open one is without "
    "caution; the line shows what other cautions would do, the band how far its seeds lie apart. Faded: another "
    "training is at least as accurate with no more dangerous mistakes. A click on a mark or bar shows its images."
)
