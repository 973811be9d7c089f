"""What the last action on runs did, in one line that stays for a while and, after a deletion, offers to undo it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.kit.plain_text import escaped
from pages.runs.filters import look_at
from riskcore.errors import InputError, RunError
from riskcore.runs.store import RunStore

_KEY = "_runs_notice"
_SECONDS = 60.0


@dataclass(frozen=True)
class _Notice:
    text: str
    error: bool
    deleted: tuple[str, ...]
    until: float


def act(action: Callable[[RunStore], object], done: str = "") -> None:
    """Do something with the runs, as the callback of a control, and keep what came of it for `notice`.

    The run may have changed since the control was drawn: what the engine says to that is the notice then.

    Args:
        action: what is done.
        done: what to say when it worked; "" where the control itself shows it.
    """
    with shown_errors():
        try:
            action(cached.store())
        except (InputError, RunError) as error:
            tell(str(error), error=True)
        else:
            _forget() if done == "" else tell(done)


def delete(ids: Sequence[str]) -> None:
    """Move runs into the trash, as a button's callback; those that cannot go stay, and the first reason is said."""
    with shown_errors():
        gone, refused = [], []
        for id in ids:
            try:
                gone.append(cached.store().delete(id).id)
            except (InputError, RunError) as error:
                refused.append(str(error))
        said = f"Run {gone[0]} is in the trash." if len(gone) == 1 else f"{len(gone)} runs are in the trash."
        tell(" ".join([*([said] if gone else []), *refused[:1]]), error=bool(refused), deleted=gone)


def tell(text: str, *, error: bool = False, deleted: Sequence[str] = ()) -> None:
    """Keep a line for `notice`; `deleted`: ids of runs that can be brought back."""
    st.session_state[_KEY] = _Notice(text, error, tuple(deleted), time.monotonic() + _SECONDS)


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
        if last.deleted:
            st.button(
                "Undo",
                icon=":material/undo:",
                key=f"_runs_undo_{'_'.join(last.deleted)}",
                on_click=restore,
                args=(last.deleted,),
            )


def restore(ids: Sequence[str]) -> None:
    """Bring runs back from the trash and look at the first, as a button's callback."""

    def back(store: RunStore) -> None:
        for id in ids:
            store.restore(id)
        look_at(ids[0])

    act(back, f"Run {ids[0]} is back." if len(ids) == 1 else f"{len(ids)} runs are back.")


def _forget() -> None:
    st.session_state.pop(_KEY, None)
