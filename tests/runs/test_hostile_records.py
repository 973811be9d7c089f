"""Any value of a finished run's record replaced by any other: it is a run or a damaged one, and nothing else breaks."""

import copy
import json
import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from riskcore.jobs.estimates import estimates
from riskcore.runs import heart
from riskcore.runs.choices import finished_choices, labels
from riskcore.runs.comparable import newest_set, strength_sweeps
from riskcore.runs.flow import recorded_flow
from riskcore.runs.overview import entries
from riskcore.runs.progress import progress
from riskcore.runs.ranking import finished_runs
from riskcore.runs.store import RunStore
from riskcore.words.run_names import run_names
from riskcore.words.run_states import empty_log, meaning, possible_actions, seed_words, state_label, unread_words
from riskcore.words.training_names import training_names
from riskcore.workspace import Workspace

EARLIER = Path(__file__).parents[1] / "fixtures" / "before_rooms" / "home"
MUTANTS = 150
HOSTILE: list[Any] = [None, 5, -1, True, "x", "", [], {}, [1], {"a": 1}, 1e308, 2**63, 10**40, "running", "2026-01-01"]


def places(document: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key in document if isinstance(document, dict) else range(len(document)):
        yield (*place, key)
        if isinstance(document[key], dict | list):
            yield from places(document[key], (*place, key))


def mutant(record: dict[str, Any], choose: random.Random) -> dict[str, Any]:
    changed = copy.deepcopy(record)
    *above, last = choose.choice(list(places(record)))
    inside: Any = changed
    for key in above:
        inside = inside[key]
    if choose.random() < 0.2:
        del inside[last]
    else:
        inside[last] = choose.choice(HOSTILE)
    return changed


def use(store: RunStore) -> None:
    """What lists, the queue and screens ask of a workspace."""
    runs = store.list()
    assert len(runs) + len(store.unread()) == len(list(store.workspace.runs.iterdir()))
    store.page(limit=50, text="ce")
    assert sum(store.counts().values()) == len(runs)
    for ask in (store.queue, store.data_names, lambda: finished_runs(store)):
        ask()
    choices = finished_choices(store)
    entries(choices)
    labels(choices)
    training_names(choices)
    run_names(runs)
    newest_set(choices)
    strength_sweeps(choices)
    recorded_flow([run for run in runs if run.state == "finished"])
    estimates(store.workspace, [], runs)
    for run in runs:
        progress(run, run.metrics(), time.time())
        for say in (meaning, state_label, seed_words, possible_actions, empty_log):
            say(run)
    for unread in store.unread():
        assert "\n" not in unread_words(unread)


def test_no_value_of_a_record_breaks_what_looks_at_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heart, "WATCH_SECONDS", 0.0)
    shutil.copytree(EARLIER, tmp_path / "home")
    store = RunStore(Workspace(tmp_path / "home"))
    file = store.list(state="finished")[0].folder / "run.json"
    record, choose, damaged = json.loads(file.read_text()), random.Random(3), 0
    for _ in range(MUTANTS):
        file.write_text(json.dumps(mutant(record, choose)))
        use(store)
        damaged += len(store.unread())
    assert damaged > MUTANTS / 4
