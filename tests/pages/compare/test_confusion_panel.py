"""The confusion panel: words for the worst cell of each run, and one figure of all."""

import pytest
from streamlit.testing.v1 import AppTest

from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.decision.pooled import pooled_decisions
from riskcore.formats import count
from riskcore.judging.mistakes import harm_table
from riskcore.runs.choices import finished_choices
from riskcore.runs.results import load, own_matrix
from riskcore.runs.store import RunStore
from riskcore.words.training_names import training_kind
from riskcore.workspace import Workspace
from tests.helpers.made_workspace import add_run
from tests.helpers.screens import texts


def panel() -> None:
    from pages.compare.confusion_panel import confusion_panel
    from riskcore.decision.operating import Wish
    from tests.helpers.views import made_view

    confusion_panel(made_view(Wish()))


def test_each_run_has_its_average_harm_and_its_worst_confusion_in_words(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RISKCORE_HOME", str(workspace.root))
    for loss in ("ce", "focal"):
        for seed in (0, 1):
            add_run(workspace, loss=loss, seed=seed, skill=0.5)
    screen = AppTest.from_function(panel, default_timeout=30).run()
    assert not screen.exception
    lines = screen.text[0].value.split("\n")
    store = RunStore(workspace)
    for choice, line in zip(finished_choices(store), lines, strict=True):
        run, matrix = load(choice.id, choice.runs), own_matrix(store, choice.id)
        table = harm_table(pooled_decisions(JudgedRun(run, matrix), Wish()), matrix.classes)
        truth, said = table.worst
        cell = matrix.classes.index(truth), matrix.classes.index(said)
        cases, share = count(table.counts[cell], 2), 100 * table.harm[cell] / table.harm.sum()
        assert line.startswith(
            f"{training_kind(choice.runs[0].config['loss'])}: average harm {table.harm.sum():.2f} (95 % interval "
        )
        assert line.endswith(f"n 30). Most of it: {truth} called {said}, {cases} cases, {share:.0f} %.")
    (figure,) = screen.get("plotly_chart")
    assert all(line in figure.proto.alt for line in lines)
    assert "Counts are means over the seeds" in texts(screen)


def test_a_run_without_mistakes_has_no_worst_confusion(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RISKCORE_HOME", str(workspace.root))
    add_run(workspace, skill=30)
    screen = AppTest.from_function(panel, default_timeout=30).run()
    assert not screen.exception
    assert screen.text[0].value.startswith("plain: average harm 0.00 (95 % interval 0.00 to ")
    assert "Most of it" not in screen.text[0].value
    assert "Counts are means" not in texts(screen)
