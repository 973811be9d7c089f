"""What `riskcore evaluate --details` prints beside the rates."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from riskcore.cli.output import say, table
from riskcore.formats import NOTHING, count, ranged

if TYPE_CHECKING:
    from riskcore.comparing.details import ComparedDetails
    from riskcore.judging.details import Details

SHOWN_THRESHOLDS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5)


def print_details(details: "Details", seeds: int) -> None:
    """Calibration of the risk, net benefit, stated points, tests of subgroups, and flow of cases."""
    from riskcore.words.details import NO_FLOW

    _print_calibration(details, seeds)
    _print_net_benefit(details)
    _print_stated_points(details)
    _print_subgroup_tests(details)
    if details.flow is None:
        say(f"\nFlow of cases: {NO_FLOW}.")
    else:
        _print_flow(details.flow)


def print_compared(compared: "Mapping[str, ComparedDetails]", labels: Mapping[str, str]) -> None:
    """AUROC against the baseline's, and calibration of the risks of each side."""
    from riskcore.words.details import with_ends

    say("\nAUROC of critical against other cases, run − baseline; and calibration of the risks:")
    rows = []
    for id, own in compared.items():
        found, auroc = own.details.calibration, own.auroc
        gaps = [NOTHING, NOTHING]
        if auroc is not None:
            within = NOTHING if auroc.within_folds is None else with_ends(auroc.rate(auroc.within_folds, own.z))
            gaps = [with_ends(auroc.rate(auroc.pooled, own.z)), within]
        rows.append([labels[id], *gaps, *(with_ends(each) for each in (found.slope, found.intercept))])
    table(["", "AUROC, pooled", "AUROC, mean within folds", "slope", "intercept"], rows)


def _print_calibration(details: "Details", seeds: int) -> None:
    from riskcore.words.details import EXPECTED_OBSERVED, INTERCEPT, RISK, SLOPE, UNCALIBRATED, with_ends

    found = details.calibration
    say(f"\nCalibration of {RISK}:")
    if not details.calibrated:
        say(UNCALIBRATED)
    for name, rate, meaning in (
        ("slope", found.slope, SLOPE),
        ("intercept", found.intercept, INTERCEPT),
        ("expected / observed", found.expected_observed, EXPECTED_OBSERVED),
    ):
        say(f"{name}: {rate.method if math.isnan(rate.value) else f'{with_ends(rate)} ({meaning})'}")
    if found.curve:
        table(
            ["mean risk %", "cases", "critical %"],
            [
                [f"{100 * each.predicted:.1f}", count(each.observed.n, seeds), ranged(each.observed)]
                for each in found.curve
            ],
        )


def _print_net_benefit(details: "Details") -> None:
    from riskcore.words.details import NET_BENEFIT, with_ends

    say("\nNet benefit of calling a case critical from a threshold of its risk on:")
    table(
        ["threshold %", "model", "call all"],
        [
            [f"{100 * at.threshold:.0f}", with_ends(at.model, 1000, 1), f"{1000 * at.call_all:.1f}"]
            for at in details.net_benefit
            if at.threshold in SHOWN_THRESHOLDS
        ],
    )
    say(NET_BENEFIT)


def _print_stated_points(details: "Details") -> None:
    from riskcore.words.details import STATED, stated_words

    say("\nAt a stated specificity or sensitivity:")
    if all(math.isnan(point.found.value) for point in details.stated_points):
        say(details.stated_points[0].found.method)
        return
    table(
        ["", "%", "threshold %"],
        [
            [
                stated_words(point),
                ranged(point.found),
                f"{100 * point.threshold:.2g}" if math.isfinite(point.threshold) else NOTHING,
            ]
            for point in details.stated_points
        ],
    )
    say(STATED)


def _print_subgroup_tests(details: "Details") -> None:
    from riskcore.words.details import NOT_TESTED, RATE_NAMES, SUBGROUPS

    if not details.subgroup_tests:
        return
    say("\nDifferences between subgroups:")
    table(
        ["", "rate", "values", "p", "corrected"],
        [
            [
                test.column,
                RATE_NAMES[test.rate],
                ", ".join(test.difference.values) or NOTHING,
                f"{test.difference.p:.3f}" if test.difference.tested else NOT_TESTED,
                NOTHING if test.corrected is None else f"{test.corrected:.3f}",
            ]
            for test in details.subgroup_tests
        ],
    )
    say(SUBGROUPS)


def _print_flow(flow: Sequence[Mapping[str, Any]]) -> None:
    from riskcore.words.details import flow_sentences

    say("\nFlow of cases, images (groups; of critical classes):")
    for sentence in flow_sentences(flow):
        say(sentence)

    def part(counts: Mapping[str, int]) -> str:
        return f"{counts['images']:,} ({counts['groups']:,}; {counts['critical']:,})"

    by_fold = {run["fold"]: run for run in reversed(flow)}  # seeds of a fold share its division: the first stands
    parts = [name for name in ("train", "validation", "test", "certify") if name in flow[0]]
    table(
        ["fold", "training", *parts[1:]],
        [
            [NOTHING if fold is None else fold, *(part(run[name]) for name in parts)]
            for fold, run in sorted(by_fold.items(), key=lambda each: -1 if each[0] is None else each[0])
        ],
    )
