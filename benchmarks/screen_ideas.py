"""Which ideas make fewer critical errors than cross-entropy at equal accuracy, on features of a frozen backbone?

``python benchmarks/screen_ideas.py isic2018 -o docs/results/search`` (a data set that is registered in the workspace;
its matrix preset is of the same name). Every idea is trained like a run of ``train.backbone=frozen`` (or, with
``--backbone last:N`` and ``--only``, of that one), over folds by group and several seeds, and judged on the pooled test
parts at three places that are set on validation. Ideas that prove themselves go into riskcore; the others live on here,
so that nobody has to try them again. What was trained is kept by name in ``cache/screening`` of the workspace; delete
that folder when the data set, its matrix or the code of an idea changes.
"""

import argparse
import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from riskcore import backbones, evaluation, network
from riskcore.config import ModelSettings, RunConfig, TrainSettings
from riskcore.data.cache import decoded
from riskcore.data.prepare import prepare
from riskcore.decision import equal_accuracy
from riskcore.decision.operating import Wish
from riskcore.decision.pooled import pooled_decisions
from riskcore.features import ActivationKey, ActivationSource, cached_activations
from riskcore.losses import CrossEntropyLoss, FocalLoss, RiskCalibratedLoss
from riskcore.metrics import bootstrap_weights, critical_auroc, group_codes, outcomes
from riskcore.network import StandardisedHead, start_at_prior
from riskcore.predictions import Cases, Member, RunPredictions
from riskcore.severity import SeverityMatrix
from riskcore.training import Callbacks, Task, accelerator_for, fit, predict_logits
from riskcore.workspace import Workspace

SIZE, VIEWS = 160, 4
MARGINS = (0.01, 0.03)
OVER_CALLS = Wish("over_call_ceiling", 0.2)


# --- losses ---


class Ranking(nn.Module):
    """Cross-entropy plus a pairwise logistic loss on g = log Σ critical e^z − log Σ others e^z.

    Every critical case of the batch should lie above every other one. `hardest`: share of the others, those of highest
    g, that count (the loss is then that of a partial area under the ROC curve, at low over-call rates).
    """

    def __init__(self, matrix: SeverityMatrix, weight: float, hardest: float = 1.0, strength: float = 0.0) -> None:
        super().__init__()
        self.base = RiskCalibratedLoss(matrix, "log_harm", strength)
        self.critical = torch.from_numpy(matrix.critical_classes.copy())
        self.weight, self.hardest = weight, hardest

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        base: Tensor = self.base(logits, targets)
        g = logits[:, self.critical].logsumexp(1) - logits[:, ~self.critical].logsumexp(1)
        dangerous = self.critical[targets]
        above, below = g[dangerous], g[~dangerous]
        if not len(above) or not len(below):
            return base
        below = below.topk(max(1, round(self.hardest * len(below)))).values
        return base + self.weight * F.softplus(below[None] - above[:, None]).mean()


class Scheduled(nn.Module):
    """`log_harm` whose strength moves from `first` to `last` over the training."""

    def __init__(self, matrix: SeverityMatrix, first: float, last: float, steps: int) -> None:
        super().__init__()
        self.loss = RiskCalibratedLoss(matrix, "log_harm", first)
        self.first, self.last, self.steps, self.done = first, last, steps, 0

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        self.loss.strength = self.first + (self.last - self.first) * min(1.0, self.done / self.steps)
        self.done += self.training
        value: Tensor = self.loss(logits, targets)
        return value


class MixUp(nn.Module):
    """Cross-entropy on pairs of cases mixed in the network's input (mix-up, Zhang et al., ICLR 2018).

    `around` is put around the source of batches; it remembers how the next batch was mixed.
    """

    def __init__(self, alpha: float) -> None:
        super().__init__()
        self.base, self.alpha, self.share, self.order = CrossEntropyLoss(), alpha, 1.0, np.zeros(0, np.int64)

    def around(self, source: ActivationSource) -> "MixedSource":
        return MixedSource(source, self)

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        value: Tensor = self.base(logits, targets)
        if not self.training:
            return value
        return self.share * value + (1 - self.share) * self.base(logits, targets[torch.from_numpy(self.order)])


class Distilled(nn.Module):
    """Half `base` on the labels, half cross-entropy against the mean probabilities of teachers (Hinton et al., 2015).

    `teach` is told those of all images; `around` is put around the source of batches and remembers whose turn it is.
    """

    def __init__(self, base: nn.Module) -> None:
        super().__init__()
        self.base, self.teachings, self.rows = base, torch.zeros(0), np.zeros(0, np.int64)

    def teach(self, probabilities: Tensor) -> None:
        self.teachings = probabilities

    def around(self, source: ActivationSource) -> "SeenSource":
        return SeenSource(source, self)

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        value: Tensor = self.base(logits, targets)
        if not self.training or not len(self.teachings):  # teachers have no teachers
            return value
        return 0.5 * value + 0.5 * F.cross_entropy(logits, self.teachings[self.rows])


@dataclass(frozen=True)
class SeenSource:
    """Batches of `source`, whose images a loss is told."""

    source: ActivationSource
    loss: Distilled

    def training_batch(self, rows: np.ndarray, seed: int) -> Tensor:
        self.loss.rows = rows
        return self.source.training_batch(rows, seed)

    def clean_batches(self, rows: np.ndarray, batch_size: int) -> Iterator[tuple[Tensor, Tensor]]:
        return self.source.clean_batches(rows, batch_size)


class HierarchyAware(nn.Module):
    """Cross-entropy on classes and on sides (critical or not), and both answers on the side drawn together.

    After Garg et al., Hierarchy-aware features (ECCV 2022): its coarse classifier on shared features and its soft
    hierarchical consistency (Jensen-Shannon), for one level. For logits of `CoarseTask`.
    """

    def __init__(self, matrix: SeverityMatrix) -> None:
        super().__init__()
        self.critical = torch.from_numpy(matrix.critical_classes.copy())

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        if not self.training:
            return F.cross_entropy(logits, targets)
        fine, side = logits[:, :-1], logits[:, -1]
        dangerous = self.critical[targets].float()
        added, coarse = fine.softmax(1)[:, self.critical].sum(1), side.sigmoid()
        answers = torch.stack([torch.stack([q, 1 - q], 1) for q in (added, coarse)]).clamp(1e-6, 1)
        middle = answers.mean(0)
        apart = (answers * (answers / middle).log()).sum(2).mean()
        return F.cross_entropy(fine, targets) + F.binary_cross_entropy_with_logits(side, dangerous) + apart


@dataclass(frozen=True)
class MixedSource:
    """Batches of `source`, each mixed with itself in another order."""

    source: ActivationSource
    loss: MixUp

    def training_batch(self, rows: np.ndarray, seed: int) -> Tensor:
        inputs = self.source.training_batch(rows, seed)
        generator = np.random.default_rng([seed, 77])
        share = float(generator.beta(self.loss.alpha, self.loss.alpha))
        self.loss.share, self.loss.order = max(share, 1 - share), generator.permutation(len(rows))
        return self.loss.share * inputs + (1 - self.loss.share) * inputs[torch.from_numpy(self.loss.order)]

    def clean_batches(self, rows: np.ndarray, batch_size: int) -> Iterator[tuple[Tensor, Tensor]]:
        return self.source.clean_batches(rows, batch_size)


# --- heads ---


class Factorised(nn.Module):
    """A fine head and a critical-or-not head of its own, multiplied: p(class) = p(class | side) p(side)."""

    critical: Tensor

    def __init__(self, features: int, classes: int, critical: Tensor) -> None:
        super().__init__()
        self.fine, self.coarse = StandardisedHead(features, classes), StandardisedHead(features, 1)
        self.register_buffer("critical", critical)
        self.linear = self.fine.linear

    def fit(self, values: Tensor) -> None:
        self.fine.fit(values)
        self.coarse.fit(values)

    def start(self, shares: Tensor) -> None:
        """Both heads start at the shares, as others do."""
        with torch.no_grad():
            self.fine.linear.bias.copy_(shares.log())
            self.coarse.linear.bias.copy_(shares[self.critical].sum().logit())

    def forward(self, values: Tensor) -> Tensor:
        fine, side = self.fine(values), self.coarse(values)
        within = torch.where(
            self.critical,
            fine - fine[:, self.critical].logsumexp(1, True),
            fine - fine[:, ~self.critical].logsumexp(1, True),
        )
        return within + torch.where(self.critical, F.logsigmoid(side), F.logsigmoid(-side))


class CoarseTask(StandardisedHead):
    """A hidden layer that serves the classes and, in training, one more output for the side."""

    def __init__(self, features: int, classes: int, critical: Tensor) -> None:
        super().__init__(features, classes + 1, hidden=256)
        self.critical = critical

    def start(self, shares: Tensor) -> None:
        """Both answers start at the shares, as others do."""
        with torch.no_grad():
            self.linear.bias.copy_(torch.cat([shares.log(), shares[self.critical].sum().logit()[None]]))

    def forward(self, features: Tensor) -> Tensor:
        logits = super().forward(features)
        return logits if self.training else logits[:, :-1]


# --- what is tried ---


@dataclass(frozen=True)
class Idea:
    """A loss, a head and settings of training; `steps` is how many training steps there are.

    `teachers`: how many networks are trained first, for a loss that is `Distilled`. `against`: name of the idea that it
    is compared with at equal accuracy.
    """

    name: str
    loss: Callable[[SeverityMatrix, int], nn.Module]
    head: Callable[[int, int, Tensor], nn.Module] = lambda features, classes, critical: StandardisedHead(
        features, classes
    )
    train: tuple[tuple[str, Any], ...] = ()
    teachers: int = 0
    against: str = "ce"


def _harm(form: str, strength: float, confusion: float = 0.0) -> Callable[[SeverityMatrix, int], nn.Module]:
    return lambda matrix, steps: RiskCalibratedLoss(matrix, form, strength, confusion)


def _focal(gamma: float) -> Callable[[SeverityMatrix, int], nn.Module]:
    return lambda matrix, steps: FocalLoss(gamma)


def _ranking(weight: float, hardest: float = 1.0, strength: float = 0.0) -> Callable[[SeverityMatrix, int], nn.Module]:
    return lambda matrix, steps: Ranking(matrix, weight, hardest, strength)


def _factorised(features: int, classes: int, critical: Tensor) -> nn.Module:
    return Factorised(features, classes, critical)


def _hidden(width: int) -> Callable[[int, int, Tensor], nn.Module]:
    return lambda features, classes, critical: StandardisedHead(features, classes, width)


def _plain(matrix: SeverityMatrix, steps: int) -> nn.Module:
    return CrossEntropyLoss()


HIDDEN = "ce, hidden 256, decay 1"

HEADS = (
    Idea("ce", _plain),
    Idea("focal", _focal(2)),
    *(Idea(f"log_harm s={s:g}", _harm("log_harm", s)) for s in (1, 3, 10, 30)),
    *(
        Idea(f"{form} s={s:g}", _harm(form, s))
        for form, s in (("margin", 1), ("expected", 3), ("barrier", 1), ("reweight", 3))
    ),
    Idea("log_harm s=10 confusion 5", _harm("log_harm", 10, 5)),
    *(Idea(f"ranking {w:g}", _ranking(w)) for w in (0.3, 1, 3)),
    *(Idea(f"ranking {w:g} hardest 30 %", _ranking(w, 0.3)) for w in (0.3, 1, 3)),
    Idea("ranking 1 hardest 30 % + log_harm s=3", _ranking(1, 0.3, 3)),
    Idea("log_harm s 0 to 10", lambda matrix, steps: Scheduled(matrix, 0, 10, steps)),
    Idea("log_harm s 10 to 0", lambda matrix, steps: Scheduled(matrix, 10, 0, steps)),
    Idea("coarse head", _plain, _factorised),
    Idea("coarse head, log_harm s=3", _harm("log_harm", 3), _factorised),
    Idea("ce, classes balanced", _plain, train=(("sampler", "class_balanced"),)),
    Idea(
        "log_harm s=3, epoch by critical AUROC",
        _harm("log_harm", 3),
        train=(("monitor", "critical_auroc"), ("patience", 40)),
    ),
    Idea("ce, epoch by critical AUROC", _plain, train=(("monitor", "critical_auroc"), ("patience", 40))),
    *(
        Idea(f"ce, hidden {width}, decay {decay:g}", _plain, _hidden(width), (("weight_decay", decay),))
        for width, decay in ((256, 1), (256, 0.1), (64, 0.1), (1024, 0.1), (1024, 1))
    ),
    Idea("focal, hidden 256, decay 0.1", _focal(2), _hidden(256), (("weight_decay", 0.1),)),
    *(
        Idea(f"log_harm s={s:g}, hidden 256, decay 0.1", _harm("log_harm", s), _hidden(256), (("weight_decay", 0.1),))
        for s in (1, 3, 10)
    ),
    Idea("margin s=1, hidden 256, decay 0.1", _harm("margin", 1), _hidden(256), (("weight_decay", 0.1),)),
    Idea("ranking 1 hardest 30 %, hidden 256, decay 0.1", _ranking(1, 0.3), _hidden(256), (("weight_decay", 0.1),)),
    Idea("hierarchy-aware, hidden 256", lambda matrix, steps: HierarchyAware(matrix), CoarseTask, against=HIDDEN),
    Idea("log_harm s=3, hidden 256, decay 1", _harm("log_harm", 3), _hidden(256), against=HIDDEN),
    Idea(
        "ce, hidden 256, of 5 teachers",
        lambda matrix, steps: Distilled(CrossEntropyLoss()),
        _hidden(256),
        teachers=5,
        against=HIDDEN,
    ),
    Idea(
        "log_harm s=3, hidden 256, of 5 teachers",
        lambda matrix, steps: Distilled(RiskCalibratedLoss(matrix, "log_harm", 3)),
        _hidden(256),
        teachers=5,
        against=HIDDEN,
    ),
)

STAGES = (
    *(
        Idea(
            f"ce, decay {decay:g}, rate {rate:g}, {epochs} epochs",
            _plain,
            train=(("weight_decay", decay), ("learning_rate", rate), ("epochs", epochs)),
        )
        for decay, rate, epochs in ((1, 5e-4, 6), (1, 1e-3, 6), (0.1, 2e-4, 4), (0.01, 5e-4, 12))
    ),
    Idea("ce, mix-up 0.2, 12 epochs", lambda matrix, steps: MixUp(0.2), train=(("epochs", 12),)),
)

IDEAS = (*HEADS, *STAGES)
CE, FOCAL = 0, 1


# --- training ---


@cache
def _fold(
    root: Path, data: str, folds: int, fold: int, stages: int
) -> tuple[Any, Any, Task, Callable[[str], tuple[np.ndarray, ...]]]:
    """Activations, training features, task and the cases of a part."""
    workspace = Workspace(root)
    config = RunConfig.build(
        {"data": data, "matrix": data}, [f"data.folds={folds}", f"fold={fold}", f"model.size={SIZE}"]
    )
    matrix = workspace.load_matrix(data)
    prepared = prepare(workspace, config.data, matrix, fold, lambda done, total, label: None)
    manifest = prepared.manifest
    images = decoded(manifest, manifest.table["sample"].tolist(), SIZE, workspace.cache, lambda *_: None)
    key = ActivationKey(
        images=Path(str(images.filename)).stem,
        weights=backbones.weights_id(config.model.name, config.model.weights, 0),
        size=SIZE,
        stages=stages,
        views=VIEWS,
        level="standard",
    )
    found = cached_activations(
        key,
        workspace.cache / "activations",
        lambda: network.build(config.model, stages, len(manifest.classes)),
        images,
        torch.device("cpu"),
        lambda done, total, label: None,
    )
    task = Task(manifest.targets, prepared.rows("train"), prepared.rows("validation"), prepared.matrix, 0)

    def part(name: str) -> tuple[np.ndarray, ...]:
        rows = prepared.rows(name)
        table = manifest.table.iloc[rows]
        return rows, manifest.targets[rows], table["sample"].to_numpy(np.str_), table["group"].to_numpy(np.str_)

    return found.values, torch.from_numpy(found.values[0, task.training]).float(), task, part


def member(root: Path, data: str, folds: int, fold: int, seed: int, number: int, train: dict[str, Any]) -> Member:
    """One idea on one fold with one seed: trained, or read where that was done before."""
    idea = IDEAS[number]
    key = json.dumps([data, folds, fold, seed, idea.name, train, SIZE, VIEWS])
    file = root / "cache" / "screening" / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.parquet"
    if not file.is_file():
        evaluation.write_predictions(file, *_trained(root, data, folds, fold, seed, idea, train))
    _, parts = evaluation.read_predictions(file)
    return Member(parts["validation"], parts["test"], seed, fold)


def _trained(
    root: Path, data: str, folds: int, fold: int, seed: int, idea: Idea, train: dict[str, Any]
) -> tuple[tuple[str, ...], dict[str, Cases]]:
    torch.set_num_threads(1)
    settings = TrainSettings.model_validate({"device": "cpu", **train, **dict(idea.train)})
    stages = settings.trained_stages or 0
    values, features, task, part = _fold(root, data, folds, fold, stages)
    counts = torch.from_numpy(np.bincount(task.targets[task.training], minlength=task.matrix.number_of_classes)).float()
    met = torch.ones(len(counts)) if settings.sampler == "class_balanced" else counts
    shares = met / met.sum()
    source = ActivationSource(values, settings.augment, torch.device("cpu"))
    loss = idea.loss(task.matrix, settings.epochs * -(-len(task.training) // settings.batch_size))

    def network_of(seed: int) -> nn.Module:
        torch.manual_seed(seed)
        critical = torch.from_numpy(task.matrix.critical_classes.copy())
        if stages:
            head: Any = network.build(ModelSettings(size=SIZE), stages, len(counts), seed).trained
        else:
            head = idea.head(values.shape[-1], len(counts), critical)
            head.fit(features)
        start_at_prior(head, shares)
        if hasattr(head, "start"):
            head.start(shares)
        with tempfile.TemporaryDirectory() as folder:
            return fit(
                head,
                loss.around(source) if isinstance(loss, MixUp | Distilled) else source,
                replace(task, seed=seed),
                loss,
                settings,
                Path(folder) / "checkpoint.pt",
                Callbacks(lambda values: None),
                accelerator_for("cpu"),
            )

    if idea.teachers:
        assert isinstance(loss, Distilled)
        loss.teach(_taught([network_of(1000 + 10 * seed + number) for number in range(idea.teachers)], values))
    model = network_of(seed)

    def cases(name: str) -> Cases:
        rows, truth, samples, groups = part(name)
        return Cases(predict_logits(model, source, rows), truth, samples, groups)

    return task.matrix.classes, {name: cases(name) for name in ("validation", "test")}


@torch.inference_mode()
def _taught(teachers: Sequence[nn.Module], values: Any) -> Tensor:
    """(N, K) mean probabilities over teachers and views."""
    views = [torch.from_numpy(np.ascontiguousarray(view)).float() for view in values]
    return torch.stack([teacher.eval()(view).softmax(1) for teacher in teachers for view in views]).mean(0)


# --- judging ---


def judged(run: RunPredictions, baseline: RunPredictions, matrix: SeverityMatrix) -> dict[str, Any]:
    """One row of the table: shares, on pooled test cases; differences to the baseline with 95 % intervals."""
    decided = pooled_decisions(run, matrix, OVER_CALLS)
    argmax, dial = outcomes(decided.truth, decided.argmax, matrix), outcomes(decided.truth, decided.dial, matrix)
    harmless = ~matrix.critical_classes[decided.truth]
    called = matrix.critical_classes[decided.dial]
    row: dict[str, Any] = {
        "idea": run.id,
        "against": baseline.id,
        "critical_auroc": critical_auroc(decided.truth, decided.probabilities, matrix),
        "argmax_accuracy": argmax.correct.mean(),
        "argmax_cer": argmax.critical.mean(),
    }
    for margin in MARGINS:
        found = equal_accuracy(run, baseline, matrix, margin=margin, resamples=1000)
        cer = found.difference["cer"]
        row |= {
            f"accuracy_at_-{100 * margin:g}": found.accuracy.value,
            f"cer_at_-{100 * margin:g}": found.cer.value,
            f"difference_at_-{100 * margin:g}": cer.value,
            f"low_at_-{100 * margin:g}": cer.low,
            f"high_at_-{100 * margin:g}": cer.high,
        }
    row |= {"over_calls": called[harmless].mean(), "cer_at_over_calls": dial.critical.mean()}
    return row


def against_argmax(run: RunPredictions, usual: RunPredictions, matrix: SeverityMatrix) -> dict[str, float]:
    """A run whose dial keeps the other's validation accuracy, against the other's likeliest class, on test.

    Seeds are averaged a case, groups resampled; the dials stay as chosen.
    """
    chosen = equal_accuracy(run, usual, matrix, margin=0.0, resamples=2)
    ours, theirs = pooled_decisions(run, matrix, chosen.dials), pooled_decisions(usual, matrix)
    frames = [
        pd.DataFrame({"sample": each.samples, "group": each.groups, "correct": case.correct, "critical": case.critical})
        .groupby("sample")
        .agg({"group": "first", "correct": "mean", "critical": "mean"})
        for each, case in (
            (ours, outcomes(ours.truth, ours.dial, matrix)),
            (theirs, outcomes(theirs.truth, theirs.argmax, matrix)),
        )
    ]
    codes, groups = group_codes(frames[0]["group"])
    weights = np.vstack([np.ones(groups), bootstrap_weights(groups, 2000, 0)])
    sums = {
        (name, side): weights @ np.bincount(codes, frame[name], groups)
        for side, frame in enumerate(frames)
        for name in ("correct", "critical")
    }
    gained = (sums["correct", 0] - sums["correct", 1]) / (weights @ np.bincount(codes, minlength=groups))
    change = sums["critical", 0] / sums["critical", 1] - 1
    row: dict[str, float] = {}
    for name, values in (("accuracy_gain_on_focal", gained), ("cer_change_on_focal", change)):
        low, high = np.quantile(values[1:], (0.025, 0.975))
        row |= {name: float(values[0]), f"{name}_low": float(low), f"{name}_high": float(high)}
    return row


def write(rows: Sequence[dict[str, Any]], file: Path, title: str) -> None:
    """The table as CSV, and as Markdown in per cent."""
    file.parent.mkdir(parents=True, exist_ok=True)
    frame = pd.DataFrame(rows)
    frame.to_csv(file.with_suffix(".csv"), index=False, float_format="%.5f")

    def spread(row: "pd.Series[Any]", name: str, low: str, high: str) -> str:
        if pd.isna(row.get(name)):
            return ""
        return f"{100 * row[name]:+.1f} ({100 * row[low]:+.1f} to {100 * row[high]:+.1f})"

    lines = []
    for _, row in frame.iterrows():
        cells = [
            row["idea"] + (f" (against {row['against']})" if row["against"].startswith(HIDDEN) else ""),
            f"{row['critical_auroc']:.3f}",
            f"{100 * row['argmax_cer']:.1f} at {100 * row['argmax_accuracy']:.1f}",
        ]
        for margin in MARGINS:
            at = f"at_-{100 * margin:g}"
            cells += [
                f"{100 * row[f'cer_{at}']:.1f} at {100 * row[f'accuracy_{at}']:.1f}",
                spread(row, f"difference_{at}", f"low_{at}", f"high_{at}"),
            ]
        cells.append(f"{100 * row['cer_at_over_calls']:.1f} at {100 * row['over_calls']:.1f}")
        for name in ("accuracy_gain_on_focal", "cer_change_on_focal"):
            cells.append(spread(row, name, f"{name}_low", f"{name}_high"))
        lines.append(f"| {' | '.join(cells)} |")
    heads = ["idea", "critical AUROC", "argmax: CER at accuracy"]
    for margin in MARGINS:
        heads += [f"CER, ce's accuracy −{100 * margin:g}: at accuracy", "difference to ce"]
    heads += ["CER at over-calls", "accuracy − focal's argmax", "CER against focal's argmax, %"]
    top = [f"# {title}", "", f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    file.with_suffix(".md").write_text("\n".join([*top, *lines, ""]))


def main(argv: Sequence[str] | None = None) -> None:
    """Train what is asked for and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--backbone", default="frozen", help="frozen, or last:N for ideas that are losses")
    parser.add_argument("--train", nargs="*", default=[], help="settings of training, such as epochs=6")
    parser.add_argument("--judged-folds", type=int, help="only so many of the folds are trained and judged")
    parser.add_argument("--name", help="of the table; default: data set and backbone")
    parser.add_argument("--only", nargs="*", help="names of the ideas to try, beside ce and focal; default: all heads")
    given = parser.parse_args(argv)
    root, began = Workspace.default().root.absolute(), time.monotonic()
    pairs = (text.split("=", 1) for text in given.train)
    settings = TrainSettings.model_validate({"backbone": given.backbone, **{key: float(value) for key, value in pairs}})
    train, stages = settings.model_dump(exclude={"device"}), settings.trained_stages or 0
    judged_folds = range(given.judged_folds or given.folds)
    _fold(root, given.data, given.folds, 0, stages)  # fills the cache before the workers ask for it
    wanted = given.only if given.only is not None else [idea.name for idea in (() if stages else HEADS)]
    if stages and any(idea.head is not IDEAS[CE].head for idea in HEADS if idea.name in wanted):
        parser.error("ideas with a head of their own are for --backbone frozen")
    names = [idea.name for idea in IDEAS]
    wanted = {names[CE], names[FOCAL], *wanted, *(idea.against for idea in IDEAS if idea.name in wanted)}
    numbers = [number for number, idea in enumerate(IDEAS) if idea.name in wanted]
    classes = Workspace(root).load_dataset(given.data).classes
    matrix = Workspace(root).load_matrix(given.data).reordered(classes)
    seeds = f"{given.seeds} seed{'s' * (given.seeds > 1)}"
    title = f"{given.data}, {given.backbone}, {seeds}, {len(judged_folds)} of {given.folds} folds"
    file = given.output / (given.name or f"{given.data}_{given.backbone.replace(':', '')}")
    rows: list[dict[str, Any]] = []
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        jobs = {
            number: [
                executor.submit(member, root, given.data, given.folds, fold, seed, number, train)
                for seed in range(given.seeds)
                for fold in judged_folds
            ]
            for number in numbers
        }

        def pools(number: int) -> list[RunPredictions]:
            """The seeds apart, and averaged where there are several."""
            pool = RunPredictions(IDEAS[number].name, classes, [job.result() for job in jobs[number]])
            joined = replace(pool.averaged(), id=f"{pool.id}, {given.seeds} joined")
            return [pool, joined] if given.seeds > 1 else [pool]

        for number in numbers:
            against = names.index(IDEAS[number].against)
            for own, baseline, usual in zip(pools(number), pools(against), pools(FOCAL), strict=True):
                rows.append(judged(own, baseline, matrix) | against_argmax(own, usual, matrix))
            print(f"{time.monotonic() - began:.0f} s: {rows[-1]}", flush=True)
            write(rows, file, title)


if __name__ == "__main__":
    main()
