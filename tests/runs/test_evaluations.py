"""Stored evaluations on other data sets: found by name, complete over a pool, read without a model."""

import os
import subprocess
import sys
from collections.abc import Sequence

import numpy as np
import pytest

from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.decision.pooled import pooled_decisions
from riskcore.errors import InputError
from riskcore.judging.external import data_rates
from riskcore.metrics import majority_accuracy, rates
from riskcore.predictions import Cases
from riskcore.runs.evaluations import load_evaluation, stored_evaluations
from riskcore.runs.folder import Run
from riskcore.runs.predictions_file import EVALUATIONS, PREDICTIONS, read_predictions, write_predictions
from riskcore.severity import SeverityMatrix
from riskcore.workspace import Workspace
from tests.helpers.made_workspace import add_run


def judge_elsewhere(runs: Sequence[Run], file: str, n: int = 60) -> None:
    """What `riskcore evaluate --data` leaves, with simulated logits."""
    for run in runs:
        classes, _ = read_predictions(run.folder / PREDICTIONS)
        random = np.random.default_rng(run.seed)
        truth = np.arange(n) % len(classes)
        logits = random.normal(size=(n, len(classes)))
        logits[np.arange(n), truth] += 1
        samples = np.array([f"{number:03}.png" for number in range(n)])
        folder = run.folder / EVALUATIONS
        write_predictions(folder / file, classes, {"test": Cases(logits, truth, samples, samples)})


@pytest.fixture
def pool(workspace: Workspace) -> list[Run]:
    return [add_run(workspace, seed=seed) for seed in (0, 1)]


def test_names_and_splits_are_read_off_the_files(pool: list[Run]) -> None:
    assert stored_evaluations(pool) == []
    judge_elsewhere(pool, "other-hospital-test-0123456789ab.parquet")
    judge_elsewhere(pool, "b-all-0123456789ab.parquet")
    found = stored_evaluations(pool)
    assert [(one.data, one.split) for one in found] == [("b", "all"), ("other-hospital", "test")]
    assert [file.parents[1] for file in found[0].files] == [run.folder for run in pool]


def test_what_only_one_of_the_runs_has_does_not_count_for_the_pool(pool: list[Run]) -> None:
    judge_elsewhere(pool[:1], "b-all-0123456789ab.parquet")
    assert len(stored_evaluations(pool[:1])) == 1
    assert stored_evaluations(pool) == []


def test_of_a_data_set_registered_anew_the_newest_evaluation_counts(pool: list[Run]) -> None:
    for age, file in ((1, "b-all-ffffffffffff.parquet"), (9, "b-all-000000000000.parquet")):
        judge_elsewhere(pool, file)
        for run in pool:
            os.utime(run.folder / EVALUATIONS / file, (1e9 - age, 1e9 - age))
    (found,) = stored_evaluations(pool)
    assert {file.name for file in found.files} == {"b-all-ffffffffffff.parquet"}


def test_validation_is_the_runs_own_and_test_the_other_sets(pool: list[Run], patch_matrix: SeverityMatrix) -> None:
    judge_elsewhere(pool, "b-all-0123456789ab.parquet")
    (stored,) = stored_evaluations(pool)
    found = load_evaluation("pool", pool, stored)
    assert found.seeds == (0, 1)
    for member, run, file in zip(found.members, pool, stored.files, strict=True):
        own = read_predictions(run.folder / PREDICTIONS)[1]
        other = read_predictions(file)[1]
        np.testing.assert_array_equal(member.validation.logits, own["validation"].logits)
        np.testing.assert_array_equal(member.test.logits, other["test"].logits)
    judged = data_rates(JudgedRun(found, patch_matrix), Wish())
    matrix = patch_matrix.reordered(found.classes)
    decided = pooled_decisions(JudgedRun(found, matrix), Wish())
    assert judged.rates == rates(decided.truth, decided.dial, matrix, decided.groups, samples=decided.samples)
    assert (judged.cases, judged.dangerous_cases) == (60, 20)
    assert judged.majority_accuracy == majority_accuracy(decided.truth) == pytest.approx(1 / 3)


def test_a_damaged_file_is_named(pool: list[Run]) -> None:
    judge_elsewhere(pool, "b-all-0123456789ab.parquet")
    (stored,) = stored_evaluations(pool)
    stored.files[1].write_bytes(b"torn")
    with pytest.raises(InputError, match=r"b-all-0123456789ab\.parquet: no predictions can be read there"):
        load_evaluation("pool", pool, stored)


def test_reading_needs_no_model() -> None:
    code = "import sys, riskcore.runs.evaluations, riskcore.judging.external; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
