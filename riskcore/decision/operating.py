"""Operating points: the dial that serves a stated wish, chosen on validation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from riskcore.decision.absent import why_no_dial
from riskcore.decision.dial import Dial, dial_grid
from riskcore.decision.frontier import Floats, Frontier, frontier
from riskcore.errors import InputError
from riskcore.predictions import Cases
from riskcore.severity import RULES, SeverityMatrix

WishKind = Literal["accuracy_loss", "accuracy_floor", "over_call_ceiling", "cer_ceiling", "least_severity"]
WISH_KINDS: tuple[WishKind, ...] = get_args(WishKind)

# A floor of 0.77 is met by 77 of 100, whatever binary fractions make of the two.
SLACK = 1e-9


@dataclass(frozen=True)
class Wish:
    """What the dial is to achieve on validation.

    Attributes:
        kind: one of
            "accuracy_loss": least CER with accuracy at most `value` below the run's own argmax (the default),
            "accuracy_floor": least CER with accuracy at least `value`,
            "over_call_ceiling": least CER with an over-call rate of at most `value`,
            "cer_ceiling": most accuracy with a CER of at most `value`,
            "least_severity": least expected severity; `value` is not used.
        value: a share in 0..1.
    """

    kind: WishKind = "accuracy_loss"
    value: float = 0.01

    def __post_init__(self) -> None:
        if self.kind not in WISH_KINDS:
            raise InputError(f"wish: '{self.kind}' is not a wish; use one of {', '.join(WISH_KINDS)}.")
        if not 0.0 <= self.value <= 1.0:
            raise InputError(f"wish {self.kind}: {self.value} is outside 0 to 1; give a share such as 0.01.")

    @classmethod
    def parse(cls, text: str) -> "Wish":
        """Read "kind=value", or "least_severity".

        Raises:
            InputError: unknown kind, or no number where one is needed.

        Example:
            >>> Wish.parse("over_call_ceiling=0.2")
            Wish(kind='over_call_ceiling', value=0.2)
        """
        kind, _, value = (part.strip() for part in text.partition("="))
        if kind == "least_severity" and not value:
            return cls("least_severity", 0.0)
        try:
            number = float(value)
        except ValueError:
            raise InputError(
                f"wish '{text}': expected KIND=NUMBER, e.g. accuracy_loss=0.01, or least_severity."
            ) from None
        return cls(kind, number)  # type: ignore[arg-type]  # checked by the constructor

    def __str__(self) -> str:
        return self.kind if self.kind == "least_severity" else f"{self.kind}={self.value:g}"


@dataclass(frozen=True)
class OperatingPoint(Dial):
    """A dial chosen on validation for a wish; `reached` is False where no setting fulfils it."""

    wish: Wish
    reached: bool

    def as_dict(self) -> dict[str, Any]:
        return super().as_dict() | {"wish": str(self.wish), "reached": self.reached}


def first_best(feasible: NDArray[np.bool_], primary: NDArray[Any], secondary: NDArray[Any]) -> NDArray[np.int64]:
    """Index of the feasible row of least `primary`, then least `secondary`, then first; over the first axis.

    Args:
        feasible, primary, secondary: (A,) or (A, R).

    Returns:
        () or (R,) row index; where nothing is feasible, the row of least `secondary`.
    """
    primary = np.where(feasible, primary, np.inf)
    return np.where(primary == primary.min(axis=0), secondary, np.inf).argmin(axis=0)


def least_cer(accuracy: NDArray[Any], cer: NDArray[Any], floor: NDArray[Any] | float) -> tuple[Any, Any]:
    """The setting of least CER with accuracy at or above a floor; else the one of highest accuracy.

    Ties go to more accuracy (or to less CER in the second case), then to the earlier row. Shares or counts
    serve alike.

    Args:
        accuracy, cer: (A,) or (A, R) at each setting, in ascending order of aversion.
        floor: number or (R,).

    Returns:
        index: () or (R,) of the setting, and reached: () or (R,) bool.
    """
    feasible = accuracy >= floor
    reached = feasible.any(axis=0)
    fallback = first_best(np.ones_like(feasible), -accuracy, cer)
    return np.where(reached, first_best(feasible, cer, -accuracy), fallback), reached


def by_aversion(per_rule: list[NDArray[Any]]) -> NDArray[Any]:
    """Join the curves of both rules, (A, ...) each, into (2A, ...) in ascending order of aversion."""
    return np.stack(per_rule, axis=1).reshape(-1, *per_rule[0].shape[1:])


def chosen(setting: int, wish: Wish, reached: bool) -> OperatingPoint:
    """The operating point at a row of curves that `by_aversion` joined over `dial_grid()`."""
    return OperatingPoint(RULES[setting % len(RULES)], float(dial_grid()[setting // len(RULES)]), wish, reached)


def operating_point(
    cases: Cases, probabilities: Floats, matrix: SeverityMatrix, wish: Wish | None = None
) -> OperatingPoint:
    """Choose the dial for a wish on validation, searching both rules.

    Least CER under the floor or ceiling (ties: more accuracy, then the lesser aversion); for `cer_ceiling`
    most accuracy (ties: less CER, then the lesser aversion); for `least_severity` least mean M[y, ŷ] (ties:
    more accuracy, then the lesser aversion). Where no setting fulfils the wish, the setting of highest
    accuracy (ties: less CER) is returned with `reached=False`.

    Args:
        cases: N ≥ 1 validation cases; their raw logits give the argmax that `accuracy_loss` counts from.
        probabilities: (N, K) calibrated probabilities of the same cases.
        matrix: the severity matrix, classes in the order of the columns.
        wish: default `Wish()`, at most one point of accuracy lost.

    Returns:
        The operating point.

    Raises:
        InputError: no validation case, none of a critical class (every setting would have a CER of 0, and the most
            accurate one would seem chosen), or a matrix without a critical cell.

    Example:
        >>> M = SeverityMatrix(classes=["naevus", "melanoma"], values=[[0, 1], [10, 0]], critical=10)
        >>> p = np.array([[0.8, 0.2], [0.6, 0.4]])
        >>> names = np.array(["a", "b"])
        >>> point = operating_point(Cases(np.log(p), np.array([0, 1]), names, names), p, M)
        >>> point.rule, round(point.aversion, 2), point.reached
        ('critical', 0.34, True)
    """
    wish = wish or Wish()
    if why := why_no_dial(cases, matrix):
        raise InputError(f"{why.removesuffix('.')}; give a rule and an aversion instead.")
    curves = [frontier(cases.truth, probabilities, matrix, rule) for rule in RULES]
    return point_on(curves, wish, cases.argmax_accuracy)


def point_on(curves: Sequence[Frontier], wish: Wish, argmax_accuracy: float) -> OperatingPoint:
    """The operating point on the frontiers of both rules, as `operating_point` chooses it.

    Args:
        curves: one a rule, in the order of `RULES`, over `dial_grid()`.
        wish: what it is to serve.
        argmax_accuracy: of the raw logits on the same cases; `accuracy_loss` counts from it.

    Example:
        >>> M = SeverityMatrix(classes=["naevus", "melanoma"], values=[[0, 1], [10, 0]], critical=10)
        >>> p = np.array([[0.8, 0.2], [0.6, 0.4]])
        >>> curves = [frontier([0, 1], p, M, rule) for rule in RULES]
        >>> point_on(curves, Wish(), 0.5).rule
        'critical'
    """
    accuracy, cer, over_call, severity = (
        by_aversion([getattr(curve, name) for curve in curves])
        for name in ("accuracy", "cer", "over_call_rate", "expected_severity")
    )
    everywhere = np.ones(len(accuracy), dtype=bool)
    match wish.kind:
        case "accuracy_loss" | "accuracy_floor":
            floor = wish.value if wish.kind == "accuracy_floor" else argmax_accuracy - wish.value
            index, feasible = (value.item() for value in least_cer(accuracy, cer, floor - SLACK))
        case "over_call_ceiling":  # nothing to over-call: every setting complies
            feasible, index = _within(np.nan_to_num(over_call) <= wish.value + SLACK, cer, -accuracy)
        case "cer_ceiling":
            feasible, index = _within(cer <= wish.value + SLACK, -accuracy, cer)
        case "least_severity":
            feasible, index = _within(everywhere, severity, -accuracy)
    if not feasible:
        index = int(first_best(everywhere, -accuracy, cer))
    return chosen(index, wish, feasible)


def _within(feasible: NDArray[np.bool_], primary: Floats, secondary: Floats) -> tuple[bool, int]:
    return bool(feasible.any()), int(first_best(feasible, primary, secondary))
