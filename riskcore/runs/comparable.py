"""Which finished runs belong side by side: the newest set to begin with, its baseline, and why another cannot join."""

import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache

from riskcore.config import FORMS, GAMMA
from riskcore.predictions import RunPredictions
from riskcore.runs.choices import Choice

FIRST_SHOWN = 8
"""At most so many runs are compared before anyone chooses."""


def newest_set(choices: Sequence[Choice], beside: Choice | None = None) -> list[Choice]:
    """The newest runs that can be compared: same data, training, seeds and folds; of each loss the newest.

    Args:
        choices: the newest first, as `finished_choices` gives them.
        beside: one of them that is to be in the set; None: whichever set is newest.

    Returns:
        Up to `FIRST_SHOWN` choices, the newest first, plain cross-entropy always among them where there is one; a
        single one where no two can be compared, none where there are none.
    """
    sets: dict[tuple[object, ...], dict[str, Choice]] = {}
    for choice in choices if beside is None else [beside, *choices]:  # the first of a loss stays
        sets.setdefault(_alike(choice), {}).setdefault(choice.loss, choice)
    if beside is not None:
        sets = {_alike(beside): sets[_alike(beside)]}
    several = [list(by_loss.values()) for by_loss in sets.values() if len(by_loss) > 1]
    if not several:
        return list(choices[:1]) if beside is None else [beside]
    # plain cross-entropy first, so that it is not cut off
    ranked = sorted(several[0], key=lambda choice: (choice is not beside, not plain(choice)))
    kept = {choice.id for choice in ranked[:FIRST_SHOWN]}
    return [choice for choice in several[0] if choice.id in kept]


def _alike(choice: Choice) -> tuple[object, ...]:
    return (choice.data, choice.how, choice.parts, str(choice.runs[0].config["data"]))


def baseline(choices: Sequence[Choice]) -> Choice:
    """What the others are compared with: plain cross-entropy where it is among them, else the first."""
    return next((choice for choice in choices if plain(choice)), choices[0])


def plain(choice: Choice) -> bool:
    """Whether it was trained with plain cross-entropy; of a file nobody knows."""
    if not choice.runs:
        return False
    loss = choice.runs[0].config["loss"]
    return bool(loss["form"] == "ce" or (loss["form"] in FORMS and not loss["strength"] and loss["base"] == "ce"))


def severity_trained(choice: Choice) -> bool:
    """Whether the severity matrix had a part in its loss: strength 0 equals the base loss; of a file nobody knows."""
    if not choice.runs:
        return False
    loss = choice.runs[0].config["loss"]
    return bool(loss["form"] in FORMS and loss["strength"] > 0)


def strength_sweeps(choices: Sequence[Choice]) -> list[list[Choice]]:
    """Choices that differ in the strength of one form: each sweep ascending, two strengths at least."""
    sweeps: dict[tuple[object, ...], dict[float, Choice]] = {}
    for choice in choices:
        if severity_trained(choice):
            loss = choice.runs[0].config["loss"]
            sweep = (choice.how, choice.matrix, loss["form"], loss["confusion"], loss["base"], loss.get("gamma", GAMMA))
            sweeps.setdefault(sweep, {}).setdefault(loss["strength"], choice)
    return [[found[strength] for strength in sorted(found)] for found in sweeps.values() if len(found) > 1]


def why_not(run: RunPredictions, baseline: RunPredictions) -> str | None:
    """Why a run cannot be compared with a baseline, as the end of a sentence; None where it can.

    Example:
        >>> import numpy as np
        >>> from riskcore.predictions import Cases, Member
        >>> part = Cases(np.zeros((1, 2)), np.array([0]), np.array(["a"]), np.array(["a"]))
        >>> one, two = (RunPredictions(str(s), ("a", "b"), [Member(part, part, seed=s)]) for s in (1, 2))
        >>> why_not(one, one), why_not(one, two)
        (None, 'it has other seeds or folds (seed 1 against seed 2)')
    """
    if set(run.classes) != set(baseline.classes):
        return "it knows other classes"
    if _parts(run) != _parts(baseline):
        return f"it has other seeds or folds ({_named(run)} against {_named(baseline)})"
    if not all(len(member.validation) for member in run.members):
        return "it has no validation cases to choose the caution on"
    if _tested(run) != _tested(baseline):
        return "it was tested on other cases"
    return None


def _parts(run: RunPredictions) -> set[tuple[int, int | None]]:
    return {(member.seed, member.fold) for member in run.members}


def _named(run: RunPredictions) -> str:
    seeds = " ".join(map(str, run.seeds))
    folds = " ".join(str(fold) for fold in sorted({m.fold for m in run.members if m.fold is not None}))
    return f"seed{'s' * (len(run.seeds) > 1)} {seeds}" + (f", folds {folds}" if folds else "")


@lru_cache(maxsize=256)
def _tested(run: RunPredictions) -> str:
    """A digest of who was tested where, with which truth (by class name: the order of classes does not matter)."""
    cases = sorted(
        (member.seed, -1 if member.fold is None else member.fold, sample, run.classes[truth], group)
        for member in run.members
        for sample, truth, group in zip(
            member.test.samples.tolist(), member.test.truth.tolist(), member.test.groups.tolist(), strict=True
        )
    )
    return hashlib.sha256(json.dumps(cases).encode()).hexdigest()
