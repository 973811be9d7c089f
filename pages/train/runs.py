"""Train: the runs that the choices make, their times and their device, and the button that launches them."""

import pandas as pd
import streamlit as st

from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.kit.links import link_to
from pages.kit.plain_text import escaped
from pages.train.measure import measure_speed
from pages.train.plan import Planned, planned, standing
from pages.train.settings import label, setting_key
from riskcore.data.readiness import Readiness
from riskcore.jobs.estimates import Estimate, duration, total
from riskcore.jobs.launch import Obstacle, launch
from riskcore.jobs.recipes import Recipe
from riskcore.words.device import device_words, side_by_side

_STATES = {
    "finished": "finished, not trained again",
    "running": "running",
    "queued": "queued",
    "stopped": "goes on where it was stopped",
    "interrupted": "goes on where it was interrupted",
}
_ROWS_SHOWN = 8


def planned_runs(recipe: Recipe) -> Planned | None:
    """Say what stands in the way (None), or show the runs and offer to launch them."""
    barrier, ready = standing(recipe)
    if barrier is not None:
        _blocked(barrier)
        return None
    assert ready is not None
    shown = planned(recipe, ready)
    with st.container(border=True):
        left, right = st.columns([4, 1], vertical_alignment="center")
        left.markdown(_summary(recipe, shown))
        clicked = right.button(
            _launch_label(shown),
            type="primary",
            icon=":material/play_arrow:",
            disabled=not shown.to_train or ready.unreadable > 0,
            width="stretch",
            key="train_launch",
        )
    _launched(recipe, clicked)
    if all(run is not None and run.state == "finished" for run in shown.found):
        link_to("compare", "All of them have finished: compare them")
    _images(ready)
    measure_speed(shown)
    _table(shown)
    return shown


def _blocked(barrier: Obstacle) -> None:
    st.error(f"Cannot be launched: {escaped(barrier.reason)}", icon=":material/block:")
    if barrier.drop_leaks_helps:
        st.button("Leave those images out", on_click=_drop_leaks, icon=":material/filter_alt:", key="train_drop")


def _drop_leaks() -> None:
    st.session_state[setting_key("data.drop_leaks")] = True


def _summary(recipe: Recipe, shown: Planned) -> str:
    left = [shown.estimates[place] for place in shown.to_train]
    there = len(shown.plans) - len(left)
    parts = [f"**{len(shown.plans):,} run{'' if len(shown.plans) == 1 else 's'}**"]
    if there:
        parts.append(f"{there:,} queued, running or trained already")
    if left:
        seconds, beside = total(left), min(side_by_side(recipe.train.device), len(left))
        order = "one after the other" if beside == 1 else f"{beside} at a time"
        parts.append(
            "time **not measured yet**" if seconds is None else f"about **{duration(seconds / beside)}**, {order}"
        )
    parts.append(f"on **{device_words(recipe.train.device)}**")
    return " · ".join(parts)


def _launch_label(shown: Planned) -> str:
    count = len(shown.to_train)
    return "Nothing to launch" if not count else f"Launch {count:,} run{'' if count == 1 else 's'}"


def _launched(recipe: Recipe, clicked: bool) -> None:
    """Launch when asked to, and go on saying so until something else is chosen."""
    if clicked:
        with shown_errors():
            with st.spinner("Checking backbones and data …"):
                done = launch(cached.workspace(), recipe)
            st.session_state["train_launched"] = (recipe.model_dump_json(), done.text())
            st.rerun()
    of, text = st.session_state.get("train_launched", ("", ""))
    if of == recipe.model_dump_json():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.success(
                f"{text} They go on when this page or the browser is closed.", icon=":material/check:", width="stretch"
            )
            link_to("runs", "Watch them")


def _images(ready: Readiness) -> None:
    counts = ready.images
    text = f"{counts['train']:,} images to train, {counts['validation']:,} to validate, {counts['test']:,} to test."
    if ready.unreadable:
        st.error(
            f"Cannot be launched: {ready.unreadable:,} image{' is' if ready.unreadable == 1 else 's are'} unreadable; "
            "the audit names them. Replace or remove them, then register the data set again.",
            icon=":material/block:",
        )
        link_to("datasets", "See the audit")
    elif not ready.audited:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"{text} Not audited yet: the first run looks for duplicates and unreadable files first.")
            link_to("datasets", "Audit now")
    elif ready.leaks:
        st.caption(text)
        st.warning(
            f"{ready.leaks:,} of the training and validation images have a duplicate, or their patient, in a later "
            f"part, which flatters results. “{label('data.drop_leaks')}” under More settings drops them.",
            icon=":material/content_copy:",
        )
    else:
        st.caption(text)
    for sentence in ready.missing:
        st.warning(escaped(sentence), icon=":material/warning:")


def _time(estimate: Estimate) -> str:
    return estimate.basis if estimate.seconds is None else duration(estimate.seconds)


def _table(shown: Planned) -> None:
    rows = []
    for plan, run, estimate in zip(shown.plans, shown.found, shown.estimates, strict=True):
        config = plan.config
        done = run is not None and run.state == "finished"
        rows.append(
            {
                "Backbone": config.model.name,
                "Loss": config.loss.label,
                "Seed": config.seed,
                "Fold": config.fold,
                "State": "new" if run is None else _STATES[run.state],
                "Estimated time": "–" if done else _time(estimate),
                "Where that comes from": "" if done or estimate.seconds is None else estimate.basis,
            }
        )
    frame = pd.DataFrame(rows)
    if frame["Fold"].isna().all():
        frame = frame.drop(columns="Fold")
    st.dataframe(
        frame,
        hide_index=True,
        height="auto" if len(frame) <= _ROWS_SHOWN else 35 * (_ROWS_SHOWN + 1) + 3,
        alt="The runs that would be trained, one a row, with their estimated time.",
    )
