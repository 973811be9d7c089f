"""Answer or hand over: a run's promise, its figure and cases; a pool's members; and runs without a certify part."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from riskcore.decision.dial import Dial
from riskcore.decision.judged_run import JudgedRun
from riskcore.judging.answered_cases import handed_cases
from riskcore.judging.certified import Certified, certificates
from riskcore.runs.choices import finished_choices
from riskcore.runs.looks import looks
from riskcore.runs.predictions_file import PREDICTIONS, read_predictions, write_predictions
from riskcore.runs.results import load, own_matrix
from riskcore.runs.store import RunStore
from riskcore.words import certificate as words
from riskcore.workspace import Workspace
from tests.helpers.certified_runs import keep_part
from tests.helpers.made_workspace import add_run
from tests.helpers.screens import Open, errors, texts

TAB = "Answer or hand over"
SKILL = 3.0
CASES = "Dangerous mistakes per 1,000 cases"


def panel() -> None:
    from pages.compare.handing_over_panel import handing_over_panel
    from pages.kit.errors import shown_errors
    from riskcore.decision.dial import Dial
    from tests.helpers.views import made_view

    with shown_errors():
        handing_over_panel(made_view(Dial("severity", 0.3)))


def shown(**parameters: str) -> AppTest:
    screen = AppTest.from_function(panel, default_timeout=30)
    for name, value in parameters.items():
        screen.query_params[name] = value
    screen.run()
    assert not screen.exception
    return screen


def expected(workspace: Workspace, **asked: object) -> tuple[JudgedRun, tuple[Certified, ...]]:
    store = RunStore(workspace)
    (choice,) = finished_choices(store)
    judged = JudgedRun(load(choice.id, choice.runs), own_matrix(store, choice.id))
    return judged, certificates(judged, Dial("severity", 0.3), **({"cap": 0.05} | asked))


def callouts(screen: AppTest) -> list[str]:
    return [
        str(box.value).replace("\\", "") for kind in ("success", "warning", "info") for box in getattr(screen, kind)
    ]


@pytest.fixture
def here(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("RISKCORE_HOME", str(workspace.root))
    return workspace


@pytest.fixture
def one(here: Workspace) -> Workspace:
    keep_part(add_run(here, skill=SKILL), 2000, SKILL)
    return here


def test_a_run_without_such_patients_says_how_to_keep_some(open_screen: Open, here: Workspace) -> None:
    add_run(here)
    screen = open_screen("compare", here, compare_tab=TAB)
    assert words.NO_PART in callouts(screen)
    assert [code.value for code in screen.code] == [words.NO_PART_COMMAND]
    assert [chart.key for chart in screen.get("plotly_chart")] == ["compare_point", "compare_bars"]


def test_the_promise_the_figure_the_tables_and_the_pictures(one: Workspace) -> None:
    screen = shown()
    assert not screen.error
    judged, (found,) = expected(one)
    assert found.rule is not None
    assert callouts(screen) == [words.promise(found)]
    said = texts(screen)
    assert words.FOR_WHOM in said
    assert words.ON_AVERAGE not in said
    (figure,) = screen.get("plotly_chart")
    assert figure.proto.alt.startswith(
        "dangerous mistakes per 1,000 answered against the share of test cases answered."
    )
    classes, claims = (table.value.to_numpy().tolist() for table in screen.dataframe)
    assert classes == words.class_rows(found.classes)
    assert claims == words.claim_rows(found)
    cases = handed_cases(judged, found)
    answered = [case for case in cases if case.answered]
    assert f"Answered by the model: {len(answered)} of {len(cases)} test images" in said
    assert f"For a person: {len(cases) - len(answered)}" in said
    captions = [text.value for text in screen.text if text.value.startswith("Truth: ")]
    first, last = answered[0], answered[-1]
    for caption, case in ((captions[0], first), (captions[5], last)):
        assert caption == f"Truth: {case.truth}\nModel says: {case.said}\nRisk {100 * case.risk:.1f} %"
    assert "riskcore evaluate" in screen.code[0].value
    assert screen.code[0].value.endswith("--certify 50 --keep")


def test_what_is_missing_is_said_and_nothing_is_answered(one: Workspace) -> None:
    screen = shown(compare_cap="1")
    _, (found,) = expected(one, cap=0.001)
    (line,) = callouts(screen)
    assert line == words.promise(found)
    assert line.startswith("Not certifiable: with ")
    assert screen.get("plotly_chart")
    assert not screen.image
    assert not screen.code
    assert words.FOR_WHOM not in texts(screen)


def test_what_is_asked_for_stands_in_the_address(one: Workspace) -> None:
    screen = shown(compare_per=CASES, compare_guarantee="on average", compare_cap="20", compare_each_class="false")
    _, (found,) = expected(one, cap=0.02, per="case", confidence=None, by_class=False)
    assert callouts(screen) == [words.promise(found)]
    assert words.ON_AVERAGE in texts(screen)
    assert list(screen.dataframe[1].value) == words.claim_headers(found)
    screen.selectbox(key="compare_guarantee").set_value("99 %").run()
    _, (found,) = expected(one, cap=0.02, per="case", confidence=0.99, by_class=False)
    assert callouts(screen) == [words.promise(found)]
    screen.selectbox(key="compare_per").set_value("Dangerous mistakes per 1,000 answered").run()
    assert "on average" not in screen.selectbox(key="compare_confidence").options


def test_harm_is_capped_in_the_units_of_the_matrix(one: Workspace) -> None:
    screen = shown(compare_per="Average harm of the answered", compare_harm_cap="2", compare_each_class="false")
    _, (found,) = expected(one, cap=2.0, per="harm", by_class=False)
    assert callouts(screen) == [words.promise(found)]
    assert "Expected harm " in screen.text[0].value
    screen.number_input(key="compare_harm_cap").set_value(12.0).run()
    assert not screen.exception
    assert errors(screen) == [
        "Expected as the cap of harm a mean severity above 0 and below 10, the greatest cost in the matrix, but got 12."
    ]


def test_a_pool_lists_its_members_and_has_none_of_its_own(here: Workspace) -> None:
    for seed in (0, 1):
        keep_part(add_run(here, seed=seed, skill=SKILL), 2000, SKILL)
    screen = shown()
    _, every = expected(here)
    said = texts(screen).replace("\\", "")
    assert words.POOL in said
    for found in every:
        assert f"**{words.whose(found)}**: {words.promise(found)}" in said
    assert not callouts(screen)
    for found in every:
        screen.selectbox(key="compare_member").set_value(words.whose(found)).run()
        assert screen.dataframe[0].value.to_numpy().tolist() == words.class_rows(found.classes)
    assert not any("--keep" in code.value for code in screen.code)


def test_another_caution_is_shown_on_validation_until_test_is_asked_for(open_screen: Open, one: Workspace) -> None:
    (run,) = RunStore(one).list()
    screen = open_screen("compare", one, compare_tab=TAB)
    assert "% of the test cases" in texts(screen)
    assert looks([run]) == 0
    screen = open_screen("compare", one, compare_tab=TAB, compare_caution="Custom", compare_aversion="0.7")
    assert "% of the validation cases" in texts(screen)
    assert "test images" not in texts(screen)
    screen.toggle[0].set_value(True).run()
    assert "% of the test cases" in texts(screen)
    assert looks([run]) == 1


def test_a_cap_of_harm_begins_in_the_units_of_the_matrix(one: Workspace) -> None:
    screen = shown(compare_per="Average harm per case")
    assert screen.number_input(key="compare_harm_cap").value == 0.5


def test_patients_that_stand_in_two_parts_are_refused_in_one_line(one: Workspace) -> None:
    (run,) = RunStore(one).list()
    classes, parts = read_predictions(run.folder / PREDICTIONS)
    owners = parts["certify"].groups.copy()
    owners[0] = parts["test"].groups[0]
    write_predictions(
        run.folder / PREDICTIONS, classes, {**parts, "certify": replace(parts["certify"], groups=owners.astype(str))}
    )
    (line,) = errors(shown())
    assert "1 group stands in the certify part and in another one" in line
