"""What is tried: losses, heads and settings of training, each with a name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from research.screening.heads import CoarseTask, Factorised
from research.screening.losses import Distilled, GroupsAlike, HierarchyAware, MixUp, Ranking, Scheduled
from riskcore.learning.losses import CrossEntropyLoss, FocalLoss, RiskCalibratedLoss
from riskcore.learning.network import StandardisedHead
from riskcore.severity import SeverityMatrix


@dataclass(frozen=True)
class Idea:
    """A loss, a head and settings of training; `steps` is how many training steps there are.

    `teachers`: how many networks are trained first, for a loss that is `Distilled`. `apart`: each of them is trained
    without a part of the training groups and teaches that one; else all learn from all training images and teach all.
    `against`: name of the idea that it is compared with at equal accuracy.
    """

    name: str
    loss: Callable[[SeverityMatrix, int], nn.Module]
    head: Callable[[int, int, Tensor], nn.Module] = lambda features, classes, critical: StandardisedHead(
        features, classes
    )
    train: tuple[tuple[str, Any], ...] = ()
    teachers: int = 0
    apart: bool = False
    against: str = "ce"


def _harm(form: str, strength: float, confusion: float = 0.0) -> Callable[[SeverityMatrix, int], nn.Module]:
    return lambda matrix, steps: RiskCalibratedLoss(matrix, form, strength, confusion)


def _focal(gamma: float) -> Callable[[SeverityMatrix, int], nn.Module]:
    return lambda matrix, steps: FocalLoss(gamma)


def _ranking(weight: float, hardest: float = 1.0, **more: float) -> Callable[[SeverityMatrix, int], nn.Module]:
    return lambda matrix, steps: Ranking(matrix, weight, hardest, **more)


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
    Idea("ranking 1 hardest 30 % + log_harm s=3", _ranking(1, 0.3, strength=3)),
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
    *(
        Idea(
            f"hard pairs {w:g}, hidden 256, decay 1",
            _ranking(w, 0.3, hardest_critical=0.3),
            _hidden(256),
            against=HIDDEN,
        )
        for w in (0.1, 0.3, 1)
    ),
    Idea("ce, lesions alike, hidden 256, decay 1", lambda matrix, steps: GroupsAlike(), _hidden(256), against=HIDDEN),
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
    *(
        Idea(
            f"ce, last stage, of {number} teachers{', each on its own part' * apart}",
            lambda matrix, steps: Distilled(CrossEntropyLoss()),
            teachers=number,
            apart=apart,
        )
        for number, apart in ((3, False), (5, True))
    ),
)

IDEAS = (*HEADS, *STAGES)
CE, FOCAL = 0, 1
