"""What a recipe has to show before it may be called better, and whether it does: one list of claims, Holm over all."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from riskcore.decision.pooled import pooled_decisions
from riskcore.errors import InputError
from riskcore.judging.equal_accuracy import TOLERATED_LOSS
from riskcore.judging.held import (
    Held,
    argmax_accuracies,
    argmax_total,
    held_to_accuracy,
    held_to_least_severity,
    held_to_over_calls,
)
from riskcore.judging.paired import Paired, pair
from riskcore.metrics import holm
from riskcore.metrics.intervals import Rate
from riskcore.metrics.probability_measures import measure_replicates
from riskcore.metrics.resampling import crossed_weights, resampled_ratios
from riskcore.predictions import RunPredictions
from riskcore.severity import SeverityMatrix

Bar = Literal["usual", "plain", "harmless"]

RESERVE = 0.003
"""Validation accuracy kept beyond the usual way's, since a dial comes out a little lower on test than where it was
chosen."""
HALF, FIFTH = -0.5, -0.2
NO_LOSS, MORE_OVER_CALLS = -TOLERATED_LOSS, 0.01
ACCURACY_LOSSES = (0.01, 0.03)
OVER_CALLS = 0.2
NON_INFERIORITY = {
    "ECE": ("ece", 0.01),
    "balanced accuracy": ("balanced_accuracy", -0.01),
    "critical AUROC": ("critical_auroc", -0.005),
    "macro AUROC": ("macro_auroc", -0.005),
}
"""Measure -> its name among the replicates, and the largest worsening that still counts as none."""
BIASED_UPWARDS = {"ece"}
"""Measures that resampling makes larger, the more so the better calibrated a side is: replicates are reflected."""
SEVERITY_MARGIN = 0.03
"""The same of the least expected severity, as a share of it."""
SIGNIFICANCE = 0.05


@dataclass(frozen=True)
class Claim:
    """One claim and what test cases say of it.

    Attributes:
        bar: "usual": against the likeliest class of what is trained usually; "plain": against cross-entropy with its
            dial; "harmless": nothing else has become worse.
        measure: what is compared, in words.
        ours, theirs: both sides' values.
        change: relative ((ours − theirs) / theirs) or absolute, as `relative` says, with a 95 % interval.
        bound: what the change has to stay below, or above where `above`.
        same_place: whether both sides stand where the claim is made: on test our accuracy is less than half a point
            lower, or our over-call rate less than a point higher. Only bar "plain" asks for it.
        p_value: one-sided bootstrap p of the change being on the wrong side of the bound, or of not standing at the
            same place, Holm-adjusted over the list.
        beside: the over-call rates (and accuracies) that both sides have there.
    """

    bar: Bar
    measure: str
    ours: float
    theirs: float
    change: Rate
    relative: bool
    bound: float
    above: bool
    same_place: bool
    p_value: float
    beside: dict[str, float]

    @property
    def met(self) -> bool:
        """Whether the change itself is on the right side, at the same place; chance is not asked."""
        right = self.change.value > self.bound if self.above else self.change.value < self.bound
        return right and self.same_place

    @property
    def shown(self) -> bool:
        """Whether it is there beyond chance, corrected for the number of claims."""
        return self.met and self.p_value <= SIGNIFICANCE

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"change": self.change.as_dict(), "met": self.met, "shown": self.shown}


def claims(
    run: RunPredictions,
    plain: RunPredictions,
    usual: RunPredictions,
    matrix: SeverityMatrix,
    *,
    resamples: int = 2000,
    seed: int = 0,
) -> list[Claim]:
    """Judge a recipe against two others, on pooled test cases.

    Bar "usual": the recipe's dial keeps `usual`'s validation accuracy (+0.3 points) and is compared with `usual`'s
    likeliest class: CER at least halved, accuracy less than half a point lower.
    Bar "plain": both dials are held to `plain`'s validation accuracy less 1 point, less 3 points, and to 20 %
    over-calls: CER at least a fifth lower, and on test no less accurate by half a point, or with no more over-calls by
    a point, in the same replicate.
    Bar "harmless": ECE, balanced accuracy (likeliest class), both AUROCs, and expected severity with either's dial of
    least severity are not worse than `plain`'s by more than `NON_INFERIORITY` and `SEVERITY_MARGIN`.

    Every bootstrap replicate draws groups and pairs of seeds with replacement. Where both sides have a dial, each
    replicate chooses both anew, as `equal_accuracy` does; against the likeliest class the dials stay as chosen, since
    there the chance of a choice would fall on one side alone.

    Args:
        run, plain, usual: stored predictions of the same folds, test cases and number of seeds. A `run` of one seed (an
            ensemble, for instance) may stand against `usual` of several: against each of them in turn.
        matrix: the severity matrix, classes in any order.
        resamples, seed: of the bootstrap.

    Returns:
        Ten claims, p values adjusted by Holm's method.

    Raises:
        InputError: folds, test cases or the numbers of seeds differ (save as above), validation cases are missing, the
            matrix does not fit, or test has no cases of critical classes or no others.

    Source: Holm, Scandinavian Journal of Statistics 6, 1979; Owen, The pigeonhole bootstrap, 2007.

    Example:
        >>> from riskcore.predictions import Cases, Member
        >>> matrix = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]])
        >>> truth, names = np.arange(200) % 2, np.arange(200).astype(str)
        >>> def run(wrong):  # every so many cases it says the other class
        ...     said = np.where(np.arange(200) % wrong == 0, 1 - truth, truth)
        ...     cases = Cases(2.0 * np.eye(2)[said], truth, names, names)
        ...     return RunPredictions(f"run{wrong}", matrix.classes, [Member(cases, cases)])
        >>> found = claims(run(25), run(5), run(3), matrix, resamples=300)
        >>> found[0].bar, found[0].measure, round(found[0].change.value, 2), found[0].shown
        ('usual', 'CER', -0.88, True)
    """
    if len(run.seeds) != len(plain.seeds) or len(run.seeds) not in (1, len(usual.seeds)):
        raise InputError(
            f"{run.id}, {plain.id} and {usual.id} have {len(run.seeds)}, {len(plain.seeds)} and {len(usual.seeds)} "
            "seeds; train all with the same number."
        )
    ours = pair(run, plain, matrix, resamples=resamples, seed=seed)
    parts = [member.test for folds in ours.run for member in folds]
    dangerous = np.concatenate([part.matrix.critical_classes[part.truth] for part in parts])
    if dangerous.all() or not dangerous.any():
        raise InputError(f"{run.id}: its test cases are all of critical classes or none is; nothing can be compared.")
    found = [
        *_against_usual(pair(run, usual, matrix, resamples=resamples, seed=seed)),
        *_against_plain(ours),
        *_no_worse(ours, run, plain, matrix, resamples, seed),
    ]
    adjusted = holm([claim.p_value for claim in found])
    return [replace(claim, p_value=float(p)) for claim, p in zip(found, adjusted, strict=True)]


def _against_usual(paired: Paired) -> list[Claim]:
    held = held_to_accuracy(paired.run, argmax_accuracies(paired.baseline, -RESERVE), paired).kept()
    cases, harmless = _cases(paired), _harmless_cases(paired)
    correct, critical, over_calls = (
        (held.total(measure, paired), argmax_total(paired.baseline, measure, paired))
        for measure in ("correct", "critical", "over_call")
    )
    beside = _beside({"over_call_rate": [side / harmless for side in over_calls]})
    return [
        _claim(paired, "usual", "CER", [side / cases for side in critical], HALF, relative=True, beside=beside),
        _claim(paired, "usual", "accuracy", [side / cases for side in correct], NO_LOSS, above=True),
    ]


def _against_plain(paired: Paired) -> list[Claim]:
    cases, harmless = _cases(paired), _harmless_cases(paired)

    def claim(place: str, sides: list[Held], *, by: str) -> Claim:
        correct, critical, over_calls = (
            [held.total(measure, paired) for held in sides] for measure in ("correct", "critical", "over_call")
        )
        found = {
            "accuracy": [side / cases for side in correct],
            "over_call_rate": [side / harmless for side in over_calls],
        }
        ours, theirs = found[by]
        same = ours - theirs > NO_LOSS if by == "accuracy" else ours - theirs < MORE_OVER_CALLS
        cer = [side / cases for side in critical]
        return _claim(
            paired, "plain", f"CER {place}", cer, FIFTH, relative=True, same_place=same, beside=_beside(found)
        )

    sides = paired.run, paired.baseline
    found = []
    for loss in ACCURACY_LOSSES:
        floors = argmax_accuracies(paired.baseline, loss)
        held = [held_to_accuracy(side, floors, paired) for side in sides]
        found.append(claim(f"at accuracy −{100 * loss:g} points", held, by="accuracy"))
    held = [held_to_over_calls(side, OVER_CALLS, paired) for side in sides]
    return [*found, claim(f"at {100 * OVER_CALLS:g} % over-calls", held, by="over_call_rate")]


def _no_worse(
    paired: Paired, run: RunPredictions, plain: RunPredictions, matrix: SeverityMatrix, resamples: int, seed: int
) -> list[Claim]:
    ours, theirs = (_replicates(side, matrix, resamples, seed) for side in (run, plain))
    cases = _cases(paired)
    severity = [
        held_to_least_severity(side, paired).total("severity", paired) / cases for side in (paired.run, paired.baseline)
    ]
    return [
        *(
            _claim(
                paired,
                "harmless",
                measure,
                [ours[name], theirs[name]],
                bound,
                above=bound < 0,
                reflected=name in BIASED_UPWARDS,
            )
            for measure, (name, bound) in NON_INFERIORITY.items()
        ),
        _claim(paired, "harmless", "least expected severity", severity, SEVERITY_MARGIN, relative=True),
    ]


def _replicates(
    run: RunPredictions, matrix: SeverityMatrix, resamples: int, seed: int
) -> dict[str, NDArray[np.float64]]:
    """(1 + R,) of each measure without a dial, the sample itself first; equal test cases have equal weights."""
    matrix = matrix.reordered(run.classes)
    decided = pooled_decisions(run, matrix)
    seeds = np.concatenate([np.full(len(member.test), run.seeds.index(member.seed)) for member in run.members])
    order = np.lexsort((seeds, decided.samples))
    codes, drawn = crossed_weights(decided.groups[order], seeds[order], resamples, seed)
    weights = np.vstack([np.ones((1, drawn.shape[1]), np.float32), drawn])
    truth, said = decided.truth[order], decided.argmax[order]
    of_class = truth[:, None] == np.unique(truth)
    recalls = resampled_ratios(of_class & (said == truth)[:, None], of_class, codes, weights)
    found = measure_replicates(truth, decided.probabilities[order], matrix, codes, weights)
    return {**found, "balanced_accuracy": np.nanmean(recalls, axis=1)}


def _cases(paired: Paired) -> NDArray[np.float64]:
    """(1 + R,) test cases over folds and seeds."""
    return paired.over_seeds([np.sum([m.test.total(paired.weights) for m in folds], axis=0) for folds in paired.run])


def _harmless_cases(paired: Paired) -> NDArray[np.float64]:
    """(1 + R,) those of them whose class is no critical one."""
    return paired.over_seeds(
        [
            np.sum([m.test.total(paired.weights, ~m.test.matrix.critical_classes) for m in folds], axis=0)
            for folds in paired.run
        ]
    )


def _beside(values: dict[str, list[NDArray[np.float64]]]) -> dict[str, float]:
    """The sample's own values of both sides, under `name` and `their_name`."""
    return {
        f"{whose}{name}": float(side[0])
        for name, sides in values.items()
        for whose, side in zip(("", "their_"), sides, strict=True)
    }


def _claim(
    paired: Paired,
    bar: Bar,
    measure: str,
    sides: Sequence[NDArray[np.float64]],
    bound: float,
    *,
    relative: bool = False,
    above: bool = False,
    reflected: bool = False,
    same_place: NDArray[np.bool_] | None = None,
    beside: dict[str, float] | None = None,
) -> Claim:
    """A claim from both sides' values, each (1 + R,)."""
    ours, theirs = sides
    with np.errstate(invalid="ignore", divide="ignore"):
        change = ours - theirs
        if relative:  # 0 against 0 is no change; more than 0 against 0 cannot be told
            change = np.where(change == 0, 0.0, np.where(theirs > 0, change / theirs, np.nan))
    if reflected:
        change[1:] = 2 * change[0] - change[1:]
    right = change[1:] > bound if above else change[1:] < bound  # what cannot be told (NaN) is not right
    same = np.ones(len(change), bool) if same_place is None else same_place
    right &= same[1:]
    return Claim(
        bar,
        measure,
        float(ours[0]),
        float(theirs[0]),
        paired.rate(change, *paired.distinct_test(), counted=False),
        relative,
        bound,
        above,
        bool(same[0]),
        float(((~right).sum() + 1) / (len(right) + 1)),
        beside or {},
    )
