"""One side of a pair with its dial held to something: chosen on validation in every replicate, counted on test."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcore.comparing.paired import Counts, Measure, Paired, PairedMember, Part, Side, table_of
from riskcore.decision.operating import SLACK, first_best, least_cer
from riskcore.metrics import rates
from riskcore.metrics.intervals import Rate
from riskcore.metrics.resampling import group_sums
from riskcore.predictions import Cases

Settings = NDArray[np.int64]
Floors = list[list[NDArray[np.float64]]]
"""[seed][fold] (1 + R,) an accuracy for each replicate."""


@dataclass(frozen=True)
class Held:
    """The settings of the dials.

    Attributes:
        side: [seed][fold] members.
        settings: the same shape, each (1 + R,) rows of `Part.along_the_dial`, the sample's own first.
    """

    side: Side
    settings: list[list[Settings]]

    def counts(self, tables: NDArray[Any], weights: Counts) -> list[NDArray[np.float64]]:
        """What comes of it on test, folds added: for each seed (M, 1 + R), as `Part.at_settings` gives them."""
        return [
            np.sum(
                [
                    member.test.at_settings(tables, setting, weights)
                    for member, setting in zip(folds, settings, strict=True)
                ],
                axis=0,
            )
            for folds, settings in zip(self.side, self.settings, strict=True)
        ]

    def total(self, measure: Measure, paired: Paired) -> NDArray[np.float64]:
        """(1 + R,) one of them, summed over resampled seeds."""
        table = table_of(self.side[0][0].test.matrix, measure)
        return paired.over_seeds([found[0] for found in self.counts(table[None], paired.weights)])

    def by_group(self, tables: NDArray[Any], groups: int) -> NDArray[np.float64]:
        """(M, G) what each group adds to it in the sample."""
        return np.sum(
            [member.test.by_group(tables, {setting: 1.0}, groups) for member, setting in self.chosen()], axis=0
        )

    def chosen(self) -> list[tuple[PairedMember, int]]:
        """Each member and its setting in the sample itself."""
        return [
            (member, int(setting[0]))
            for folds, settings in zip(self.side, self.settings, strict=True)
            for member, setting in zip(folds, settings, strict=True)
        ]

    def rates(self) -> dict[str, Rate]:
        """Single rates on test, pooled over folds and seeds, as `riskcore.metrics.rates` names them."""
        every = self.chosen()
        return rates(
            np.concatenate([member.test.truth for member, _ in every]),
            np.concatenate([member.test.decided(setting) for member, setting in every]),
            every[0][0].test.matrix,
            np.concatenate([member.test.codes for member, _ in every]),
            samples=np.concatenate([member.member.test.samples for member, _ in every]),
        )


def argmax_counts(side: Side, measure: Measure, weights: Counts) -> list[NDArray[np.float64]]:
    """For each seed (1 + R,) what comes of the likeliest class (of raw logits) on test, folds added."""
    return [
        np.sum([_at_argmax(member.test, member.member.test, measure, weights) for member in folds], axis=0)
        for folds in side
    ]


def argmax_total(side: Side, measure: Measure, paired: Paired) -> NDArray[np.float64]:
    """(1 + R,) the same, summed like `Held.total`."""
    return paired.over_seeds(argmax_counts(side, measure, paired.weights))


def argmax_by_group(side: Side, measure: Measure, groups: int) -> NDArray[np.float64]:
    """(G,) what each group adds to it in the sample."""
    parts = [(member.test, member.member.test) for folds in side for member in folds]
    return np.sum([group_sums(_argmax_values(*part, measure), part[0].codes, groups) for part in parts], axis=0)


def _argmax_values(part: Part, cases: Cases, measure: Measure) -> NDArray[np.float64]:
    return np.asarray(table_of(part.matrix, measure)[part.truth, cases.logits.argmax(axis=1)], np.float64)


def _at_argmax(part: Part, cases: Cases, measure: Measure, weights: Counts) -> NDArray[np.float64]:
    values = _argmax_values(part, cases, measure)
    # In the precision of the weights, which would else be copied; counts are whole numbers, exact in float32.
    sums = group_sums(values, part.codes, len(weights)).astype(np.float32)
    return np.asarray(sums @ weights, np.float64)


def argmax_accuracies(side: Side, weights: Counts, margin: float = 0.0) -> Floors:
    """[seed][fold] (1 + R,) validation accuracy of the likeliest class in every replicate, less a margin."""
    return [
        [
            _at_argmax(member.validation, member.member.validation, "correct", weights)
            / member.validation.total(weights)
            - margin
            for member in folds
        ]
        for folds in side
    ]


def held_to_accuracy(side: Side, floors: Floors, weights: Counts) -> Held:
    """Least CER with accuracy at or above a floor a member and replicate; else highest accuracy."""

    def choose(part: Part, floor: NDArray[np.float64]) -> Settings:
        accuracy, cer = (part.along_the_dial(measure, weights) for measure in ("correct", "critical"))
        setting: Settings = least_cer(accuracy, cer, (floor - SLACK) * part.total(weights))[0]
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
