"""What a judged image means, in sentences: what to do, why the dial decided so, and what may have been missed."""

from typing import TYPE_CHECKING

import pandas as pd

from riskcore.decision.dial import Dial
from riskcore.formats import percent
from riskcore.severity import SeverityMatrix
from riskcore.words.images.risk_level import FINDING, HIGH, RAISED, RAISED_FROM, risk_level

if TYPE_CHECKING:
    from riskcore.learning.prediction import Call


def advice(prediction: "Call", matrix: SeverityMatrix) -> str:
    """What to do with a judged image, in plain words.

    Args:
        prediction: of an image that is judged.
        matrix: the bundle's severity matrix.

    Example:
        >>> from types import SimpleNamespace
        >>> matrix = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> judged = SimpleNamespace(judged=True, decision="naevus", critical_probability=0.3, worst_miss="melanoma")
        >>> advice(judged, matrix)
        'Have a specialist look before anything else: with a probability of 30.0 % it is a class that "naevus" would \
miss dangerously.'
    """
    share, called = percent(prediction.critical_probability), f'"{prediction.decision}"'
    level = risk_level(prediction, matrix)
    if level is HIGH:
        return f"{level.to_do}: with a probability of {share} it is a class that {called} would miss dangerously."
    if level is FINDING:
        return f"{level.to_do}: the model says {called}, a class that must not be missed."
    if level is RAISED:
        return f"{level.to_do} before relying on {called}: {share} chance of a dangerous mistake."
    return f"Read it as usual: {share} chance that {called} is a dangerous mistake. The model replaces no reading."


def chances(prediction: "Call", matrix: SeverityMatrix) -> list[str]:
    """How far the call is to be trusted, a sentence each.

    A call of a critical class is rarely a critical error, so what counts there is whether it is right at all.

    Args:
        prediction: of an image that is judged.
        matrix: the bundle's severity matrix.

    Example:
        >>> from types import SimpleNamespace
        >>> matrix = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> shares = {"naevus": 0.45, "melanoma": 0.55}
        >>> chances(SimpleNamespace(decision="naevus", critical_probability=0.55, probabilities=shares), matrix)
        ['55.0 % chance that the call is a dangerous mistake']
        >>> chances(SimpleNamespace(decision="melanoma", critical_probability=0.0, probabilities=shares), matrix)
        ['Probability that it is not melanoma: 45.0 %']
    """
    called, found = prediction.decision, []
    finding = bool(matrix.critical_classes[matrix.classes.index(called)])
    if finding:
        found.append(f"Probability that it is not {called}: {percent(1 - prediction.probabilities[called])}")
    if not finding or round(prediction.critical_probability, 3):
        found.append(f"{percent(prediction.critical_probability)} chance that the call is a dangerous mistake")
    return found


def other_call(prediction: "Call") -> str | None:
    """What the uncorrected model says where that is not the decision, and whether caution or correction made it so.

    Example:
        >>> from types import SimpleNamespace
        >>> shares = {"naevus": 0.6, "melanoma": 0.4}
        >>> other_call(SimpleNamespace(predicted="melanoma", decision="naevus", probabilities=shares))
        'Before correcting its probabilities: melanoma'
        >>> other_call(SimpleNamespace(predicted="naevus", decision="melanoma", probabilities=shares))
        'Without caution: naevus'
    """
    shares, called = prediction.probabilities, prediction.decision
    if prediction.predicted == called:
        return None
    turned = shares[called] < max(shares.values())
    return f"{'Without caution' if turned else 'Before correcting its probabilities'}: {prediction.predicted}"


def worst_miss(prediction: "Call") -> str:
    """The most dangerous plausible miss with its probability, or that there is none.

    Example:
        >>> from types import SimpleNamespace
        >>> worst_miss(SimpleNamespace(worst_miss="melanoma", probabilities={"naevus": 0.7, "melanoma": 0.3}))
        'melanoma (30.0 %)'
        >>> worst_miss(SimpleNamespace(worst_miss=None))
        'none of at least 5 %'
    """
    if prediction.worst_miss is None:
        return f"none of at least {100 * RAISED_FROM:.0f} %"
    return f"{prediction.worst_miss} ({percent(prediction.probabilities[prediction.worst_miss])})"


def why(prediction: "Call", matrix: SeverityMatrix, dial: Dial) -> str | None:
    """Why the decision is not the likeliest class, or not the one of least harm; None where it is both.

    The dial only ever leaves the likeliest calibrated class for one of less expected harm, by its own rule. It stays
    short of the least average harm where it weighs being right too, or looks at critical errors alone.

    Args:
        prediction: of an image that is judged.
        matrix, dial: the bundle's.

    Example:
        >>> from types import SimpleNamespace
        >>> matrix = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> shares, harm = {"naevus": 0.7, "melanoma": 0.3}, {"naevus": 3.0, "melanoma": 1.4}
        >>> judged = SimpleNamespace(
        ...     predicted="naevus", decision="melanoma", probabilities=shares, expected_severity=harm
        ... )
        >>> why(judged, matrix, Dial("severity", 1.0))[:77]
        'The likeliest class is "naevus" (70.0 %), but calling it does more harm on av'
    """
    sentences = (_why_not_likeliest(prediction, matrix, dial), _why_not_least_harm(prediction, dial))
    return " ".join(sentence for sentence in sentences if sentence) or None


def _why_not_likeliest(prediction: "Call", matrix: SeverityMatrix, dial: Dial) -> str | None:
    shares, called = prediction.probabilities, prediction.decision
    likeliest = max(shares, key=shares.__getitem__)
    if shares[called] < shares[likeliest]:
        start = f'The likeliest class is "{likeliest}" ({percent(shares[likeliest])}), but calling it'
        if dial.rule == "critical":
            risks = [percent(_critical_probability(prediction, matrix, name)) for name in (likeliest, called)]
            reason = f'would be a dangerous mistake with a probability of {risks[0]}, against {risks[1]} for "{called}"'
        else:
            harm = prediction.expected_severity
            reason = f'does more harm on average: {harm[likeliest]:.2f} against {harm[called]:.2f} for "{called}"'
        return f"{start} {reason}. So this run's caution decides."
    if prediction.predicted != called:
        return f'Uncorrected, the model would say "{prediction.predicted}"; calibrated, "{called}" is likelier.'
    return None


def _why_not_least_harm(prediction: "Call", dial: Dial) -> str | None:
    """Harms that are shown alike count as equal."""
    called = prediction.decision
    harm = {name: round(value, 2) for name, value in prediction.expected_severity.items()}
    least = min(harm, key=harm.__getitem__)
    if harm[called] <= harm[least]:
        return None
    if not dial.aversion:
        reason = "this run's caution is 0, so it takes the likeliest class"
    elif dial.rule == "critical":
        reason = (
            f"this run's caution of {dial.aversion:.2f} weighs dangerous mistakes against being right, no other harm"
        )
    else:
        reason = f"this run's caution of {dial.aversion:.2f} weighs being right as well as harm"
    return f'"{least}" would do less harm on average ({harm[least]:.2f} against {harm[called]:.2f}), but {reason}.'


def class_table(prediction: "Call") -> pd.DataFrame:
    """One row a class, the likeliest first: `class`, `probability` (0..1), `harm` of calling it, `called` (bool)."""
    rows = [
        {
            "class": name,
            "probability": share,
            "harm": prediction.expected_severity[name],
            "called": name == prediction.decision,
        }
        for name, share in sorted(prediction.probabilities.items(), key=lambda item: -item[1])
    ]
    return pd.DataFrame(rows)


def _critical_probability(prediction: "Call", matrix: SeverityMatrix, called: str) -> float:
    critical = matrix.critical_cells[:, matrix.classes.index(called)]
    return sum(prediction.probabilities[name] for name, danger in zip(matrix.classes, critical, strict=True) if danger)
