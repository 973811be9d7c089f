"""What trainings are called on the screen: "plain", "focal", "with severity (mild)" instead of the names of losses."""

from collections.abc import Mapping, Sequence
from typing import Any

from riskcore.config import FORMS
from riskcore.runs.choices import Choice, circumstances, shortest

_BASELINES = {
    "ce": "plain",
    "focal": "focal",
    "class_weighted_ce": "plain, rare classes weighted",
    "label_smoothing": "plain, labels smoothed",
}
_GRADES = ((1.0, "mild"), (9.0, "moderate"))
"""The greatest strength of each grade; beyond the last it is strong."""


def training_kind(loss: Mapping[str, Any]) -> str:
    """What a loss is called where nothing else has to be told apart from it.

    Args:
        loss: settings of a loss, as a run's record holds them.

    Example:
        >>> training_kind({"form": "ce"}), training_kind({"form": "log_harm", "strength": 3.0, "base": "ce"})
        ('plain', 'with severity')
    """
    if not _reads_matrix(loss):
        name = loss["form"] if loss["form"] in _BASELINES else loss["base"]
        return _BASELINES.get(name, name)
    return "with severity" if loss["base"] == "ce" else "focal with severity"


def severity_grade(loss: Mapping[str, Any]) -> str:
    """How strong severity is in a loss that reads it, as "(mild)"; "" for others."""
    if not _reads_matrix(loss):
        return ""
    return f"({next((grade for most, grade in _GRADES if loss['strength'] <= most), 'strong')})"


def training_names(choices: Sequence[Choice]) -> dict[str, str]:
    """Id -> the name that a user gave, else the shortest that tells these trainings apart."""
    found = shortest({choice.id: _aspects(choice) for choice in choices})
    return {id: name.replace(" · (", " (") for id, name in found.items()}


def _aspects(choice: Choice) -> dict[str, str]:
    if choice.name:
        own = dict.fromkeys(("grade", "strength", "form", "loss"), "")
        return {"kind": choice.name, **own, **circumstances(choice)}
    loss = choice.runs[0].config["loss"]
    severity = _reads_matrix(loss)
    return {
        "kind": training_kind(loss),
        "grade": severity_grade(loss),
        "strength": f"strength {loss['strength']:g}" if severity else "",
        "form": loss["form"].replace("_", " ") if severity else "",
        "loss": choice.loss if severity else "",
        **circumstances(choice),
    }


def _reads_matrix(loss: Mapping[str, Any]) -> bool:
    return loss["form"] in FORMS and loss["strength"] > 0
