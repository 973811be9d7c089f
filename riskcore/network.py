"""A classifier as two parts: a frozen front whose output can be cached, and the part that is trained.

``full``: no front, the whole timm model is trained. ``last:N``: the front is all but the last N stages.
``frozen``: the front ends with pooled features, and the trained part is a linear head on standardised features.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from riskcore import backbones
from riskcore.backbones import Preprocessing
from riskcore.config import ModelSettings

HALF_MAXIMUM = 65504.0


class StandardisedHead(nn.Module):
    """Linear classifier on features that are first brought to mean 0 and deviation 1.

    The statistics are those of the training features; they make one learning rate serve every backbone.

    Example:
        >>> head = StandardisedHead(4, 3)
        >>> head(torch.zeros(2, 4)).shape
        torch.Size([2, 3])
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, number_of_features: int, number_of_classes: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(number_of_features))
        self.register_buffer("deviation", torch.ones(number_of_features))
        self.linear = nn.Linear(number_of_features, number_of_classes)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def fit(self, features: Tensor) -> None:
        """Take mean and deviation from (N, D) features; constant features are left as they are."""
        self.mean.copy_(features.mean(0))
        deviation = features.std(0, correction=0)
        self.deviation.copy_(torch.where(deviation > 1e-6, deviation, torch.ones_like(deviation)))

    def forward(self, features: Tensor) -> Tensor:
        return F.linear((features - self.mean) / self.deviation, self.linear.weight, self.linear.bias)


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
        trained: a network whose last linear layer gives the logits; any other is left as it is.
        shares: (K,) positive, sum 1: how often training meets each class.

    Source: Lin et al., Focal Loss for Dense Object Detection, ICCV 2017, section 4.1.
    """
    linear = [module for module in trained.modules() if isinstance(module, nn.Linear)]
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


def build(settings: ModelSettings, stages: int | None, number_of_classes: int, seed: int = 0) -> Network:
    """The network before training.

    Args:
        settings: backbone name, weights and image size.
        stages: None trains everything, 0 the head alone, N the last N stages.
        number_of_classes: K.
        seed: of whatever starts at random: the classifier, or all weights where none are given.

    Raises:
        InputError: unknown backbone, or weights that cannot be had.
    """
    preprocessing = backbones.preprocessing(settings.name, settings.weights, settings.size)
    # A front that ends with pooled features has no classifier, so its weights serve any number of classes.
    outputs = 0 if stages == 0 else number_of_classes
    model = backbones.create(settings.name, outputs, settings.weights, settings.size, seed)
    if stages is None:
        return Network(None, model, preprocessing)
    if stages:
        front, back = backbones.split_for_last(model, stages)
    else:
        front = PooledFeatures(model)
        back = StandardisedHead(backbones.number_of_features(model), number_of_classes)
    front.eval().requires_grad_(False)
    return Network(front, back, preprocessing)
