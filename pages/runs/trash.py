"""The trash: deleted runs, which can be restored or removed for good."""

import streamlit as st

from pages.kit import cached
from pages.runs.notice import act, restore
from riskcore.runs.folder import Run
from riskcore.runs.store import RunStore
from riskcore.runs.unread import UnreadRun

_SHOWN = 10
_OPEN = "_runs_dialog"


def runs_trash() -> None:
    """Draw the trash, nothing when it is empty."""
    store = cached.store()
    count = store.trash_count()
    if not count:
        return
    with st.expander(f"Trash: {count} deleted", icon=":material/delete:", key="_runs_trash"):
        deleted: list[Run | UnreadRun] = [*store.trashed(limit=_SHOWN), *store.trashed_unread()[:_SHOWN]]
        for run in deleted:
            with st.container(horizontal=True, vertical_alignment="center"):
                named = "" if isinstance(run, UnreadRun) or run.annotation.name is None else f"{run.annotation.name}, "
                st.text(f"{named}{run.id}, {run.state}", width="stretch")
                st.button(
                    "Restore",
                    icon=":material/restore_from_trash:",
                    key=f"_runs_restore_{run.id}",
                    on_click=restore,
                    args=((run.id,),),
                )
        if count > _SHOWN:
            st.text("Older ones are not listed: `riskcore runs trash` lists them all.")
        if st.button("Empty the trash …", icon=":material/delete_forever:", key="_runs_empty"):
            st.session_state[_OPEN] = True
            _confirm(count)


def dialog_is_open() -> bool:
    """Whether the question is on the screen: rerunning the whole app would take it away."""
    return bool(st.session_state.get(_OPEN))


def _close() -> None:
    st.session_state[_OPEN] = False


@st.dialog("Empty the trash?", on_dismiss=_close)
def _confirm(count: int) -> None:
    runs = "1 run is" if count == 1 else f"{count} runs are"
    st.write(f"{runs} removed for good, with weights and predictions. This cannot be undone.")
    with st.container(horizontal=True):
        removed = st.button("Remove for good", type="primary", key="_runs_empty_yes", on_click=_empty)
        kept = st.button("Keep them", key="_runs_empty_no", on_click=_close)
    if removed or kept:
        st.rerun()  # takes the question away


def _empty() -> None:
    act(RunStore.empty_trash, "The trash is empty.")
    _close()
