"""What a panel of Compare takes, made of all finished runs without the screen around it."""

from pages.compare.choice import Chosen
from pages.compare.view import Setting, View
from pages.kit import cached
from pages.kit.part import Part
from pages.kit.standings import standings_at
from riskcore.decision.dial import Dial
from riskcore.decision.operating import Wish
from riskcore.runs.choices import finished_choices
from riskcore.runs.comparable import baseline
from riskcore.runs.results import own_matrix
from riskcore.severity import SeverityMatrix
from riskcore.words.training_names import training_names


def made_chosen(matrix: SeverityMatrix | None = None) -> Chosen:
    """All finished runs, judged by the matrix of the newest or a given one."""
    choices = tuple(finished_choices(cached.store()))
    first, judge = baseline(choices), matrix or own_matrix(cached.store(), choices[0].id)
    return Chosen(first.data, judge, first, choices, training_names(choices), "cer", ())


def made_view(caution: Wish | Dial, part: Part = "test") -> View:
    """All finished runs with a caution; the newest is looked at."""
    chosen = made_chosen()
    setting = Setting(None, caution, "Made", "is made for a test.")
    standings = tuple(standings_at(chosen.choices, chosen.matrix, caution, part))
    return View(chosen, setting, part, standings, chosen.choices[0])
