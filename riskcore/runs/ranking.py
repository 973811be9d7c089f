"""Which finished run judges new images, what is known of it, and images to try it with."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from riskcore.decision.dial import decide
from riskcore.learning.bundle import Bundle
from riskcore.metrics import rates
from riskcore.metrics.intervals import Rate
from riskcore.predictions import Cases
from riskcore.runs.choices import Choice, is_judged
from riskcore.runs.folder import Run
from riskcore.runs.store import RunStore

KEPT_ACCURACY = 0.02
"""How far below the best accuracy of its data set a run may lie and still be offered first: the point that its
operating point gives up, and one more by which seeds and folds differ."""


def finished_runs(store: RunStore) -> list[Run]:
    """Every finished run: the data set with the newest run first, in it by least CER on validation.

    CER and accuracy are those of the run's own operating point. Runs that pay for a low CER with more accuracy than
    `KEPT_ACCURACY` come after those that do not, and at the end those whose validation holds no dangerous case; of
    equal ones the newer run comes first.
    """
    runs = [run for run in store.list(state="finished") if is_judged(run)]
    place = {data: number for number, data in enumerate(dict.fromkeys(run.data for run in runs))}
    best = {data: max(_on_validation(run, "argmax")["accuracy"] for run in runs if run.data == data) for data in place}

    def pays(run: Run) -> bool:
        at = _on_validation(run, "dial") or _on_validation(run, "argmax")
        return at["accuracy"] < best[run.data] - KEPT_ACCURACY

    def danger(run: Run) -> float:
        cer = validation_cer(run)
        return math.inf if cer is None else cer

    return sorted(runs, key=lambda run: (place[run.data], danger(run) == math.inf, pays(run), danger(run)))


def named_first(runs: list[Run], named: Choice | None) -> list[Run]:
    """The runs of a choice first, in their own order, then the others.

    Args:
        runs: as `finished_runs` gives them.
        named: what Overview and Compare name; None: nothing.
    """
    ids = set() if named is None else {run.id for run in named.runs}
    return sorted(runs, key=lambda run: run.id not in ids)


def _on_validation(run: Run, decisions: str) -> dict[str, Any]:
    return run.record["result"]["validation"][decisions]


def validation_cer(run: Run) -> float | None:
    """CER on validation at the operating point of a finished run; None where validation holds no dangerous case."""
    at = _on_validation(run, "dial")
    return at["cer"] if at else None


def rates_at_dial(cases: Cases, bundle: Bundle) -> dict[str, Rate]:
    """The rates of a bundle's calibrated decisions on stored cases, as `riskcore.metrics.rates` names them.

    Raises:
        InputError: the matrix has no critical cell.
    """
    decisions = decide(bundle.calibration.apply(cases.logits), bundle.matrix, bundle.dial.aversion, bundle.dial.rule)
    return rates(cases.truth, decisions, bundle.matrix, cases.groups)


@dataclass(frozen=True)
class Example:
    """A case to show what the model does: the sample's name and its true class."""

    sample: str
    truth: str


def examples(cases: Cases, bundle: Bundle, count: int = 3) -> list[Example]:
    """Cases spread evenly from the highest to the lowest probability that the decision is a critical error.

    Images that the bundle does not judge, as they are not of its kind, are left out.

    Args:
        cases: test cases of the run that left the bundle.
        bundle: what judges them.
        count: how many, or all where there are fewer.
    """
    if cases.strange is not None:
        cases = cases.at(~cases.strange)
    probabilities = bundle.calibration.apply(cases.logits)
    decisions = decide(probabilities, bundle.matrix, bundle.dial.aversion, bundle.dial.rule)
    danger = (probabilities * bundle.matrix.critical_cells.T[decisions]).sum(axis=1)
    order = np.argsort(-danger, kind="stable")
    places = np.unique(np.linspace(0, len(order) - 1, min(count, len(order))).round().astype(int))
    return [Example(str(cases.samples[n]), bundle.classes[cases.truth[n]]) for n in order[places]]
