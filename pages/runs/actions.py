"""The buttons of a run: exactly what can be done with it in the state in which it was found."""

from functools import partial

import streamlit as st

from pages.kit.links import link_to
from pages.runs.again import train_more
from pages.runs.notice import act, delete
from riskcore.jobs.queue import start_workers
from riskcore.runs.folder import Run
from riskcore.runs.store import RunStore
from riskcore.words.run_states import possible_actions

MOVES = {
    "first": ("First", ":material/vertical_align_top:"),
    "up": ("Up", ":material/arrow_upward:"),
    "down": ("Down", ":material/arrow_downward:"),
    "last": ("Last", ":material/vertical_align_bottom:"),
}
"""Place as `RunStore.move` takes it -> words and icon of its button."""


def run_actions(run: Run) -> None:
    """Draw the buttons of a run, side by side."""
    with st.container(horizontal=True, vertical_alignment="center", width="content"):
        for action in possible_actions(run):
            if action == "move":
                move_buttons(run, "_run")
            elif action == "delete":
                delete_button(run.id, "_run")
            elif action == "compare":
                link_to("compare", "Compare it", compare_beside=run.id)
            elif action == "predict":
                link_to("predict", "Predict with it", predict_run=run.id)
            elif action == "train":
                train_more([run], "Train anew", seeds=0)
            else:
                _button(run, action, "_run")


def queue_actions(run: Run) -> None:
    """Draw the buttons of a run in the list of the queue."""
    move_buttons(run, "_queue")
    _button(run, "cancel", "_queue")


def move_buttons(run: Run, prefix: str) -> None:
    """Draw the buttons that change the place of a queued run; `prefix` tells those of two panels apart."""
    for place, (label, icon) in MOVES.items():
        st.button(
            label,
            icon=icon,
            key=f"{prefix}_{place}_{run.id}",
            on_click=act,
            args=(partial(RunStore.move, id=run.id, place=place), f"Run {run.id} has its new place in the queue."),
        )


def delete_button(id: str, prefix: str) -> None:
    """Draw the button that moves a run into the trash; it asks nothing, since that can be undone."""
    st.button(
        "Delete",
        icon=":material/delete:",
        help="Into the trash, from which it can be restored.",
        key=f"{prefix}_delete_{id}",
        on_click=delete,
        args=((id,),),
    )


def _button(run: Run, action: str, prefix: str) -> None:
    id = run.id
    label, icon, done, help = {
        "stop": ("Stop", "stop", f"Run {id} was asked to stop.", "It saves and stops; it can be resumed."),
        "resume": ("Resume", "play_arrow", f"Run {id} is queued again.", "It goes on from its last saved epoch."),
        "cancel": ("Cancel", "cancel", f"Run {id} is out of the queue.", "Out of the queue; it can be resumed."),
    }[action]
    st.button(
        label,
        icon=f":material/{icon}:",
        help=help,
        key=f"{prefix}_{action}_{id}",
        on_click=act,
        args=(partial(_DO[action], id=id), done),
    )


def _resume(store: RunStore, id: str) -> None:
    store.requeue(id)
    start_workers(store.workspace)


_DO = {"stop": RunStore.stop, "resume": _resume, "cancel": RunStore.cancel}
