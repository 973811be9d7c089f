"""The risk dial as five named stops, for those who do not want to think in numbers."""

from dataclasses import dataclass

from riskcore.decision.dial import Dial
from riskcore.decision.operating import Wish


@dataclass(frozen=True)
class Stop:
    """A named caution: what each run's dial is chosen for on its validation cases, and that in words."""

    caution: Wish | Dial
    meaning: str


_FEWEST = (
    "aims at the fewest dangerous mistakes for at most {} less accuracy on validation "
    "than the same run without caution."
)

STOPS: dict[str, Stop] = {
    "Lowest": Stop(
        Dial("severity", 0.0),
        "the likeliest class once the probabilities were corrected (calibrated), whatever a mistake would cost. "
        "“Without caution” is the uncorrected model as it came out of training, so the two may differ.",
    ),
    "Slight": Stop(Wish("accuracy_loss", 0.005), _FEWEST.format("½ point")),
    "Moderate": Stop(Wish("accuracy_loss", 0.01), _FEWEST.format("1 point")),
    "Strong": Stop(Wish("accuracy_loss", 0.03), _FEWEST.format("3 points")),
    "Highest": Stop(
        Wish("least_severity", 0.0), "aims at the least average harm on validation, whatever accuracy that costs."
    ),
}
"""Name -> stop, from the least to the most."""
