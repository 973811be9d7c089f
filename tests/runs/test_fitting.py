"""Which finished runs a matrix can judge."""

import shutil

from riskcore.runs.choices import finished_choices
from riskcore.runs.fitting import fitting
from riskcore.runs.store import RunStore
from riskcore.severity import SeverityMatrix
from riskcore.workspace import Workspace
from tests.helpers.made_workspace import add_run

LABELS = ["malignant", "unsure", "benign"]
VALUES = [[0, 5, 10], [1, 0, 4], [3, 1, 0]]


def test_the_same_classes_fit_in_any_order_and_others_do_not(workspace: Workspace) -> None:
    run = add_run(workspace)
    choices = finished_choices(RunStore(workspace))
    assert [choice.id for choice in fitting(choices, SeverityMatrix(LABELS, VALUES))] == [run.id]
    assert fitting(choices, SeverityMatrix(["benign", "malignant"], [[0, 1], [9, 0]])) == []
    assert fitting(choices, SeverityMatrix.preset("isic2018")) == []


def test_a_matrix_fits_runs_of_its_groups(workspace: Workspace) -> None:
    add_run(workspace)
    choices = finished_choices(RunStore(workspace))
    groups = {"wart": "benign", "mole": "benign", "tumour": "malignant", "spot": "unsure"}
    grouped = SeverityMatrix.from_groups(groups, ["benign", "unsure", "malignant"])
    assert fitting(choices, grouped) == choices


def test_a_run_without_its_bundle_fits_nothing(workspace: Workspace) -> None:
    run = add_run(workspace)
    shutil.rmtree(run.folder / "bundle")
    assert fitting(finished_choices(RunStore(workspace)), SeverityMatrix(LABELS, VALUES)) == []
