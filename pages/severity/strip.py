"""The images whose call changed, before and now; a table where images are not at hand."""

from collections.abc import Sequence

import streamlit as st

from pages.kit import cached
from pages.kit.gallery import Badge, Picture, gallery
from pages.severity.whatif_tried import Tried
from riskcore.data.manifest import Manifest
from riskcore.errors import InputError
from riskcore.judging.changes import Change, changes, mixed

SHOWN = 4
"""Beside the grid; the others are under Details."""

_A_PAGE, _COLUMNS = 12, 6
_BADGES = {
    "worse": Badge("More harm", ":material/trending_up:", "red"),
    "better": Badge("Less harm", ":material/trending_down:", "green"),
    "equal": Badge("As much harm", ":material/trending_flat:", "gray"),
}


def strip(tried: Tried) -> None:
    """A few beside the grid, of those that do less harm and those that do more in turn."""
    found = mixed(changes(tried.result), SHOWN)
    if not found:
        return
    manifest = _manifest(tried)
    with st.container(key="severity_strip"):
        if manifest is None:
            _table(found, tried.seeds)
        else:
            gallery([_picture(change, manifest, tried) for change in found], SHOWN)


def changes_panel(tried: Tried) -> None:
    """All of them, page by page."""
    found = changes(tried.result)
    if not found:
        st.markdown("No decision changes.")
        return
    manifest = _manifest(tried)
    if manifest is None:
        _table(found, tried.seeds)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Most at stake first: the greater of the two severities.")
        pages = -(-len(found) // _A_PAGE)
        page = st.pagination(pages, key="severity_page") if pages > 1 else 1
    shown = found[(page - 1) * _A_PAGE : page * _A_PAGE]
    gallery([_picture(change, manifest, tried, detailed=True) for change in shown], _COLUMNS)


def _manifest(tried: Tried) -> Manifest | None:
    """Where the images lie; None for a file, and for a data set that was unregistered: the predictions remain."""
    try:
        return None if tried.source.choice is None else cached.manifest(tried.source.choice.data)
    except InputError:
        return None


def _picture(change: Change, manifest: Manifest, tried: Tried, detailed: bool = False) -> Picture:
    caption = [f"Truth: {change.truth}", f"Before: {change.earlier}", f"Now: {change.now}"]
    if detailed:
        caption.append(f"Harm: {change.earlier_harm:g}, now {change.harm:g}")
    if detailed and tried.seeds > 1:
        caption.append(f"In {change.times} of {tried.seeds} seeds")
    alt = f"{change.sample}: truth {change.truth}, before {change.earlier}, now {change.now}"
    return Picture(manifest.path(change.sample), alt, caption, _BADGES[change.effect])


def _table(changed: Sequence[Change], seeds: int) -> None:
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
    st.dataframe(columns, hide_index=True, alt="The decisions that change, most at stake first")
