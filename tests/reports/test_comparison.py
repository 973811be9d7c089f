"""The report of a comparison: a section a tab, the same numbers as the engine's, names of users as text."""

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import plotly.graph_objects as go
import pytest

from riskcore.comparing.comparison import compare
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.pooled import pooled_decisions
from riskcore.judging.details import risk_curves
from riskcore.judging.side_by_side import mistaken_cases
from riskcore.judging.standings import HeldRun
from riskcore.marks import Mark
from riskcore.reports.comparison import Asked, ReportedRun, comparison_report, frontier_pictures
from riskcore.reports.web_page import Report, page
from riskcore.words.answer import verdict
from riskcore.words.looks import VALIDATION, looks_words
from tests.helpers.simulated import MATRIX, run

NAMES = {"plain": "<script>alert(1)</script>", "ours": "=with severity"}
PLAIN, OURS = run("plain", 1.2, groups=150), run("ours", 1.6, noise=1, groups=150)
ASKED = Asked("skin", "strict", 0.7, None, "test", 2, synthetic=True)


def reported(predictions) -> ReportedRun:
    judged = JudgedRun(predictions, MATRIX)
    held = HeldRun(judged)
    return ReportedRun(predictions.id, NAMES[predictions.id], judged, held, held.at(0.7))


RUNS = [reported(PLAIN), reported(OURS)]


def made(**more) -> Report:
    return comparison_report(ASKED, RUNS, "ours", frontier=go.Figure(), **more)


@pytest.fixture(scope="module")
def answered() -> Report:
    found = compare([OURS], PLAIN, MATRIX, labels=NAMES, resamples=200)
    told: list[str] = []
    report = made(
        answer=(found, verdict(found, severity={"ours"}, plain={"plain"})),
        marks={"image3": Mark("two lesions", "2026-01-01T00:00:00Z")},
        progress=lambda done, total, label: told.append(label),
    )
    assert told[0] == "answer"
    assert told[-1] == "other data sets"
    return report


def test_there_is_a_section_a_tab_and_it_says_what_was_chosen(answered: Report) -> None:
    assert [section.title for section in answered.sections] == [
        *("Answer", "Accuracy against danger", "Caution", "Confusions", "Net benefit", "Calibration", "Images")
    ]
    assert answered.facts["Severity matrix"] == "strict"
    assert answered.facts["Accuracy on validation, at least"] == "70.0 %"
    assert answered.facts["Looks"] == looks_words(2)
    assert answered.facts["Shown on"].startswith("test: 400 cases, ")
    assert answered.synthetic


def test_tables_hold_the_engines_numbers(answered: Report) -> None:
    by_title = {section.title: section for section in answered.sections}
    table = by_title["Accuracy against danger"].files["table"]
    for one in RUNS:
        (row,) = table[table["id"] == one.id].to_dict("records")
        assert row["cer"] == one.standing.rates["cer"].value
    sides = [pooled_decisions(one.judged, one.dials) for one in RUNS]
    every = mistaken_cases(sides, (0, 1))
    listed = by_title["Images"].files["mistakes"]
    assert listed["sample"].tolist() == [case.sample for case in every]
    benefit = by_title["Net benefit"].files["thresholds"]
    assert benefit["net_benefit"].tolist()[:99] == [at.model.value for at in risk_curves(RUNS[0].judged).net_benefit]
    cells = by_title["Confusions"].files["cells"]
    assert cells["cases"].sum() == 800
    assert len(by_title["Calibration"].files["bins"]) == sum(
        len(risk_curves(one.judged).calibration.curve) for one in RUNS
    )


def test_names_of_users_are_text_in_the_page(answered: Report) -> None:
    text = page(answered)
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert text.count('class="plot"') == 5


def test_on_validation_nothing_of_test_is_told() -> None:
    asked = Asked("skin", "strict", 0.7, "Strong: three points", "validation", 0, synthetic=False)
    report = comparison_report(asked, RUNS, "plain", frontier=go.Figure())
    assert report.facts["Looks"] == VALIDATION
    assert report.facts["Caution"] == "Strong: three points"
    assert report.sections[0].words == ["Which training is safer was not asked of test cases."]
    assert not report.sections[0].tables


def test_the_frontier_is_there_as_png_and_svg() -> None:
    pictures = frontier_pictures(ASKED, RUNS)
    assert set(pictures) == {"figures/frontier.png", "figures/frontier.svg"}
    assert pictures["figures/frontier.png"].startswith(b"\x89PNG")
    assert ElementTree.fromstring(pictures["figures/frontier.svg"]).tag.endswith("svg")


def test_what_is_handed_over_and_other_data_sets_have_their_sections() -> None:
    (member,) = OURS.members
    kept = run("kept", 3.0, n=900, noise=5).members[0].test
    samples = np.array([f"kept{number}" for number in range(900)])
    predictions = replace(OURS, members=[replace(member, certify=replace(kept, samples=samples, groups=samples))])
    rows = [{"model": "ours", "judged on": "clinic", "cases": 60}]
    report = comparison_report(
        ASKED, [RUNS[0], reported(predictions)], "ours", frontier=go.Figure(), elsewhere=(rows, ["Seen before."])
    )
    *_, handed, elsewhere = report.sections
    assert (handed.title, elsewhere.title) == ("Answer or hand over", "Other data sets")
    assert handed.words[0].startswith("=with severity: ")
    assert len(handed.figures) == 1
    assert elsewhere.files["rates"]["cases"].tolist() == [60]
    assert "Seen before." in elsewhere.words
