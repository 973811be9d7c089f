import io
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, balanced_accuracy_score, log_loss, roc_auc_score
from torch import Tensor, nn
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

from riskcore.config import TrainSettings
from riskcore.errors import InputError, RunError
from riskcore.learning import checkpoints
from riskcore.learning import loop as training
from riskcore.learning.checkpoints import LOWER_IS_BETTER
from riskcore.learning.loop import (
    Callbacks,
    Task,
    TrainingStopped,
    accelerator_for,
    fit,
    predict_logits,
    validation_measures,
)
from riskcore.learning.losses import CrossEntropyLoss
from riskcore.learning.network import Ensemble, network_seed, networks_of
from riskcore.learning.rates import learning_rate_at
from riskcore.severity import SeverityMatrix

MATRIX = SeverityMatrix(["a", "b", "c"], [[0, 1, 2], [3, 0, 1], [10, 8, 0]], critical=8)


class Numbers:
    """A source whose inputs are the rows of an array, and their mirror images the rows reversed."""

    def __init__(self, values: Tensor) -> None:
        self.values = values

    def training_batch(self, rows: NDArray[np.int64], seed: int) -> Tensor:
        return self.values[rows]

    def clean_batches(self, rows: NDArray[np.int64], batch_size: int) -> Iterator[tuple[Tensor, Tensor]]:
        for start in range(0, len(rows), batch_size):
            values = self.values[rows[start : start + batch_size]]
            yield values, values.flip(1)


@pytest.fixture(scope="module")
def accelerator() -> Accelerator:
    return accelerator_for("cpu")


def problem(cases: int = 60) -> tuple[Numbers, Task]:
    random = np.random.default_rng(0)
    targets = np.arange(cases, dtype=np.int64) % 3
    values = torch.from_numpy(np.eye(3)[targets] * 3 + random.normal(size=(cases, 3))).float()
    rows = np.arange(cases)
    return Numbers(values), Task(targets, rows[rows % 4 > 0], rows[rows % 4 == 0], MATRIX, seed=1)


def model() -> nn.Linear:
    linear = nn.Linear(3, 3)
    nn.init.zeros_(linear.weight)
    nn.init.zeros_(linear.bias)
    return linear


def trained(
    tmp_path: Path,
    accelerator: Accelerator,
    network: nn.Module | None = None,
    *,
    callbacks: Callbacks | None = None,
    loss: nn.Module | None = None,
    **settings: Any,
) -> tuple[nn.Module, list[dict[str, Any]]]:
    source, task = problem()
    reports: list[dict[str, Any]] = []
    result = fit(
        network or model(),
        source,
        task,
        loss or CrossEntropyLoss(),
        TrainSettings(**{"epochs": 4, "batch_size": 12, "learning_rate": 0.1, **settings}),
        tmp_path / "checkpoint.pt",
        callbacks or Callbacks(reports.append),
        accelerator,
    )
    return result, reports


def test_each_step_takes_the_rate_of_its_number(tmp_path: Path, accelerator: Accelerator) -> None:
    rates = []
    hook = register_optimizer_step_pre_hook(lambda optimizer, *_: rates.append(optimizer.param_groups[0]["lr"]))
    trained(tmp_path, accelerator, epochs=3, warmup=0.25)
    hook.remove()
    assert rates == pytest.approx([learning_rate_at(step, 12, 0.25, 0.1) for step in range(12)])


def test_what_is_separable_is_learned(tmp_path: Path, accelerator: Accelerator) -> None:
    network, reports = trained(tmp_path, accelerator, epochs=20)
    assert reports[-1]["validation_accuracy"] >= 0.9
    assert reports[-1]["train_loss"] < 0.5 < math.log(3) < reports[0]["train_loss"] + 0.5
    assert [report["epoch"] for report in reports] == list(range(1, 21))
    source, task = problem()
    logits = predict_logits(network, source, task.validation, mirrored=False)
    assert validation_measures(logits, task)["loss"] == reports[-1]["validation_loss"]


def test_training_does_not_depend_on_the_global_random_state(tmp_path: Path, accelerator: Accelerator) -> None:
    weights = []
    for start in (1, 2):
        torch.manual_seed(start)
        network = nn.Sequential(nn.Dropout(0.5), model())
        weights.append(trained(tmp_path / str(start), accelerator, network)[0].state_dict()["1.weight"])
    assert torch.equal(*weights)


def test_biases_and_scales_are_not_decayed(tmp_path: Path, accelerator: Accelerator) -> None:
    groups: list[dict[str, Any]] = []
    hook = register_optimizer_step_pre_hook(lambda optimizer, *_: groups.extend(optimizer.param_groups))
    trained(tmp_path, accelerator, nn.Sequential(nn.LayerNorm(3), model()), epochs=1, weight_decay=0.3)
    hook.remove()
    decay = [(group["weight_decay"], [tuple(p.shape) for p in group["params"]]) for group in groups[:2]]
    assert decay == [(0.3, [(3, 3)]), (0.0, [(3,), (3,), (3,)])]


@pytest.mark.parametrize("weights", [None, torch.tensor([1.0, 5.0, 20.0])])
def test_members_of_an_ensemble_learn_as_if_they_were_alone(
    tmp_path: Path, accelerator: Accelerator, weights: torch.Tensor | None
) -> None:
    """On orders of images of their own, and clipped each by itself; the first one on that of a network alone.

    With class weights a batch's mean depends on what else is in it, so that each member needs its own.
    """
    loss = CrossEntropyLoss(weights)
    both, reports = trained(tmp_path / "both", accelerator, Ensemble([model(), model()]), loss=loss, clip=0.5)
    alone, alone_reports = trained(tmp_path / "alone", accelerator, loss=loss, clip=0.5)
    first, second = networks_of(both)
    torch.testing.assert_close(first.state_dict(), alone.state_dict())
    assert not torch.allclose(second.weight, first.weight)
    assert len(reports) == len(alone_reports)

    source, task = problem()
    other = fit(
        model(),
        source,
        replace(task, seed=network_seed(task.seed, 1)),
        loss,
        TrainSettings(epochs=4, batch_size=12, learning_rate=0.1, clip=0.5),
        tmp_path / "other.pt",
        Callbacks(lambda values: None),
        accelerator,
    )
    torch.testing.assert_close(second.state_dict(), other.state_dict())


def test_half_is_learned_from_labels_and_half_from_teachers(tmp_path: Path, accelerator: Accelerator) -> None:
    """The first gradient, against the one by hand for labels that are half the true class, half what teachers say."""
    source, task = problem()
    rng = np.random.default_rng(3)
    teachings = rng.dirichlet(np.ones(3), len(task.targets)).astype(np.float32)
    network, values = model(), []
    hook = register_optimizer_step_pre_hook(lambda optimizer, *_: values.append(network.weight.grad.clone()))
    settings = TrainSettings(epochs=1, batch_size=1000, learning_rate=0.1, clip=1e9)
    taught = replace(task, teachings=teachings)
    fit(network, source, taught, CrossEntropyLoss(), settings, tmp_path / "a", Callbacks(lambda _: None), accelerator)
    hook.remove()
    x, rows = source.values[task.training].double(), task.training
    soft = (torch.eye(3)[task.targets[rows]] + torch.from_numpy(teachings[rows])).double() / 2
    # d/dW of softmax cross-entropy at W = 0: mean of (p - soft) x
    expected = (torch.full((len(rows), 3), 1 / 3, dtype=torch.float64) - soft).T @ x / len(rows)
    torch.testing.assert_close(values[0].double(), expected, rtol=1e-4, atol=1e-6)


def test_members_are_taught_the_same(tmp_path: Path, accelerator: Accelerator) -> None:
    source, task = problem()
    teachings = np.random.default_rng(3).dirichlet(np.ones(3), len(task.targets)).astype(np.float32)
    taught = replace(task, teachings=teachings)
    settings = TrainSettings(epochs=3, batch_size=12, learning_rate=0.1)

    def learn(network: nn.Module, task: Task, name: str) -> nn.Module:
        callbacks = Callbacks(lambda values: None)
        return fit(network, source, task, CrossEntropyLoss(), settings, tmp_path / name, callbacks, accelerator)

    both = learn(Ensemble([model(), model()]), taught, "both")
    for number, member in enumerate(networks_of(both)):
        alone = learn(model(), replace(taught, seed=network_seed(task.seed, number)), str(number))
        torch.testing.assert_close(member.state_dict(), alone.state_dict())


def test_gradients_are_clipped(tmp_path: Path, accelerator: Accelerator) -> None:
    norms = []

    def note(optimizer: torch.optim.Optimizer, *_: Any) -> None:
        gradients = [p.grad.flatten() for group in optimizer.param_groups for p in group["params"]]
        norms.append(float(torch.cat(gradients).norm()))

    hook = register_optimizer_step_pre_hook(note)
    trained(tmp_path, accelerator, epochs=1, clip=0.01)
    hook.remove()
    assert norms == pytest.approx([0.01] * 4, rel=1e-3)


def test_averaged_weights_are_the_exponential_average(tmp_path: Path, accelerator: Accelerator) -> None:
    seen: list[Tensor] = []
    hook = register_optimizer_step_post_hook(
        lambda optimizer, *_: seen.append(optimizer.param_groups[0]["params"][0].detach().clone())
    )
    network, _ = trained(tmp_path, accelerator, ema=0.7)
    hook.remove()
    average = seen[0]
    for weights in seen[1:]:
        average = 0.7 * average + 0.3 * weights
    assert torch.allclose(network.state_dict()["weight"], average, atol=1e-6)
    assert not torch.allclose(seen[-1], average, atol=1e-3)


@pytest.mark.parametrize("measure", LOWER_IS_BETTER)
def test_early_stopping_keeps_the_best_epoch_of_each_measure(
    tmp_path: Path, accelerator: Accelerator, monkeypatch: pytest.MonkeyPatch, measure: str
) -> None:
    better = (
        [0.5, 0.4, 0.3, 0.35, 0.31, 0.32, 0.1] if LOWER_IS_BETTER[measure] else [0.5, 0.6, 0.7, 0.6, 0.69, 0.68, 0.9]
    )
    values, states = iter(better), []
    network = model()

    def scripted(logits: NDArray[np.float64], task: Task) -> dict[str, float]:
        states.append({name: tensor.clone() for name, tensor in network.state_dict().items()})
        return {**dict.fromkeys(LOWER_IS_BETTER, 0.5), measure: next(values)}

    monkeypatch.setattr(training, "validation_measures", scripted)
    result, reports = trained(tmp_path, accelerator, network, epochs=7, patience=3, monitor=measure)
    assert len(reports) == 6  # the third was the best, three more were no better
    assert all(torch.equal(tensor, states[2][name]) for name, tensor in result.state_dict().items())


def test_the_directions_are_those_of_the_measures() -> None:
    assert LOWER_IS_BETTER == {
        "loss": True,
        "accuracy": False,
        "balanced_accuracy": False,
        "cer": True,
        "expected_severity": True,
        "critical_auroc": False,
    }


def test_a_measure_that_validation_cannot_give_is_refused(tmp_path: Path, accelerator: Accelerator) -> None:
    source, task = problem()
    one_class = Task(task.targets, task.training, task.validation[task.targets[task.validation] == 2], MATRIX, 0)
    settings = TrainSettings(epochs=2, batch_size=12, patience=1, monitor="critical_auroc")
    with pytest.raises(InputError) as caught:
        fit(
            model(),
            source,
            one_class,
            CrossEntropyLoss(),
            settings,
            tmp_path / "c.pt",
            Callbacks(lambda _: None),
            accelerator,
        )
    assert str(caught.value) == (
        "train.monitor=critical_auroc cannot be measured: validation holds no cases of critical classes, or no "
        "others; choose another measure."
    )


def test_validation_measures_agree_with_scikit_learn() -> None:
    random = np.random.default_rng(3)
    truth = random.integers(0, 3, 80)
    logits = random.normal(size=(80, 3)) + np.eye(3)[truth]
    task = Task(truth, np.zeros(0, dtype=np.int64), np.arange(80), MATRIX, 0)
    measures = validation_measures(logits, task)
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    predicted = logits.argmax(1)
    costs = MATRIX.values[truth, predicted]
    assert measures == pytest.approx(
        {
            "loss": log_loss(truth, probabilities),
            "accuracy": accuracy_score(truth, predicted),
            "balanced_accuracy": balanced_accuracy_score(truth, predicted),
            "cer": np.mean(costs >= 8),
            "expected_severity": costs.mean(),
            "critical_auroc": roc_auc_score(truth == 2, probabilities[:, 2]),
        }
    )


def test_logits_are_averaged_over_the_mirror_image_in_evaluation_mode() -> None:
    source, _ = problem()
    network = nn.Sequential(nn.Dropout(0.9), model())
    nn.init.normal_(network[1].weight)
    rows = np.array([5, 3, 8])
    logits = predict_logits(network, source, rows)
    values = source.values[rows]
    with torch.inference_mode():
        expected = (network[1](values).double() + network[1](values.flip(1)).double()) / 2
    assert np.array_equal(logits, expected.numpy())
    assert network.training


def test_a_stop_leaves_a_checkpoint_from_which_training_ends_alike(
    tmp_path: Path, accelerator: Accelerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "CHECKPOINT_EVERY", 0.0)
    whole, _ = trained(tmp_path / "whole", accelerator)
    first: list[dict[str, Any]] = []
    with pytest.raises(TrainingStopped):
        trained(tmp_path / "part", accelerator, callbacks=Callbacks(first.append, lambda: len(first) == 2))
    begun: list[int] = []
    second: list[dict[str, Any]] = []
    part, _ = trained(tmp_path / "part", accelerator, callbacks=Callbacks(second.append, begins=begun.append))
    assert begun == [2]
    assert [report["epoch"] for report in first + second] == [1, 2, 3, 4]
    assert all(torch.equal(tensor, part.state_dict()[name]) for name, tensor in whole.state_dict().items())


def test_short_epochs_share_a_checkpoint(
    tmp_path: Path, accelerator: Accelerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes: list[Path] = []
    monkeypatch.setattr(checkpoints, "write_atomic", lambda path, data: writes.append(path))
    monkeypatch.setattr(training, "CHECKPOINT_EVERY", 3600.0)
    trained(tmp_path, accelerator)
    assert writes == []
    monkeypatch.setattr(training, "CHECKPOINT_EVERY", 0.0)
    trained(tmp_path, accelerator)
    assert writes == [tmp_path / "checkpoint.pt"] * 4


class Wild(nn.Module):
    """Gives a finite loss but for one call."""

    def __init__(self, call: int) -> None:
        super().__init__()
        self.calls, self.call = 0, call

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        self.calls += 1
        return logits.sum() * (math.inf if self.calls == self.call else 0.0)


CAUSES = (
    " Likely causes: a learning rate that is too high (now 0.1) or too strong a loss; lower train.learning_rate or "
    "loss.strength and start again."
)


def test_a_loss_that_is_not_finite_names_epoch_and_step(tmp_path: Path, accelerator: Accelerator) -> None:
    source, task = problem()
    settings = TrainSettings(epochs=3, batch_size=12, learning_rate=0.1)
    with pytest.raises(RunError) as caught:
        fit(model(), source, task, Wild(7), settings, tmp_path / "c.pt", Callbacks(lambda _: None), accelerator)
    assert str(caught.value) == f"The loss became nan at epoch 2, step 3.{CAUSES}"


def test_weights_that_are_not_finite_are_found_though_the_loss_is(
    tmp_path: Path, accelerator: Accelerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(optimizer: torch.optim.Optimizer, *_: Any) -> None:
        optimizer.param_groups[0]["params"][0].data.fill_(math.inf)

    hook = register_optimizer_step_post_hook(spoil)
    with pytest.raises(RunError) as caught:
        trained(tmp_path, accelerator, batch_size=45)
    hook.remove()
    assert str(caught.value) == f"The network's output became non-finite in epoch 1.{CAUSES}"


def test_a_missing_gpu_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError) as caught:
        accelerator_for("cuda")
    assert str(caught.value) == (
        "train.device=cuda, but this machine offers no CUDA device; use train.device=cpu or auto."
    )


def test_checkpoints_hold_no_pickled_objects(
    tmp_path: Path, accelerator: Accelerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "CHECKPOINT_EVERY", 0.0)
    trained(tmp_path, accelerator, ema=0.5, patience=2)
    content = torch.load(io.BytesIO((tmp_path / "checkpoint.pt").read_bytes()[4:]), weights_only=True)
    assert sorted(content) == ["averaged", "best", "epochs", "loss", "model", "optimizer"]
