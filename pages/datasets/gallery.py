"""The images of a data set, class by class, page by page."""

import streamlit as st

from pages.kit.gallery import Picture, gallery
from pages.kit.plain_text import escaped
from riskcore.data.manifest import Manifest

CLASS = "data_class"
_COLUMNS = 6
_PAGE = 2 * _COLUMNS


def data_gallery(manifest: Manifest) -> None:
    """Draw the panel."""
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    label = left.selectbox("Class", manifest.classes, key=CLASS, bind="query-params")
    rows = manifest.table[manifest.table["label"] == label]
    if rows.empty:
        st.info(f"There is no image of {escaped(label)}.")
        return
    pages = -(-len(rows) // _PAGE)
    with right:
        page = st.pagination(pages, key="data_page", bind="query-params") if pages > 1 else 1
    shown = rows.iloc[(page - 1) * _PAGE : page * _PAGE]
    gallery([_picture(manifest, str(row.sample), str(row.group)) for row in shown.itertuples()], _COLUMNS)
    st.caption(f"{len(shown):,} of {len(rows):,} images of {escaped(label)}")


def _picture(manifest: Manifest, sample: str, group: str) -> Picture:
    caption = [sample.rsplit("/", 1)[-1], *([group] if manifest.has_groups and group != sample else [])]
    return Picture(manifest.path(sample), alt=f"Image {sample}", caption=caption)
