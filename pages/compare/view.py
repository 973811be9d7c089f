"""What the whole page shows: the runs at one floor or caution, on validation or test, and the one that is looked at."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from pages.compare.choice import Chosen
from pages.kit.part import Part
from riskcore.decision.dial import Dial
from riskcore.decision.operating import Wish
from riskcore.judging.standings import Standing, by_danger
from riskcore.runs.choices import Choice
from riskcore.runs.comparable import severity_trained
from riskcore.runs.looks import Question
from riskcore.severity import SeverityMatrix


@dataclass(frozen=True)
class Setting:
    """What decides on the page.

    Attributes:
        floor: the accuracy on validation that runs are held to; None: that of the baseline less 1 point.
        caution: decides in the place of the floor; None: each run keeps to the floor.
        stop: what the control of caution calls it.
        meaning: of it, a sentence but for its capital.
    """

    floor: float | None
    caution: Wish | Dial | None
    stop: str
    meaning: str

    @property
    def words(self) -> str:
        """What decides, in two or three words."""
        return self.stop.lower() if self.caution is None else f"{self.stop.lower()} caution"

    def question(self, matrix: SeverityMatrix) -> Question:
        """What is asked of test cases."""
        return Question(matrix, floor=self.floor) if self.caution is None else Question(matrix, self.caution)


@dataclass(frozen=True)
class View:
    """What every panel of the page takes.

    Attributes:
        chosen: what is compared.
        setting: what decides.
        part: on whose cases everything is shown but the answer, which is on test.
        standings: of each run, in the order of `chosen.choices`.
        of: the run that is looked at.
    """

    chosen: Chosen
    setting: Setting
    part: Part
    standings: tuple[Standing, ...]
    of: Choice

    @property
    def matrix(self) -> SeverityMatrix:
        return self.chosen.matrix

    @property
    def labels(self) -> Mapping[str, str]:
        """Id of a run -> what it is called."""
        return self.chosen.labels

    @property
    def question(self) -> Question:
        """What is asked of test cases where they are shown."""
        return self.setting.question(self.matrix)

    @cached_property
    def standing(self) -> Mapping[str, Standing]:
        """Id of a run -> its rates and dials."""
        return {one.id: one for one in self.standings}

    def dials(self, choice: Choice) -> tuple[Dial, ...]:
        """What decides for a run, one dial a member: `pooled_decisions` and the like take it."""
        return self.standing[choice.id].dials

    @property
    def rival(self) -> Choice:
        """What stands beside the baseline: the run that is looked at, or the leader; the baseline where it is alone."""
        return self.of if self.of.id != self.chosen.baseline.id else leader(self.chosen, self.standings)


def leader(chosen: Chosen, standings: tuple[Standing, ...]) -> Choice:
    """Of the runs trained with the severity matrix, else of all others, the one that validation puts first."""
    by_id = {choice.id: choice for choice in chosen.choices}
    others = [by_id[one.id] for one in by_danger(standings) if one.id != chosen.baseline.id]
    return next((choice for choice in others if severity_trained(choice)), next(iter(others), chosen.baseline))
