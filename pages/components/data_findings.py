"""What an audit found, kind by kind: pictures of copies side by side, and tables."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages.components.gallery import Badge, Colour, Picture, gallery
from riskcore.data.audit import UNASSIGNED, Audit, DuplicateSet
from riskcore.data.audit_meaning import Finding, Kind, Weight
from riskcore.data.manifest import Manifest

_NAMES: dict[Kind, str] = {
    "unreadable": "Unreadable files",
    "groups": "Patients in two splits",
    "across": "Copies in two splits",
    "labels": "Two labels",
    "within": "Copies in one split",
}
_WEIGHTS: dict[Weight, tuple[Colour, str, str]] = {
    "blocks": ("red", ":material/block:", "Stops training"),
    "flatters": ("orange", ":material/warning:", "Flatters results"),
    "note": ("blue", ":material/info:", "To know"),
}
_PAGE = 3  # sets of copies
_COLUMNS = 4  # copies of one set side by side
_KINDS = {"bytes": "the same file", "pixels": "the same pixels", "near": "nearly the same picture"}


def headlines(found: Sequence[Finding]) -> None:
    """Draw one line a finding."""
    for each in found:
        colour, icon, words = _WEIGHTS[each.weight]
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.badge(words, icon=icon, color=colour)
            st.markdown(each.headline, width="content")


def data_findings(manifest: Manifest, findings: Audit, found: Sequence[Finding]) -> None:
    """Draw one kind of finding at a time.

    Args:
        manifest: the data set. findings: its audit. found: at least one finding.
    """
    by_name = {_NAMES[each.kind]: each for each in found}
    name = st.segmented_control(
        "Show",
        list(by_name),
        default=next(iter(by_name)),
        required=True,
        key="data_finding",
        bind="query-params",
        label_visibility="collapsed",
    )
    st.markdown(by_name[name].meaning)
    kind = by_name[name].kind
    if kind == "unreadable":
        rows = [{"File": each.sample, "Why it cannot be read": each.reason} for each in findings.unreadable]
        st.dataframe(pd.DataFrame(rows), hide_index=True, alt="Files that cannot be read, and why")
    elif kind == "groups":
        shared = [{"Patient, slide or lesion": each.group, **each.images} for each in findings.shared_groups]
        table = pd.DataFrame(shared).fillna(0)
        counted = table.columns[1:]
        st.dataframe(
            table.astype(dict.fromkeys(counted, int)).rename(
                columns={split: f"Images in {split}" for split in counted}
            ),
            hide_index=True,
            alt="Patients, slides or lesions in two splits, with their images in each",
        )
    else:
        _copies(manifest, _of_kind([*findings.exact, *findings.near], kind))


def _of_kind(sets: Sequence[DuplicateSet], kind: Kind) -> list[DuplicateSet]:
    if kind == "across":
        return [each for each in sets if each.across_splits]
    if kind == "labels":
        return [each for each in sets if each.two_labels]
    return [each for each in sets if not each.across_splits and not each.two_labels]


def _copies(manifest: Manifest, sets: Sequence[DuplicateSet]) -> None:
    pages = -(-len(sets) // _PAGE)
    page = st.pagination(pages, key="data_copies", bind="query-params") if pages > 1 else 1
    for number in range((page - 1) * _PAGE, min(page * _PAGE, len(sets))):
        found = sets[number]
        st.markdown(f"**{number + 1:,} of {len(sets):,}**: {len(found.copies):,} images, {_KINDS[found.kind]}")
        gallery([_picture(manifest, found, place) for place in range(len(found.copies))][: 2 * _COLUMNS], _COLUMNS)
        if len(found.copies) > 2 * _COLUMNS:
            st.caption(f"and {len(found.copies) - 2 * _COLUMNS:,} more")


def _picture(manifest: Manifest, found: DuplicateSet, place: int) -> Picture:
    copy = found.copies[place]
    split = copy.split or UNASSIGNED
    return Picture(
        manifest.path(copy.sample),
        alt=f"Copy {place + 1}: {copy.sample}",
        caption=[copy.label, copy.sample, *([copy.group] if copy.group != copy.sample else [])],
        badge=Badge(split, ":material/content_copy:", "orange" if found.across_splits else "gray"),
    )
