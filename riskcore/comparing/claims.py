"""Whether a recipe shows what its bars ask for: one list of claims on pooled test cases, Holm over all."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from riskcore.comparing.bars import Bars, HarmlessBar, PlainBar, UsualBar
from riskcore.comparing.held import (
    Held,
    argmax_accuracies,
    argmax_by_group,
    argmax_total,
    held_to_accuracy,
    held_to_least_severity,
    held_to_over_calls,
)
from riskcore.comparing.paired import RECIPE, Measure, Paired, pair, table_of
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.pooled import pooled_decisions
from riskcore.errors import InputError
from riskcore.metrics import holm
from riskcore.metrics.differences import pseudo_groups
from riskcore.metrics.intervals import Rate, resampling_interval
from riskcore.metrics.probability_measures import measure_replicates
from riskcore.metrics.resampling import crossed_weights, resampled_ratios
from riskcore.predictions import RunPredictions
from riskcore.severity import SeverityMatrix

Bar = Literal["usual", "plain", "harmless"]

MEASURES = {
    "ECE": "ece",
    "balanced accuracy": "balanced_accuracy",
    "critical AUROC": "critical_auroc",
    "macro AUROC": "macro_auroc",
}
"""What must not become worse and needs no dial -> its name among the replicates and in the bars."""
LOWER_IS_BETTER = {"ece"}
BIASED_UPWARDS = {"ece"}
"""Measures that resampling makes larger, the more so the better calibrated a side is: replicates are reflected."""
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
        bound: what the change has to stay below, or above where `above`; None where the bars claim nothing of it.
        same_place: whether both sides stand where the claim is made: on test our accuracy is not lower, or our
            over-call rate not higher, by what the bars allow. Only bar "plain" asks for it; None where the bars don't.
        p_value: one-sided bootstrap p of the change being on the wrong side of the bound, or of not standing at the
            same place, Holm-adjusted over what is claimed; None without a bound.
        beside: the over-call rates (and accuracies) that both sides have there.
    """

    bar: Bar
    measure: str
    ours: float
    theirs: float
    change: Rate
    relative: bool
    bound: float | None
    above: bool
    same_place: bool | None
    p_value: float | None
    beside: dict[str, float]

    @property
    def met(self) -> bool | None:
        """Whether the change itself is on the right side, at the same place; chance is not asked. None: not claimed."""
        if self.bound is None:
            return None
        right = self.change.value > self.bound if self.above else self.change.value < self.bound
        return right and self.same_place is not False

    @property
    def shown(self) -> bool | None:
        """Whether it is there beyond chance, corrected for the number of claims. None: not claimed."""
        return None if self.met is None or self.p_value is None else self.met and self.p_value <= SIGNIFICANCE

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"change": self.change.as_dict(), "met": self.met, "shown": self.shown}


def claims(
    run: RunPredictions,
    usual: RunPredictions,
    matrix: SeverityMatrix,
    *,
    plain: RunPredictions | None = None,
    bars: Bars | None = None,
    resamples: int = 2000,
    seed: int = 0,
) -> list[Claim]:
    """Judge a recipe against the usual way and against plain training, on pooled test cases.

    Bar "usual": the recipe's dial keeps `usual`'s validation accuracy (plus a reserve) and is compared with `usual`'s
    likeliest class: CER and accuracy.
    Bar "plain": both dials are held to `plain`'s validation accuracy less so many points, or to an over-call rate, one
    claim a place: CER, with on test no less accuracy, or no more over-calls, than the bars allow in the same replicate.
    Bar "harmless": ECE, balanced accuracy (likeliest class), both AUROCs, and expected severity with either's dial of
    least severity are not worse than `plain`'s.

    Every bootstrap replicate draws groups, and pairs of seeds where there are five or more, and makes the accuracies
    that dials are held to and the dials themselves anew, as `riskcore.comparing.chosen` does.

    Args:
        run, usual, plain: stored predictions of the same folds, test cases and number of seeds. A `run` of one seed (an
            ensemble, for instance) may stand against `usual` of several: against each of them in turn. Without `plain`
            bar "usual" is all.
        matrix: the severity matrix, classes in any order.
        bars: what has to be shown; default: nothing is claimed, changes are shown with their intervals.
        resamples, seed: of the bootstrap.

    Returns:
        The claims in the order of the bars, p values adjusted by Holm's method.

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
        >>> bars = Bars.model_validate({"usual": {"cer_lower": 0.5}})
        >>> found = claims(run(25), run(3), matrix, bars=bars, resamples=300)
        >>> found[0].bar, found[0].measure, round(found[0].change.value, 2), found[0].shown
        ('usual', 'CER', -0.88, True)
    """
    bars = bars or Bars()
    _expect_seeds(run, usual, plain)
    ours = JudgedRun(run, matrix)
    against_usual = pair(ours, JudgedRun(usual, matrix), resamples=resamples, seed=seed)
    parts = [member.test for folds in against_usual.run for member in folds]
    dangerous = np.concatenate([part.matrix.critical_classes[part.truth] for part in parts])
    if dangerous.all() or not dangerous.any():
        raise InputError(f"{run.id}: its test cases are all of critical classes or none is; nothing can be compared.")
    found = _against_usual(against_usual, bars.usual)
    if plain is not None:
        theirs = JudgedRun(plain, matrix)
        paired = pair(ours, theirs, resamples=resamples, seed=seed)
        found += _against_plain(paired, bars.plain)
        found += _no_worse(paired, bars.harmless, ours, theirs, resamples, seed)
    adjusted = iter(holm([claim.p_value for claim in found if claim.p_value is not None]))
    return [claim if claim.p_value is None else replace(claim, p_value=float(next(adjusted))) for claim in found]


def _expect_seeds(run: RunPredictions, usual: RunPredictions, plain: RunPredictions | None) -> None:
    own = len(run.seeds)
    if own not in (1, len(usual.seeds)) or (plain is not None and len(plain.seeds) != own):
        sides = [side for side in (run, plain, usual) if side is not None]
        raise InputError(f"{seed_counts(sides)}; train all with the same number.")


def seed_counts(sides: Sequence[RunPredictions]) -> str:
    """How many seeds each side has, in words: "ours and usual have 2 and 1 seeds"."""
    names, counts = [side.id for side in sides], [str(len(side.seeds)) for side in sides]
    return f"{', '.join(names[:-1])} and {names[-1]} have {', '.join(counts[:-1])} and {counts[-1]} seeds"


def _against_usual(paired: Paired, bar: UsualBar) -> list[Claim]:
    floors = argmax_accuracies(paired.baseline, paired.weights, -bar.reserve)
    held = held_to_accuracy(paired.run, floors, paired.weights)
    cases, harmless = paired.cases(), paired.cases(~paired.matrix.critical_classes)
    correct, critical, over_calls = (
        (held.total(measure, paired), argmax_total(paired.baseline, measure, paired))
        for measure in ("correct", "critical", "over_call")
    )
    beside = _beside({"over_call_rate": [side / harmless for side in over_calls]})
    by_measure: tuple[tuple[Measure, Any], ...] = (("critical", critical), ("correct", correct))
    cer, accuracy = (
        _with_unseen_groups(
            paired,
            [side / cases for side in sides],
            _by_group(held, measure, paired) - argmax_by_group(paired.baseline, measure, len(paired.weights)),
        )
        for measure, sides in by_measure
    )
    return [
        _claim(paired, "usual", "CER", cer, bar.cer_lower, relative=True, fewer=True, beside=beside),
        _claim(paired, "usual", "accuracy", accuracy, bar.accuracy_loss, above=True),
    ]


def _against_plain(paired: Paired, bar: PlainBar) -> list[Claim]:
    cases, harmless = paired.cases(), paired.cases(~paired.matrix.critical_classes)

    def claim(place: str, sides: list[Held], *, by: str) -> Claim:
        correct, critical, over_calls = (
            [held.total(measure, paired) for held in sides] for measure in ("correct", "critical", "over_call")
        )
        found = {
            "accuracy": [side / cases for side in correct],
            "over_call_rate": [side / harmless for side in over_calls],
        }
        allowed = bar.accuracy_loss if by == "accuracy" else bar.more_over_calls
        worse = (found[by][1] - found[by][0]) if by == "accuracy" else (found[by][0] - found[by][1])
        return _claim(
            paired,
            "plain",
            f"CER {place}",
            _with_unseen_groups(
                paired,
                [side / cases for side in critical],
                _by_group(sides[0], "critical", paired) - _by_group(sides[1], "critical", paired),
            ),
            bar.cer_lower,
            relative=True,
            fewer=True,
            same_place=None if allowed is None else worse < allowed,
            beside=_beside(found),
        )

    sides = paired.run, paired.baseline
    found = []
    for loss in bar.accuracy_losses:
        floors = argmax_accuracies(paired.baseline, paired.weights, loss)
        held = [held_to_accuracy(side, floors, paired.weights) for side in sides]
        found.append(claim(f"at accuracy −{100 * loss:g} points", held, by="accuracy"))
    for ceiling in bar.over_calls:
        held = [held_to_over_calls(side, ceiling, paired) for side in sides]
        found.append(claim(f"at {100 * ceiling:g} % over-calls", held, by="over_call_rate"))
    return found


def _no_worse(
    paired: Paired, bar: HarmlessBar, run: JudgedRun, plain: JudgedRun, resamples: int, seed: int
) -> list[Claim]:
    ours, theirs = (_replicates(side, resamples, seed) for side in (run, plain))
    cases = paired.cases()
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
                getattr(bar, name),
                above=name not in LOWER_IS_BETTER,
                reflected=name in BIASED_UPWARDS,
            )
            for measure, name in MEASURES.items()
        ),
        _claim(paired, "harmless", "least expected severity", severity, bar.expected_severity, relative=True),
    ]


def _replicates(judged: JudgedRun, resamples: int, seed: int) -> dict[str, NDArray[np.float64]]:
    """(1 + R,) of each measure without a dial, the sample itself first; equal test cases have equal weights."""
    run, decided = judged.predictions, pooled_decisions(judged)
    seeds = np.concatenate([np.full(len(member.test), run.seeds.index(member.seed)) for member in run.members])
    order = np.lexsort((seeds, decided.samples))
    drawn_seeds = seeds[order] if len(run.seeds) >= RECIPE else np.zeros_like(seeds)
    codes, drawn = crossed_weights(decided.groups[order], drawn_seeds, resamples, seed)
    weights = np.vstack([np.ones((1, drawn.shape[1]), np.float32), drawn])
    truth, said = decided.truth[order], decided.argmax[order]
    of_class = truth[:, None] == np.unique(truth)
    recalls = resampled_ratios(of_class & (said == truth)[:, None], of_class, codes, weights)
    found = measure_replicates(truth, decided.probabilities[order], judged.matrix, codes, weights)
    return {**found, "balanced_accuracy": np.nanmean(recalls, axis=1)}


def _by_group(held: Held, measure: Measure, paired: Paired) -> NDArray[np.float64]:
    return held.by_group(table_of(paired.matrix, measure)[None], len(paired.weights))[0]


def _with_unseen_groups(
    paired: Paired, sides: Sequence[NDArray[np.float64]], by_group: NDArray[np.float64]
) -> list[NDArray[np.float64]]:
    """Both sides' shares of the test cases, the replicates of ours with what `pseudo_groups` adds."""
    ours, theirs = sides
    rng = np.random.default_rng([paired.seed, len(ours)])
    noise = pseudo_groups(by_group, paired.distinct_test()[1], len(ours) - 1, rng)
    return [np.concatenate([ours[:1], np.clip(ours[1:] + noise, 0.0, 1.0)]), theirs]


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
    by: float | None,
    *,
    relative: bool = False,
    above: bool = False,
    fewer: bool = False,
    reflected: bool = False,
    same_place: NDArray[np.bool_] | None = None,
    beside: dict[str, float] | None = None,
) -> Claim:
    """A claim from both sides' values, each (1 + R,).

    `by`: what the bar says, at least 0; `above`: the more the better; `fewer`: it has to fall by so much, where
    otherwise it may become worse by less than that.
    """
    ours, theirs = sides
    with np.errstate(invalid="ignore", divide="ignore"):
        change = ours - theirs
        if relative:  # 0 against 0 is no change; more than 0 against 0 cannot be told
            change = np.where(change == 0, 0.0, np.where(theirs > 0, change / theirs, np.nan))
    if reflected:
        change[1:] = 2 * change[0] - change[1:]
    bound = p_value = None
    if by is not None:
        bound = 0.0 - by if above or fewer else by
        right = change[1:] > bound if above else change[1:] < bound  # what cannot be told (NaN) is not right
        if same_place is not None:
            right &= same_place[1:]
        p_value = float(((~right).sum() + 1) / (len(right) + 1))
    return Claim(
        bar,
        measure,
        float(ours[0]),
        float(theirs[0]),
        resampling_interval(float(change[0]), change[1:], *paired.distinct_test()),
        relative,
        bound,
        above,
        None if same_place is None else bool(same_place[0]),
        p_value,
        beside or {},
    )
