"""What an audit found, kind by kind: pictures of copies side by side, and tables."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages.kit.gallery import Badge, Colour, Picture, gallery
from pages.kit.plain_text import escaped
from riskcore.data.audit import UNASSIGNED, Audit, DuplicateSet
from riskcore.data.audit_meaning import Finding, Kind, Weight
from riskcore.data.manifest import Manifest

_NAMES: dict[Kind, str] = {
    "unreadable": "Unreadable files",
    "blank": "Blank images",
    "several": "Files with several images",
    "groups": "Patients in two splits",
    "across": "Copies in two splits",
    "labels": "Two labels",
    "within": "Copies in one split",
    "lacking": "Classes missing in a part",
}
_WEIGHTS: dict[Weight, tuple[Colour, str, str]] = {
    "blocks": ("red", ":material/block:", "Stops training"),
    "flatters": ("orange", ":material/warning:", "Flatters results"),
    "note": ("blue", ":material/info:", "To know"),
}
_PAGE = 6  # sets of copies
_SETS = 2  # side by side
_COLUMNS = 3  # copies of one set side by side
_KINDS = {"bytes": "the same file", "pixels": "the same pixels", "near": "nearly the same picture"}


def headlines(findings: Sequence[Finding], has_groups: bool) -> None:
    """Draw one line a finding, and one for what was looked for in vain.

    Args:
        findings: at least one finding. has_groups: whether it is known which images belong to one patient.
    """
    for each in findings:
        colour, icon, words = _WEIGHTS[each.weight]
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.badge(words, icon=icon, color=colour)
            st.markdown(escaped(each.headline), width="content")
    # most sets have neither published parts that could lack a class, nor files with several images
    kinds = {each.kind for each in findings} | {"lacking", "several"} | (set() if has_groups else {"groups"})
    if absent := [name.lower() for kind, name in _NAMES.items() if kind not in kinds]:
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.badge("Not found", icon=":material/check:", color="green")
            st.markdown(f"{', '.join(absent).capitalize()}.", width="content")


def data_findings(manifest: Manifest, findings: Audit, found: Sequence[Finding]) -> None:
    """Draw one kind of finding at a time.

    Args:
        manifest: the data set. findings: its audit. found: at least one finding.
    """
    by_name = {_NAMES[each.kind]: each for each in found}
    name = next(iter(by_name))
    if len(by_name) > 1:
        name = st.segmented_control(
            "Show",
            list(by_name),
            default=name,
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
    elif kind == "blank":
        st.dataframe(pd.DataFrame({"File": findings.blank}), hide_index=True, alt="Images that show nothing")
    elif kind == "several":
        st.dataframe(pd.DataFrame({"File": findings.several}), hide_index=True, alt="Files with several images")
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
    elif kind != "lacking":
        _copies(manifest, _of_kind([*findings.exact, *findings.near], kind))


def _of_kind(sets: Sequence[DuplicateSet], kind: Kind) -> list[DuplicateSet]:
    if kind == "across":
        return [each for each in sets if each.across_splits]
    if kind == "labels":
        return [each for each in sets if each.two_labels]
    within = [each for each in sets if not each.across_splits and not each.two_labels]
    return sorted(within, key=lambda each: each.within_group)  # those that chance may part come first


def _copies(manifest: Manifest, sets: Sequence[DuplicateSet]) -> None:
    pages = -(-len(sets) // _PAGE)
    page = st.pagination(pages, key="data_copies", bind="query-params") if pages > 1 else 1
    shown = range((page - 1) * _PAGE, min(page * _PAGE, len(sets)))
    for first in range(shown.start, shown.stop, _SETS):
        row = shown[first - shown.start :][:_SETS]
        for place, number in zip(st.columns(_SETS, gap="medium"), row, strict=False):
            with place:
                _set(manifest, sets[number], f"{number + 1:,} of {len(sets):,}")


def _set(manifest: Manifest, duplicates: DuplicateSet, title: str) -> None:
    apart = (
        "" if duplicates.within_group or not manifest.has_groups else ", under different patients, slides or lesions"
    )
    st.markdown(f"**{title}**: {len(duplicates.copies):,} images, {_KINDS[duplicates.kind]}{apart}")
    gallery(
        [_picture(manifest, duplicates, place) for place in range(len(duplicates.copies))][: 2 * _COLUMNS], _COLUMNS
    )
    if len(duplicates.copies) > 2 * _COLUMNS:
        st.caption(f"and {len(duplicates.copies) - 2 * _COLUMNS:,} more")


def _picture(manifest: Manifest, duplicates: DuplicateSet, place: int) -> Picture:
    copy = duplicates.copies[place]
    split = copy.split or UNASSIGNED
    return Picture(
        manifest.path(copy.sample),
        alt=f"Copy {place + 1}: {copy.sample}",
        caption=[copy.label, copy.sample.rsplit("/", 1)[-1], *([copy.group] if copy.group != copy.sample else [])],
        badge=Badge(split, ":material/content_copy:", "orange" if duplicates.across_splits else "gray"),
    )
