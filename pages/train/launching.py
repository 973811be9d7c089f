"""Train: the button that names what it queues, what stands in its way, and what it has done."""

from collections import Counter
from hashlib import sha256

import streamlit as st

from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.kit.links import link_to
from pages.kit.plain_text import escaped
from pages.train.plan import Past, Planned, planned, standing
from pages.train.presets import run_words, time_words
from pages.train.settings import label, setting_key
from riskcore.data.readiness import Readiness
from riskcore.jobs.launch import Obstacle, launch
from riskcore.jobs.recipes import Recipe
from riskcore.words.device import device_words, side_by_side
from riskcore.words.training_names import training_kind

_DONE = "train_launched"


def launching(recipe: Recipe, before: Past) -> Planned | None:
    """Offer to launch a recipe's runs; None, and why, where something stands in the way."""
    barrier, ready = standing(recipe)
    if barrier is not None or ready is None:
        _blocked(barrier)
        return None
    shown = planned(recipe, ready, before)
    with st.container(horizontal=True, vertical_alignment="center"):
        clicked = st.button(
            _button_words(recipe, shown),
            type="primary",
            icon=":material/play_arrow:",
            disabled=not shown.to_train or ready.unreadable > 0,
            # A click on a button that was drawn for other choices is nobody's click.
            key=f"train_launch {sha256(recipe.model_dump_json().encode()).hexdigest()[:16]}",
        )
        st.markdown(_summary(recipe, shown), width="content")
    _launched(recipe, clicked)
    if all(run is not None and run.state == "finished" for run in shown.found):
        link_to("compare", "All of them have finished: compare them", compare_data=recipe.data.name)
    _notice(ready, quiet=_done_of(recipe) is not None)
    with st.expander("Details", icon=":material/info:"):
        _details(recipe, ready)
    return shown


def _blocked(barrier: Obstacle | None) -> None:
    if barrier is None:
        return
    st.error(f"Cannot be launched: {escaped(barrier.reason)}", icon=":material/block:")
    if barrier.drop_leaks_helps:
        st.button("Leave those images out", on_click=_drop_leaks, icon=":material/filter_alt:", key="train_drop")


def _drop_leaks() -> None:
    st.session_state[setting_key("data.drop_leaks")] = True


def _button_words(recipe: Recipe, shown: Planned) -> str:
    if not shown.to_train:
        return f"Nothing left to train on {escaped(recipe.data.name)}"
    return f"Train {run_words(len(shown.to_train))} on {escaped(recipe.data.name)}"


def _summary(recipe: Recipe, shown: Planned) -> str:
    kinds = Counter(training_kind(plan.config.loss.model_dump()) for plan in shown.plans)
    parts = [", ".join(f"{count:,} {kind}" for kind, count in kinds.items())]
    if shown.to_train and (there := len(shown.plans) - len(shown.to_train)):
        parts.append(f"{there:,} of them there already")
    parts.append(f"**{time_words(shown)}**")
    return " · ".join(parts)


def _launched(recipe: Recipe, clicked: bool) -> None:
    """Launch when asked to, and go on saying so until something else is chosen."""
    if clicked:
        with shown_errors():
            with st.spinner("Checking backbones and data …"):
                done = launch(cached.workspace(), recipe)
            st.session_state[_DONE] = (recipe.model_dump_json(), done.text())
            st.rerun()
    if (text := _done_of(recipe)) is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.success(
                f"On {escaped(recipe.data.name)}: {text} They go on when this page or the browser is closed.",
                icon=":material/check:",
                width="stretch",
            )
            link_to("runs", "Watch them")


def _done_of(recipe: Recipe) -> str | None:
    of, text = st.session_state.get(_DONE, (None, None))
    return text if of == recipe.model_dump_json() else None


def _notice(ready: Readiness, quiet: bool) -> None:
    """The one that matters most, in colour; none beside another, `quiet`: there all stand under Details."""
    if ready.unreadable:
        st.error(
            f"Cannot be launched: {ready.unreadable:,} image{' is' if ready.unreadable == 1 else 's are'} unreadable; "
            "the audit names them. Replace or remove them, then register the data set again.",
            icon=":material/block:",
        )
        link_to("datasets", "See the audit")
    elif (warnings := _warnings(ready)) and not quiet:
        st.warning(warnings[0], icon=":material/warning:")


def _warnings(ready: Readiness) -> list[str]:
    found = [escaped(sentence) for sentence in ready.missing]
    if ready.leaks:
        found.append(
            f"{ready.leaks:,} of the training and validation images have a duplicate, or their patient, in a later "
            f"part, which flatters results. “{label('data.drop_leaks')}” under Advanced drops them."
        )
    return found


def _details(recipe: Recipe, ready: Readiness) -> None:
    counts, beside = ready.images, side_by_side(recipe.train.device)
    order = "one after the other" if beside == 1 else f"{beside} at a time"
    st.markdown(
        f"{counts['train']:,} images to train, {counts['validation']:,} to validate, {counts['test']:,} to test. "
        f"Runs go {order}, on {device_words(recipe.train.device)}."
    )
    for warning in _warnings(ready):
        st.markdown(f":material/warning: {warning}")
    if not ready.audited:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("Not audited yet: the first run looks for duplicates and unreadable files first.")
            link_to("datasets", "Audit now")
