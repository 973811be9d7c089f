"""Heads that were tried and did not make it into riskcore."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from riskcore.learning.network import StandardisedHead


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
