"""Teachers of a network: each learns without a part of the training groups and says what it makes of that part.

So no teacher has seen the cases that it teaches, and what it says of them is as uncertain as it will be of new ones.
The final network learns half from the labels and half from that (`riskcore.learning.loop`).

Sources: Hinton, Vinyals, Dean, Distilling the knowledge in a neural network, 2015; the parts are those of stacking,
Wolpert, Stacked generalization, 1992.
"""

import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from accelerate.utils import broadcast_object_list
from numpy.typing import NDArray
from scipy.special import softmax

from riskcore.data.batches import stream_seed
from riskcore.data.splits import grouped_folds
from riskcore.errors import InputError, RunError
from riskcore.learning.checkpoints import read_checked, write_checked
from riskcore.learning.loop import Callbacks, Task, TrainingStopped, predict_logits
from riskcore.learning.trainer import Trainer

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
        return grouped_folds(task.targets[task.training], groups[task.training], teachers, task.seed % 2**32)
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
        callbacks: told how far all teachers together are, as one phase.

    Returns:
        (N, K) probabilities of the training rows, from logits averaged over image and mirror image; 0 elsewhere. An
        image whose class its teacher never met has its label instead: the teacher can only deny it.

    Raises:
        As `fit`, and InputError for fewer training groups than teachers.
    """
    number = trainer.config.train.teachers
    parts = teacher_parts(task, groups, number)
    found = np.zeros((len(task.targets), task.matrix.number_of_classes), np.float32)
    for teacher in range(number):
        rows, others = task.training[parts == teacher], task.training[parts != teacher]
        own = replace(task, training=others, seed=stream_seed(task.seed, FIRST_SEED + teacher))
        found[rows] = _Teacher(trainer, own, rows, teacher, folder, callbacks).words()
        unmet = rows[~np.isin(task.targets[rows], task.targets[others])]
        found[unmet] = np.eye(found.shape[1], dtype=np.float32)[task.targets[unmet]]
    return found


@dataclass(frozen=True)
class _Teacher:
    """One of them: what it learns, the rows that it teaches, and where it stands among the others."""

    trainer: Trainer
    task: Task
    rows: NDArray[np.int64]
    place: int
    folder: Path
    callbacks: Callbacks

    @property
    def name(self) -> str:
        return f"teacher {self.place + 1} of {self.trainer.config.train.teachers}"

    def words(self) -> NDArray[np.float32]:
        """(rows, K) probabilities: kept ones, or those of a network that is trained now."""
        file = self.folder / f"{self.place}.words"
        if (kept := read_checked(file, "this teacher is trained again")) is not None:
            words: NDArray[np.float32] = np.load(io.BytesIO(kept))
            return words
        checkpoint = self.folder / f"{self.place}.pt"
        try:
            model = self.trainer.train(self.task, 1, checkpoint, Callbacks(self._report, self.callbacks.should_stop))
        except RunError as error:
            raise RunError(f"{self.name}: {error}") from error
        shared: list[NDArray[np.float32] | None] = [None]
        if self.trainer.accelerator.is_main_process:
            logits = predict_logits(model, self.trainer.source, self.rows, progress=self._asked)
            asked = softmax(logits, axis=1).astype(np.float32)
            shared, buffer = [asked], io.BytesIO()
            np.save(buffer, asked)
            write_checked(file, buffer.getvalue())
            checkpoint.unlink(missing_ok=True)
        said = broadcast_object_list(shared)[0]  # several processes would round otherwise
        assert said is not None
        return said

    def _report(self, values: dict[str, Any]) -> None:
        """Passes on how far the teachers are; their curves are not the run's."""
        if values["kind"] == "phase":
            return
        self._tell(values["progress"] if values["kind"] == "step" else values["epoch"] / values["epochs"])
        if values["kind"] == "epoch":
            print(
                f"{self.name}, epoch {values['epoch']}/{values['epochs']}  loss {values['train_loss']:.4f}  "
                f"validation accuracy {values['validation_accuracy']:.3f}  {values['images_per_second']:.0f} images/s",
                flush=True,
            )

    def _asked(self, done: int, total: int) -> None:
        if self.trainer.accelerator.num_processes == 1 and self.callbacks.should_stop():  # several stop at a step
            raise TrainingStopped
        self._tell(1.0)

    def _tell(self, share: float) -> None:
        """All teachers as one phase, counted in images that they learn from."""
        settings = self.trainer.config.train
        each = settings.epochs * len(self.task.training)
        done, total = round((self.place + share) * each), settings.teachers * each
        self.callbacks.report({"kind": "phase", "phase": "teachers", "done": done, "total": total})
