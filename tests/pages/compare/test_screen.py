"""The Compare screen: the answer, what is chosen, each tab, and each way it can go wrong."""

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from pages.compare import fewest as comparison_fewest
from pages.compare import frontier as comparison_frontier
from pages.kit import cached
from riskcore.comparing import comparison
from riskcore.decision.judged_run import JudgedRun
from riskcore.formats import SYNTHETIC
from riskcore.judging.standings import HeldRun, Standing
from riskcore.metrics import Rate
from riskcore.runs import results
from riskcore.runs.looks import looks
from riskcore.runs.store import RunStore
from riskcore.severity import SeverityMatrix
from riskcore.severity.store import load_matrix, save_matrix
from riskcore.words.answer import document, more_or_fewer
from riskcore.workspace import Workspace
from tests.helpers.made_workspace import add_run
from tests.helpers.screens import Open, errors, texts

APP = Path(__file__).parents[3] / "app.py"
FRONTIER = "Accuracy against danger"
TABS = ("Caution", FRONTIER, "Confusions", "Images", "Subgroups", "Answer or hand over", "Other data sets")


def callouts(screen: AppTest) -> list[str]:
    return [str(box.value) for kind in ("success", "error", "warning", "info") for box in getattr(screen, kind)]


def found(workspace: Workspace):
    store = RunStore(workspace)
    pools = {members[0].loss: id for id, members in store.pools().items()}
    runs = [results.predictions(store, pools[loss]) for loss in ("ce", "log_harm s=3")]
    labels = {run.id: store.resolve(run.id)[0].loss for run in runs}
    return comparison.compare(runs[1:], runs[0], load_matrix(workspace, "patches"), labels=labels)


@pytest.fixture
def two(workspace: Workspace) -> Workspace:
    """The patches with plain cross-entropy and log_harm, two seeds each."""
    for loss in ("ce", "log_harm"):
        for seed in (0, 1):
            add_run(workspace, loss=loss, seed=seed)
    return workspace


def test_nothing_trained_says_what_to_do(open_screen: Open, empty: Workspace) -> None:
    screen = open_screen("compare", empty)
    assert "There is no finished training run yet" in screen.info[0].value
    assert not screen.selectbox


def test_the_first_sentence_answers_with_its_interval(open_screen: Open, two: Workspace) -> None:
    screen = open_screen("compare", two)
    (row,) = found(two).others
    word = {"yes": "Yes", "no": "No", "cannot tell": "Cannot tell", "unreachable": "Unreachable"}
    (box,) = [
        box
        for kind in ("success", "error", "warning", "info")
        for box in getattr(screen, kind)
        if "turning caution on plain" in box.proto.title
    ]
    assert box.proto.title.startswith(word[row.equal_accuracy.safer])
    assert more_or_fewer(row.equal_accuracy.gap) in box.value.replace("\\", "")
    assert not screen.error or word[row.equal_accuracy.safer] == "No"


def test_the_figures_are_those_of_the_run_with_the_fewest_dangerous_mistakes(open_screen: Open, two: Workspace) -> None:
    screen = open_screen("compare", two)
    store, matrix = RunStore(two), load_matrix(two, "patches")
    held = {
        members[0].loss: HeldRun(JudgedRun(results.predictions(store, id), matrix))
        for id, members in store.pools().items()
    }
    ranked = {loss: run.at(held["ce"].default_floors) for loss, run in held.items()}
    loss = min(ranked, key=lambda loss: ranked[loss].validation_cer)
    cer, missed = (ranked[loss].rates[name] for name in ("cer", "critical_miss_rate"))
    figures = [text.value.replace("\\", "") for text in screen.markdown if re.fullmatch(r"\*\*.*\*\*", text.value)]
    assert figures[0] == f"**{loss}**"
    assert figures[1] == f"**{1000 * cer.value:.0f}**"
    assert figures[2] == f"**{1000 * missed.value:.0f}**"
    low, high = (1000 * missed.low, 1000 * missed.high)
    assert any(f"{low:.0f}–{high:.0f}" in text.value.replace("\\", "") for text in screen.caption)


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_opens_by_its_address_and_only_that_one_is_computed(
    tab: str, open_screen: Open, two: Workspace
) -> None:
    screen = open_screen("compare", two, compare_tab=tab)
    assert not screen.error
    drawn = [shown.label for shown in screen.tabs if len(shown.children)]
    assert drawn == [tab]


def test_the_floor_moves_the_table(open_screen: Open, two: Workspace) -> None:
    screen = open_screen("compare", two, compare_tab=FRONTIER)
    (slider,) = (one for one in screen.slider if one.key == "compare_floor")
    before = screen.dataframe[0].value
    assert set(before["Trained with"]) == {"ce", "log_harm s=3"}
    assert set(before["Floor reached"]) <= {"✓ yes", "✗ no"}
    slider.set_value(slider.max).run()
    assert not screen.exception
    after = screen.dataframe[0].value
    assert set(after["Floor reached"]) == {"✗ no"}
    assert any("No run reaches" in text for text in callouts(screen))


def test_a_click_on_an_operating_point_chooses_its_run_and_one_elsewhere_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def clicked(*points):
        state = {"compare_point": SimpleNamespace(selection=SimpleNamespace(points=list(points)))}
        monkeypatch.setattr(comparison_frontier.st, "session_state", state)
        comparison_frontier._look_at_point()
        return state.get("compare_images_of")

    assert clicked({"x": 0.8, "customdata": ["pool-a"]}) == "pool-a"
    assert clicked({"x": 0.8}) is None  # the open marker
    assert clicked() is None


def test_the_run_chosen_shows_its_mistakes(open_screen: Open, two: Workspace) -> None:
    pool = next(id for id in RunStore(two).pools() if "log_harm" in id)
    screen = open_screen("compare", two, compare_tab=FRONTIER, compare_images_of="log_harm s=3")
    (choice,) = (one for one in screen.selectbox if one.key == "compare_images_of")
    assert choice.value == pool
    assert any("test images are called" in text.value for text in screen.markdown) or any(
        "dangerous mistake of this kind" in text for text in callouts(screen)
    )


def test_the_paired_comparison_is_there_and_argmax_is_said_not_to_be_at_equal_accuracy(
    open_screen: Open, two: Workspace
) -> None:
    screen = open_screen("compare", two, compare_tab=FRONTIER)
    said = texts(screen).replace("\\", "")
    assert document(found(two))["runs"][1]["sentence"] in said
    (expander,) = (one for one in screen.expander if "Without caution" in one.label)
    assert "not at equal accuracy" in expander.label
    assert any("dangerous mistakes in" in text.value for text in expander.markdown)
    assert "safer" not in " ".join(text.value for text in expander.markdown)


def test_runs_of_other_seeds_are_refused_in_one_line(open_screen: Open, two: Workspace) -> None:
    add_run(two, loss="focal", seed=7)
    screen = open_screen("compare", two)
    (runs,) = screen.multiselect
    assert len(runs.value) == 2
    focal = next(run.id for run in RunStore(two).list() if run.loss == "focal")
    runs.set_value([*runs.value, focal]).run()
    assert not screen.exception
    (line,) = [text for text in callouts(screen) if "cannot be compared" in text]
    assert "it has other seeds or folds (seed 7 against seeds 0 1)" in line.replace("\\", "")


def test_one_run_alone_asks_for_a_second(open_screen: Open, workspace: Workspace) -> None:
    add_run(workspace)
    screen = open_screen("compare", workspace)
    assert any("choose at least two training runs" in text for text in callouts(screen))
    assert not screen.error


def test_no_run_chosen_asks_for_some(open_screen: Open, two: Workspace) -> None:
    screen = open_screen("compare", two)
    screen.multiselect[0].set_value([]).run()
    assert not screen.exception
    assert any("Choose the training runs" in text for text in callouts(screen))


def test_another_matrix_that_fits_can_judge_and_one_that_does_not_is_not_offered(
    open_screen: Open, two: Workspace
) -> None:
    own = load_matrix(two, "patches")
    save_matrix(two, "stricter", SeverityMatrix(own.classes, own.values, critical=5))
    save_matrix(two, "other", SeverityMatrix(["x", "y"], [[0, 1], [10, 0]]))
    screen = open_screen("compare", two, compare_matrix="stricter")
    (matrix,) = (one for one in screen.selectbox if one.key == "compare_matrix")
    assert matrix.value == "stricter"
    assert matrix.options == ["patches (as trained)", "patches", "stricter"]


def test_another_matrix_is_shown_on_validation_until_test_is_asked_for(open_screen: Open, two: Workspace) -> None:
    own = load_matrix(two, "patches")
    save_matrix(two, "stricter", SeverityMatrix(own.classes, own.values, critical=5))
    screen = open_screen("compare", two, compare_matrix="stricter")
    assert any("is answered on test cases" in text for text in callouts(screen))
    assert "Accuracy on validation" in texts(screen)
    assert "Validation cases: they flatter" in texts(screen)
    runs = RunStore(two).list()
    assert looks(runs) == 0
    page, _ = screen.toggle  # of the figures above the tabs, and of the caution below them
    assert page.key.startswith("compare_matrix")
    page.set_value(True).run()
    assert "Accuracy on test" in texts(screen)
    assert "Look 1 at this test part: " in texts(screen)
    assert [looks([run]) for run in runs] == [1, 1, 1, 1]
    screen.run()
    assert not screen.toggle  # what was asked for is shown at once
    assert looks(runs) == 1


def test_each_floor_is_shown_on_validation_until_test_is_asked_for(open_screen: Open, two: Workspace) -> None:
    screen = open_screen("compare", two, compare_tab=FRONTIER)
    assert "Test cases" in screen.dataframe[0].value
    runs = RunStore(two).list()
    for number, step in enumerate((3.0, 6.0), start=1):
        (slider,) = (one for one in screen.slider if one.key == "compare_floor")
        slider.set_value(slider.min + step).run()
        assert "Validation cases" in screen.dataframe[0].value
        assert "Case by case against the baseline" not in texts(screen)
        assert looks(runs) == number - 1
        screen.toggle[0].set_value(True).run()
        assert "Test cases" in screen.dataframe[0].value
        assert f"Look {number} at this test part: " in texts(screen)
        assert looks(runs) == number


def test_another_caution_is_shown_on_validation_until_test_is_asked_for(open_screen: Open, two: Workspace) -> None:
    screen = open_screen("compare", two, compare_tab="Images", compare_of="ce", compare_caution="Moderate")
    assert not screen.toggle
    screen = open_screen("compare", two, compare_tab="Images", compare_of="ce", compare_caution="Strong")
    said = texts(screen)
    assert "validation images are called" in said or "validation images" in " ".join(callouts(screen))
    screen.toggle[0].set_value(True).run()
    said = texts(screen)
    assert "test images are called" in said or "test images" in " ".join(callouts(screen))
    counts = {run.loss: looks([run]) for run in RunStore(two).list()}
    assert counts == {"ce": 1, "log_harm s=3": 0}  # of the run that is looked at


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
    assert screen.multiselect[0].options == ["log_harm s=3", "ce"]


def test_the_screen_needs_no_torch() -> None:
    code = "import sys, pages.compare.screen; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=APP.parent)
    assert done.stdout.strip() == "False"


def test_synthetic_images_are_called_so(open_screen: Open, two: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    assert SYNTHETIC not in texts(open_screen("compare", two))
    monkeypatch.setattr(results, "synthetic", lambda runs: True)
    cached.synthetic.clear()
    assert SYNTHETIC in texts(open_screen("compare", two))
    cached.synthetic.clear()


def test_caution_says_why_it_differs_from_the_figures_above_but_for_the_baseline(
    open_screen: Open, two: Workspace
) -> None:
    said = "The figures above hold every run to the accuracy of ce less 1 point"
    assert said in texts(open_screen("compare", two, compare_tab="Caution", compare_of="log_harm s=3"))
    assert said not in texts(open_screen("compare", two, compare_tab="Caution", compare_of="ce"))


def test_the_run_chosen_on_validation_is_said_to_be_beaten_on_test() -> None:
    def standing(id: str, accuracy: float, cer: float) -> Standing:
        rate = {"accuracy": accuracy, "cer": cer}
        return Standing(id, {k: Rate(v, 0, 1, None, 9, 9, "") for k, v in rate.items()}, (), 0.1, True)

    best = standing("a", 0.8, 0.05)
    for accuracy, cer, words in ((0.9, 0.05, "as few and is more"), (0.8, 0.04, "fewer and is as")):
        said = comparison_fewest._beaten(best, [best, standing("b", accuracy, cer)], {"b": "ce"}, "test")
        assert said == f"; on test, ce makes {words} accurate"
    assert comparison_fewest._beaten(best, [best, standing("b", 0.9, 0.06)], {"b": "ce"}, "test") == ""
