"""What a model says of one image, or that it says nothing and why."""

from dataclasses import dataclass
from typing import Any, TypeGuard


@dataclass(frozen=True)
class Neighbour:
    """A training image that is among the most alike to a judged one.

    Attributes:
        row: its place in the data set that the model learnt from.
        label: its class.
    """

    row: int
    label: str


@dataclass(frozen=True)
class RiskPrediction:
    """What the model says of one image; `is_call` tells whether it is an answer.

    Attributes:
        predicted: the likeliest class by the raw logits (argmax).
        decision: the class called at the bundle's dial.
        probabilities: class -> calibrated probability.
        expected_severity: class -> mean harm of calling that class, Σᵢ pᵢ·M[i, class].
        worst_miss: the truth that would make the decision a critical error, likeliest first, or None when no
            such truth has a probability of at least 5 %.
        critical_probability: probability that the decision is a critical error.
        answered: whether the model may answer by itself, by the bundle's certificate; False: for a person. None where
            the bundle has no certificate.
        why: why the image is not the kind that the model knows, a phrase each. Such an image is not judged: all of the
            above but `answered` are None. Empty where it is judged.
        nearest: the training images most alike to it; none in a bundle that keeps none, or of a blank image.
    """

    predicted: str | None
    decision: str | None
    probabilities: dict[str, float] | None
    expected_severity: dict[str, float] | None
    worst_miss: str | None
    critical_probability: float | None
    answered: bool | None = None
    why: tuple[str, ...] = ()
    nearest: tuple[Neighbour, ...] = ()

    @property
    def judged(self) -> bool:
        """False where the image is not of the kind that the model knows."""
        return not self.why

    def as_dict(self) -> dict[str, Any]:
        """The fields of `riskcore predict --json`, without image, error and the names of the nearest images."""
        return {
            "judged": self.judged,
            "why": list(self.why),
            "class": self.predicted,
            "probabilities": self.probabilities,
            "expected_severity": self.expected_severity,
            "decision": self.decision,
            "worst_miss": self.worst_miss,
            "critical_probability": self.critical_probability,
            "answered": self.answered,
        }


@dataclass(frozen=True)
class Call(RiskPrediction):
    """A prediction of an image that is judged: what may be None in others is there."""

    predicted: str
    decision: str
    probabilities: dict[str, float]
    expected_severity: dict[str, float]
    worst_miss: str | None
    critical_probability: float


def is_call(prediction: RiskPrediction | None) -> TypeGuard[Call]:
    """Whether there is an answer: the image could be read, and is of the kind that the model knows.

    Example:
        >>> is_call(None), is_call(not_judged(["blank"]))
        (False, False)
    """
    return prediction is not None and prediction.judged


def not_judged(
    why: "tuple[str, ...] | list[str]", nearest: tuple[Neighbour, ...] = (), answered: bool | None = None
) -> RiskPrediction:
    """The prediction of an image that is not of the kind that the model knows.

    Example:
        >>> found = not_judged(["grey, while every training image is in colour"])
        >>> found.judged, found.decision
        (False, None)
    """
    return RiskPrediction(None, None, None, None, None, None, answered, tuple(why), nearest)
