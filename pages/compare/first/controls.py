"""One floor and one caution for the whole page, whose cases it shows, and the run that is looked at."""

import streamlit as st

from pages.compare.choice import Chosen
from pages.compare.vendor import shown_on
from pages.compare.view import Setting, View, leader
from pages.kit.part import part_of_new
from pages.kit.standings import held_run, standings_at
from riskcore.decision.dial import Dial
from riskcore.decision.operating import Wish
from riskcore.decision.stops import STOPS
from riskcore.severity import RULES
from riskcore.words.glossary import tooltip

AT_FLOOR, CUSTOM = "At the floor", "Custom"
_AT_FLOOR_MEANING = "aims at the fewest dangerous mistakes that keep the accuracy floor on validation."
_RULES = {"severity": "average harm", "critical": "dangerous mistakes"}


def controls(chosen: Chosen) -> View:
    """Draw the controls in a row; what the page shows with them."""
    floors, cautions, runs = st.columns([1.05, 2.85, 0.95], gap="small", vertical_alignment="top")
    with floors:
        floor = _floor(chosen)
    with cautions:
        stop = _stop()
        caution, meaning = _caution(stop)
        setting = Setting(floor, caution, stop, meaning)
        part = part_of_new("compare_setting", setting.question(chosen.matrix), chosen.runs)
    chosen = shown_on(chosen, part)
    standings = tuple(standings_at(chosen.choices, chosen.matrix, _wanted(chosen, setting), part))
    with runs:
        of = _looked_at(chosen, leader(chosen, standings).id)
    return View(chosen, setting, part, standings, next(choice for choice in chosen.choices if choice.id == of))


def shown_floor(chosen: Chosen, setting: Setting) -> float:
    """The floor in force, a share."""
    return held_run(chosen.baseline, chosen.matrix).default_floor if setting.floor is None else setting.floor


def _wanted(chosen: Chosen, setting: Setting) -> "float | Wish | Dial | dict[tuple[int, int | None], float]":
    if setting.caution is not None:
        return setting.caution
    return dict(held_run(chosen.baseline, chosen.matrix).default_floors) if setting.floor is None else setting.floor


def _floor(chosen: Chosen) -> float | None:
    """The floor, a share; None for the one to begin with, which each of the baseline's members has of its own."""
    held = [held_run(choice, chosen.matrix) for choice in chosen.choices]
    standard = held_run(chosen.baseline, chosen.matrix).default_floor
    shown = round(100 * standard, 1)
    best = 100 * max(run.best_accuracy for run in held)
    value = st.slider(
        "Accuracy on validation, at least",
        max(0.0, float(round(shown - 25))),
        min(100.0, float(round(max(best, shown) + 1))),
        shown,
        step=0.1,
        format="%.1f %%",
        key="compare_floor",
        bind="query-params",
        help="The accuracy floor: each training's caution is chosen on validation cases to keep it. To begin with it "
        f"is that of the baseline less 1 point.\n\n{tooltip('operating point')}",
    )
    return None if value == shown else value / 100


def _stop() -> str:
    stop: str = st.segmented_control(
        "Caution",
        [AT_FLOOR, *STOPS, CUSTOM],
        default=AT_FLOOR,
        required=True,
        key="compare_caution",
        bind="query-params",
        help=f"{tooltip('aversion')}\n\n“{AT_FLOOR}”: each training {_AT_FLOOR_MEANING} Any other caution decides "
        "instead of the floor.",
    )
    return stop


def _caution(stop: str) -> tuple[Wish | Dial | None, str]:
    """What decides, None for the floor, and its meaning; of `CUSTOM` the controls that ask for it."""
    if stop == AT_FLOOR:
        return None, _AT_FLOOR_MEANING
    if stop != CUSTOM:
        return STOPS[stop].caution, STOPS[stop].meaning
    left, right = st.columns([2, 1], gap="medium")
    aversion = left.slider(
        "Fine setting",
        0.0,
        1.0,
        0.5,
        step=0.01,
        key="compare_aversion",
        bind="query-params",
        help=tooltip("aversion"),
    )
    rule = right.selectbox(
        "What caution avoids",
        RULES,
        format_func=_RULES.__getitem__,
        key="compare_rule",
        bind="query-params",
        help=tooltip("rule"),
    )
    return Dial(rule, aversion), f"{aversion:.2f} of 1, against {_RULES[rule]}; the same setting for every training."


def _looked_at(chosen: Chosen, first: str) -> str:
    """Id of the run whose images and details the page shows."""
    ids = [choice.id for choice in chosen.choices]
    id: str = st.selectbox(
        "Looked at",
        ids,
        index=ids.index(first),
        format_func=chosen.labels.__getitem__,
        key="compare_of",
        bind="query-params",
        help="Whose images and details are shown, here and in the tabs. A click on its point or bar chooses it, too.",
    )
    return id
