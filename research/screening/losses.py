"""Losses that were tried and did not make it into riskcore, and sources of batches that tell a loss what is in them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from riskcore.learning.features import ActivationSource
from riskcore.learning.losses import CrossEntropyLoss, RiskCalibratedLoss
from riskcore.severity import SeverityMatrix


class Ranking(nn.Module):
    """Cross-entropy plus a pairwise logistic loss on g = log Σ critical e^z − log Σ others e^z.

    Every critical case of the batch should lie above every other one. `hardest`: share of the others, those of highest
    g, that count (the loss is then that of a partial area under the ROC curve, at low over-call rates).
    `hardest_critical`: share of the critical cases, those of lowest g, that count.
    """

    def __init__(
        self,
        matrix: SeverityMatrix,
        weight: float,
        hardest: float = 1.0,
        strength: float = 0.0,
        hardest_critical: float = 1.0,
    ) -> None:
        super().__init__()
        self.base = RiskCalibratedLoss(matrix, "log_harm", strength)
        self.critical = torch.from_numpy(matrix.critical_classes.copy())
        self.weight, self.hardest, self.hardest_critical = weight, hardest, hardest_critical

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        base: Tensor = self.base(logits, targets)
        g = logits[:, self.critical].logsumexp(1) - logits[:, ~self.critical].logsumexp(1)
        dangerous = self.critical[targets]
        above, below = g[dangerous], g[~dangerous]
        if not len(above) or not len(below):
            return base
        below = below.topk(max(1, round(self.hardest * len(below)))).values
        above = above.topk(max(1, round(self.hardest_critical * len(above))), largest=False).values
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


class Told(nn.Module):
    """A loss that is told which images a training batch is made of: `around` is put around the source of batches."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = np.zeros(0, np.int64)

    def around(self, source: ActivationSource) -> "TellingSource":
        return TellingSource(source, self)


@dataclass(frozen=True)
class TellingSource:
    """Batches of `source`, whose images a loss is told."""

    source: ActivationSource
    loss: Told

    def training_batch(self, rows: np.ndarray, seed: int) -> Tensor:
        self.loss.rows = rows
        return self.source.training_batch(rows, seed)

    def clean_batches(self, rows: np.ndarray, batch_size: int) -> Iterator[tuple[Tensor, Tensor]]:
        return self.source.clean_batches(rows, batch_size)


class Distilled(Told):
    """Half `base` on the labels, half cross-entropy against the mean probabilities of teachers (Hinton et al., 2015).

    `teach` is told those of all images; until then it is `base`.
    """

    def __init__(self, base: nn.Module) -> None:
        super().__init__()
        self.base, self.teachings = base, torch.zeros(0)

    def teach(self, probabilities: Tensor) -> None:
        self.teachings = probabilities

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        value: Tensor = self.base(logits, targets)
        if not self.training or not len(self.teachings):
            return value
        return 0.5 * value + 0.5 * F.cross_entropy(logits, self.teachings[self.rows])


class GroupsAlike(Told):
    """Cross-entropy in which every group (lesion, patient) weighs the same, however many images it has."""

    def __init__(self) -> None:
        super().__init__()
        self.weights = torch.ones(0)

    def weigh(self, groups: np.ndarray, training: np.ndarray) -> None:
        """`groups` of all images; the weights of those of `training` have the mean 1."""
        _, codes = np.unique(groups, return_inverse=True)
        weights = 1 / np.bincount(codes)[codes]
        self.weights = torch.from_numpy(weights / weights[training].mean()).float()

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        if not self.training:
            return F.cross_entropy(logits, targets)
        return (self.weights[self.rows] * F.cross_entropy(logits, targets, reduction="none")).mean()


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
