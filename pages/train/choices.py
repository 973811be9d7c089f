"""Train, under Advanced: what the preset sets, and everything else that can be set."""

from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.kit.plain_text import escaped
from pages.kit.wish_picker import wish_picker
from pages.train.presets import take_preset
from pages.train.settings import GROUPS, SHOWN, applies, label, setting, setting_key
from riskcore.config import PACKAGED
from riskcore.data.manifest import Manifest
from riskcore.jobs.recipes import Recipe, build, changes, starting_value, weights_of
from riskcore.words.glossary import tooltip

_FIRST = ("ce", "log_harm", "focal")
"""The losses that are offered before the others."""


def choose_recipe(data: Manifest, matrix: str, preset: str, note: DeltaGenerator) -> Recipe:
    """Ask for losses, strengths, seeds, backbones and the rest.

    Args:
        data: the data set.
        matrix: name of a severity matrix.
        preset: where to start from.
        note: where to say what differs from the preset.

    Raises:
        InputError: the choices make no recipe.
    """
    known = SHOWN["loss.form"].choices
    left, middle, right, last = st.columns([3, 2, 1.2, 3])
    choices: dict[str, Any] = {
        "losses": left.multiselect(
            label("losses"),
            list(dict.fromkeys([*_FIRST, *known])),
            default=starting_value(preset, "losses"),
            key=setting_key("losses"),
            bind="query-params",
            help="What training minimises. " + " ".join(f"{name}: {text}." for name, text in known.items()),
        ),
        "strengths": middle.multiselect(
            label("strengths"),
            ["0.3", "1", "3", "10", "30"],
            default=starting_value(preset, "strengths"),
            accept_new_options=True,
            key=setting_key("strengths"),
            bind="query-params",
            help="How much severity weighs in each loss that reads the matrix (s); ce, focal and other losses that "
            "know no severity are trained once. Type a number to add it.",
        ),
        "seeds": right.number_input(
            label("seeds"),
            min_value=1,
            max_value=50,
            value=starting_value(preset, "seeds"),
            key=setting_key("seeds"),
            bind="query-params",
            help=tooltip("seed") + " Several tell a difference from luck.",
        ),
    }
    with last:
        models = _choose_backbones()
    weights = _choose_weights(models)
    for title, names in GROUPS.items():
        st.markdown(f"**{title}**")
        columns = st.columns(4)
        for place, name in enumerate(name for name in names if applies(name, data, choices)):
            with columns[place % 4]:
                choices[name] = setting(name, preset, data, choices, models)
    st.markdown("**Caution**")
    wish = wish_picker("train")
    with note:
        _say_what_changed(preset, choices)
    recipe = build(data.name, matrix, models, weights, choices, str(wish))
    with last:
        for model in recipe.models:
            if model.size != (choices["model.size"] or model.size):
                st.caption(f"{escaped(model.name)}: {model.size} pixels a side, a multiple of its patches.")
    return recipe


def _choose_backbones() -> list[str]:
    known = SHOWN["model.name"].choices
    return st.multiselect(
        label("model.name"),
        list(known),
        default=[PACKAGED],
        accept_new_options=True,
        key="train_models",
        bind="query-params",
        help="The networks that look at the images. "
        + " ".join(f"{name}: {note}." for name, note in known.items())
        + " Type the name of any other classification model of timm to add it.",
    )


def _choose_weights(models: list[str]) -> str:
    """Where the weights of backbones come from that are not installed with riskcore; asked where there is one."""
    others = [name for name in models if weights_of(name, "hub") == "hub"]
    if not others:
        return "hub"
    known = SHOWN["model.weights"].choices
    return st.selectbox(
        f"{label('model.weights')} of {escaped(', '.join(others))}",
        list(known),
        format_func=known.__getitem__,
        key="train_weights",
        bind="query-params",
        help="The hub's weights are downloaded once, so this machine needs the internet the first time. "
        "From a random start a network needs far more images and epochs.",
    )


def _say_what_changed(preset: str, choices: dict[str, Any]) -> None:
    differing = changes(preset, choices)
    if not differing:
        return
    named = ", ".join(label(name).lower() for name in differing)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge("Custom", icon=":material/edit:", color="orange")
        st.markdown(f"{preset}, but with other {named}.", width="content")
        st.button(f"Back to {preset}", on_click=take_preset, key="train_back", type="tertiary", icon=":material/undo:")
