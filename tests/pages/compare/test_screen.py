"""The Compare screen: figure, answer, bars and images at once under one setting, and each way it can go wrong."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from pages.compare.first import clicks
from pages.compare.tabs import PANELS
from pages.kit import cached
from riskcore.comparing import comparison
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.decision.pooled import pooled_decisions
from riskcore.decision.stops import STOPS
from riskcore.judging.standings import HeldRun
from riskcore.judging.worst import worst_images
from riskcore.runs import results
from riskcore.runs.looks import looks
from riskcore.runs.store import RunStore
from riskcore.severity import SeverityMatrix
from riskcore.severity.store import load_matrix, save_matrix
from riskcore.words.answer import per_thousand, short_answer, verdict
from riskcore.words.compared import ANSWER_AT_FLOOR, ANSWER_BY_MATRIX, NO_LOOK_NO_ANSWER, NOT_ASKED
from riskcore.workspace import Workspace
from tests.helpers.made_workspace import add_run
from tests.helpers.screens import Open, errors, texts

APP = Path(__file__).parents[3] / "app.py"
NAMES = {"ce": "plain", "log_harm s=3": "with severity"}


def said(screen: AppTest) -> str:
    """All that the screen says, as it reads once markdown has drawn it."""
    return texts(screen).replace("\\", "")


def alt(screen: AppTest, key: str) -> str:
    """The words of a figure."""
    (chart,) = (one for one in screen.get("plotly_chart") if one.key == key)
    return str(chart.proto.alt)


def popover(screen: AppTest) -> str:
    """The label of the button that folds what is compared."""
    labels = (str(one.proto.popover.label) for one in screen.get("popover"))
    return next(label for label in labels if label != "Words used").replace("\\", "")


def pools(workspace: Workspace) -> dict[str, str]:
    return {members[0].loss: id for id, members in RunStore(workspace).pools().items()}


def found(workspace: Workspace, floor: float | None = None):
    store, ids = RunStore(workspace), pools(workspace)
    runs = [results.predictions(store, ids[loss]) for loss in NAMES]
    labels = {ids[loss]: name for loss, name in NAMES.items()}
    return comparison.compare(runs[1:], runs[0], load_matrix(workspace, "patches"), labels=labels, floor=floor)


def line(workspace: Workspace, floor: float | None = None) -> str:
    """The answer as Overview and Compare give it."""
    ids = pools(workspace)
    answer = verdict(found(workspace, floor), severity={ids["log_harm s=3"]}, plain={ids["ce"]})
    return answer.line


@pytest.fixture
def two(workspace: Workspace) -> Workspace:
    """The patches with plain cross-entropy and log_harm, two seeds each."""
    for loss in ("ce", "log_harm"):
        for seed in (0, 1):
            add_run(workspace, loss=loss, seed=seed)
    return workspace


def test_figure_answer_bars_and_worst_images_stand_on_the_first_screen(open_screen: Open, two: Workspace) -> None:
    screen = open_screen("compare", two)
    assert not screen.error
    assert popover(screen) == "patches: 1 training against plain, judged by patches"
    assert f"**{line(two)}**" in said(screen)
    assert alt(screen, "compare_point").startswith("Dangerous mistakes against accuracy on test")
    store, matrix = RunStore(two), load_matrix(two, "patches")
    held = {NAMES[loss]: HeldRun(JudgedRun(results.predictions(store, id), matrix)) for loss, id in pools(two).items()}
    bars = alt(screen, "compare_bars")
    for name, run in held.items():
        standing = run.at(held["plain"].default_floors)
        assert (
            f"{name}: dangerous mistakes per 1,000 cases: {per_thousand(standing.rates['cer'])}; "
            f"false alarms per 1,000 cases: {per_thousand(run.false_alarms(standing))}."
        ) in bars
    judged = JudgedRun(results.predictions(store, pools(two)["log_harm s=3"]), matrix)
    dials = held["with severity"].at(held["plain"].default_floors).dials
    worst = worst_images(pooled_decisions(judged, dials))
    assert f"with severity: worst of {len(worst)} missed test images, by any of 2 seeds" in said(screen)
    opened = [button.key for button in screen.button if str(button.key).startswith("compare_case_open_worst_")]
    assert opened == [f"compare_case_open_worst_{mistake.sample}" for mistake in worst[:6]]


def test_engine_words_stand_under_details_alone(open_screen: Open, two: Workspace) -> None:
    screen = open_screen("compare", two)
    (details,) = (one for one in screen.expander if one.label == "Details")
    assert "log_harm s=3" in details.dataframe[0].value["Loss"].tolist()
    offered = [*screen.selectbox, *screen.multiselect]
    shown = [popover(screen), alt(screen, "compare_bars"), str(row(screen, "with severity")), line(two)]
    shown += [option for one in offered for option in one.options] + [button.label for button in screen.button]
    assert not [text for text in shown if "log_harm" in text or "efficientnet" in text or "s=3" in text]


@pytest.mark.parametrize("tab", PANELS)
def test_every_tab_opens_by_its_address_and_only_that_one_is_computed(
    tab: str, open_screen: Open, two: Workspace
) -> None:
    screen = open_screen("compare", two, compare_tab=tab)
    assert not screen.error
    drawn = [shown.label for shown in screen.tabs if len(shown.children)]
    assert drawn == [tab]


def move_floor(screen: AppTest, value: float) -> None:
    (slider,) = (one for one in screen.slider if one.key == "compare_floor")
    slider.set_value(value).run()
    assert not screen.exception


def row(screen: AppTest, name: str) -> dict[str, object]:
    """Of the table on the first tab."""
    table = next(one.value for one in screen.dataframe if "Safer at equal accuracy" in one.value)
    (found,) = (row for row in table.to_dict("records") if row["Training"] == name)
    return found


def test_header_bars_and_table_agree_at_every_floor(open_screen: Open, two: Workspace) -> None:
    screen = open_screen("compare", two)
    floors = [None]
    (slider,) = (one for one in screen.slider if one.key == "compare_floor")
    floors += [slider.min + 2, slider.min + 12, slider.max]
    answers = set()
    for floor in floors:
        if floor is not None:
            move_floor(screen, floor)
            shown = row(screen, "with severity")
            assert shown["Safer at equal accuracy"] == "–"  # it was not asked for
            assert NOT_ASKED in said(screen)
            assert "on validation" in alt(screen, "compare_point")
            screen.button(key="compare_ask").click().run()
        share = None if floor is None else floor / 100
        (other,) = found(two, share).others
        assert f"**{line(two, share)}**" in said(screen)
        shown = row(screen, "with severity")
        assert shown["Safer at equal accuracy"] == short_answer(other)
        answers.add(short_answer(other))
        bars = alt(screen, "compare_bars")
        for name in NAMES.values():
            own = row(screen, name)
            assert f"{name}: dangerous mistakes per 1,000 cases: {own['Dangerous mistakes per 1,000']};" in bars
            assert f"false alarms per 1,000 cases: {own['False alarms per 1,000']}." in bars
        assert "On test." in bars
    assert len(answers) > 2  # else a header that never moves would pass


def test_the_answer_follows_the_floor_and_never_the_caution(open_screen: Open, two: Workspace) -> None:
    screen = open_screen("compare", two, compare_caution="Highest")
    assert "On validation." in alt(screen, "compare_bars")
    assert f"**{line(two)}**" in said(screen)
    assert row(screen, "with severity")["Safer at equal accuracy"] == short_answer(found(two).others[0])
    assert looks(RunStore(two).list()) == 0


def test_each_floor_is_shown_on_validation_until_it_is_asked_for(open_screen: Open, two: Workspace) -> None:
    screen = open_screen("compare", two)
    assert "Test cases" in next(one.value for one in screen.dataframe)
    runs = RunStore(two).list()
    for number, step in enumerate((3.0, 6.0), start=1):
        (slider,) = (one for one in screen.slider if one.key == "compare_floor")
        move_floor(screen, slider.min + step)
        assert "Validation cases: they flatter" in said(screen)
        assert looks(runs) == number - 1
        assert screen.button(key="compare_ask").label == ANSWER_AT_FLOOR
        screen.toggle[0].set_value(True).run()
        assert "On test." in alt(screen, "compare_bars")
        assert f"Look {number} at this test part: " in said(screen)
        assert looks(runs) == number


def test_a_floor_that_no_run_reaches_is_said(open_screen: Open, two: Workspace) -> None:
    screen = open_screen("compare", two)
    (slider,) = (one for one in screen.slider if one.key == "compare_floor")
    move_floor(screen, slider.max)
    assert "No training reaches" in said(screen)
    assert row(screen, "plain")["Reached"] == "✗ no"


def test_another_caution_is_shown_on_validation_until_test_is_asked_for(open_screen: Open, two: Workspace) -> None:
    screen = open_screen("compare", two, compare_tab="Caution", compare_caution="Strong")
    store, matrix = RunStore(two), load_matrix(two, "patches")
    held = HeldRun(JudgedRun(results.predictions(store, pools(two)["ce"]).on_validation(), matrix))
    standing = held.cautious(STOPS["Strong"].caution)
    assert f"plain: dangerous mistakes per 1,000 cases: {per_thousand(standing.rates['cer'])};" in alt(
        screen, "compare_bars"
    )
    assert "On validation, accuracy is" in said(screen)
    screen.toggle[0].set_value(True).run()
    assert "On test, accuracy is" in said(screen)
    assert "On test." in alt(screen, "compare_bars")
    assert [looks([run]) for run in store.list()] == [1, 1, 1, 1]


def test_moderate_is_what_each_run_was_judged_at_and_no_look(open_screen: Open, two: Workspace) -> None:
    screen = open_screen("compare", two, compare_caution="Moderate")
    assert "On test." in alt(screen, "compare_bars")
    store, matrix = RunStore(two), load_matrix(two, "patches")
    judged = JudgedRun(results.predictions(store, pools(two)["log_harm s=3"]), matrix)
    rate = HeldRun(judged).cautious(Wish()).rates["cer"]
    assert f"with severity: dangerous mistakes per 1,000 cases: {per_thousand(rate)};" in alt(screen, "compare_bars")


def test_a_click_on_a_point_or_bar_shows_its_images_and_one_elsewhere_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def clicked(*points):
        state = {"compare_point": SimpleNamespace(selection=SimpleNamespace(points=list(points)))}
        monkeypatch.setattr(clicks.st, "session_state", state)
        clicks.look_at("compare_point")
        return state.get("compare_of"), clicks.kind_looked_at()

    assert clicked({"x": 0.8, "customdata": ["pool-a"]}) == ("pool-a", "missed")
    assert clicked({"x": 12, "customdata": ["pool-b", "false_alarm"]}) == ("pool-b", "false_alarm")
    assert clicked({"x": 0.8}) == (None, "missed")  # the open marker
    assert clicked() == (None, "missed")


def test_false_alarms_are_shown_where_their_bar_was_clicked(open_screen: Open, two: Workspace) -> None:
    screen = open_screen("compare", two)
    screen.session_state["compare_of"], screen.session_state["compare_kind"] = pools(two)["ce"], "false_alarm"
    screen.run()
    store, matrix = RunStore(two), load_matrix(two, "patches")
    judged = JudgedRun(results.predictions(store, pools(two)["ce"]), matrix)
    dials = HeldRun(judged).at(HeldRun(judged).default_floors).dials
    alarms = worst_images(pooled_decisions(judged, dials), "false_alarm")
    assert f"plain: worst of {len(alarms)} falsely alarming test images, by any of 2 seeds" in said(screen)


def test_a_worst_image_opens_its_page(open_screen: Open, two: Workspace) -> None:
    screen = open_screen("compare", two)
    button = next(one for one in screen.button if str(one.key).startswith("compare_case_open_worst_"))
    button.click().run()
    assert not screen.exception
    assert screen.session_state["compare_image"] == button.key.removeprefix("compare_case_open_worst_")
    assert screen.session_state["compare_of"] == pools(two)["log_harm s=3"]
    assert [shown.label for shown in screen.tabs if len(shown.children)] == ["Images"]


def test_runs_of_other_seeds_are_left_out_in_one_line(open_screen: Open, two: Workspace) -> None:
    add_run(two, loss="focal", seed=7)
    screen = open_screen("compare", two)
    (runs,) = screen.multiselect
    assert len(runs.value) == 2
    focal = next(run.id for run in RunStore(two).list() if run.loss == "focal")
    runs.set_value([*runs.value, focal]).run()
    assert not screen.exception
    assert "focal cannot be compared with plain: it has other seeds or folds (seed 7 against seeds 0 1)" in said(screen)
    assert set(row_names(screen)) == {"plain", "with severity"}


def row_names(screen: AppTest) -> list[str]:
    table = next(one.value for one in screen.dataframe if "Safer at equal accuracy" in one.value)
    return list(table["Training"])


def links(screen: AppTest) -> dict[str, str]:
    return {link.proto.label: link.proto.query_string for link in screen.get("page_link")}


def test_one_run_alone_leads_to_training_beside_it(open_screen: Open, workspace: Workspace) -> None:
    add_run(workspace)
    screen = open_screen("compare", workspace)
    assert not screen.error
    assert popover(screen) == "patches: plain alone, judged by patches"
    assert "One training alone answers nothing" in said(screen)
    assert links(screen)["Train on patches"] == "train_data=patches&train_matrix=patches"
    assert "plain: dangerous mistakes per 1,000" in alt(screen, "compare_bars")


def test_nothing_trained_leads_to_training_with_data_and_matrix(open_screen: Open, workspace: Workspace) -> None:
    screen = open_screen("compare", workspace)
    assert "Train plain and with severity on the same images" in screen.info[0].value
    assert links(screen)["Train on patches"] == "train_data=patches&train_matrix=patches"
    assert not screen.selectbox


def test_nothing_registered_leads_to_images_and_the_demo(open_screen: Open, empty: Workspace) -> None:
    screen = open_screen("compare", empty)
    assert "Register images" in links(screen)
    assert screen.button(key="demo_start").label == "Start the demo"


def test_while_the_first_run_trains_there_is_a_way_to_watch_it(open_screen: Open, workspace: Workspace) -> None:
    add_run(workspace, "queued")
    screen = open_screen("compare", workspace)
    assert "The first training has not finished yet" in screen.info[0].value
    assert "See what trains" in links(screen)


def test_no_run_chosen_asks_for_some(open_screen: Open, two: Workspace) -> None:
    screen = open_screen("compare", two)
    screen.multiselect[0].set_value([]).run()
    assert not screen.exception
    assert popover(screen) == "patches: nothing chosen"
    assert "Choose the trainings" in screen.info[0].value


def test_names_are_short_among_the_shown_alone(open_screen: Open, two: Workspace) -> None:
    for seed in (0, 1):  # the same losses at another size
        add_run(two, loss="ce", seed=seed, size=64)
    ids = [id for id, members in RunStore(two).pools().items() if members[0].config["model"]["size"] != 64]
    screen = open_screen("compare", two, compare_runs=",".join(ids))
    assert popover(screen) == "patches: 1 training against plain, judged by patches"
    assert sorted(row_names(screen)) == ["plain", "with severity"]


def test_runs_in_the_address_bring_their_data_set_along(open_screen: Open, two: Workspace) -> None:
    ids = pools(two)
    screen = open_screen("compare", two, compare_runs=ids["ce"])
    assert screen.multiselect[0].value == [ids["ce"]]
    assert screen.query_params["compare_data"] == "patches"


def test_another_matrix_that_fits_can_judge_and_one_that_does_not_is_not_offered(
    open_screen: Open, two: Workspace
) -> None:
    own = load_matrix(two, "patches")
    save_matrix(two, "stricter", SeverityMatrix(own.classes, own.values, critical=5))
    save_matrix(two, "other", SeverityMatrix(["x", "y"], [[0, 1], [10, 0]]))
    screen = open_screen("compare", two, compare_matrix="stricter")
    (matrix,) = (one for one in screen.selectbox if one.label == "Judged by")
    assert matrix.value == "stricter"
    assert matrix.options == ["patches (as trained)", "patches", "stricter"]
    assert popover(screen) == "patches: 1 training against plain, judged by stricter"


def test_another_matrix_is_shown_on_validation_until_test_is_asked_for(open_screen: Open, two: Workspace) -> None:
    own = load_matrix(two, "patches")
    save_matrix(two, "stricter", SeverityMatrix(own.classes, own.values, critical=5))
    screen = open_screen("compare", two, compare_matrix="stricter")
    assert NOT_ASKED in said(screen)
    assert "On validation." in alt(screen, "compare_bars")
    assert "Validation cases: they flatter" in said(screen)
    runs = RunStore(two).list()
    assert looks(runs) == 0
    ask = screen.button(key="compare_ask")
    assert ask.label == ANSWER_BY_MATRIX
    ask.click().run()
    assert NOT_ASKED not in said(screen)
    assert "On test." in alt(screen, "compare_bars")
    assert "Look 1 at this test part: " in said(screen)
    assert [looks([run]) for run in runs] == [1, 1, 1, 1]
    screen.run()
    assert not screen.toggle  # what was asked for is shown at once
    assert looks(runs) == 1


def test_a_training_stays_chosen_when_another_seed_of_it_finishes(open_screen: Open, workspace: Workspace) -> None:
    plain, focal, _ = (add_run(workspace, loss=loss).id for loss in ("ce", "focal", "log_harm"))
    screen = open_screen("compare", workspace, compare_runs=f"{plain},{focal}", compare_baseline=focal)
    assert popover(screen).startswith("patches: 1 training against focal")
    pool = add_run(workspace, loss="focal", seed=1).pool
    screen.run()
    assert popover(screen).startswith("patches: 1 training against focal")
    assert set(screen.multiselect[0].value) == {plain, pool}
    assert "plain cannot be compared with focal" in said(screen)


def test_without_a_look_that_is_written_down_there_is_no_answer(
    open_screen: Open, two: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = load_matrix(two, "patches")
    save_matrix(two, "stricter", SeverityMatrix(own.classes, own.values, critical=5))
    screen = open_screen("compare", two, compare_matrix="stricter")
    monkeypatch.setattr("pages.compare.first.answer.record", lambda *_: None)
    screen.button(key="compare_ask").click().run()
    assert errors(screen) == [NO_LOOK_NO_ANSWER]
    assert NOT_ASKED in said(screen)


def test_a_matrix_without_a_dangerous_mistake_is_said(open_screen: Open, two: Workspace) -> None:
    own = load_matrix(two, "patches")
    save_matrix(two, "harmless", SeverityMatrix(own.classes, own.values, critical=99))
    screen = open_screen("compare", two, compare_matrix="harmless")
    (line,) = errors(screen)
    assert line.startswith("No confusion is critical")


def test_predictions_that_cannot_be_read_are_said_in_one_line(open_screen: Open, two: Workspace) -> None:
    for run in RunStore(two).list():
        (run.folder / "predictions.parquet").unlink()
    screen = open_screen("compare", two)
    (line,) = errors(screen)
    assert "predictions.parquet" in line


def test_runs_in_other_states_stay_away(open_screen: Open, two: Workspace) -> None:
    for state in ("failed", "stopped", "interrupted", "queued"):
        add_run(two, state, loss="focal", seed=3)
    screen = open_screen("compare", two)
    assert screen.multiselect[0].options == ["with severity", "plain"]


def test_the_screen_needs_no_torch() -> None:
    code = "import sys, pages.compare.screen; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=APP.parent)
    assert done.stdout.strip() == "False"


def test_synthetic_images_are_called_so(open_screen: Open, two: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "synthetic images" not in said(open_screen("compare", two))
    monkeypatch.setattr(results, "synthetic", lambda runs: True)
    cached.synthetic.clear()
    assert "synthetic images" in said(open_screen("compare", two))
    cached.synthetic.clear()
