"""What stands in the field of a setting beside type, limits, default and description: how the screen asks for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic.fields import FieldInfo

Group = Literal["Images", "Network and loss", "Training", "Machine"]
"""Headings of the screen Train, in their order."""


@dataclass(frozen=True)
class ByBackbone:
    """What a setting is unless it is given: it follows `train.backbone`.

    Example:
        >>> epochs = ByBackbone(frozen=40, last=6, full=10)
        >>> epochs.of("last:2")
        6
        >>> str(epochs)
        '40 for frozen, 6 for last:N, else 10'
    """

    frozen: float
    last: float
    full: float

    def of(self, backbone: str) -> float:
        return {"frozen": self.frozen, "full": self.full}.get(backbone, self.last)

    def __str__(self) -> str:
        where: dict[float, list[str]] = {}
        for value, backbone in ((self.frozen, "frozen"), (self.last, "last:N")):
            if value != self.full:
                where.setdefault(value, []).append(backbone)
        cases = [f"{value:g} for {' and '.join(backbones)}" for value, backbones in where.items()]
        return ", ".join([*cases, f"else {self.full:g}"])


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
