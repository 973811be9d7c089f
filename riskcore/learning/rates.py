"""Learning rates: over the steps of a training, and from stage to stage of a network."""

import math
from collections.abc import Sequence
from typing import Any

from torch import nn

from riskcore.learning import backbones
from riskcore.learning.network import networks_of


def learning_rate_at(step: int, total: int, warmup: float, peak: float) -> float:
    """Linear warm-up over a share of the steps, then half a cosine down to 0.

    Example:
        >>> [round(learning_rate_at(step, 10, 0.2, 1.0), 2) for step in (0, 1, 2, 6, 9)]
        [0.5, 1.0, 1.0, 0.5, 0.04]
    """
    rising = math.ceil(total * warmup)
    if step < rising:
        return peak * (step + 1) / rising
    return peak * 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, total - rising)))


def parameter_groups(
    trained: nn.Module, weight_decay: float, layer_decay: float = 1.0, stages: int | None = 0
) -> list[dict[str, Any]]:
    """What an optimizer takes: groups with `weight_decay`, none for biases and normalisation scales, and `scale`.

    Args:
        trained: the trained part of a network, or several joined.
        weight_decay: of all other weights.
        layer_decay: each stage's learning rate is this share of the next one's; what stands behind the last stage
            learns at the full rate.
        stages: how many are trained, 0 for a head alone; None for a whole network.

    Returns:
        Groups whose learning rate is to be `scale` times that of the step.

    Raises:
        InputError: the stages of the whole network are not known, and `layer_decay` is not 1.

    Source: Clark et al., ELECTRA, ICLR 2020; Bao, Dong, Piao, Wei, BEiT, ICLR 2022.

    Example:
        >>> back = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 3))  # two stages and a classifier
        >>> groups = parameter_groups(back, 0.1, 0.5, stages=2)
        >>> [(group["scale"], group["weight_decay"]) for group in groups]
        [(0.25, 0.1), (0.5, 0.1), (1.0, 0.1), (0.25, 0.0), (0.5, 0.0), (1.0, 0.0)]
    """
    groups: dict[tuple[float, bool], list[nn.Parameter]] = {}
    for member in networks_of(trained):
        named = [(name, parameter) for name, parameter in member.named_parameters() if parameter.requires_grad]
        depths = [0] * len(named) if layer_decay == 1 else _depths(member, [name for name, _ in named], stages)
        for (_, parameter), depth in zip(named, depths, strict=True):
            groups.setdefault((layer_decay ** (max(depths) - depth), parameter.ndim > 1), []).append(parameter)
    return [
        {"params": parameters, "weight_decay": weight_decay if decayed else 0.0, "scale": scale}
        for (scale, decayed), parameters in sorted(groups.items(), key=lambda item: not item[0][1])
    ]


def _depths(member: nn.Module, names: Sequence[str], stages: int | None) -> list[int]:
    """How deep each parameter stands: 0 before the first stage, then the stage's number, then one more."""
    if stages == 0:
        return [0] * len(names)
    if stages is not None:  # a network that was cut: its stages, then what stands behind them
        return [min(int(name.partition(".")[0]), stages) for name in names]
    known, found = backbones.stages(member), list[int]()
    for name in names:
        inside = next((place for place, stage in enumerate(known, 1) if name.startswith(f"{stage}.")), None)
        behind = any(found)  # they come in the order of the forward pass
        found.append(inside if inside is not None else len(known) + 1 if behind else 0)
    return found
