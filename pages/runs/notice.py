"""What the last action on a run did, in one line that stays for a while and, after a deletion, offers to undo it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import streamlit as st

from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.kit.plain_text import escaped
from pages.runs.filters import RUN
from riskcore.errors import InputError, RunError
from riskcore.runs.store import RunStore

_KEY = "_runs_notice"
_SECONDS = 60.0


@dataclass(frozen=True)
class _Notice:
    text: str
    error: bool
    deleted: str | None
    until: float


def act(action: Callable[[RunStore], object], done: str, deleted: str | None = None) -> None:
    """Do something with the runs, as the callback of a button, and keep what came of it for `notice`.

    The run may have changed since the button was drawn: what the engine says to that is the notice then.

    Args:
        action: what is done.
        done: what to say when it worked.
        deleted: id of the run that it deletes, which can be brought back.
    """
    with shown_errors():
        try:
            action(cached.store())
        except (InputError, RunError) as error:
            tell(str(error), error=True)
        else:
            tell(done, deleted=deleted)


def tell(text: str, *, error: bool = False, deleted: str | None = None) -> None:
    """Keep a line for `notice`; arguments as for `act`."""
    st.session_state[_KEY] = _Notice(text, error, deleted, time.monotonic() + _SECONDS)


def notice() -> None:
    """Draw what the last action did."""
    last: _Notice | None = st.session_state.get(_KEY)
    if last is None or time.monotonic() > last.until:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if last.error:
            st.error(escaped(last.text), icon=":material/error:")
        else:
            st.success(escaped(last.text), icon=":material/check:")
        if last.deleted is not None:
            st.button(
                "Undo",
                icon=":material/undo:",
                key="_runs_undo",
                on_click=act,
                args=(partial(restore, id=last.deleted), f"Run {last.deleted} is back."),
            )


def restore(store: RunStore, id: str) -> None:
    """Bring a run back from the trash and look at it."""
    store.restore(id)
    st.session_state[RUN] = id
