"""What is added to a finished bundle: checksums where it has none, and which cases the model may answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from riskcore.decision.certificate import AnswerRule
from riskcore.runs.folder import Run


def seal(bundle: Path) -> bool:
    """Give a bundle the checksums that it lacks, once it is found sound; a sealed one is only checked.

    Everything in it is read and checked, and a picture judged. What checksums then guard is the bundle as it is:
    whether it was changed before, no one can tell. The description is replaced atomically, in a run's folder under the
    run's lock.

    Args:
        bundle: its folder.

    Returns:
        Whether it was sealed now; False: it was sealed before and is intact.

    Raises:
        InputError: it is damaged, or its run has not finished or is in use.
        RunError: the disk is full or writing is denied; the bundle is as it was.
    """
    from riskcore.learning.predictor import Predictor  # brings torch along

    with _held(bundle, "sealed"):
        predictor = Predictor.load(bundle)
        shades = np.linspace(0, 255, predictor.size).astype(np.uint8)
        predictor(np.broadcast_to(shades[:, None, None], (predictor.size, predictor.size, 3)))
        if predictor.bundle.sealed:
            return False
        predictor.bundle.save(bundle)
        return True


def keep_rule(bundle: Path, rule: AnswerRule) -> None:
    """Keep in a bundle which cases the model may answer, in place of what was kept before.

    Args:
        bundle: its folder. rule: certified at the bundle's own dial.

    Raises:
        InputError: it is damaged, or its run has not finished or is in use.
        RunError: the disk is full or writing is denied; the bundle is as it was.
    """
    from riskcore.learning.predictor import Predictor  # reads and checks everything: checksums are made anew

    with _held(bundle, "certified"):
        replace(Predictor.load(bundle).bundle, answer_rule=rule).save(bundle)


@contextmanager
def _held(bundle: Path, action: str) -> Iterator[None]:
    folder = bundle.resolve().parent
    if not (folder / "run.json").is_file():
        yield
        return
    with Run(folder).hold(action, "finished"):
        yield
