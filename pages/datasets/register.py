"""Registering a data set: drop it or choose its folder, see its classes, name it, save it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

import streamlit as st

from pages.datasets.browser import data_browser
from pages.datasets.choice import NAME
from pages.datasets.classes import data_classes
from pages.datasets.drop import drop_zones
from pages.datasets.facts import data_facts, data_summary, left_out
from pages.datasets.look import CLASSES, VIEW
from pages.datasets.strips import class_strips
from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.kit.guard import is_private
from pages.kit.next_run import redraw
from pages.kit.plain_text import escaped
from pages.kit.synthetic import synthetic_mark
from riskcore.data.adapters import FORMATS
from riskcore.data.arrivals.heads import readable
from riskcore.data.arrivals.staging import Arrival, discard, keep, recognised
from riskcore.data.class_counts import class_counts
from riskcore.data.manifest import Manifest, register
from riskcore.data.registry import list_datasets, save_dataset
from riskcore.data.roots import below_roots, check_images, check_links, data_roots, roots_caution, suggested_name

TASK = "data_task"
LOOK, REGISTER = "Look", "Register"
_PATH, _NEW_NAME, _SOURCE, _FOUND = "data_path", "data_new_name", "data_source", "data_found"
_FORMATS = (
    "auto recognises the layout: ham10000, isic2018, sicapv2, breakhis and brain_mri as published, csv for a table "
    "with the columns path and label, folder for a folder a class (also inside train, validation and test)."
)

Source = Path | Arrival
"""Where the images lie: a folder or table of this computer, or what was dropped."""


@dataclass(frozen=True)
class Settings:
    """How they are to be read; as `riskcore.data.manifest.register` takes it."""

    format: str
    groups: str
    allow_missing: bool
    merge_names: bool


def data_register() -> None:
    """Draw the panel."""
    roots = data_roots(cached.workspace(), is_private())
    source: Source | None = st.session_state.get(_SOURCE)
    if source is None:
        _choose(roots)
        return
    above = st.container()  # what is found depends on the settings below it
    settings = _settings()
    with above:
        manifest = None
        with shown_errors(), st.spinner("Looking for the images …"):
            manifest = _found(source, settings, roots)
        if manifest is None:
            st.button("Choose other images", key="data_other", icon=":material/undo:", on_click=_forget)
        else:
            _preview(manifest, source)


def _choose(roots: Sequence[Path]) -> None:
    if (arrival := drop_zones()) is not None:
        _take(arrival, suggested_name(Path(arrival.source.removesuffix(".zip"))))
        st.rerun()
    path, look = st.columns([4, 1], vertical_alignment="bottom")
    chosen = path.text_input(
        "Or a folder, or a CSV file, where the dashboard runs; its images stay where they are",
        key=_PATH,
        placeholder="Choose below, or write a path",
        bind="query-params",
    ).strip()
    here = None
    with shown_errors():
        here = below_roots(chosen, roots) if chosen else None
    asked = look.button("See what it is", key="data_look", type="primary", disabled=here is None, width="stretch")
    if asked and here is not None:
        _take(here, suggested_name(here))
        st.rerun()
    with shown_errors():
        data_browser(here, roots, _go)
    if (caution := roots_caution(is_private())) is not None:
        st.caption(f":material/folder_off: {escaped(caution)}")


def _settings() -> Settings:
    with st.expander("Details: patients, format, absent images"):
        left, right = st.columns(2)
        groups = left.text_input(
            "File of patients, slides or lesions (CSV with the columns path and patient)",
            key="data_groups",
            persist_state="session",
            help="It says which images belong together. Leave it empty where the data set itself tells.",
        )
        format = right.selectbox("Format", FORMATS, key="data_format", persist_state="session", help=_FORMATS)
        missing = st.toggle(
            "Go on when listed images are absent (--allow-missing)",
            key="data_missing",
            persist_state="session",
            help="Only the images that are there are registered; what is absent is noted.",
        )
        merge_names = st.toggle(
            "Merge classes whose names differ only in how they are written (--merge-names)",
            key="data_merge_names",
            persist_state="session",
            help="Names that differ in case, in spaces, underscores and hyphens, or in their Unicode form, are one "
            "class then, under the commonest name.",
        )
    return Settings(format, groups.strip(), missing, merge_names)


def _found(source: Source, settings: Settings, roots: Sequence[Path]) -> Manifest:
    """The data set there; looked for once, until source or settings change."""
    known = st.session_state.get(_FOUND)
    if known is None or known[:2] != (source, settings):
        st.session_state[_FOUND] = known = (source, settings, _recognised(source, settings, roots))
    found: Manifest = known[2]
    return found


def _recognised(source: Source, settings: Settings, roots: Sequence[Path]) -> Manifest:
    groups = below_roots(settings.groups, roots) if settings.groups else None
    if isinstance(source, Arrival):
        name = suggested_name(Path(source.source.removesuffix(".zip")))
        return recognised(source, name, settings.format, groups, settings.allow_missing, settings.merge_names)
    if source.is_dir():
        check_links(source, roots)
    found = register(
        suggested_name(source), source, settings.format, groups, settings.allow_missing, settings.merge_names
    )
    check_images(found.root, found.table["sample"], roots)
    return readable(found)


def _preview(manifest: Manifest, source: Source) -> None:
    synthetic_mark(manifest.synthetic)
    name, save, other = st.columns([3, 1, 1.2], vertical_alignment="bottom")
    given = name.text_input("Name", key=_NEW_NAME, persist_state="session").strip()
    save_it = save.button("Register", key="data_save", type="primary", disabled=not given, width="stretch")
    other.button("Choose other images", key="data_other", icon=":material/undo:", on_click=_forget, width="stretch")
    if save_it:
        with shown_errors():
            _save(manifest, given, source)
    pictures, words = st.columns([5, 1.3], gap="medium")
    with pictures:
        class_strips(manifest)
        left_out(manifest)
    with words:
        data_summary(manifest)
        if given in list_datasets(cached.workspace()):
            st.markdown(
                f":material/history: {escaped(given)} is registered already: it will mean these images; the old list "
                "is kept."
            )
    with st.expander("Details"):
        data_facts(manifest)
        data_classes(class_counts(manifest))


def _save(manifest: Manifest, name: str, source: Source) -> NoReturn:
    named = replace(manifest, name=name)
    if isinstance(source, Arrival):
        keep(cached.workspace(), named, source)
    else:
        save_dataset(cached.workspace(), named)
    for key in (_SOURCE, _FOUND):
        st.session_state.pop(key, None)
    redraw(f"{escaped(name)} is registered.", **{TASK: LOOK, NAME: name, VIEW: CLASSES})


def _take(source: Source, name: str) -> None:
    st.session_state[_SOURCE], st.session_state[_NEW_NAME] = source, name


def _go(path: str) -> None:
    st.session_state[_PATH] = path


def _forget() -> None:
    """Back to the choice; what was dropped is removed."""
    source = st.session_state.pop(_SOURCE, None)
    st.session_state.pop(_FOUND, None)
    if isinstance(source, Arrival):
        discard(source)
    elif source is not None:
        st.session_state[_PATH] = str(source)
