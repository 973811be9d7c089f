"""The mistakes panel: two runs side by side on the same real images, worst first, filtered, paged and as a list."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from riskcore.data.registry import load_dataset
from riskcore.decision.dial import Dial
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.pooled import pooled_decisions
from riskcore.judging.side_by_side import SharedCase, mistaken_cases
from riskcore.marks import mark
from riskcore.runs.choices import finished_choices
from riskcore.runs.results import load, own_matrix
from riskcore.runs.store import RunStore
from riskcore.words.mistake_table import sure_words
from riskcore.workspace import Workspace
from tests.helpers.made_workspace import add_run
from tests.helpers.screens import errors, texts

SKILL = 0.3


def panel() -> None:
    from pages.compare.mistakes_panel import mistakes_panel
    from pages.kit.errors import shown_errors
    from riskcore.decision.dial import Dial
    from tests.helpers.views import made_view

    with shown_errors():
        mistakes_panel(made_view(Dial("severity", 0.0)))


def shown(**parameters: str) -> AppTest:
    screen = AppTest.from_function(panel, default_timeout=30)
    for name, value in parameters.items():
        screen.query_params[name] = value
    screen.run()
    assert not screen.exception
    return screen


def opened(screen: AppTest) -> list[str]:
    """What the buttons over the pictures say."""
    return [button.label.replace("\\", "") for button in screen.button if button.key.startswith("compare_case_open")]


def expected(workspace: Workspace, of: tuple[int, ...] = (0,), **filters) -> list[SharedCase]:
    """Of the run that is looked at, the first, and the one beside it."""
    store = RunStore(workspace)
    sides = []
    for choice in finished_choices(store):
        judged = JudgedRun(load(choice.id, choice.runs), own_matrix(store, choice.id))
        sides.append(pooled_decisions(judged, Dial("severity", 0.0)))
    return mistaken_cases(sides[:2], of, **filters)


@pytest.fixture
def pool(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("RISKCORE_HOME", str(workspace.root))
    for seed in (0, 1):
        add_run(workspace, seed=seed, skill=SKILL)
    return workspace


@pytest.fixture
def two(pool: Workspace) -> Workspace:
    """Focal beside plain; the newest, focal, is looked at."""
    for seed in (0, 1):
        add_run(pool, loss="focal", seed=seed, skill=1.0)
    return pool


def test_dangerous_mistakes_come_first_with_what_both_runs_say(two: Workspace) -> None:
    screen = shown()
    found = expected(two, critical_only=True)
    assert found
    assert opened(screen) == [
        f"{Path(case.sample).name}: truth malignant, focal says {case.calls[0].said}" for case in found[:12]
    ]
    said = [line.value for line in screen.markdown if line.value.startswith(":")]
    sure = [line.value for line in screen.caption if " sure" in line.value]
    for place, case in enumerate(found[:12]):
        for number, call in enumerate(case.calls):
            assert f"**{call.said}**" in said[2 * place + number]
            truth = "" if call.right else f", truth {sure_words(call.truth_probability)}"
            seeds = f" · {call.seeds} of 2 seeds" if call.seeds < 2 else ""
            assert sure[2 * place + number] == f"{sure_words(call.probability)} sure{truth}{seeds}"
    assert any("right" in line for line in said)
    assert f"focal: **{len(found)} of 30 test images are called dangerously wrong, by at least one of 2" in texts(
        screen
    )
    alts = [element.proto.imgs[0].alt for element in screen.image]
    assert alts == opened(screen)


def test_the_mistakes_of_the_other_or_of_either_can_be_shown(two: Workspace) -> None:
    screen = shown(compare_mistakes="All mistakes")
    assert f"**{len(expected(two))} of 30 test images are called wrong" in texts(screen)
    ids = [choice.id for choice in finished_choices(RunStore(two))]
    screen.selectbox(key="compare_whose").set_value(ids[1]).run()
    assert f"plain: **{len(expected(two, (1,)))} of 30" in texts(screen)
    screen.selectbox(key="compare_whose").set_value("either").run()
    assert f"focal or plain: **{len(expected(two, (0, 1)))} of 30" in texts(screen)
    assert len(expected(two, (0, 1))) > len(expected(two, (1,)))


def test_marked_images_are_shown_as_such_beside_the_list_to_take_away(two: Workspace) -> None:
    assert "Looks mislabelled" not in texts(shown())
    mark(two, "patches", expected(two, critical_only=True)[0].sample)
    screen = shown()
    assert texts(screen).count("Looks mislabelled") == 1
    assert [button.proto.label for button in screen.get("download_button")] == ["List (CSV)"]


def test_all_mistakes_are_paged_and_a_new_filter_starts_at_the_first_page(pool: Workspace) -> None:
    screen = shown(compare_mistakes="All mistakes", compare_page="2")
    found = expected(pool)
    assert len(found) > 12
    names = [Path(case.sample).name for case in found]
    assert [label.split(":")[0] for label in opened(screen)] == names[12:24]
    screen.segmented_control(key="compare_mistakes").set_value("Dangerous mistakes only").run()
    screen.segmented_control(key="compare_mistakes").set_value("All mistakes").run()
    assert [label.split(":")[0] for label in opened(screen)] == names[:12]


def test_one_confusion_can_be_chosen_and_only_such_as_happened(pool: Workspace) -> None:
    screen = shown(compare_mistakes="All mistakes", compare_cell="unsure called malignant")
    found = expected(pool, cell=("unsure", "malignant"))
    assert found
    assert len(opened(screen)) == min(len(found), 12)
    assert all(label.endswith("truth unsure, plain says malignant") for label in opened(screen))
    screen.segmented_control(key="compare_mistakes").set_value("Dangerous mistakes only").run()
    assert screen.selectbox(key="compare_cell").options == ["All confusions", "malignant called benign"]
    assert screen.selectbox(key="compare_cell").value == "All confusions"
    assert len(opened(screen)) == min(len(expected(pool, critical_only=True)), 12)


def test_an_image_that_is_gone_leaves_a_tile(pool: Workspace) -> None:
    first = expected(pool, critical_only=True)[0]
    (load_dataset(pool, "patches").path(first.sample)).unlink()
    screen = shown()
    assert "No picture" in [text.value for text in screen.text]
    button = screen.button(f"compare_case_open_list_{first.sample}")
    assert "there is no such file" in button.help
    assert len(opened(screen)) == min(len(expected(pool, critical_only=True)), 12)


def test_without_the_data_set_the_mistakes_are_listed_all_the_same(pool: Workspace) -> None:
    (pool.datasets / "patches.json").unlink()
    screen = shown()
    assert "The pictures cannot be found" in texts(screen)
    assert opened(screen)
    assert not screen.image


def test_a_damaged_file_of_marks_is_one_line(pool: Workspace) -> None:
    pool.marks.mkdir()
    (pool.marks / "patches.json").write_text("{}")
    screen = shown()
    (line,) = errors(screen)
    assert "this is no list of marks" in line
    assert opened(screen)  # the mistakes stand all the same


def test_no_mistake_is_no_proof_of_safety(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RISKCORE_HOME", str(workspace.root))
    add_run(workspace, skill=30)
    screen = shown()
    assert "No dangerous mistake of this kind among 30 test images. That none was seen" in texts(screen)
