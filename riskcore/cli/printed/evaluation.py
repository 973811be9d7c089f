"""What `riskcore evaluate` prints: the rates, the costliest mistakes and subgroups."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from riskcore.cli.output import say, table
from riskcore.cli.printed.certificates import print_certificates
from riskcore.cli.printed.details import print_details
from riskcore.cli.printed.rates import HEADERS, RESEARCH, rate_row, say_cases
from riskcore.formats import SYNTHETIC, count, ranged

if TYPE_CHECKING:
    from riskcore.judging.certified import Certified
    from riskcore.judging.report import DialReport, Report
    from riskcore.judging.subgroups import SubgroupRates

MEASURES = {
    "macro_auroc": "AUROC, mean over classes",
    "critical_auroc": "AUROC, critical classes against the others",
    "critical_auroc_within_folds": "the same, mean of the AUROC within each run of the pool",
    "ece": "expected calibration error (ECE)",
    "brier": "Brier score",
}
MORE_RATES = {
    "balanced_accuracy": "balanced accuracy",
    "ppv": "PPV of calling a critical class",
    "npv": "NPV of calling another class",
}
"""What stands below the table of rates."""
COSTLIEST = 5


def print_report(report: "Report", looks: str | None, certified: "Sequence[Certified]" = ()) -> None:
    """The report as tables and sentences, with its certificates where asked for.

    Args:
        looks: how often its test part was looked at, in words.
    """
    from riskcore.words.images.not_judged import elsewhere
    from riskcore.words.prevalence import AS_TESTED, prevalence_words

    if report.synthetic:
        say(SYNTHETIC)
    dial, seeds = report.dial, len(report.seeds)
    say(f"{report.run} on {report.data}, {report.split} part")
    say_cases(report, report.seeds)
    if report.prevalence is not None:
        say(prevalence_words(report.prevalence, shifted=report.shifted))
    everything = report.all_images
    away = None if everything is None else elsewhere(everything.turned_away)
    for sentence in (looks, *report.overlap.sentences, *report.left_out.sentences, away, report.note):
        if sentence is not None:
            say(sentence)
    if dial is not None:
        say(f"dial: {_setting(dial, report.absent)}")
    say("")
    _print_rates(report)
    say("")
    named = {"argmax": report.argmax} | ({} if dial is None else {"dial": dial.rates})
    for rate_name, words in MORE_RATES.items():
        for at, found in named.items():
            say(f"{words}, {at}: {ranged(found[rate_name])}{'' if math.isnan(found[rate_name].value) else ' %'}")
    if stated := report.prevalence is not None:
        say(f"\nProbabilities, {AS_TESTED}:")
    for measure, rate in report.probability_measures.items():
        if not math.isnan(rate.value):
            say(f"{MEASURES[measure]}: {ranged(rate, scale=1, digits=3)}")
    shown = "argmax" if dial is None else "the dial"
    say(f"\nRecall of each class at {shown}:")
    table(
        ["class", "cases", "recall %"],
        [[name, count(rate.n), ranged(rate)] for name, rate in report.recall.items()],
    )
    _print_costliest(report, seeds, shown)
    _print_subgroups(report)
    if report.details is not None:
        if stated:
            say(f"\nDetails, {AS_TESTED}:")
        print_details(report.details, seeds)
    print_certificates(certified, report.split)
    say(RESEARCH)


def _print_rates(report: "Report") -> None:
    named = {"argmax": report.argmax} | ({} if report.dial is None else {"dial": report.dial.rates})
    named |= {f"{at.rule} {at.aversion:g}": found for at, found in report.fixed_dials}
    if report.all_images is not None:
        named["argmax, all images"] = report.all_images.argmax
        named |= {} if report.all_images.dial is None else {"dial, all images": report.all_images.dial}
    headers, rows = list(HEADERS), [rate_row(name, rates) for name, rates in named.items()]
    if report.prevalence is not None:  # cases as tested would not fit the rates beside them
        missed = headers.index("missed")
        headers[missed] = "missed of 1,000"
        for row, rates in zip(rows, named.values(), strict=True):
            row[missed] = f"{1000 * rates['cer'].value:.1f}"
    table(headers, rows)


def _setting(dial: "DialReport", absent: Sequence[str]) -> str:
    from riskcore.words.missing_cases import chosen_without

    setting = f"{dial.rule} rule, aversion {dial.aversion:.3f}" if dial.aversion is not None else "one a run"
    if dial.wish is None:
        return setting
    chosen = f"{setting}, chosen on validation for {dial.wish}"
    if not dial.reached:
        chosen += ", which no setting fulfils: the most accurate is shown"
    return "; ".join(filter(None, (chosen, chosen_without(absent))))


def _print_costliest(report: "Report", seeds: int, shown: str) -> None:
    classes, costs, critical = report.classes, report.matrix.values, report.matrix.critical_cells
    harms, stated = report.severity_confusion, report.prevalence
    mistakes = sorted(
        ((harms[y, j], y, j) for y in range(len(classes)) for j in range(len(classes)) if harms[y, j]), reverse=True
    )
    total = sum(harm for harm, _, _ in mistakes)
    if mistakes:
        say(f"\nCostliest mistakes at {shown}:")
        table(
            ["truth", "called", "cases" if stated is None else "of 1,000", "cost of each", "share of harm %"],
            [
                [
                    classes[y],
                    classes[j],
                    count(report.confusion[y, j], seeds) if stated is None else f"{report.confusion[y, j]:.1f}",
                    f"{costs[y, j]:g}{'!' if critical[y, j] else ''}",
                    f"{100 * harm / total:.1f}",
                ]
                for harm, y, j in mistakes[:COSTLIEST]
            ],
        )
        say("! marks a critical error.")


def _print_subgroups(report: "Report") -> None:
    from riskcore.words.prevalence import AS_TESTED
    from riskcore.words.subgroups import NOTHING_CLAIMED, too_few

    def claim(row: "SubgroupRates", name: str) -> str:
        return ranged(row.rates[name]) if name in row.rates else too_few(row.cases[name])

    enough = [row for row in report.subgroups if row.found]
    if enough:
        say("\nSubgroups:" if report.prevalence is None else f"\nSubgroups, {AS_TESTED}:")
        table(
            ["", "value", "cases", "accuracy %", "miss rate %", "over-calls %"],
            [
                [
                    row.column,
                    row.value,
                    f"{row.cases['accuracy']:,}",
                    *(claim(row, name) for name in ("accuracy", "critical_miss_rate", "over_call_rate")),
                ]
                for row in enough
            ],
        )
    if report.subgroups:
        few = len(report.subgroups) - len(enough)
        say(NOTHING_CLAIMED + (f" Subgroups left out: {few}." if few else ""))
