"""What Compare shows where there is nothing to compare: why, and a link to what comes next."""

import streamlit as st

from pages.kit import cached
from pages.kit.demo_start import demo_start
from pages.kit.links import link_to
from pages.kit.plain_text import escaped
from riskcore.data.registry import list_datasets
from riskcore.runs.choices import Choice

_ICON = ":material/balance:"


def no_run() -> None:
    """No training has finished."""
    under_way = [run for run in cached.store().list() if run.state in ("running", "queued")]
    if under_way:
        st.info("The first training has not finished yet.", icon=_ICON)
        link_to("runs", "See what trains")
        return
    st.info("Train plain and with severity on the same images; what each misses is compared here.", icon=_ICON)
    names = list_datasets(cached.workspace())
    with st.container(horizontal=True, vertical_alignment="center"):
        for name in names[:3]:
            link_to("train", f"Train on {escaped(name)}", train_data=name)
        if not names:
            link_to("datasets", "Register images")
            demo_start()


def none_chosen() -> None:
    """All trainings were taken out."""
    st.info("Choose the trainings to compare above.", icon=":material/arrow_upward:")


def one_alone(choice: Choice) -> None:
    """Nothing stands beside the baseline: where another one comes from."""
    others = [one for one in cached.finished_choices() if one.data == choice.data and one.id != choice.id]
    next_step = "Choose another above, or train one" if others else "Train another"
    st.markdown(f"**One training alone answers nothing.** {next_step} on the same images and seeds.")
    train_beside(choice)


def train_beside(choice: Choice) -> None:
    """A link that trains on the data set and by the matrix of a training."""
    link_to("train", f"Train on {escaped(choice.data)}", train_data=choice.data, train_matrix=choice.matrix)


def baseline_cannot(name: str, why: str, choice: Choice) -> None:
    """The baseline cannot be held to an accuracy."""
    st.warning(escaped(f"Nothing can be compared with {name}: {why}"), icon=":material/block:")
    train_beside(choice)
