"""A finished run on validation, in numbers and in a sentence."""

import shutil

import numpy as np
import pytest

from riskcore.errors import InputError
from riskcore.metrics.intervals import Rate
from riskcore.runs.predictions_file import PREDICTIONS, read_predictions
from riskcore.severity import SeverityMatrix
from riskcore.words.run_result import result_sentence, validation_rates
from riskcore.workspace import Workspace
from tests.helpers.made_workspace import add_run


def test_rates_are_those_of_the_likeliest_class_on_validation(workspace: Workspace) -> None:
    run = add_run(workspace)
    found = validation_rates(run)
    classes, parts = read_predictions(run.folder / PREDICTIONS)
    matrix = SeverityMatrix.load(run.folder / "matrix.json").reordered(classes)
    cases = parts["validation"]
    called = [int(np.argmax(row)) for row in cases.logits]
    right = sum(call == truth for call, truth in zip(called, cases.truth, strict=True))
    dangerous = sum(
        matrix.values[truth, call] >= matrix.critical for truth, call in zip(cases.truth, called, strict=True)
    )
    assert (found["accuracy"].events, found["accuracy"].n) == (right, len(cases))
    assert found["cer"].events == dangerous
    assert found["cer"].low <= found["cer"].value <= found["cer"].high
    assert found["accuracy"].value == run.record["result"]["validation"]["argmax"]["accuracy"]


def test_without_predictions_it_says_so(workspace: Workspace) -> None:
    run = add_run(workspace)
    shutil.move(run.folder / PREDICTIONS, run.folder / "elsewhere")
    with pytest.raises(InputError, match="no predictions can be read there"):
        validation_rates(run)


def test_the_sentence_gives_counts_and_intervals() -> None:
    rates = {
        "accuracy": Rate(0.875, 0.81, 0.925, 1050, 1200, 600, ""),
        "cer": Rate(0.0125, 0.007, 0.021, 15, 1200, 600, ""),
    }
    assert result_sentence(rates) == (
        "On 1,200 validation cases, without caution: 875 per 1,000 right (95 % interval 810 to 925); 12.5 dangerous "
        "mistakes per 1,000 (95 % interval 7.0 to 21.0)."
    )


def test_without_a_dangerous_case_it_says_so_and_no_rate() -> None:
    nan = float("nan")
    rates = {
        "accuracy": Rate(0.875, 0.81, 0.925, 1050, 1200, 600, ""),
        "cer": Rate(nan, nan, nan, 0, 1200, 600, "no dangerous case"),
    }
    assert result_sentence(rates).endswith("; no dangerous case among them, so that no dangerous mistake was possible.")
