"""The risk dial as five named stops, for those who do not want to think in numbers."""

from dataclasses import dataclass

from riskcore.decision.dial import Dial
from riskcore.decision.operating import Wish
from riskcore.frequencies import CAUTION_OFF


@dataclass(frozen=True)
class Stop:
    """A named caution: what each run's dial is chosen for on its validation cases, and that in words."""

    choice: Wish | Dial
    meaning: str


STOPS: dict[str, Stop] = {
    "Off": Stop(CAUTION_OFF, "the likeliest class by calibrated probabilities, whatever a mistake would cost."),
    "Slight": Stop(Wish("accuracy_loss", 0.005), "fewest dangerous mistakes, losing at most ½ point of accuracy."),
    "Moderate": Stop(Wish("accuracy_loss", 0.01), "fewest dangerous mistakes, losing at most 1 point of accuracy."),
    "Strong": Stop(Wish("accuracy_loss", 0.03), "fewest dangerous mistakes, losing at most 3 points of accuracy."),
    "Highest": Stop(Wish("least_severity", 0.0), "least average harm, whatever accuracy that costs."),
}
"""Name -> stop, from none to the most."""

DEFAULT_STOP = "Moderate"
