"""The decisions that an edit changes: their images where there are some, else a table."""

import streamlit as st

from pages.kit import cached
from pages.kit.gallery import Badge, Picture, gallery
from pages.severity.whatif_tried import Tried
from riskcore.data.manifest import Manifest
from riskcore.errors import InputError
from riskcore.judging.changes import Change, changes

_A_PAGE, _COLUMNS = 12, 6
_BADGES = {
    "worse": Badge("More harm", ":material/trending_up:", "red"),
    "better": Badge("Less harm", ":material/trending_down:", "green"),
    "equal": Badge("As much harm", ":material/trending_flat:", "gray"),
}


def changes_panel(tried: Tried) -> None:
    """Draw them, those with most at stake first."""
    found = changes(tried.result)
    if not found:
        st.markdown("No decision changes.")
        return
    try:
        manifest = None if tried.source.choice is None else cached.manifest(tried.source.choice.data)
    except InputError:  # the data set was unregistered: the predictions remain
        manifest = None
    if manifest is None:
        _table(found, tried.seeds)
    else:
        _pictures(found, manifest, tried.seeds)


def _pictures(changed: list[Change], manifest: Manifest, seeds: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Most at stake first: the greater of the two severities.")
        pages = -(-len(changed) // _A_PAGE)
        page = st.pagination(pages, key="severity_page") if pages > 1 else 1
    gallery([_picture(change, manifest, seeds) for change in changed[(page - 1) * _A_PAGE : page * _A_PAGE]], _COLUMNS)


def _picture(change: Change, manifest: Manifest, seeds: int) -> Picture:
    caption = [
        f"Truth: {change.truth}",
        f"Before: {change.earlier}",
        f"Now: {change.now}",
        f"Harm: {change.earlier_harm:g}, now {change.harm:g}",
    ]
    if seeds > 1:
        caption.append(f"In {change.times} of {seeds} seeds")
    alt = f"{change.sample}: truth {change.truth}, before {change.earlier}, now {change.now}"
    return Picture(manifest.path(change.sample), alt, caption, _BADGES[change.effect])


def _table(changed: list[Change], seeds: int) -> None:
    columns = {
        "Case": [change.sample for change in changed],
        "Truth": [change.truth for change in changed],
        "Before": [change.earlier for change in changed],
        "Now": [change.now for change in changed],
        "Harm before": [change.earlier_harm for change in changed],
        "Harm now": [change.harm for change in changed],
    }
    if seeds > 1:
        columns["Seeds"] = [change.times for change in changed]
    st.dataframe(columns, hide_index=True, alt="The decisions that the edit changes, most at stake first")
