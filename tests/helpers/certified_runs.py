"""Runs with a part kept for a certificate."""

import numpy as np

from riskcore.predictions import Cases
from riskcore.runs.folder import Run
from riskcore.runs.predictions_file import PREDICTIONS, read_predictions, write_predictions


def keep_part(run: Run, groups: int, skill: float) -> None:
    """Give a made run a certify part: so many patients of two images, as likely classes and as sure as its others.

    Args:
        run: a finished one of `tests.helpers.made_workspace.add_run`.
        groups: patients.
        skill: how far the true class's logit lies above the noise.
    """
    classes, parts = read_predictions(run.folder / PREDICTIONS)
    rng = np.random.default_rng(run.seed)
    truth = np.repeat(rng.choice(parts["validation"].truth, groups), 2)
    logits = rng.normal(size=(len(truth), len(classes)))
    logits[np.arange(len(truth)), truth] += skill
    samples = np.array([f"kept{number:05}.png" for number in range(len(truth))])
    owners = np.array([f"kept{number // 2:05}" for number in range(len(truth))])
    write_predictions(run.folder / PREDICTIONS, classes, {**parts, "certify": Cases(logits, truth, samples, owners)})
