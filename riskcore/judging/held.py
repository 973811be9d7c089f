"""One side of a pair with its dial held to something: chosen on validation in every replicate, counted on test."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskcore.decision.operating import SLACK, first_best, least_cer
from riskcore.judging.paired import Measure, Paired, PairedMember, Part, table_of
from riskcore.metrics import rates
from riskcore.metrics.intervals import Rate
from riskcore.metrics.resampling import group_sums

Side = list[list[PairedMember]]
Settings = NDArray[np.int64]


@dataclass(frozen=True)
class Held:
    """The settings of the dials.

    Attributes:
        side: [seed pair][fold] members.
        settings: the same shape, each (1 + R,) rows of `Part.along_the_dial`, the sample's own first.
    """

    side: Side
    settings: list[list[Settings]]

    def total(self, measure: Measure, paired: Paired) -> NDArray[np.float64]:
        """(1 + R,) what comes of it on test, summed over folds and resampled seeds."""
        per_seed = [
            np.sum(
                [
                    np.take_along_axis(member.test.along_the_dial(measure, paired.weights), setting[None], 0)[0]
                    for member, setting in zip(folds, settings, strict=True)
                ],
                axis=0,
            )
            for folds, settings in zip(self.side, self.settings, strict=True)
        ]
        return paired.over_seeds(per_seed)

    def kept(self) -> "Held":
        """The same with the sample's own settings in every replicate."""
        return Held(self.side, [[np.full_like(setting, setting[0]) for setting in own] for own in self.settings])

    def chosen(self) -> list[tuple[PairedMember, int]]:
        """Each member and its setting in the sample itself."""
        return [
            (member, int(setting[0]))
            for folds, settings in zip(self.side, self.settings, strict=True)
            for member, setting in zip(folds, settings, strict=True)
        ]

    def rates(self, names: tuple[str, ...]) -> dict[str, Rate]:
        """Single rates on test, pooled over folds and seeds."""
        every = self.chosen()
        found = rates(
            np.concatenate([member.test.truth for member, _ in every]),
            np.concatenate([member.test.decided(setting) for member, setting in every]),
            every[0][0].test.matrix,
            np.concatenate([member.test.codes for member, _ in every]),
            samples=np.concatenate([member.member.test.samples for member, _ in every]),
        )
        return {name: found[name] for name in names}


def argmax_total(side: Side, measure: Measure, paired: Paired) -> NDArray[np.float64]:
    """(1 + R,) what comes of the likeliest class (of raw logits) on test, summed like `Held.total`."""
    return paired.over_seeds(
        [np.sum([_at_argmax(m.test, m.member.test.logits, measure, paired) for m in folds], axis=0) for folds in side]
    )


def _at_argmax(part: Part, logits: NDArray[np.float64], measure: Measure, paired: Paired) -> NDArray[np.float64]:
    values = table_of(part.matrix, measure)[part.truth, logits.argmax(axis=1)]
    return group_sums(values, part.codes, len(paired.weights)) @ paired.weights


def argmax_accuracies(side: Side, margin: float = 0.0) -> list[list[float]]:
    """[seed pair][fold] validation accuracy of the likeliest class, less a margin."""
    return [[member.member.validation.argmax_accuracy - margin for member in folds] for folds in side]


def held_to_accuracy(side: Side, floors: list[list[float]], paired: Paired) -> Held:
    """Least CER with accuracy at or above a floor a member; else highest accuracy."""

    def choose(part: Part, floor: float) -> Settings:
        accuracy, cer = (part.along_the_dial(measure, paired.weights) for measure in ("correct", "critical"))
        setting: Settings = least_cer(accuracy, cer, (floor - SLACK) * part.total(paired.weights))[0]
        return setting

    settings = [
        [choose(member.validation, floor) for member, floor in zip(folds, own, strict=True)]
        for folds, own in zip(side, floors, strict=True)
    ]
    return Held(side, settings)


def held_to_over_calls(side: Side, ceiling: float, paired: Paired) -> Held:
    """Least CER with an over-call rate of at most `ceiling` (ties: more accuracy); else highest accuracy."""

    def choose(part: Part) -> Settings:
        called, cer, accuracy = (
            part.along_the_dial(measure, paired.weights) for measure in ("over_call", "critical", "correct")
        )
        allowed = (ceiling + SLACK) * part.total(paired.weights, ~part.matrix.critical_classes)
        return first_best(called <= allowed, cer, -accuracy)

    return Held(side, [[choose(member.validation) for member in folds] for folds in side])


def held_to_least_severity(side: Side, paired: Paired) -> Held:
    """Least expected severity; ties: more accuracy."""

    def choose(part: Part) -> Settings:
        severity, accuracy = (part.along_the_dial(measure, paired.weights) for measure in ("severity", "correct"))
        return first_best(np.ones_like(severity, bool), severity, -accuracy)

    return Held(side, [[choose(member.validation) for member in folds] for folds in side])
