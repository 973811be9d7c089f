from dataclasses import replace

import numpy as np
import pytest

from riskcore.data.manifest import register
from riskcore.data.registry import save_dataset
from riskcore.decision.calibration import Calibration
from riskcore.decision.dial import Dial
from riskcore.errors import InputError
from riskcore.files import write_json
from riskcore.learning.bundle import Bundle
from riskcore.predictions import Cases
from riskcore.runs.choices import finished_choices
from riskcore.runs.ranking import examples, finished_runs, named_first, rates_at_dial, validation_cer
from riskcore.runs.store import RunStore
from riskcore.severity import SeverityMatrix
from riskcore.severity.store import load_matrix, save_matrix
from riskcore.workspace import Workspace
from tests.conftest import write_patches
from tests.helpers.made_workspace import add_run

CLASSES = ("naevus", "melanoma")
BUNDLE = Bundle(
    classes=CLASSES,
    matrix=SeverityMatrix(CLASSES, [[0, 2], [10, 0]], critical=10),
    model="none",
    stages=None,
    preprocessing={},
    calibration=Calibration.identity(2),
    dial=Dial("severity", 0.0),
    provenance={},
)


def cases(melanoma: list[float], truth: list[int]) -> Cases:
    shares = np.array(melanoma, dtype=float)
    names = np.array([f"{n}.png" for n in range(len(truth))], dtype=np.str_)
    return Cases(np.log(np.stack([1 - shares, shares], axis=1)), np.array(truth, dtype=np.int64), names, names)


def test_the_newest_data_set_comes_first_and_in_it_the_least_cer_on_validation(workspace: Workspace) -> None:
    add_run(workspace, skill=4.0)
    save_dataset(workspace, register("newer", write_patches(workspace.root.parent / "newer", seed=1)))
    save_matrix(workspace, "newer", load_matrix(workspace, "patches"))
    for skill, seed in ((0.2, 0), (3.0, 1), (1.0, 2)):
        add_run(workspace, data="newer", skill=skill, seed=seed)
    add_run(workspace, "failed", data="newer", seed=7)
    found = finished_runs(RunStore(workspace))
    assert [run.data for run in found] == ["newer"] * 3 + ["patches"]
    rates = [validation_cer(run) for run in found[:3]]
    assert rates == sorted(rates)
    assert rates[0] < rates[-1]
    assert found[0].seed == 1


def test_a_run_that_pays_for_few_dangerous_mistakes_with_its_accuracy_comes_last(workspace: Workspace) -> None:
    kept, paid = add_run(workspace, skill=3.0), add_run(workspace, loss="focal", skill=3.0)
    for run, accuracy, cer in ((kept, 0.80, 0.10), (paid, 0.60, 0.01)):
        record = run.reload().record
        for decisions in ("argmax", "dial"):
            record["result"]["validation"][decisions] = {"accuracy": accuracy, "cer": cer}
        write_json(run.folder / "run.json", record)
    assert [run.id for run in finished_runs(RunStore(workspace))] == [kept.id, paid.id]


def test_runs_whose_validation_holds_no_dangerous_case_come_last(workspace: Workspace) -> None:
    """No dial was chosen and no CER is known there; such a run is not the one that makes the fewest mistakes."""
    run, blind = add_run(workspace, skill=0.5), add_run(workspace, loss="focal", skill=3.0)
    record = blind.reload().record
    record["result"]["validation"] |= {"argmax": {"accuracy": 0.99, "cer": None}, "dial": None}
    write_json(blind.folder / "run.json", record)
    found = finished_runs(RunStore(workspace))
    assert [each.id for each in found] == [run.id, blind.id]
    assert validation_cer(found[1]) is None


def test_what_is_named_elsewhere_comes_first_in_its_own_order(workspace: Workspace) -> None:
    for loss, skill in (("ce", 3.0), ("focal", 0.5)):
        for seed in (0, 1):
            add_run(workspace, loss=loss, skill=skill, seed=seed)
    store = RunStore(workspace)
    runs = finished_runs(store)
    focal = next(choice for choice in finished_choices(store) if choice.loss == "focal")
    expected = [run for run in runs if run.loss == "focal"] + [run for run in runs if run.loss == "ce"]
    assert [run.id for run in named_first(runs, focal)] == [run.id for run in expected]
    assert [run.id for run in runs] != [run.id for run in expected]
    assert named_first(runs, None) == runs


def test_without_finished_runs_there_is_nothing_to_choose(workspace: Workspace) -> None:
    add_run(workspace, "stopped")
    assert finished_runs(RunStore(workspace)) == []


def test_rates_are_those_of_the_calibrated_decisions_at_the_dial() -> None:
    stored = cases([0.1, 0.4, 0.4, 0.9], [0, 1, 0, 1])
    found = rates_at_dial(stored, BUNDLE)
    assert (found["accuracy"].events, found["cer"].events, found["over_call_rate"].events) == (3, 1, 0)
    cautious = rates_at_dial(stored, replace(BUNDLE, dial=Dial("severity", 1.0)))
    assert (cautious["accuracy"].events, cautious["cer"].events, cautious["over_call_rate"].events) == (3, 0, 1)
    shifted = replace(BUNDLE, calibration=Calibration(1.0, np.array([-5.0, 0.0])))
    assert rates_at_dial(stored, shifted)["over_call_rate"].events == 2
    harmless = replace(BUNDLE, matrix=SeverityMatrix(CLASSES, [[0, 2], [10, 0]], critical=11))
    with pytest.raises(InputError, match="no confusion is critical"):
        rates_at_dial(stored, harmless)


def test_examples_run_from_the_highest_to_the_lowest_risk() -> None:
    # Called naevus below one half: the risk is the probability of melanoma there, and 0 above.
    stored = cases([0.2, 0.9, 0.45, 0.1, 0.3], [0, 1, 1, 0, 0])
    found = examples(stored, BUNDLE)
    assert [(one.sample, one.truth) for one in found] == [
        ("2.png", "melanoma"),
        ("0.png", "naevus"),
        ("1.png", "melanoma"),
    ]
    assert len(examples(cases([0.2, 0.3], [0, 0]), BUNDLE)) == 2
    assert examples(cases([], []), BUNDLE) == []
