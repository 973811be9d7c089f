"""The mistakes panel: cards of real images, worst first, filtered and paged."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from riskcore.data.registry import load_dataset
from riskcore.decision.dial import Dial
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.pooled import pooled_decisions
from riskcore.judging.mistakes import Mistake, mistakes
from riskcore.runs.choices import finished_choices
from riskcore.runs.results import load, own_matrix
from riskcore.runs.store import RunStore
from riskcore.workspace import Workspace
from tests.helpers.made_workspace import add_run
from tests.helpers.screens import texts

SKILL = 0.3


def panel() -> None:
    from pages.compare.mistakes_panel import mistakes_panel
    from riskcore.decision.dial import Dial
    from tests.helpers.views import made_view

    mistakes_panel(made_view(Dial("severity", 0.0)))


def shown(**parameters: str) -> AppTest:
    screen = AppTest.from_function(panel, default_timeout=30)
    for name, value in parameters.items():
        screen.query_params[name] = value
    screen.run()
    assert not screen.exception
    assert not screen.error
    return screen


def captions(screen: AppTest) -> list[str]:
    return [text.value for text in screen.text if text.value.startswith("Truth: ")]


def expected(workspace: Workspace, **filters) -> list[Mistake]:
    store = RunStore(workspace)
    (choice,) = finished_choices(store)
    run = load(choice.id, choice.runs)
    matrix = own_matrix(store, choice.id)
    return mistakes(pooled_decisions(JudgedRun(run, matrix), Dial("severity", 0.0)), **filters)


@pytest.fixture
def pool(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("RISKCORE_HOME", str(workspace.root))
    for seed in (0, 1):
        add_run(workspace, seed=seed, skill=SKILL)
    return workspace


def test_dangerous_mistakes_come_first_with_image_truth_call_severity_certainty_and_seeds(pool: Workspace) -> None:
    screen = shown()
    found = expected(pool, critical_only=True)
    assert found
    for caption, mistake in zip(captions(screen), found[:12], strict=True):
        truth, said, severity, sure, seeds = caption.split("\n")
        assert (truth, said, severity) == ("Truth: malignant", "Model says: benign", "Severity 10")
        assert sure == f"The model was {round(100 * mistake.probability)} % sure, and wrong"
        assert seeds == f"{mistake.seeds} of 2 seeds"
    alts = [element.proto.imgs[0].alt for element in screen.image]
    assert alts == [f"{Path(m.sample).name}: truth malignant, model says benign" for m in found[:12]]
    assert f"{len(found)} of 30 test images are called dangerously wrong, by at least one of 2 seeds" in texts(screen)
    assert sum("Dangerous" in element.value for element in screen.markdown) == len(alts)


def test_all_mistakes_are_paged_and_a_new_filter_starts_at_the_first_page(pool: Workspace) -> None:
    screen = shown(compare_mistakes="All mistakes", compare_page="2")
    found = expected(pool)
    assert len(found) > 12
    assert len(captions(screen)) == min(len(found) - 12, 12)
    assert captions(screen)[0].startswith(f"Truth: {found[12].truth}\nModel says: {found[12].said}")
    screen.segmented_control(key="compare_mistakes").set_value("Dangerous mistakes only").run()
    screen.segmented_control(key="compare_mistakes").set_value("All mistakes").run()
    assert len(captions(screen)) == 12
    assert captions(screen)[0].startswith(f"Truth: {found[0].truth}\nModel says: {found[0].said}")


def test_one_confusion_can_be_chosen_and_only_such_as_happened(pool: Workspace) -> None:
    screen = shown(compare_mistakes="All mistakes", compare_cell="unsure called malignant")
    found = expected(pool, cell=("unsure", "malignant"))
    assert found
    assert all(caption.startswith("Truth: unsure\nModel says: malignant") for caption in captions(screen))
    assert len(captions(screen)) == min(len(found), 12)
    screen.segmented_control(key="compare_mistakes").set_value("Dangerous mistakes only").run()
    assert screen.selectbox(key="compare_cell").options == ["All confusions", "malignant called benign"]
    assert screen.selectbox(key="compare_cell").value == "All confusions"
    assert len(captions(screen)) == min(len(expected(pool, critical_only=True)), 12)


def test_an_image_that_is_gone_leaves_a_tile(pool: Workspace) -> None:
    first = expected(pool, critical_only=True)[0]
    (load_dataset(pool, "patches").path(first.sample)).unlink()
    screen = shown()
    assert f"{Path(first.sample).name} cannot be shown: there is no such file; check the path." in [
        text.value for text in screen.text
    ]
    assert len(captions(screen)) == min(len(expected(pool, critical_only=True)), 12)


def test_without_the_data_set_the_mistakes_are_listed_all_the_same(pool: Workspace) -> None:
    (pool.datasets / "patches.json").unlink()
    screen = shown()
    assert "The pictures cannot be found" in texts(screen)
    assert captions(screen)
    assert not screen.image


def test_no_mistake_is_no_proof_of_safety(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RISKCORE_HOME", str(workspace.root))
    add_run(workspace, skill=30)
    screen = shown()
    assert "No dangerous mistake of this kind among 30 test images. That none was seen" in texts(screen)
