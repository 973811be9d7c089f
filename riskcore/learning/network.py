"""A classifier as two parts: a frozen front whose output can be cached, and the part that is trained.

``full``: no front, the whole timm model is trained. ``last:N``: the front is all but the last N stages.
``frozen``: the front ends with pooled features, and the trained part is a head on standardised features, linear or
with one hidden layer.
``model.members`` above 1: the trained part is an ensemble on one front, trained, stored and used like one network.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from riskcore.config import ModelSettings
from riskcore.data.batches import stream_seed
from riskcore.learning import backbones
from riskcore.learning.backbones import Preprocessing

HALF_MAXIMUM = 65504.0
HIDDEN_DROPOUT = 0.5


class StandardisedHead(nn.Module):
    """Classifier on features that are first brought to mean 0 and deviation 1: linear, or with one hidden layer.

    The statistics are those of the training features; they make one learning rate serve every backbone.

    Args:
        number_of_features, number_of_classes: D and K.
        hidden: width of a layer in between (GELU, then half of it dropped out in training); 0: none.

    Example:
        >>> head = StandardisedHead(4, 3)
        >>> head(torch.zeros(2, 4)).shape
        torch.Size([2, 3])
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, number_of_features: int, number_of_classes: int, hidden: int = 0) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(number_of_features))
        self.register_buffer("deviation", torch.ones(number_of_features))
        self.hidden = nn.Linear(number_of_features, hidden) if hidden else None
        self.linear = nn.Linear(hidden or number_of_features, number_of_classes)
        nn.init.zeros_(self.linear.bias)
        if not hidden:
            nn.init.zeros_(self.linear.weight)

    def fit(self, features: Tensor) -> None:
        """Take mean and deviation from (N, D) features; constant features are left as they are."""
        self.mean.copy_(features.mean(0))
        deviation = features.std(0, correction=0)
        self.deviation.copy_(torch.where(deviation > 1e-6, deviation, torch.ones_like(deviation)))

    def forward(self, features: Tensor) -> Tensor:
        values = (features - self.mean) / self.deviation
        if self.hidden is not None:
            values = F.dropout(F.gelu(self.hidden(values)), HIDDEN_DROPOUT, self.training)
        logits: Tensor = self.linear(values)
        return logits


class Ensemble(nn.Module):
    """Networks whose probabilities are averaged.

    In evaluation mode the output is log mean softmax of the members' logits. In training mode each member gets a
    part of the batch of its own, the first one the first part: they share no image order and no augmentation.

    Source: Lakshminarayanan, Pritzel, Blundell, Deep Ensembles, NeurIPS 2017.

    Example:
        >>> two = Ensemble([nn.Identity(), nn.Identity()]).eval()
        >>> two(torch.tensor([[0.0, 0.0]])).exp()
        tensor([[0.5000, 0.5000]])
        >>> two.train()(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))  # the first member's part, then the second's
        tensor([[1., 2.],
                [3., 4.]])
    """

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, inputs: Tensor) -> Tensor:
        if self.training:
            parts = inputs.chunk(len(self.members))
            return torch.cat([member(part) for member, part in zip(self.members, parts, strict=True)])
        return averaged([member(inputs) for member in self.members])


def averaged(logits: Sequence[Tensor]) -> Tensor:
    """The logarithm of the mean probabilities of (N, K) logits; those of one network as they are."""
    if len(logits) == 1:
        return logits[0]
    log_p = torch.stack([own.float().log_softmax(1) for own in logits])
    return log_p.logsumexp(0) - math.log(len(logits))


def joined(members: Sequence[nn.Module]) -> nn.Module:
    """One network as it is, several as an `Ensemble`."""
    return members[0] if len(members) == 1 else Ensemble(members)


def networks_of(trained: nn.Module) -> list[nn.Module]:
    """The networks that `joined` joined."""
    return list(trained.members) if isinstance(trained, Ensemble) else [trained]


class PooledFeatures(nn.Module):
    """A timm model up to its pooled features, (N, 3, H, W) to (N, D)."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> Tensor:
        return backbones.features(self.model, images)


def start_at_prior(trained: nn.Module, shares: Tensor) -> None:
    """Set the classifier's biases to the logarithm of the class shares, so that training starts from them.

    Without it a rare class starts as likely as a common one, and with learning rates that suit the weights the
    biases take very long to say otherwise (seen on ISIC 2018, frozen: validation accuracy 70 instead of 77 %).

    Args:
        trained: a network whose last linear layer gives the logits, or several joined; any other is left as it is.
        shares: (K,) positive, sum 1: how often training meets each class.

    Source: Lin et al., Focal Loss for Dense Object Detection, ICCV 2017, section 4.1.
    """
    for member in networks_of(trained):
        linear = [module for module in member.modules() if isinstance(module, nn.Linear)]
        if linear and linear[-1].bias is not None and linear[-1].out_features == len(shares):
            with torch.no_grad():
                linear[-1].bias.copy_(shares.log())


def as_stored(activations: Tensor) -> Tensor:
    """Activations as the cache keeps them: float16, with what is beyond its range at its ends.

    Example:
        >>> as_stored(torch.tensor([1e6]))
        tensor([65504.], dtype=torch.float16)
    """
    return activations.clamp(-HALF_MAXIMUM, HALF_MAXIMUM).half()


@dataclass
class Network:
    """Front (None when everything is trained), trained part, and how images are prepared for them."""

    front: nn.Module | None
    trained: nn.Module
    preprocessing: Preprocessing

    def __call__(self, images: Tensor) -> Tensor:
        """Logits (N, K) of normalised images (N, 3, H, W), rounded between the parts as in training."""
        return self.trained(images if self.front is None else as_stored(self.front(images)).float())

    def with_features(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """The same logits, and the features (N, D) that tell whether images are like those of training."""
        if self.front is not None:
            activations = as_stored(self.front(images)).float()
            return self.trained(activations), pooled(activations)
        first, *others = networks_of(self.trained)
        features, logits = backbones.features_and_logits(first, images)
        return averaged([logits, *(other(images) for other in others)]), features


def pooled(activations: Tensor) -> Tensor:
    """(N, D) means over places of what a front gives: (N, D), (N, D, H, W) or tokens (N, T, D).

    Example:
        >>> pooled(torch.ones(2, 5, 3, 3)).shape, pooled(torch.ones(2, 9, 5)).shape
        (torch.Size([2, 5]), torch.Size([2, 5]))
    """
    if activations.ndim == 4:
        return activations.mean((2, 3))
    return activations.mean(1) if activations.ndim == 3 else activations


def build(settings: ModelSettings, stages: int | None, number_of_classes: int, seed: int = 0) -> Network:
    """The network before training.

    Args:
        settings: backbone name, weights, image size, hidden layer and number of members.
        stages: None trains everything, 0 the head alone, N the last N stages.
        number_of_classes: K.
        seed: of whatever starts at random: the classifier, or all weights where none are given. Each member draws
            numbers of its own; the first one those of a network without others.

    Raises:
        InputError: unknown backbone, or weights that cannot be had.
    """
    preprocessing = backbones.preprocessing(settings.name, settings.weights, settings.size)
    # A front that ends with pooled features has no classifier, so its weights serve any number of classes.
    outputs = 0 if stages == 0 else number_of_classes
    models = [
        backbones.create(settings.name, outputs, settings.weights, settings.size, network_seed(seed, member))
        for member in range(1 if stages == 0 else settings.members)
    ]
    if stages is None:
        return Network(None, joined(models), preprocessing)
    if stages:
        fronts, backs = zip(*(backbones.split_for_last(model, stages) for model in models), strict=True)
        front, trained = fronts[0], joined(backs)
    else:
        front = PooledFeatures(models[0])
        trained = heads(backbones.number_of_features(models[0]), number_of_classes, settings, seed)
    front.eval().requires_grad_(False)
    return Network(front, trained, preprocessing)


def heads(number_of_features: int, number_of_classes: int, settings: ModelSettings, seed: int) -> nn.Module:
    """What is trained on a frozen backbone; each member's hidden layer starts at numbers of its own."""
    found = []
    for member in range(settings.members):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(network_seed(seed, member))
            found.append(StandardisedHead(number_of_features, number_of_classes, settings.hidden))
    return joined(found)


def network_seed(seed: int, member: int) -> int:
    """A seed for each member of an ensemble; the first has that of a network without others.

    Example:
        >>> network_seed(7, 0), network_seed(7, 1) == network_seed(7, 2)
        (7, False)
    """
    return stream_seed(seed, member) if member else seed
