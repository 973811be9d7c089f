"""Train: how long it may take, each answer with the time that this machine needs."""

import streamlit as st

from pages.kit.errors import shown_errors
from pages.train.plan import Past, Planned, planned, standing
from pages.train.settings import CHOICES, control_value, setting_key
from riskcore.config import PACKAGED
from riskcore.decision.operating import Wish
from riskcore.jobs.estimates import duration, total
from riskcore.jobs.recipes import PRESET_NOTES, PRESETS, Recipe, build
from riskcore.words.device import side_by_side


def choose_preset(data: str, matrix: str, before: Past) -> tuple[str, list[Planned]]:
    """Ask for a preset, which sets everything that it speaks of; with what is known of each that can be trained."""
    plans = {
        name: _planned(build(data, matrix, [PACKAGED], "hub", PRESETS[name], str(Wish())), before) for name in PRESETS
    }
    chosen = st.radio(
        "How long may it take?",
        list(PRESETS),
        captions=["not possible with these images" if plan is None else _caption(plan) for plan in plans.values()],
        horizontal=True,
        width="stretch",
        key="train_preset",
        bind="query-params",
        on_change=take_preset,
        help="\n\n".join(f"{name}: {note}" for name, note in PRESET_NOTES.items()),
    )
    return chosen, [plan for plan in plans.values() if plan is not None]


def take_preset() -> None:
    """Set the controls under Advanced to what the chosen preset says."""
    with shown_errors():
        preset = st.session_state["train_preset"]
        for name in CHOICES:
            st.session_state[setting_key(name)] = control_value(name, preset)


def time_words(shown: Planned) -> str:
    """How long the runs that are left take, e.g. "about 2 minutes"."""
    if not shown.to_train:
        ended = all(run is not None and run.state == "finished" for run in shown.found)
        return "trained already" if ended else "under way"
    left = [shown.estimates[place] for place in shown.to_train]
    seconds = total(left)
    if seconds is None:
        return "not measured yet"
    beside = min(side_by_side(shown.plans[0].config.train.device), len(left))
    return f"about {duration(seconds / beside)}"


def run_words(count: int) -> str:
    """Their number, e.g. "4 runs"."""
    return f"{count:,} run{'' if count == 1 else 's'}"


def _caption(shown: Planned) -> str:
    return f"{time_words(shown)} · {run_words(len(shown.plans))}"


def _planned(recipe: Recipe, before: Past) -> Planned | None:
    barrier, ready = standing(recipe)
    return None if barrier is not None or ready is None else planned(recipe, ready, before)
