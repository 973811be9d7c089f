"""A vendor's file on Compare: beside one's own runs in figure, table and answer; a line for what does not match."""

import io

import numpy as np
import pandas as pd
import pytest
from scipy.special import softmax
from streamlit.testing.v1 import AppTest

from riskcore.runs import results
from riskcore.runs.looks import looks
from riskcore.runs.store import RunStore
from riskcore.workspace import Workspace
from tests.helpers.made_workspace import add_run
from tests.helpers.screens import texts


def panel() -> None:
    import streamlit as st

    from pages.compare import cached as comparison_cached
    from pages.compare.first.frontier import frontier_figure
    from pages.compare.vendor import shown_on, with_file
    from pages.compare.view import Setting, View
    from pages.kit.standings import held_run, standings_at
    from riskcore.words.standing_table import shown_table
    from tests.helpers.views import made_chosen

    part = st.session_state.get("part", "test")
    chosen = shown_on(with_file(made_chosen()), part)
    floors = held_run(chosen.baseline, chosen.matrix).default_floors
    standings = tuple(standings_at(chosen.choices, chosen.matrix, floors, part))
    view = View(chosen, Setting(None, None, "At the floor", "is made."), part, standings, chosen.choices[0])
    held = {choice.id: held_run(choice, chosen.matrix, part) for choice in chosen.choices}
    answers = comparison_cached.all_compared(view) if part == "test" else None
    st.dataframe(shown_table(standings, held, chosen.labels, part, answers))
    st.plotly_chart(frontier_figure(view))
    for reason in chosen.left_out:
        st.text(reason)


@pytest.fixture
def two(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("RISKCORE_HOME", str(workspace.root))
    for loss in ("ce", "log_harm"):
        for seed in (0, 1):
            add_run(workspace, loss=loss, seed=seed, skill=1.0)
    return workspace


def vendor(workspace: Workspace, parts: tuple[str, ...] = ("test",)) -> pd.DataFrame:
    """The predictions of some other model for the runs' images, by the names of their files."""
    store = RunStore(workspace)
    run = results.predictions(store, store.list()[0].id)
    random, tables = np.random.default_rng(3), []
    for part in parts:
        cases = getattr(run.members[0], part)
        shares = softmax(random.normal(size=cases.logits.shape) + 2 * np.eye(3)[cases.truth], axis=1)
        table = pd.DataFrame(shares, columns=run.classes)
        table.insert(0, "truth", [run.classes[code] for code in cases.truth])
        table.insert(0, "sample", [f"elsewhere/{sample}" for sample in cases.samples])
        tables.append(table)
    return pd.concat(tables)


def shown(table: pd.DataFrame | str, part: str = "test") -> AppTest:
    screen = AppTest.from_function(panel, default_timeout=60)
    screen.session_state["part"] = part
    screen.run()
    content = table if isinstance(table, str) else table.to_csv(index=False)
    screen.file_uploader(key="compare_file").upload("vendor.csv", io.BytesIO(content.encode()).getvalue(), "text/csv")
    screen.run()
    assert not screen.exception
    return screen


def lines(screen: AppTest) -> list[str]:
    return [text.value for text in screen.text if "vendor.csv" in text.value]


def test_a_file_with_all_images_stands_beside_the_runs_like_one(two: Workspace) -> None:
    screen = shown(vendor(two, ("test", "validation")))
    assert lines(screen) == []
    table = screen.dataframe[0].value.set_index("Training")
    assert set(table.index) == {"plain", "with severity", "vendor.csv"}
    assert table.loc["vendor.csv", "Reached"] in ("✓ yes", "✗ no")
    assert table.loc["vendor.csv", "Safer at equal accuracy"] != "–"
    assert table.loc["vendor.csv", "Test cases"] == table.loc["plain", "Test cases"] == "30 × 2 seeds"
    (figure,) = screen.get("plotly_chart")
    assert "vendor.csv" in figure.proto.spec
    assert all(looks([run]) == 0 for run in RunStore(two).list())


def test_without_validation_it_stands_as_delivered_and_on_test_only(two: Workspace) -> None:
    before = shown(vendor(two, ("test", "validation")))
    screen = shown(vendor(two))
    (line,) = lines(screen)
    assert "so no caution can be chosen for it: it stands as delivered, on test only." in line
    table = screen.dataframe[0].value.set_index("Training")
    assert table.loc["vendor.csv", "Reached"] == "as delivered"
    assert table.loc["vendor.csv", "Dangerous on validation"] == "–"
    assert table.loc["vendor.csv", "Safer at equal accuracy"] != "–"
    own = before.dataframe[0].value.set_index("Training").loc["with severity"]
    assert table.loc["with severity", "Dangerous mistakes per 1,000"] == own["Dangerous mistakes per 1,000"]
    validation = shown(vendor(two), "validation")
    assert "vendor.csv" not in validation.dataframe[0].value["Training"].tolist()


def test_images_that_it_lacks_are_left_out_everywhere_and_said(two: Workspace) -> None:
    table = vendor(two)[4:]
    table.loc[999] = ["stranger.png", "benign", 1.0, 0.0, 0.0]
    screen = shown(table)
    missing, _, unknown = lines(screen)
    assert missing == "vendor.csv lacks 4 of 30 test images: all trainings are shown on the 26 that it holds."
    assert unknown == "1 row of vendor.csv is no image of these trainings."
    found = screen.dataframe[0].value.set_index("Training")
    assert set(found["Test cases"]) == {"26 × 2 seeds"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("sample,truth\na,benign\n", "vendor.csv is left out: vendor.csv: "),
        ("sample,truth,benign,malignant,unsure\nx.png,benign,1,0,0\n", "no row is a test image of "),
        ("sample,truth,benign,malignant,unsure\nx.png,benign,7,0,0\n", "vendor.csv is left out: vendor.csv"),
    ],
)
def test_a_bad_file_is_one_line_and_the_runs_stay(two: Workspace, content: str, said: str) -> None:
    screen = shown(content)
    (line,) = lines(screen)
    assert said in line
    assert len(screen.dataframe[0].value) == 2
    assert not screen.error


def test_cases_that_the_model_knew_are_compared_only_on_request(two: Workspace) -> None:
    table = vendor(two, ("test", "validation"))
    table["split"] = ["test"] * 30 + ["train"] * (len(table) - 30)
    store = RunStore(two)
    run = results.predictions(store, store.list()[0].id)
    table["group"] = [*run.members[0].test.groups.tolist(), *[run.members[0].test.groups[0]] * (len(table) - 30)]
    screen = shown(table)
    (line,) = lines(screen)
    assert line.startswith("vendor.csv is left out. 1 of 30 judged cases (1 group) was seen in training or validation")
    screen.checkbox[0].set_value(True).run()
    assert "vendor.csv" in screen.dataframe[0].value["Training"].tolist()
    assert "seen in training" in " ".join(lines(screen))
    assert "seen in training" not in texts(screen)


def test_a_seed_that_finishes_meanwhile_counts_for_the_file_too(two: Workspace) -> None:
    screen = shown(vendor(two, ("test", "validation")))
    for loss in ("ce", "log_harm"):
        add_run(two, loss=loss, seed=2, skill=1.0)
    screen.run()
    assert not screen.exception
    assert lines(screen) == []
    assert screen.dataframe[0].value.set_index("Training").loc["vendor.csv", "Test cases"] == "30 × 3 seeds"
