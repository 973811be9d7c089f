"""How urgently a person has to look at an image: five levels, each in words, with a colour and an icon.

What counts is the probability that the *decision* is a critical error, not how dangerous the called class is: where
the model says a dangerous class it has warned already, so such a call is a level of its own.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from riskcore.errors import InputError
from riskcore.learning.prediction import is_call
from riskcore.severity import SeverityMatrix

if TYPE_CHECKING:
    from riskcore.learning.prediction import RiskPrediction

HIGH_FROM = 0.20
"""One call in five or more is a dangerous mistake: several times what a usable model makes over all cases (3 to 8 %
on ISIC 2018), so that such a call says less than the doubt about it."""

RAISED_FROM = 0.05
"""One call in twenty: about the average case of a usable model, and the probability from which on a single missed
class is called plausible (`riskcore.learning.predictor.PLAUSIBLE`). Below it a call is safer than average."""


@dataclass(frozen=True)
class RiskLevel:
    """A level.

    Attributes:
        key: short name, for styles and files.
        rank: 0 is the least urgent.
        words: as shown.
        short: the same where many stand side by side, such as in a filter.
        to_do: what to do with such an image, one line without a full stop.
        icon: name of a Material symbol, so that the level never rests on colour alone.
        colour: out of Okabe and Ito's palette, or grey for what is not judged; black text on it has a contrast of at
            least 5 to 1.
        meaning: what puts an image into this level.
    """

    key: str
    rank: int
    words: str
    short: str
    to_do: str
    icon: str
    colour: str
    meaning: str


_HIGH, _RAISED = f"{100 * HIGH_FROM:.0f} %", f"{100 * RAISED_FROM:.0f} %"

_CHANCE = "chance that the call is a dangerous mistake"

STRANGE = RiskLevel(
    "strange",
    4,
    "Not the kind of image this model knows",
    "Unknown",
    "Have a person read it: this model is for other images",
    "do_not_disturb_on",
    "#BBBBBB",
    "it is unlike the training images, so the model says nothing of it",
)
HIGH = RiskLevel(
    "high",
    3,
    "High risk of a dangerous miss",
    "High",
    "Have a specialist look before anything else",
    "warning",
    "#D55E00",
    f"{_HIGH} or more {_CHANCE}",
)
FINDING = RiskLevel(
    "finding",
    2,
    "Dangerous finding",
    "Finding",
    "Have a specialist look",
    "priority_high",
    "#CC79A7",
    "the call itself is a class that must not be missed",
)
RAISED = RiskLevel(
    "raised",
    1,
    "Raised risk of a dangerous miss",
    "Raised",
    "Have a second person read it",
    "visibility",
    "#E69F00",
    f"{_RAISED} to {_HIGH} {_CHANCE}",
)
LOW = RiskLevel(
    "low",
    0,
    "Low risk of a dangerous miss",
    "Low",
    "Read it as usual: the model replaces no reading",
    "check_circle",
    "#56B4E9",
    f"less than {_RAISED} {_CHANCE}",
)
LEVELS = (STRANGE, HIGH, FINDING, RAISED, LOW)
"""The most urgent first."""


def risk_level(prediction: "RiskPrediction", matrix: SeverityMatrix) -> RiskLevel:
    """The level of an image.

    *Not the kind of image* where it is not judged; else *high* from `HIGH_FROM` on, whatever was called, as the call
    may hide something worse; else *dangerous finding* where the decision is a critical class; else *raised* from
    `RAISED_FROM` on; else *low*. The probability counts as it is shown, in percent with one decimal, so that no "5.0 %"
    stands under "less than 5 %".

    Args:
        prediction: of a `riskcore.learning.predictor.Predictor`.
        matrix: the bundle's severity matrix.

    Raises:
        InputError: the probability is not finite: it has no level.

    Example:
        >>> from types import SimpleNamespace
        >>> matrix = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> risk_level(SimpleNamespace(judged=True, decision="naevus", critical_probability=0.31), matrix).words
        'High risk of a dangerous miss'
        >>> risk_level(SimpleNamespace(judged=True, decision="melanoma", critical_probability=0.0), matrix).words
        'Dangerous finding'
    """
    if not is_call(prediction):
        return STRANGE
    if not math.isfinite(prediction.critical_probability):
        raise InputError("The probability of a dangerous mistake is not finite, so the image has no level of risk.")
    shown = round(prediction.critical_probability, 3)
    if not shown < HIGH_FROM:  # asked so that what is no number could only be urgent
        return HIGH
    if matrix.critical_classes[matrix.classes.index(prediction.decision)]:
        return FINDING
    return LOW if shown < RAISED_FROM else RAISED
