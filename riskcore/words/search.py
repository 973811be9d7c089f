"""A search for the best loss in words: what is looked for, and what was found."""

from collections.abc import Sequence
from typing import Any

from riskcore.decision.operating import Wish
from riskcore.jobs.tuning import Study, Trial

SHOWN = 8


def measure(wish: Wish) -> str:
    """What the score of a trial is, as the head of a column.

    Example:
        >>> measure(Wish("accuracy_loss", 0.01))
        'Dangerous mistakes per 1,000 on validation'
    """
    if wish.kind == "least_severity":
        return "Average harm on validation"
    return f"{'Mistakes' if wish.kind == 'cer_ceiling' else 'Dangerous mistakes'} per 1,000 on validation"


def rows(study: Study) -> list[dict[str, Any]]:
    """Cross-entropy, then the best trials, as a table shows them."""
    wish = Wish.parse(study.search.config.wish)
    shown: Sequence[Trial] = [*([study.reference] if study.reference else []), *study.ranked[:SHOWN]]
    scale = 1 if wish.kind == "least_severity" else 1000
    return [
        {
            "Loss": trial.loss.label,
            measure(wish): round(scale * (trial.score or 0.0), 2 if scale == 1 else 1),
            "Runs": len(trial.runs),
        }
        for trial in shown
    ]


def to_train(study: Study | None, trials: int) -> int:
    """How many losses are still to be trained, cross-entropy included, until `trials` are there.

    Args:
        study: what there is; None before a search has begun.
        trials: how many losses are wanted.
    """
    if study is None:
        return trials + 1
    return max(0, trials - len(study.ranked)) + (study.reference is None)


def outcome(study: Study) -> str:
    """What a search came to, in a sentence or two."""
    best, reference = study.best, study.reference
    if best is None or reference is None or best.score is None or reference.score is None:
        return "Nothing has been tried to its end yet."
    done = len(study.ranked)
    if best.score >= reference.score:
        return f"None of the {done} losses tried did better on validation than cross-entropy (ce)."
    return (
        f"{best.loss.label} did best of {done} on validation. The least of many figures flatters: train it and ce over "
        "several fresh seeds, and compare them on test cases, before you believe it."
    )
