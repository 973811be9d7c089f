"""Train: what the engine says of a recipe, remembered while nothing that it depends on changes."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import streamlit as st

from pages.kit import cached
from riskcore.data.readiness import Readiness, readiness
from riskcore.jobs.estimates import Estimate, estimates
from riskcore.jobs.launch import Obstacle, drafted, obstacle
from riskcore.jobs.recipes import Recipe, configs
from riskcore.jobs.speed import speeds_file
from riskcore.jobs.submit import Plan, find
from riskcore.runs.folder import Run
from riskcore.severity.store import load_matrix


@dataclass(frozen=True)
class Planned:
    """A recipe's runs in their order, the run that is there already for each (or None), and their estimates."""

    plans: list[Plan]
    found: list[Run | None]
    estimates: list[Estimate]

    @property
    def to_train(self) -> list[int]:
        """Places of the runs that a launch would queue."""
        waiting = ("finished", "running", "queued")
        return [place for place, run in enumerate(self.found) if run is None or run.state not in waiting]

    @property
    def seconds_a_run(self) -> float | None:
        """The longest estimate of those that are known."""
        return max((each.seconds for each in self.estimates if each.seconds is not None), default=None)


@dataclass(frozen=True)
class Past:
    """The runs that are there, by pool, and a text that changes when any of them does."""

    pools: dict[str, list[Run]]
    stamp: str


def past() -> Past:
    """Looked up once a drawing of the screen."""
    pools = cached.store().pools()
    states = " ".join(f"{run.id} {run.state}" for runs in pools.values() for run in runs)
    return Past(pools, sha256(states.encode()).hexdigest())


def planned(recipe: Recipe, ready: Readiness, before: Past) -> Planned:
    """The runs of a recipe that nothing stands in the way of."""
    stamps = (before.stamp, str(_changed(speeds_file(cached.workspace()))), str(_stamps(recipe)))
    return _planned(recipe.model_dump_json(), stamps, recipe, ready, before)


@st.cache_resource(max_entries=64, show_spinner=False)
def _planned(text: str, stamps: tuple[str, ...], _recipe: Recipe, _ready: Readiness, _before: Past) -> Planned:
    here = cached.workspace()
    plans = drafted(here, _recipe)
    found = [find(_before.pools.get(plan.pool, ()), plan.config) for plan in plans]
    runs = [run for members in _before.pools.values() for run in members]
    return Planned(plans, found, estimates(here, plans, runs, {_recipe.data: _ready.images}))


def standing(recipe: Recipe) -> tuple[Obstacle | None, Readiness | None]:
    """What stands in the way of a recipe, and, when nothing does, what is known of its images."""
    with st.spinner("Dividing the images …"):
        return _standing(recipe.narrow.model_dump_json(), _stamps(recipe), recipe)


@st.cache_resource(max_entries=64, show_spinner=False)
def _standing(
    narrow: str, stamps: tuple[tuple[str, int], ...], _recipe: Recipe
) -> tuple[Obstacle | None, Readiness | None]:
    here = cached.workspace()
    if found := obstacle(here, _recipe):
        return found, None
    first = configs(here, _recipe)[0]
    return None, readiness(here, first.data, load_matrix(here, first.matrix), first.fold)


def _stamps(recipe: Recipe) -> tuple[tuple[str, int], ...]:
    """Names and times of the files behind a recipe: data set, its audits, matrix."""
    here = cached.workspace()
    data = here.datasets / f"{recipe.data.name}.json"
    files = (data, here.datasets / f"{recipe.data.name}.audit", here.matrices / f"{recipe.matrix}.json")
    return tuple((str(file), _changed(file)) for file in files)


def _changed(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0
