"""The external panel: other data sets beside the runs' own, or how to get there."""

import pytest
from streamlit.testing.v1 import AppTest

from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.formats import ranged
from riskcore.judging.external import data_rates
from riskcore.judging.left_out import LeftOut
from riskcore.judging.overlap import NOT_LOOKED_AT, Shared
from riskcore.predictions import Cases
from riskcore.runs.choices import finished_choices
from riskcore.runs.evaluations import load_evaluation, stored_evaluations, write_left_out, write_shared
from riskcore.runs.folder import Run
from riskcore.runs.predictions_file import EVALUATIONS, read_predictions, write_predictions
from riskcore.runs.results import load, own_matrix
from riskcore.runs.store import RunStore
from riskcore.workspace import Workspace
from tests.helpers.made_workspace import add_run, judge_elsewhere
from tests.helpers.screens import errors, texts


def panel() -> None:
    from pages.compare.external_panel import external_panel
    from riskcore.decision.operating import Wish
    from tests.helpers.views import made_view

    external_panel(made_view(Wish()))


@pytest.fixture
def pools(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Run]]:
    monkeypatch.setenv("RISKCORE_HOME", str(workspace.root))
    return {loss: [add_run(workspace, loss=loss, seed=seed) for seed in (0, 1)] for loss in ("ce", "focal")}


def test_without_any_the_command_is_there_to_copy(pools: dict[str, list[Run]], workspace: Workspace) -> None:
    screen = AppTest.from_function(panel, default_timeout=30).run()
    assert not screen.exception
    first = finished_choices(RunStore(workspace))[0]
    assert screen.code[0].value == f"riskcore evaluate {first.id} --data OTHER"
    assert "None of these runs was judged on another data set yet" in texts(screen)


def test_other_data_sets_stand_beside_each_runs_own(pools: dict[str, list[Run]], workspace: Workspace) -> None:
    judge_elsewhere(pools["ce"], "clinic-b-test-0123456789ab.parquet")
    judge_elsewhere(pools["ce"], "trial-all-0123456789ab.parquet")
    screen = AppTest.from_function(panel, default_timeout=30).run()
    assert not screen.exception
    own, clinic, trial = screen.dataframe[0].value.to_dict("records")
    assert [row["judged on"] for row in (own, clinic, trial)] == ["patches, its own", "clinic-b, test part", "trial"]
    assert [row["cases"] for row in (own, clinic, trial)] == [30, 60, 60]
    store = RunStore(workspace)
    (choice,) = (choice for choice in finished_choices(store) if choice.loss == "ce")
    matrix = own_matrix(store, choice.id)
    stored, _ = stored_evaluations(choice.runs)
    for row, run in ((own, load(choice.id, choice.runs)), (clinic, load_evaluation(choice.id, choice.runs, stored))):
        expected = data_rates(JudgedRun(run, matrix), Wish())
        assert row["model"] == "plain"
        assert row["dangerous"] == expected.dangerous_cases
        for heading, name in (
            ("accuracy, %", "accuracy"),
            ("missed dangerous cases, %", "critical_miss_rate"),
            ("false alarms, %", "over_call_rate"),
        ):
            assert row[heading] == ranged(expected.rates[name])
    assert screen.text[0].value == "Not judged elsewhere yet: focal."
    assert screen.warning[0].value.replace("\\", "").split("\n\n") == [
        f"plain on {where}: {NOT_LOOKED_AT}" for where in ("clinic-b, test part", "trial")
    ]


def test_what_a_model_was_trained_on_stands_below(pools: dict[str, list[Run]]) -> None:
    file = "clinic-b-all-0123456789ab.parquet"
    judge_elsewhere(pools["ce"], file)
    for run, cases in zip(pools["ce"], ({"000.png"}, {"000.png", "001.png"}), strict=True):
        write_shared(run.folder / EVALUATIONS / file, Shared(frozenset(cases), images=frozenset(cases)))
    screen = AppTest.from_function(panel, default_timeout=30).run()
    assert screen.warning[0].value.replace("\\", "").split("\n\n") == [
        "plain on clinic-b: 2 of 60 judged cases (2 by the image) were seen in training or validation: "
        "the figures flatter."
    ]


def test_what_was_left_out_and_what_is_not_tested_stands_below(pools: dict[str, list[Run]]) -> None:
    file = "clinic-b-all-0123456789ab.parquet"
    left_out = LeftOut({"wart": 7}, ("a.png",))
    for run in pools["ce"]:
        path = run.folder / EVALUATIONS / file
        judge_elsewhere([run], file)
        classes, parts = read_predictions(path)
        cases = parts["test"]
        rows = cases.truth != classes.index("unsure")
        kept = Cases(cases.logits[rows], cases.truth[rows], cases.samples[rows], cases.groups[rows])
        write_predictions(path, classes, {"test": kept})
        write_shared(path, Shared())
        write_left_out(path, left_out)
    screen = AppTest.from_function(panel, default_timeout=30).run()
    assert not screen.exception
    assert screen.warning[0].value.replace("\\", "").split("\n\n") == [
        f"plain on clinic-b: {sentence}"
        for sentence in (*left_out.sentences, "No case of unsure is in the data: it is not tested.")
    ]
    assert screen.dataframe[0].value["cases"].tolist() == [30, 40]


def test_a_damaged_evaluation_is_one_line(pools: dict[str, list[Run]]) -> None:
    judge_elsewhere(pools["ce"], "b-all-0123456789ab.parquet")
    (pools["ce"][0].folder / EVALUATIONS / "b-all-0123456789ab.parquet").write_bytes(b"torn")
    screen = AppTest.from_function(panel, default_timeout=30).run()
    assert not screen.exception
    assert "no predictions can be read there" in errors(screen)[0]
    assert len(screen.dataframe[0].value) == 1
