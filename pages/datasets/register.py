"""Registering a data set: choose its folder, see what it is recognised as, name it, save it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import streamlit as st

from pages.datasets.browser import data_browser
from pages.datasets.choice import NAME
from pages.datasets.classes import data_classes
from pages.datasets.facts import data_facts
from pages.datasets.look import CHECK, VIEW
from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.kit.next_run import redraw
from pages.kit.plain_text import escaped
from riskcore.data.adapters import FORMATS
from riskcore.data.manifest import Manifest, register
from riskcore.data.registry import list_datasets, save_dataset
from riskcore.data.roots import below_roots, check_images, check_links, data_roots, roots_caution, suggested_name

TASK = "data_task"
LOOK, REGISTER = "Look at a data set", "Register a data set"
_PATH, _NEW_NAME, _FOUND = "data_path", "data_new_name", "data_found"
_FORMATS = (
    "auto recognises the layout: ham10000, isic2018, sicapv2, breakhis and brain_mri as published, csv for a table "
    "with the columns path and label, folder for a folder a class (also inside train, validation and test)."
)


def begun() -> bool:
    """Whether a folder is chosen."""
    return bool(st.session_state.get(_PATH) or st.query_params.get(_PATH))


def data_register() -> None:
    """Draw the panel."""
    roots = data_roots(cached.workspace())
    if (caution := roots_caution()) is not None:
        st.info(escaped(caution), icon=":material/folder_off:")
    browser = st.container()  # above the path, whose value it needs
    path, look = st.columns([4, 1], vertical_alignment="bottom")
    chosen = path.text_input(
        "Folder, or CSV file that lists the images",
        key=_PATH,
        placeholder="Choose above, or write a path on the server",
        bind="query-params",
        on_change=_forget,
    ).strip()
    with browser:
        here = None
        with shown_errors():
            here = below_roots(chosen, roots) if chosen else None
        with shown_errors():
            data_browser(here, roots, _go)
    format, groups, missing, merge_names = _settings()
    if look.button("See what it is", key="data_look", type="primary", disabled=not chosen, width="stretch"):
        _forget()
        with shown_errors(), st.spinner("Looking for the images …"):
            _find(chosen, format, groups.strip(), missing, merge_names, roots)
    if (found := st.session_state.get(_FOUND)) is not None:
        _preview(found)


def _settings() -> tuple[str, str, bool, bool]:
    with st.expander("More settings: patients, format, absent images"):
        left, right = st.columns(2)
        groups = left.text_input(
            "File of patients, slides or lesions (CSV with the columns path and patient)",
            key="data_groups",
            persist_state="session",
            on_change=_forget,
            help="It says which images belong together. Leave it empty where the data set itself tells.",
        )
        format = right.selectbox(
            "Format", FORMATS, key="data_format", persist_state="session", on_change=_forget, help=_FORMATS
        )
        missing = st.toggle(
            "Go on when listed images are absent (--allow-missing)",
            key="data_missing",
            persist_state="session",
            on_change=_forget,
            help="Only the images that are there are registered; what is absent is noted.",
        )
        merge_names = st.toggle(
            "Merge classes whose names differ only in how they are written (--merge-names)",
            key="data_merge_names",
            persist_state="session",
            on_change=_forget,
            help="Names that differ in case, in spaces, underscores and hyphens, or in their Unicode form, are one "
            "class then, under the commonest name.",
        )
    return format, groups, missing, merge_names


def _find(chosen: str, format: str, groups: str, missing: bool, merge_names: bool, roots: Sequence[Path]) -> None:
    path = below_roots(chosen, roots)
    name = suggested_name(path)
    if path.is_dir():
        check_links(path, roots)
    found = register(name, path, format, below_roots(groups, roots) if groups else None, missing, merge_names)
    check_images(found.root, found.table["sample"], roots)
    st.session_state[_FOUND], st.session_state[_NEW_NAME] = found, name


def _preview(manifest: Manifest) -> None:
    with st.container(border=True):
        data_facts(manifest)
        name, save = st.columns([4, 1], vertical_alignment="bottom")
        given = name.text_input("Name", key=_NEW_NAME, persist_state="session").strip()
        if save.button("Register", key="data_save", type="primary", disabled=not given, width="stretch"):
            with shown_errors():
                _save(manifest, given)
        if given in list_datasets(cached.workspace()):
            st.info(f"{escaped(given)} is registered already: it will mean these images; the old list is kept.")
        data_classes(manifest)


def _save(manifest: Manifest, name: str) -> NoReturn:
    save_dataset(cached.workspace(), replace(manifest, name=name))
    _forget()
    said = f"{escaped(name)} is registered. Check its images before you train."
    redraw(said, **{TASK: LOOK, NAME: name, VIEW: CHECK})


def _go(path: str) -> None:
    st.session_state[_PATH] = path
    _forget()


def _forget() -> None:
    """What was found belongs to other settings."""
    st.session_state.pop(_FOUND, None)
