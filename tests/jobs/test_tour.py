"""On which run the tour is given, and that it is not offered twice."""

from riskcore.data.registry import load_dataset, save_dataset
from riskcore.jobs.tour import remember_tour, tour_run, tour_seen
from riskcore.runs.choices import finished_choices
from riskcore.runs.store import RunStore
from riskcore.severity.store import load_matrix, save_matrix
from riskcore.workspace import Workspace
from tests.helpers.made_workspace import add_run, fill


def test_no_finished_run_no_tour(workspace: Workspace) -> None:
    add_run(workspace, "failed")
    assert tour_run(finished_choices(RunStore(workspace))) is None


def test_without_the_demo_the_newest_run_serves(workspace: Workspace) -> None:
    fill(workspace)
    choices = finished_choices(RunStore(workspace))
    assert tour_run(choices) is choices[0]


def test_it_stays_with_the_run_that_a_step_has_shown(workspace: Workspace) -> None:
    fill(workspace)
    newest, other = finished_choices(RunStore(workspace))[:2]
    assert tour_run([newest, other], other.id) is other
    assert tour_run([newest, other], "gone") is newest


def test_the_demos_cross_entropy_comes_first(workspace: Workspace) -> None:
    manifest, matrix = load_dataset(workspace, "patches"), load_matrix(workspace, "patches")
    object.__setattr__(manifest, "name", "demo")
    save_dataset(workspace, manifest)
    save_matrix(workspace, "demo", matrix)
    newest_first = [add_run(workspace, data="demo", loss=loss) for loss in ("ce", "focal")]
    add_run(workspace)
    shown = tour_run(finished_choices(RunStore(workspace)))
    assert shown is not None
    assert shown.id == newest_first[0].id
    without = [choice for choice in finished_choices(RunStore(workspace)) if choice.loss != "ce"]
    assert tour_run(without).id == newest_first[1].id


def test_it_is_remembered_and_a_damaged_file_only_offers_it_again(workspace: Workspace) -> None:
    assert not tour_seen(workspace)
    remember_tour(workspace)
    assert tour_seen(workspace)
    (workspace.root / "settings.json").write_text("{")
    assert not tour_seen(workspace)
    remember_tour(workspace)
    assert tour_seen(workspace)
