"""Bars and dots: every case is drawn once, and told apart by more than colour."""

import numpy as np
import pytest

from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.judging.frequencies import OUTCOMES, Frequencies, caution_effect, frequencies
from riskcore.plots.frequencies import STYLE, WRONG, bars_figure, dots_figure
from tests.helpers.simulated import MATRIX, run


@pytest.fixture(scope="module")
def named() -> dict[str, Frequencies]:
    effect = caution_effect(JudgedRun(run("run", 1.5), MATRIX), Wish("accuracy_loss", 0.03))
    return {"Without caution": effect.argmax, "Caution: Strong": effect.on}


def test_the_bars_stack_the_mistakes_with_their_numbers(named: dict[str, Frequencies]) -> None:
    figure = bars_figure(named)
    assert figure.layout.barmode == "stack"
    for trace, outcome in zip(figure.data, WRONG, strict=True):
        counts = [found.people[outcome] for found in named.values()]
        assert list(trace.x) == counts
        assert list(trace.y) == list(named)
        for text, count in zip(trace.text, counts, strict=True):
            assert text.split(" ")[0] == (str(count) if count else "")
    assert len({trace.marker.pattern.shape for trace in figure.data}) == len(WRONG)


def test_words_stand_where_there_is_room(named: dict[str, Frequencies]) -> None:
    found = frequencies([0] * 500 + [2] * 500, [2] * 400 + [0] * 100 + [0] + [2] * 499, MATRIX, np.arange(1000))
    texts = {trace.name: trace.text[0] for trace in bars_figure({"Without caution": found}).data}
    assert texts[OUTCOMES["false_alarm"]] == "400 false alarms"
    assert texts[OUTCOMES["missed"]] == "1"
    assert texts[OUTCOMES["harmless_other"]] == ""


def test_every_case_is_a_dot_in_a_place_of_its_own(named: dict[str, Frequencies]) -> None:
    figure = dots_figure(named)
    for axis, found in zip(("x", "x2"), named.values(), strict=True):
        traces = [trace for trace in figure.data if trace.xaxis == axis]
        assert {trace.name: len(trace.x) for trace in traces} == {
            words: found.people[outcome] for outcome, words in OUTCOMES.items()
        }
        places = {(x, y) for trace in traces for x, y in zip(trace.x, trace.y, strict=True)}
        assert len(places) == 1000
    assert [annotation.text for annotation in figure.layout.annotations] == list(named)
    assert sum(bool(trace.showlegend) for trace in figure.data) == len(OUTCOMES)


def test_no_two_outcomes_share_a_symbol_or_a_colour() -> None:
    assert set(STYLE) == set(OUTCOMES)
    for part in (0, 1):
        assert len({style[part] for style in STYLE.values()}) == len(STYLE)
