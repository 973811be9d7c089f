"""Teachers of a network: each learns without a part of the training groups and says what it makes of that part.

So no teacher has seen the cases that it teaches, and what it says of them is as uncertain as it will be of new ones.
The final network learns half from the labels and half from that (`riskcore.training`).

Sources: Hinton, Vinyals, Dean, Distilling the knowledge in a neural network, 2015; the parts are those of stacking,
Wolpert, Stacked generalization, 1992.
"""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from riskcore.data.batches import stream_seed
from riskcore.data.splits import grouped_folds
from riskcore.errors import InputError
from riskcore.trainer import Trainer
from riskcore.training import Callbacks, Task, predict_logits
from riskcore.workspace import write_atomic

FIRST_SEED = 1000
"""Teachers draw other numbers than the members of the final network, of which there are fewer than this."""


def teacher_parts(task: Task, groups: NDArray[np.str_], teachers: int) -> NDArray[np.int64]:
    """(training rows,) which teacher, 0 to teachers − 1, does not learn from each and will teach it.

    Args:
        task: what is learned.
        groups: (N,) patient, slide or lesion of each row.
        teachers: how many.

    Raises:
        InputError: fewer groups than teachers.
    """
    try:
        return grouped_folds(task.targets[task.training], groups[task.training], teachers, task.seed)
    except InputError as error:
        raise InputError(f"train.teachers={teachers}, a part of the training images for each: {error}") from None


def taught(
    trainer: Trainer, task: Task, groups: NDArray[np.str_], folder: Path, callbacks: Callbacks
) -> NDArray[np.float32]:
    """Train `train.teachers` networks and ask each about its part.

    What is done is kept in `folder`, the words of each teacher and the checkpoint of the one that learns, and taken
    up again by the next call.

    Args:
        trainer: trains the networks.
        task: of the final network.
        groups: (N,) patient, slide or lesion of each row.
        folder: of this run's teachers.
        callbacks: told of the training as phases, one a teacher.

    Returns:
        (N, K) probabilities of the training rows, image and mirror image averaged; 0 elsewhere.

    Raises:
        As `fit`, and InputError for fewer training groups than teachers.
    """
    number = trainer.config.train.teachers
    parts = teacher_parts(task, groups, number)
    found = np.zeros((len(task.targets), task.matrix.number_of_classes), np.float32)
    for teacher in range(number):
        rows, file = task.training[parts == teacher], folder / f"{teacher}.npy"
        if (kept := _kept(file)) is not None:
            found[rows] = kept
            continue
        name, checkpoint = f"teacher {teacher + 1} of {number}", folder / f"{teacher}.pt"
        others = task.training[parts != teacher]
        own = replace(task, training=others, seed=stream_seed(task.seed, FIRST_SEED + teacher))
        watched = Callbacks(_as_phase(callbacks.report, name, len(others)), callbacks.should_stop)
        model = trainer.train(own, 1, checkpoint, watched)
        found[rows] = softmax(predict_logits(model, trainer.source, rows), axis=1)
        if trainer.accelerator.is_main_process:
            _keep(file, found[rows])
            checkpoint.unlink(missing_ok=True)
            print(f"{name} has taught {len(rows):,} images", flush=True)
    return found


def _as_phase(report: Callable[[dict[str, Any]], None], name: str, images: int) -> Callable[[dict[str, Any]], None]:
    """Passes on how far a teacher is; its curve is not the run's."""

    def pass_on(values: dict[str, Any]) -> None:
        if values["kind"] == "phase":
            return
        share = values["progress"] if values["kind"] == "step" else values["epoch"] / values["epochs"]
        total = values["epochs"] * images
        report({"kind": "phase", "phase": name, "done": round(share * total), "total": total})

    return pass_on


def _keep(file: Path, probabilities: NDArray[np.float32]) -> None:
    buffer = io.BytesIO()
    np.save(buffer, probabilities)
    write_atomic(file, buffer.getvalue())


def _kept(file: Path) -> NDArray[np.float32] | None:
    """What `_keep` kept; None where there is nothing, or a file that the disk damaged."""
    try:
        kept: NDArray[np.float32] = np.load(file)
    except FileNotFoundError:
        return None
    except (ValueError, EOFError):
        print(f"Note: {file} is damaged; this teacher is trained again.", flush=True)
        return None
    return kept
