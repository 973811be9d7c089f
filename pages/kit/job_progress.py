"""How far a job in the background is, looked at each second while it runs."""

import streamlit as st

from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.kit.plain_text import escaped
from riskcore.jobs import background

_SECONDS = 1.0


def job_progress(job: background.Job, name: str = "") -> bool:
    """Draw the progress of a job, or why it failed; the whole screen is drawn anew when it ends.

    Args:
        job, name: as `riskcore.jobs.background.start` takes them.

    Returns:
        Whether it is under way.
    """
    found = background.status(cached.workspace(), job, name)
    if found is None or found.state == "done":
        return False
    if found.state == "failed":
        st.error(f"It could not be finished. {escaped(found.error or '')}", icon=":material/error:")
        return False
    _watch(job, name)
    return True


@st.fragment(run_every=_SECONDS)
def _watch(job: background.Job, name: str) -> None:
    with shown_errors():
        found = background.status(cached.workspace(), job, name)
        if found is None or found.state != "running":
            st.rerun()
        share = found.done / found.total if found.total else 0.0
        text = f"{found.label}: {found.done:,} of {found.total:,}" if found.total else found.label
        st.progress(min(share, 1.0), text=escaped(f"{text[:1].upper()}{text[1:]}"))
