"""What was tried: each gives the map of a class, averaged over image and mirror image like the logits."""

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from captum.attr import IntegratedGradients, LayerGradCam, LayerGradientXActivation, Occlusion
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from torch import Tensor

from riskcore.data.batches import mirror, normalise, to_float
from riskcore.learning.maps import CELL, CentredScores, ClassMapper, layers
from riskcore.learning.predictor import Predictor

Method = Callable[[NDArray[np.uint8], str], NDArray[np.float64] | None]
"""An image (S, S, 3) and a class -> (S, S) values from 0, None where there is nothing to see."""

CHOSEN = f"gradient × activation, cells of at most {CELL} pixels"
BATCH = 32


def methods(predictor: Predictor, chosen_only: bool = False) -> dict[str, Method]:
    """The methods by name, ready for a model; the first is what riskcore does."""
    mapper = ClassMapper(predictor)
    found: dict[str, Method] = {CHOSEN: lambda image, name: _as_float(mapper(image, [name])[name])}
    if chosen_only:
        return found
    classifier, size = predictor.classifier, predictor.size
    score, device = CentredScores(classifier), torch.device("cpu")

    def layer(kind: type, cell: int) -> Method:
        method = kind(score, layers(classifier, score, device, cell)[0])

        def values(image: Tensor, target: int) -> Tensor:
            cells = method.attribute(image.requires_grad_(), target).detach().sum(1, keepdim=True)
            return F.interpolate(cells, image.shape[-2:], mode="bilinear")[0, 0]

        return _averaged(predictor, values)

    def occluded(image: Tensor, target: int) -> Tensor:
        side = size // 4
        hidden = image.mean((2, 3), keepdim=True)
        with torch.no_grad():
            found = Occlusion(score).attribute(
                image, (3, side, side), (3, side // 2, side // 2), hidden, target, perturbations_per_eval=BATCH
            )
        return found[0].mean(0)

    def integrated(image: Tensor, target: int) -> Tensor:
        start = image.mean((2, 3), keepdim=True).expand_as(image)
        found = IntegratedGradients(score).attribute(image, start, target, n_steps=16, internal_batch_size=BATCH)
        return torch.from_numpy(gaussian_filter(found[0].sum(0).abs().detach().numpy(), size / 24))

    for cell in (CELL // 2, 2 * CELL):
        found[f"gradient × activation, cells of at most {cell} pixels"] = layer(LayerGradientXActivation, cell)
    for cell in (CELL, 2 * CELL):
        found[f"Grad-CAM, cells of at most {cell} pixels"] = layer(LayerGradCam, cell)
    found["occlusion, squares of a quarter of the side"] = _averaged(predictor, occluded)
    found["integrated gradients, 16 steps, absolute, smoothed"] = _averaged(predictor, integrated)
    return found


def _averaged(predictor: Predictor, values: Callable[[Tensor, int], Tensor]) -> Method:
    prepared, classes = predictor.classifier.preprocessing, predictor.bundle.classes

    def method(image: NDArray[np.uint8], name: str) -> NDArray[np.float64] | None:
        clean = normalise(to_float(torch.from_numpy(image[None].copy())), prepared.mean, prepared.std)
        target = classes.index(name)
        both = values(clean.clone(), target) + values(mirror(clean), target).flip(-1)
        return _as_float(both.clamp(min=0).numpy())

    return method


def _as_float(values: NDArray[np.float32] | None) -> NDArray[np.float64] | None:
    return None if values is None or not values.any() else values.astype(np.float64)
