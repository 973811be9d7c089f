"""What stands in the field of a setting beside type, limits, default and description: how the screen asks for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic.fields import FieldInfo

from riskcore.config.sizes import is_transformer

Group = Literal["Images", "Network and loss", "Training", "Machine"]
"""Headings of the screen Train, in their order."""


@dataclass(frozen=True)
class ByBackbone:
    """What a setting is unless it is given: it follows `train.backbone`, and what kind of network is trained.

    Attributes:
        frozen, last, full: for these values of `train.backbone`.
        transformer: where the last stages or all of a vision transformer are trained; None: as for other networks.

    Example:
        >>> rate = ByBackbone(frozen=1e-3, last=1e-3, full=5e-4, transformer=1e-4)
        >>> model = "vit_small_patch14_dinov2"
        >>> rate.of("last:2"), rate.of("last:2", model), rate.of("frozen", model)
        (0.001, 0.0001, 0.001)
        >>> str(rate)
        '0.001 for frozen and last:N, else 0.0005; 0.0001 for trained stages of a transformer'
    """

    frozen: float
    last: float
    full: float
    transformer: float | None = None

    def of(self, backbone: str, model: str = "") -> float:
        """The value for a `train.backbone` and a timm model; without one that of most."""
        if backbone == "frozen":
            return self.frozen
        if is_transformer(model) and self.transformer is not None:
            return self.transformer
        return self.full if backbone == "full" else self.last

    def __str__(self) -> str:
        where: dict[float, list[str]] = {}
        for value, backbone in ((self.frozen, "frozen"), (self.last, "last:N")):
            if value != self.full:
                where.setdefault(value, []).append(backbone)
        cases = [f"{value:g} for {' and '.join(backbones)}" for value, backbones in where.items()]
        words = ", ".join([*cases, f"else {self.full:g}"])
        own = "" if self.transformer is None else f"; {self.transformer:g} for trained stages of a transformer"
        return words + own


@dataclass(frozen=True)
class Shown:
    """How the screen Train asks for a setting; its help is the field's `description`.

    Attributes:
        label: of its control; in the plural where several values may be chosen, each for runs of their own.
        group: the heading that it stands under; None for what every recipe is asked for.
        choices: values that are offered -> what each is, in words. A `Literal` offers its own values.
        automatic: what it is while the control is left empty.
    """

    label: str
    group: Group | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    automatic: ByBackbone | None = None


def shown(setting: FieldInfo) -> Shown | None:
    """How the screen asks for a setting; None where it does not."""
    return next((about for about in setting.metadata if isinstance(about, Shown)), None)
