"""Where a new severity matrix comes from: a file, the classes of a data set, a list of names, or a preset."""

import re
from collections.abc import Callable

import streamlit as st

from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.kit.links import link_to
from pages.kit.next_run import redraw
from pages.severity import drafts as matrix_drafts
from pages.severity.names import free_name
from riskcore.data.registry import list_datasets
from riskcore.errors import InputError
from riskcore.severity import PRESETS, SeverityMatrix
from riskcore.severity.reading import class_names

_OPEN = "severity_new"
Make = Callable[[], SeverityMatrix]


def source_panel() -> None:
    """A button that opens the choices."""
    with st.popover("New", icon=":material/add:", key=_OPEN, on_change="rerun"), shown_errors():
        way = st.radio("Start from", list(_WAYS), key="severity_new_from", horizontal=True)
        make, suggested = _WAYS[way]()
        name = st.text_input("Its name", key="severity_new_name", placeholder=suggested).strip() or suggested
        if st.button("Make the matrix", type="primary", key="severity_new_make"):
            matrix_drafts.add(name, make(), st.session_state["severity_new_preset"] if way == "A preset" else None)
            redraw(severity_matrix=name, severity_new=False, severity_new_name="")


def _from_file() -> tuple[Make, str]:
    file = st.file_uploader(
        "A JSON file, or a table with the truth in the first column and what the model says in the first line",
        type=["json", "csv", "tsv", "txt"],
        key="severity_new_file",
    )
    transpose = st.checkbox(
        "Transpose",
        key="severity_new_transpose",
        help="For a file whose rows are what the model says and whose columns are the truth.",
    )

    def make() -> SeverityMatrix:
        if file is None:
            raise InputError("choose a file first, or drag one in.")
        return SeverityMatrix.from_file(file.name, file.getvalue(), transpose)

    stem = "" if file is None else re.sub(r"[^A-Za-z0-9_]+", "-", file.name.rpartition(".")[0]).strip("-")
    return make, free_name(stem or "my-matrix")


def _from_dataset() -> tuple[Make, str]:
    datasets = list_datasets(cached.workspace())
    if not datasets:
        link_to("datasets", "Register a data set")
    dataset = st.selectbox("Data set", datasets, key="severity_new_dataset", placeholder="None is registered yet")
    _say_equal()

    def make() -> SeverityMatrix:
        if dataset is None:
            raise InputError("no data set is registered yet; the screen Data sets does that.")
        return SeverityMatrix.equal_costs(cached.manifest(dataset).classes)

    return make, free_name(dataset or "my-matrix")


def _from_list() -> tuple[Make, str]:
    text = st.text_area("Class names, one a line", key="severity_new_classes", placeholder="naevus\nmelanoma")
    _say_equal()
    return lambda: SeverityMatrix.equal_costs(class_names(text)), free_name("my-matrix")


def _from_preset() -> tuple[Make, str]:
    preset = st.selectbox("Preset", PRESETS, key="severity_new_preset")
    return lambda: SeverityMatrix.preset(preset), free_name(f"my-{preset}")


_WAYS = {
    "A file": _from_file,
    "A data set's classes": _from_dataset,
    "A list of classes": _from_list,
    "A preset": _from_preset,
}


def _say_equal() -> None:
    st.caption("Every mistake starts with severity 1; the button Groups then sets all of them from four costs.")
