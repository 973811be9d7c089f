"""From ids to predictions and matrices, on runs whose results are made up."""

from pathlib import Path

import numpy as np
import pytest

from riskcore.errors import InputError
from riskcore.runs import results
from riskcore.runs.predictions_file import PREDICTIONS, write_predictions
from riskcore.runs.store import RunStore
from riskcore.workspace import Workspace
from tests.helpers.simulated import MATRIX, run


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(Workspace(tmp_path / "workspace"))


def made(store: RunStore, state="finished", *, loss="ce", model="resnet18", **config):
    """A run of the store that ended in a state, with simulated predictions where it finished."""
    labels = {"data": "toy", "matrix": "toy", "model": model, "loss": loss}
    created = store.create({"model": model, **config}, **labels, files={"matrix.json": MATRIX.to_json()})
    if state != "queued":
        with created.claim():
            if state == "finished":
                (member,) = run(created.id, 1.5, n=40, seeds=(config.get("seed", 0),)).members
                parts = {"validation": member.validation, "test": member.test}
                write_predictions(created.folder / PREDICTIONS, MATRIX.classes, parts)
            created.end(state)
    return created


def test_a_run_is_found_by_the_beginning_of_its_id_and_shown_by_all_of_it(store: RunStore) -> None:
    only = made(store, seed=4)
    found = results.predictions(store, only.id[:-2])
    assert (found.id, found.classes, found.seeds) == (only.id, MATRIX.classes, (4,))
    expected = run("x", 1.5, n=40, seeds=(4,)).members[0]
    np.testing.assert_array_equal(found.members[0].test.logits, expected.test.logits)
    assert results.own_matrix(store, only.id) == MATRIX


def test_a_pool_needs_a_finished_run_of_every_seed(store: RunStore) -> None:
    first, again = made(store, "failed", seed=0), made(store, seed=0)
    other = made(store, seed=1)
    assert first.pool == again.pool == other.pool
    found = results.predictions(store, first.pool)
    assert (found.id, found.seeds, len(found.members)) == (first.pool, (0, 1), 2)
    waiting = made(store, "queued", seed=2)
    with pytest.raises(InputError) as caught:
        results.predictions(store, first.pool)
    assert str(caught.value) == (
        f"Run {waiting.id} is queued: only finished runs can be judged; see `riskcore runs show {waiting.id}`."
    )


def test_labels_are_losses_and_tell_equal_ones_apart(store: RunStore) -> None:
    one, two = made(store, loss="focal"), made(store, loss="log_harm s=3")
    third = made(store, loss="focal", model="resnet50")
    assert results.labels(store, [one.id, two.id]) == {one.id: "focal", two.id: "log_harm s=3"}
    assert results.labels(store, [one.id, third.id]) == {
        one.id: f"focal ({one.id})",
        third.id: f"focal ({third.id})",
    }
    assert results.labels(store, [one.id, one.id]) == {one.id: "focal"}


def test_a_bundle_is_found_by_run_or_by_folder(store: RunStore) -> None:
    first, second = made(store, seed=0), made(store, seed=1)
    assert results.bundle_folder(store, first.id) == first.folder / "bundle"
    (first.folder / "bundle").mkdir()
    assert results.bundle_folder(store, str(first.folder)) == first.folder / "bundle"
    assert results.bundle_folder(store, str(first.folder / "bundle")) == first.folder / "bundle"
    with pytest.raises(InputError) as caught:
        results.bundle_folder(store, first.pool)
    assert str(caught.value) == f"{first.pool} is a pool of 2 runs; give one of them, e.g. {first.id}."
    failed = made(store, "failed", loss="focal")
    with pytest.raises(InputError, match="only finished runs can be judged"):
        results.bundle_folder(store, failed.id)
    assert second.pool == first.pool
