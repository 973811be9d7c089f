"""The caution panel: stops, a fine setting, a share that can be set, and sentences that agree with the engine."""

import pytest
from streamlit.testing.v1 import AppTest

from riskcore.decision.dial import Dial
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.stops import STOPS
from riskcore.judging.frequencies import CautionEffect, caution_effect
from riskcore.runs.choices import Choice, finished_choices
from riskcore.runs.results import load, own_matrix
from riskcore.runs.store import RunStore
from riskcore.severity import SeverityMatrix
from riskcore.workspace import Workspace
from tests.helpers.made_workspace import add_run
from tests.helpers.screens import texts


def panel() -> None:
    import streamlit as st

    from pages.compare.caution_panel import caution_panel
    from pages.compare.first.controls import controls
    from tests.helpers.views import made_chosen

    view = controls(made_chosen())
    st.session_state["asked"] = view.setting.caution
    caution_panel(view)


@pytest.fixture
def chosen(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> tuple[Choice, SeverityMatrix]:
    for seed in (0, 1):
        add_run(workspace, seed=seed)
    monkeypatch.setenv("RISKCORE_HOME", str(workspace.root))
    store = RunStore(workspace)
    (choice,) = finished_choices(store)
    return choice, own_matrix(store, choice.id)


def shown(**parameters: str) -> AppTest:
    screen = AppTest.from_function(panel, default_timeout=30)
    for name, value in parameters.items():
        screen.query_params[name] = value
    screen.run()
    if screen.toggle:  # of a caution that was not looked at before, validation is shown first
        screen.toggle[0].set_value(True).run()
    assert not screen.exception
    return screen


def effect(chosen: tuple[Choice, SeverityMatrix], setting, dangerous: int | None = None) -> CautionEffect:
    choice, matrix = chosen
    return caution_effect(JudgedRun(load(choice.id, choice.runs), matrix), setting, dangerous)


def test_it_shows_the_share_of_the_test_cases(chosen) -> None:
    screen = shown(compare_caution="Moderate")
    assert not screen.error
    expected = effect(chosen, STOPS["Moderate"].caution)
    assert expected.sentence in texts(screen)
    assert f"{expected.on.dangerous_cases} dangerous, {expected.on.harmless_cases} harmless" in texts(screen)
    assert "each judged by 2 seeds" in texts(screen)
    assert screen.session_state["asked"] == STOPS["Moderate"].caution
    without, moderate = screen.dataframe[0].value.to_dict("records")
    for row, found in ((without, expected.argmax), (moderate, expected.on)):
        assert row["missed"] == f"{found.people['missed']} ({found.missed[0]}–{found.missed[1]})"
        assert row["false alarms"].startswith(f"{found.people['false_alarm']} (")
    bars, dots = screen.get("plotly_chart")
    assert f"{expected.on.people['missed']:,} × dangerous case, missed dangerously" in bars.proto.alt
    assert "one dot a case" in dots.proto.alt


@pytest.mark.parametrize("stop", STOPS)
def test_every_stop_can_be_had_from_the_address(chosen, stop: str) -> None:
    screen = shown(compare_caution=stop)
    expected = effect(chosen, STOPS[stop].caution)
    assert screen.session_state["asked"] == STOPS[stop].caution
    assert expected.sentence in texts(screen)
    assert f"{stop}: {STOPS[stop].meaning}" in texts(screen)
    assert f"On test, {expected.change}." in texts(screen)
    said = " ".join(f"On test, {failure}" for failure in expected.failures)
    assert [one.value for one in screen.warning] == ([said] if said else [])
    assert screen.dataframe[0].value.iloc[:, 0].tolist() == ["Without caution", f"Caution: {stop}"]


def test_the_fine_setting_overrides_the_stops_while_custom_is_active(chosen) -> None:
    screen = shown(compare_caution="Custom", compare_aversion="0.9")
    assert screen.session_state["asked"] == Dial("severity", 0.9)
    screen.selectbox(key="compare_rule").select("critical").run()
    screen.toggle[0].set_value(True).run()
    assert screen.session_state["asked"] == Dial("critical", 0.9)
    assert effect(chosen, Dial("critical", 0.9)).sentence in texts(screen)
    screen.segmented_control(key="compare_caution").set_value("Slight").run()
    assert screen.session_state["asked"] == STOPS["Slight"].caution
    assert [slider.key for slider in screen.slider] == ["compare_floor"]


def test_a_new_caution_is_shown_on_validation_first(chosen) -> None:
    screen = AppTest.from_function(panel, default_timeout=30)
    screen.query_params["compare_caution"] = "Strong"
    screen.run()
    choice, matrix = chosen
    run = JudgedRun(load(choice.id, choice.runs).on_validation(), matrix)
    expected = caution_effect(run, STOPS["Strong"].caution)
    assert expected.sentence in texts(screen)
    assert f"On validation, {expected.change}." in texts(screen)
    assert f"Learnt from {expected.on.dangerous_cases + expected.on.harmless_cases} validation cases" in texts(screen)


def test_the_share_can_be_set_and_given_back(chosen) -> None:
    screen = shown()
    assert screen.button(key="compare_prevalence_reset").disabled
    screen.number_input(key="compare_prevalence").set_value(20).run()
    expected = effect(chosen, STOPS["Moderate"].caution, 20)
    assert "1,000 cases like these, 20 are dangerous" in expected.sentence
    assert expected.sentence in texts(screen)
    assert "the share of dangerous cases that you set" in texts(screen)
    assert f"On test, at the share that you set, decisions unchanged, {expected.change}." in texts(screen)
    screen.button(key="compare_prevalence_reset").click().run()
    assert effect(chosen, STOPS["Moderate"].caution).sentence in texts(screen)
    assert screen.number_input(key="compare_prevalence").value is None


def test_a_share_from_the_address_that_is_none_is_left_out(chosen) -> None:
    screen = shown(compare_prevalence="5000", compare_caution="Panic")
    assert not screen.error
    assert screen.session_state["asked"] is None  # the floor decides
    assert screen.number_input(key="compare_prevalence").value is None
