"""Who teaches whom: no teacher sees what it teaches, and what it says is kept."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.special import softmax
from torch import Tensor, nn

from riskcore.config import RunConfig
from riskcore.errors import InputError, RunError
from riskcore.learning import loop as training
from riskcore.learning.backbones import Preprocessing
from riskcore.learning.features import ActivationSource
from riskcore.learning.loop import Callbacks, Task, TrainingStopped, accelerator_for, predict_logits
from riskcore.learning.teachers import taught, teacher_parts
from riskcore.learning.trainer import Trainer
from riskcore.severity import SeverityMatrix

CASES, CLASSES = 240, 3
MATRIX = SeverityMatrix(["a", "b", "c"], [[0, 1, 2], [3, 0, 1], [10, 8, 0]], critical=8)
SILENT = Callbacks(lambda values: None)


@pytest.fixture
def task() -> Task:
    rng = np.random.default_rng(0)
    rows = rng.permutation(CASES)
    return Task(rng.integers(CLASSES, size=CASES), np.sort(rows[:180]), np.sort(rows[180:]), MATRIX, seed=3)


@pytest.fixture
def groups() -> NDArray[np.str_]:
    return np.array([f"patient {number // 3}" for number in range(CASES)])


@pytest.fixture
def trainer(task: Task) -> Trainer:
    """Of linear classifiers on two views of eight features that tell the classes apart, more or less."""
    train = {"backbone": "frozen", "epochs": 10, "batch_size": 30, "learning_rate": 0.05, "teachers": 4}
    config = RunConfig.build({"data": "any", "matrix": "any", "train": train})
    rng = np.random.default_rng(1)
    features = np.eye(CLASSES, 8)[task.targets] + rng.normal(size=(2, CASES, 8))
    values = features.astype(np.float16)
    source = ActivationSource(values, "standard", torch.device("cpu"))
    prepared = Preprocessing(8, (0.5, 0.4, 0.3), (0.2, 0.3, 0.4), "bicubic")
    return Trainer(config, source, values, None, prepared, accelerator_for("cpu"))


class Constant(nn.Module):
    """Says the same of everything."""

    def __init__(self, logits: Tensor) -> None:
        super().__init__()
        self.logits = nn.Parameter(logits)

    def forward(self, inputs: Tensor) -> Tensor:
        return self.logits.expand(len(inputs), -1)


def test_no_teacher_learns_from_a_group_that_it_teaches(
    trainer: Trainer, task: Task, groups: NDArray[np.str_], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each teacher says its own number, so that what comes back tells who taught which image."""
    learned: list[Task] = []

    def train(self: Trainer, own: Task, members: int, checkpoint: Path, callbacks: Callbacks) -> nn.Module:
        assert members == 1
        learned.append(own)
        return Constant(torch.tensor([0.0, 0.0, float(len(learned))]))

    monkeypatch.setattr(Trainer, "train", train)
    found = taught(trainer, task, groups, tmp_path, SILENT)
    assert found.shape == (CASES, CLASSES)
    assert len({own.seed for own in learned} | {task.seed}) == 5
    assert not found[task.validation].any()
    times = np.zeros(CASES, int)
    for number, own in enumerate(learned, 1):
        of_this_one = np.flatnonzero(np.isclose(found, softmax([0, 0, number])).all(1))
        times[of_this_one] += 1
        assert not set(groups[own.training]) & set(groups[of_this_one])
        assert sorted([*own.training, *of_this_one]) == task.training.tolist()
        assert np.array_equal(own.validation, task.validation)
        assert 0.15 < len(of_this_one) / len(task.training) < 0.35
    assert (times[task.training] == 1).all()


def test_what_they_say_is_worth_hearing(trainer: Trainer, task: Task, groups: NDArray[np.str_], tmp_path: Path) -> None:
    """Real networks, on cases that they have not seen: right more often than by chance, worse than on known ones."""
    found = taught(trainer, task, groups, tmp_path, SILENT)
    of = found[task.training]
    np.testing.assert_allclose(of.sum(1), 1, rtol=1e-5)
    assert (of.argmax(1) == task.targets[task.training]).mean() > 0.5
    seen = trainer.train(task, 1, tmp_path / "all.pt", SILENT)
    own = softmax(predict_logits(seen, trainer.source, task.training), axis=1)
    truth = task.targets[task.training]
    held_out, known = (-np.log(p[np.arange(len(truth)), truth]).mean() for p in (of, own))
    assert held_out > known


def test_the_same_again_from_what_is_kept(
    trainer: Trainer,
    task: Task,
    groups: NDArray[np.str_],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    first = taught(trainer, task, groups, tmp_path, SILENT)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.words", "1.words", "2.words", "3.words"]
    original, trained = Trainer.train, []

    def train(self: Trainer, *arguments: Any) -> nn.Module:
        trained.append(arguments)
        return original(self, *arguments)

    monkeypatch.setattr(Trainer, "train", train)
    assert np.array_equal(taught(trainer, task, groups, tmp_path, SILENT), first)
    assert not trained

    whole = (tmp_path / "3.words").read_bytes()
    flipped = bytes([*whole[:-9], whole[-9] ^ 1, *whole[-8:]])
    damage = {"0.words": b"", "1.words": b"no numbers", "2.words": whole[:-9], "3.words": flipped}
    for name, content in damage.items():
        (tmp_path / name).write_bytes(content)
    capsys.readouterr()
    assert np.array_equal(taught(trainer, task, groups, tmp_path, SILENT), first)
    assert len(trained) == 4
    notes = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Note: ")]
    assert notes == [f"Note: {tmp_path / name} is damaged; this teacher is trained again." for name in damage]


def test_a_class_that_a_teacher_never_met_is_learned_from_its_label(
    trainer: Trainer, task: Task, groups: NDArray[np.str_], tmp_path: Path
) -> None:
    """All of class c are of one patient, so that the teacher of that patient knows of none."""
    targets = np.where(task.targets == 2, 0, task.targets)
    rare = task.training[[5, 50, 100]]
    targets[rare] = 2
    groups[rare] = "the one"
    found = taught(trainer, replace(task, targets=targets), groups, tmp_path, SILENT)
    assert np.array_equal(found[rare], np.tile([0, 0, 1], (3, 1)))
    others = np.setdiff1d(task.training, rare)
    assert (found[others].max(1) < 1).all()


def test_all_teachers_are_one_phase_and_the_log_names_each(
    trainer: Trainer,
    task: Task,
    groups: NDArray[np.str_],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(training, "REPORT_EVERY", 0.0)
    seen: list[dict[str, Any]] = []
    taught(trainer, task, groups, tmp_path, Callbacks(seen.append))
    assert {(at["kind"], at["phase"]) for at in seen} == {("phase", "teachers")}
    assert len(seen) > 4 * 10  # inside epochs too
    shares = [at["done"] / at["total"] for at in seen]
    assert shares[-1] == 1
    assert np.all(np.diff(shares) > -0.02)  # parts differ by an image or two
    lines = [line.split("  ")[0] for line in capsys.readouterr().out.splitlines()]
    assert lines == [f"teacher {n} of 4, epoch {epoch}/10" for n in range(1, 5) for epoch in range(1, 11)]


def test_a_stop_is_answered_while_a_teacher_is_asked(
    trainer: Trainer, task: Task, groups: NDArray[np.str_], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Constant(torch.zeros(CLASSES))
    monkeypatch.setattr(Trainer, "train", lambda *arguments: model)
    with pytest.raises(TrainingStopped):
        taught(trainer, task, groups, tmp_path, Callbacks(lambda values: None, lambda: True))


def test_what_goes_wrong_names_the_teacher(
    trainer: Trainer, task: Task, groups: NDArray[np.str_], tmp_path: Path
) -> None:
    assert trainer.activations is not None
    nothing = np.full_like(trainer.activations, np.nan)
    wild = replace(trainer, source=ActivationSource(nothing, "standard", torch.device("cpu")))
    with pytest.raises(RunError, match=r"^teacher 1 of 4: The loss became nan at epoch 1, step 1"):
        taught(wild, task, groups, tmp_path, SILENT)


def test_another_seed_divides_otherwise(task: Task, groups: NDArray[np.str_]) -> None:
    parts = [teacher_parts(replace(task, seed=seed), groups, 5) for seed in (0, 0, 1, 2**40)]
    assert np.array_equal(parts[0], parts[1])
    assert not np.array_equal(parts[0], parts[2])


def test_more_teachers_than_groups(task: Task) -> None:
    groups = np.array(["p", "q", "r"])[np.arange(CASES) % 3]
    message = "train.teachers=4, a part of the training images for each: 3 groups allow 2 to 3 folds, but got 4."
    with pytest.raises(InputError, match=message):
        teacher_parts(task, groups, 4)
