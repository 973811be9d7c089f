"""A comparison of trainings as a report: what the tabs of Compare show, with its figures and tables."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from riskcore.comparing.comparison import Comparison
from riskcore.decision.dial import Dial
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.pooled import PooledDecisions, pooled_decisions
from riskcore.formats import percent, ranged
from riskcore.judging.certified import certificates
from riskcore.judging.details import risk_curves
from riskcore.judging.frequencies import caution_effect
from riskcore.judging.mistakes import HarmTable, harm_table
from riskcore.judging.side_by_side import mistaken_cases
from riskcore.judging.standings import HeldRun, Standing
from riskcore.judging.subgroups import SubgroupRates, subgroup_rates
from riskcore.marks import Mark, marked_words
from riskcore.plots.confusion import confusion_figure
from riskcore.plots.decision_curve import decision_curve
from riskcore.plots.frequencies import bars_figure
from riskcore.plots.frontier import picture
from riskcore.plots.handing_over import handing_over_figure
from riskcore.plots.risk_calibration import calibration_figure
from riskcore.plots.subgroups import subgroups_figure
from riskcore.progress import OnProgress
from riskcore.reports.web_page import Report, Section
from riskcore.severity.groups import banded_classes
from riskcore.words import certificate
from riskcore.words import risk_curves as words
from riskcore.words.answer import Verdict, sentence
from riskcore.words.looks import NOT_OF_FILES, VALIDATION, looks_words
from riskcore.words.mistake_table import mistake_table
from riskcore.words.standing_table import numbers_table, shown_table
from riskcore.words.subgroups import NOTHING_CLAIMED, too_few

if TYPE_CHECKING:
    import plotly.graph_objects as go

CAP, CONFIDENCE = 0.05, 0.95
"""Of dangerous mistakes among the answered, and with how much confidence it is kept."""

LISTED = 30
"""Mistakes that stand in the page; its file holds all of them."""


@dataclass(frozen=True, eq=False)
class ReportedRun:
    """One of the trainings.

    Attributes:
        id, label: of the run or pool, and what it is called.
        judged: on the part that is shown.
        held, standing: the same, held to what was asked for.
    """

    id: str
    label: str
    judged: JudgedRun
    held: HeldRun
    standing: Standing

    @property
    def dials(self) -> tuple[Dial, ...]:
        return self.standing.dials


@dataclass(frozen=True)
class Asked:
    """What was chosen on the screen.

    Attributes:
        data, matrix: names of data set and severity matrix.
        floor: accuracy on validation that trainings are held to, a share.
        caution: what decides instead of the floor, in words; None where the floor does.
        part: "test" or "validation".
        looks: how many looks were taken at the test part, as `riskcore.runs.looks.record` gives them; for validation
            without meaning.
        synthetic: whether the images were drawn by the program.
    """

    data: str
    matrix: str
    floor: float
    caution: str | None
    part: str
    looks: int | None
    synthetic: bool


def comparison_report(
    asked: Asked,
    runs: Sequence[ReportedRun],
    looked_at: str,
    *,
    frontier: "go.Figure",
    answer: tuple[Comparison, Verdict] | None = None,
    marks: Mapping[str, Mark] | None = None,
    elsewhere: tuple[Sequence[Mapping[str, object]], Sequence[str]] = ((), ()),
    progress: OnProgress | None = None,
) -> Report:
    """Gather it, section by section.

    Args:
        asked: what was chosen.
        runs: the baseline and what stands beside it.
        looked_at: id of the one whose details are shown where one is.
        frontier: danger against accuracy, as the screen draws it.
        answer: where test cases were asked for it.
        marks: sample -> mark of a label that looks wrong.
        elsewhere: rates on other data sets, a row each, and what is to be known of them.
        progress: is told of each section.
    """
    (first,) = (run for run in runs if run.id == looked_at)
    steps: Mapping[str, Callable[[], list[Section]]] = {
        "answer": lambda: [_answer(answer)],
        "accuracy against danger": lambda: [_frontier(asked, runs, frontier, answer)],
        "caution": lambda: [_caution(asked, runs)],
        "confusions": lambda: [_confusions(runs)],
        "net benefit and calibration": lambda: _risks(asked, runs, first),
        "subgroups": lambda: _subgroups(runs, first),
        "images": lambda: [_mistakes(asked, runs, marks or {})],
        "what is handed over": lambda: _handed_over(asked, runs, first),
        "other data sets": lambda: _elsewhere(*elsewhere),
    }
    sections: list[Section] = []
    for done, (name, make) in enumerate(steps.items()):
        if progress is not None:
            progress(done, len(steps), name)
        sections += make()
    title = f"{asked.data}: {', '.join(run.label for run in runs)}"
    return Report(title, _facts(asked, runs), sections, asked.synthetic)


def frontier_pictures(asked: Asked, runs: Sequence[ReportedRun]) -> dict[str, bytes]:
    """Critical error rate against accuracy as PNG and SVG, for papers: name of a file -> its content."""
    curves = {
        run.label: [
            {
                "accuracy": curve.accuracy.tolist(),
                "cer": curve.value.tolist(),
                "argmax": (run.held.argmax["accuracy"].value, run.held.argmax["cer"].value),
            }
            for curve in run.held.curves()
        ]
        for run in runs
    }
    return {
        f"figures/frontier.{format}": picture(curves, f"{asked.data}, judged by {asked.matrix}", format, asked.part)
        for format in ("png", "svg")
    }


def _facts(asked: Asked, runs: Sequence[ReportedRun]) -> dict[str, str]:
    held = runs[0].held
    return {
        "Data set": asked.data,
        "Severity matrix": asked.matrix,
        "Trainings": "; ".join(f"{run.label} ({run.id})" for run in runs),
        "Accuracy on validation, at least": percent(asked.floor) if asked.caution is None else "caution decides",
        "Caution": asked.caution or "fewest dangerous mistakes that keep that accuracy",
        "Shown on": f"{asked.part}: {held.cases:,} cases, {held.critical_cases:,} of them dangerous",
        "Looks": VALIDATION if asked.part == "validation" else looks_words(asked.looks),
    } | ({"Files": NOT_OF_FILES} if any(run.id.startswith("file-") for run in runs) else {})


def _answer(answer: tuple[Comparison, Verdict] | None) -> Section:
    title = "Answer"
    if answer is None:
        return Section(title, ["Which training is safer was not asked of test cases."])
    comparison, said = answer
    every = [sentence(run, comparison) for run in comparison.others] if len(comparison.others) > 1 else []
    return Section(
        title, [text for text in (said.line, said.alarms, said.sentence, said.note, said.beside, *every) if text]
    )


def _frontier(
    asked: Asked,
    runs: Sequence[ReportedRun],
    frontier: "go.Figure",
    answer: tuple[Comparison, Verdict] | None,
) -> Section:
    held, labels = {run.id: run.held for run in runs}, {run.id: run.label for run in runs}
    standings = [run.standing for run in runs]
    curves = [
        {"run": run.label, "seed": seed, "accuracy": accuracy, "cer": value}
        for run in runs
        for seed, curve in zip(run.held.seeds, run.held.curves(), strict=True)
        for accuracy, value in zip(curve.accuracy.tolist(), curve.value.tolist(), strict=True)
    ]
    found = None if answer is None else answer[0]
    how = (
        "Filled marks: with 95 % intervals, at what was asked for; open ones: without caution. Lines: what other "
        f"cautions would do on {asked.part}."
    )
    return Section(
        "Accuracy against danger",
        [how],
        figures={"Danger against accuracy": frontier},
        tables={"Every training": shown_table(standings, held, labels, asked.part, found)},
        files={
            "table": numbers_table(standings, held, labels, asked.floor, asked.part),
            "curves": pd.DataFrame(curves),
        },
    )


def _caution(asked: Asked, runs: Sequence[ReportedRun]) -> Section:
    effects = {run.label: caution_effect(run.judged, run.dials) for run in runs}
    shown = {label: effect.on for label, effect in effects.items()}
    rows = [
        {"run": label, "with caution": with_caution, "outcome": outcome, f"of {found.of:,} cases": people}
        for label, effect in effects.items()
        for with_caution, found in ((False, effect.argmax), (True, effect.on))
        for outcome, people in found.people.items()
    ]
    return Section(
        "Caution",
        [f"{label}: {effect.sentence} On {asked.part}, {effect.change}." for label, effect in effects.items()],
        figures={"Mistakes of 1,000 cases": bars_figure(shown)},
        files={"frequencies": pd.DataFrame(rows)},
    )


def _confusions(runs: Sequence[ReportedRun]) -> Section:
    tables = {run.label: harm_table(_decided(run), banded_classes(run.judged.matrix)) for run in runs}
    return Section(
        "Confusions",
        ["Rows are the truth. Each cell: cases (means over the seeds) × severity; a frame marks a dangerous mistake."],
        figures={"Confusions weighed by severity": confusion_figure(tables)},
        files={"cells": pd.DataFrame([row for label, table in tables.items() for row in _cells(label, table)])},
    )


def _cells(label: str, table: HarmTable) -> Iterable[dict[str, object]]:
    names, matrix = table.matrix.classes, table.matrix
    for truth, said in np.argwhere(table.counts).tolist():
        yield {
            "run": label,
            "truth": names[truth],
            "call": names[said],
            "cases": int(table.counts[truth, said]),
            "seeds": table.seeds,
            "severity": float(matrix.values[truth, said]),
            "critical": bool(matrix.critical_cells[truth, said]),
            "share_of_harm": float(table.shares[truth, said]),
        }


def _risks(asked: Asked, runs: Sequence[ReportedRun], first: ReportedRun) -> list[Section]:
    found = {run.label: risk_curves(run.judged) for run in runs}
    benefit = {label: curves.net_benefit for label, curves in found.items()}
    counted = words.counted_on(found[first.label], asked.part)
    return [
        Section(
            "Net benefit",
            [words.NET_BENEFIT_MEANING, f"The band is the 95 % interval of {first.label}. {counted}"],
            figures={"Decision curve": decision_curve(benefit, first.label, asked.part)},
            tables={"Net benefit per 1,000 cases": pd.DataFrame(words.net_benefit_rows(benefit))},
            files={"thresholds": pd.DataFrame(words.net_benefit_numbers(benefit))},
        ),
        Section(
            "Calibration",
            [words.CALIBRATION_MEANING, f"{words.RISK_MEANING} {counted}"],
            figures={
                "Calibration of the risk": calibration_figure(
                    {label: curves.calibration for label, curves in found.items()}, asked.part
                )
            },
            tables={"Every training": pd.DataFrame(words.calibration_rows(found))},
            files={"bins": pd.DataFrame(words.calibration_numbers(found))},
        ),
    ]


_MEASURES = ("accuracy", "critical_miss_rate", "over_call_rate", "expected_severity")


def _subgroups(runs: Sequence[ReportedRun], first: ReportedRun) -> list[Section]:
    found = {run.label: subgroup_rates(_decided(run)) for run in runs}
    rows = found[first.label]
    if not rows:
        return []
    figure = {}
    if any("critical_miss_rate" in row.rates for row in rows):
        figure["Missed dangerous cases, %"] = subgroups_figure(rows, "critical_miss_rate", "Missed dangerous cases, %")
    every = [rate for label, own in found.items() for row in own for rate in _rates(label, row)]
    return [
        Section(
            "Subgroups",
            [f"{NOTHING_CLAIMED} Of many subgroups one will stand out by chance. The figure is of {first.label}."],
            figures=figure,
            tables={"Rates in %, harm as it is": pd.DataFrame([_shown(row) for row in rows])},
            files={"rates": pd.DataFrame(every)},
        )
    ]


def _shown(row: SubgroupRates) -> dict[str, str]:
    def cell(rate: str) -> str:
        if rate not in row.rates:
            return too_few(row.cases[rate])
        harm = rate == "expected_severity"
        return f"{ranged(row.rates[rate], 1 if harm else 100, 2 if harm else 1)}, n {row.cases[rate]:,}"

    return {"By": row.column, "Subgroup": row.value} | {rate.replace("_", " "): cell(rate) for rate in _MEASURES}


def _rates(label: str, row: SubgroupRates) -> Iterable[dict[str, object]]:
    for rate in _MEASURES:
        claimed = row.rates.get(rate)
        ends = (None, None, None) if claimed is None else (claimed.value, claimed.low, claimed.high)
        yield {
            "run": label,
            "column": row.column,
            "value": row.value,
            "rate": rate,
            **dict(zip(("share", "low", "high"), ends, strict=True)),
            "cases": row.cases[rate],
        }


def _mistakes(asked: Asked, runs: Sequence[ReportedRun], marks: Mapping[str, Mark]) -> Section:
    sides = [_decided(run) for run in runs]
    names = [run.label for run in runs]
    every, dangerous = (mistaken_cases(sides, range(len(sides)), critical_only=only) for only in (False, True))
    table = mistake_table(dangerous[:LISTED], names, marks)
    kept = ["sample", "truth", *(f"{name}: {column}" for name in names for column in ("call", "probability"))]
    more = f" The worst {LISTED} are listed; the file has all of them." if len(every) > LISTED else ""
    return Section(
        "Images",
        [
            f"{len(dangerous):,} {asked.part} images are called dangerously wrong by at least one training, and "
            f"{len(every):,} wrong at all.{more} {marked_words(len(marks))} Pictures are no part of a report."
        ],
        tables={"Dangerous mistakes, worst first": table[[*kept, "looks_mislabelled", "note"]]},
        files={"mistakes": mistake_table(every, names, marks)},
    )


def _handed_over(asked: Asked, runs: Sequence[ReportedRun], first: ReportedRun) -> list[Section]:
    """At the cap and confidence that the screen begins with; none where no run kept patients for it."""
    found = {
        run: certificates(run.judged, run.dials, cap=CAP, confidence=CONFIDENCE)
        for run in runs
        if all(member.certify is not None for member in run.judged.predictions.members)
    }
    if not found:
        return []
    several = any(len(every) > 1 for every in found.values())
    named = {
        f"{run.label}, {certificate.whose(one)}" if several else run.label: one
        for run, every in found.items()
        for one in every
    }
    own = found.get(first, next(iter(found.values())))
    said = [f"{name}: {certificate.promise(one)}" for name, one in named.items()]
    figure = handing_over_figure(own[0], certificate.risk_name(own[0].per), asked.part)
    rows = [
        [name, *row]
        for name, one in named.items()
        if one.rule is not None
        for row in certificate.class_rows(one.classes)
    ]
    table = pd.DataFrame(rows, columns=["run", *certificate.CLASS_HEADERS])
    return [
        Section(
            "Answer or hand over",
            [*said, certificate.not_certified(asked.part)],
            figures={"Dangerous mistakes among the answered": figure},
            tables={"Classes by who answers": table} if rows else {},
            files={"classes": table} if rows else {},
        )
    ]


def _elsewhere(rows: Sequence[Mapping[str, object]], said: Sequence[str]) -> list[Section]:
    if not rows:
        return []
    table = pd.DataFrame(rows)
    how = "Calibration and caution come from each model's own validation cases. In brackets: 95 % intervals."
    return [Section("Other data sets", [how, *said], tables={"Rates": table}, files={"rates": table})]


def _decided(run: ReportedRun) -> PooledDecisions:
    return pooled_decisions(run.judged, run.dials)
