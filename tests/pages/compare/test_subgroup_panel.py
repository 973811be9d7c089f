"""The subgroup panel: a figure of one measure, a table of all, nothing of too few."""

from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from riskcore.runs.predictions_file import PREDICTIONS, read_predictions, write_predictions
from riskcore.workspace import Workspace
from tests.helpers.made_workspace import add_run
from tests.helpers.screens import texts


def panel() -> None:
    from pages.compare.subgroup_panel import subgroup_panel
    from riskcore.decision.dial import Dial
    from tests.helpers.views import made_view

    subgroup_panel(made_view(Dial("severity", 0.0)))


@pytest.fixture
def here(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("RISKCORE_HOME", str(workspace.root))
    return workspace


def test_a_data_set_without_subgroups_says_where_they_come_from(here: Workspace) -> None:
    add_run(here)
    screen = AppTest.from_function(panel, default_timeout=30).run()
    assert not screen.exception
    assert "This data set does not tell age, sex, site" in texts(screen)
    assert not screen.dataframe


def test_rates_with_n_and_interval_and_none_of_too_few(here: Workspace) -> None:
    run = add_run(here, skill=0.5)
    file = run.folder / PREDICTIONS
    classes, parts = read_predictions(file)
    sex = np.array(["female"] * 21 + ["male"] * 9)
    parts["test"] = replace(parts["test"], subgroups={"sex": sex})
    write_predictions(file, classes, parts)
    screen = AppTest.from_function(panel, default_timeout=30).run()
    assert not screen.exception
    female, male = screen.dataframe[0].value.to_dict("records")
    assert (female["Subgroup"], female["Cases"]) == ("female", "21")
    assert (male["Subgroup"], male["Cases"], male["Accuracy, %"]) == ("male", "9", "too few (n 9)")
    assert female["Accuracy, %"].endswith("), n 21")
    assert "too few (n " in female["Missed dangerous cases, %"]  # 21 cases, of which fewer than 20 are dangerous
    assert not screen.get("plotly_chart")  # no missed-case rate can be claimed of anyone
    screen.segmented_control(key="compare_subgroup").set_value("Accuracy, %").run()
    (figure,) = screen.get("plotly_chart")
    assert figure.proto.alt.startswith("Accuracy, % by subgroup")
    assert "Nothing is claimed of fewer than 20 cases" in texts(screen)
