"""Class maps: where in an image the score of a class reacts.

The map is gradient times activation of a layer, summed over its channels: how much each place of the layer adds to the
score, to first order. The layer is the deepest one that still has a cell for every 16 pixels; of a transformer it is
what its last block gets. The score is the class's logit less the mean of all, averaged over the image and its mirror
image like the logits themselves; what lowers it is left out.

On the lesions of synthetic images it falls about as well as occlusion, in a tenth of the time, and better than Grad-CAM
(`research/results/maps/table.md`).

Source: Selvaraju et al., Grad-CAM, ICCV 2017; Draelos, Carin, HiResCAM, 2020, for taking gradients place by place.
"""

from collections.abc import Sequence
from math import isqrt
from threading import Lock
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from captum.attr import LayerGradientXActivation
from numpy.typing import NDArray
from torch import Tensor, nn

from riskcore.data.batches import mirror, normalise, to_float
from riskcore.data.cache import square_part, to_square
from riskcore.errors import InputError
from riskcore.learning.network import Network, PooledFeatures, networks_of
from riskcore.learning.prediction import Call
from riskcore.learning.predictor import Predictor

CELL = 16
"""Pixels a side that one cell of the layer may stand for at most."""


def mapped_classes(prediction: Call) -> list[str]:
    """The class that is called and, where a dangerous miss is plausible, the class that would be missed.

    Example:
        >>> call = Call("naevus", "naevus", {"naevus": 0.9, "melanoma": 0.1}, {}, "melanoma", 0.1)
        >>> mapped_classes(call)
        ['naevus', 'melanoma']
    """
    return [prediction.decision, *([] if prediction.worst_miss is None else [prediction.worst_miss])]


class ClassMapper:
    """Class maps of a bundle that is ready for images.

    While a map is made, the network must serve nothing else: captum listens to it.

    Args:
        predictor: the bundle.

    Raises:
        InputError: a network without stages that are known to be places of the image.
    """

    def __init__(self, predictor: Predictor) -> None:
        self._classes = predictor.bundle.classes
        self._preprocessing = predictor.classifier.preprocessing
        self._score = CentredScores(predictor.classifier)
        self._device = next(self._score.parameters()).device
        self._layers = layers(predictor.classifier, self._score, self._device)
        self._one_at_a_time = Lock()

    def __call__(self, pixels: NDArray[np.uint8], classes: Sequence[str]) -> dict[str, NDArray[np.float32] | None]:
        """The maps of an image.

        Args:
            pixels: (H, W, 3) RGB, decoded.
            classes: of the bundle, one map each.

        Returns: class -> (h, w) values in 0..1, the greatest 1, that cover the image exactly, h x w being its size in
            the square that the network gets; None where no place raises the score, or the numbers are not finite.
        """
        square = to_square(pixels, self._preprocessing.size)
        image = torch.from_numpy(square[None]).to(self._device)
        clean = normalise(to_float(image), self._preprocessing.mean, self._preprocessing.std)
        targets = [self._classes.index(name) for name in classes]
        found = self._places(torch.cat([clean, mirror(clean)]), targets)
        rows, columns = square_part(pixels.shape, self._preprocessing.size)
        return {name: _scaled(each[rows, columns]) for name, each in zip(classes, found, strict=True)}

    def _places(self, both: Tensor, targets: list[int]) -> Tensor:
        """(K, S, S) sums over the channels for K targets, averaged over image and mirror image (2, 3, S, S)."""
        inputs = both.repeat(len(targets), 1, 1, 1).requires_grad_()
        wanted = torch.tensor(targets, device=self._device).repeat_interleave(2)
        with self._one_at_a_time, torch.enable_grad():
            found = LayerGradientXActivation(self._score, self._layers).attribute(inputs, target=wanted)
        cells = [_grid(attributed.detach().float())[:, None] for attributed in found]
        spread = [F.interpolate(each, both.shape[-2:], mode="bilinear")[:, 0] for each in cells]
        pairs = torch.stack(spread).sum(0).unflatten(0, (len(targets), 2))
        return (pairs[:, 0] + pairs[:, 1].flip(-1)) / 2


def _scaled(values: Tensor) -> NDArray[np.float32] | None:
    """What raises the score, divided by its greatest value; None where there is nothing to see."""
    raising = values.clamp(min=0).cpu().numpy()
    greatest = raising.max()
    if not np.isfinite(values.cpu().numpy()).all() or greatest <= 0:
        return None
    scaled: NDArray[np.float32] = (raising / greatest).astype(np.float32)
    return scaled if np.isfinite(scaled).all() else None


class CentredScores(nn.Module):
    """Logits (N, K) of normalised images less their mean: softmax leaves that constant free, so no map may show it.

    Unlike the network itself it does not round between front and trained part, which would round gradients as well.
    """

    def __init__(self, classifier: Network) -> None:
        super().__init__()
        self.front = classifier.front or nn.Identity()
        self.trained = classifier.trained

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.trained(self.front(images))
        return logits - logits.mean(1, keepdim=True)


def layers(classifier: Network, score: nn.Module, device: torch.device, cell: int = CELL) -> list[nn.Module]:
    """The layer of each network that shares in the score; one of the common front where that holds it.

    Raises:
        InputError: none whose output is known to be places of the image.
    """
    size = classifier.preprocessing.size
    shapes: dict[nn.Module, torch.Size] = {}
    chains = _chains(classifier)

    def keep(module: nn.Module, _: Any, output: Any) -> None:
        if isinstance(output, Tensor):
            shapes[module] = output.shape

    hooks = [stage.register_forward_hook(keep) for stage in {stage for chain in chains for stage in chain}]
    try:
        with torch.inference_mode():
            score(torch.zeros(1, 3, size, size, device=device))
    finally:
        for hook in hooks:
            hook.remove()
    found = [_deepest(chain, shapes, size // cell) for chain in chains]
    if any(layer is None for layer in found):
        raise InputError("this model's network has no layer that is known to keep places apart; it has no class maps.")
    return [layer for layer in dict.fromkeys(found) if layer is not None]


def _chains(classifier: Network) -> list[list[nn.Module]]:
    """The stages that an image passes, first to last, on the way through each trained network."""
    front, members = classifier.front, networks_of(classifier.trained)
    if front is None:
        return [_stages(member) for member in members]
    if isinstance(front, PooledFeatures):
        return [_stages(front.model)]
    return [[*front.children(), *member.children()] for member in members]


def _stages(model: Any) -> list[nn.Module]:
    """Those that timm names of its model; none where it names none."""
    named = [stage.get("module", "") for stage in getattr(model, "feature_info", None) or []]
    known = dict(model.named_modules())
    return [known[name] for name in named if name and name in known]


def _deepest(chain: Sequence[nn.Module], shapes: dict[nn.Module, torch.Size], side: int) -> nn.Module | None:
    """The last stage with at least `side` x `side` cells; of tokens the last but one.

    After its last block a transformer may read its class token alone, so that no other token has a gradient.
    """
    blocks = [stage for stage in chain if len(shapes.get(stage, ())) == 3 and any(True for _ in stage.children())]
    if blocks:
        return blocks[-2] if len(blocks) > 1 else None
    grids = [stage for stage in chain if len(shapes.get(stage, ())) == 4 and _cells(shapes[stage]) >= max(side, 2)]
    return grids[-1] if grids else None


def _cells(shape: torch.Size) -> int:
    """Cells a side of channels first or last."""
    return int(shape[2])


def _grid(attributed: Tensor) -> Tensor:
    """(N, g, g) sums over the channels of (N, C, g, g), (N, g, g, C) or tokens (N, T, C), with others before them."""
    if attributed.ndim == 4:
        return attributed.sum(1 if attributed.shape[2] == attributed.shape[3] else 3)
    tokens = attributed.sum(2)
    side = isqrt(tokens.shape[1])
    return tokens[:, -side * side :].unflatten(1, (side, side))
