"""What the panels of Compare ask of what is compared, remembered while it does not change."""

from dataclasses import replace

from pages.compare.choice import Chosen
from pages.compare.view import View
from pages.kit import cached
from pages.kit.part import Part
from pages.kit.remembered import remembered
from riskcore.comparing.argmax import ArgmaxDifference, argmax_differences
from riskcore.comparing.comparison import Comparison
from riskcore.judging.details import RiskCurves
from riskcore.judging.details import risk_curves as engine_risk_curves
from riskcore.runs.choices import Choice, as_delivered
from riskcore.severity import SeverityMatrix
from riskcore.words.answer import Verdict, verdict_of_choices


def compared(view: View) -> Comparison:
    """The runs beside the baseline at the page's floor; some seconds the first time.

    A file as it was delivered stays out, unless it is all there is: beside it no run would be calibrated.
    """
    others = tuple(choice for choice in view.chosen.others if not as_delivered(choice))
    return _compared(view, others or view.chosen.others)


def all_compared(view: View) -> Comparison:
    """The same with such a file, compared apart."""
    found, delivered = compared(view), tuple(filter(as_delivered, view.chosen.others))
    if not delivered or delivered == view.chosen.others:
        return found
    return replace(found, others=(*found.others, *_compared(view, delivered).others))


def _compared(view: View, others: tuple[Choice, ...]) -> Comparison:
    chosen = view.chosen
    return cached.compare(others, chosen.baseline, chosen.matrix, chosen.labels, view.setting.floor)


def verdict_of(view: View) -> Verdict:
    """Its answer in words."""
    return verdict_of_choices(compared(view), view.chosen.choices)


def argmax_compared(chosen: Chosen) -> list[ArgmaxDifference]:
    """The other runs against the baseline without caution."""
    return _argmax_compared(chosen.others, chosen.baseline, chosen.matrix)


@remembered(64)
def _argmax_compared(others: tuple[Choice, ...], baseline: Choice, matrix: SeverityMatrix) -> list[ArgmaxDifference]:
    return argmax_differences([cached.judged(choice, matrix) for choice in others], cached.judged(baseline, matrix))


def risk_curves(view: View) -> dict[str, RiskCurves]:
    """Label of each run -> its decision curve and calibration on the page's cases."""
    return {view.labels[choice.id]: _risk_curves(choice, view.matrix, view.part) for choice in view.chosen.choices}


@remembered(64)
def _risk_curves(choice: Choice, matrix: SeverityMatrix, part: Part) -> RiskCurves:
    return engine_risk_curves(cached.judged(choice, matrix, part))


def synthetic(chosen: Chosen) -> bool:
    """Whether images drawn by the program were learnt from."""
    return any(cached.synthetic(choice) for choice in chosen.choices)
