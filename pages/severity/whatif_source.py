"""Whose predictions an edited matrix is tried on: a finished run or pool, or a file of any model's predictions."""

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from pages.kit import cached
from pages.kit.address import on_change, state_key, take_in, write_out
from pages.kit.links import link_to
from pages.kit.plain_text import escaped
from riskcore.judging.foreign import read_foreign
from riskcore.judging.overlap import overlap_of
from riskcore.judging.scale import SCALES, Scale
from riskcore.judging.whatif import Whatif
from riskcore.runs.choices import Choice, finished_choices, labels
from riskcore.runs.fitting import fitting
from riskcore.severity import SeverityMatrix
from riskcore.words.glossary import tooltip

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

_ADDRESS = "severity_run"
_UPLOAD = "severity_file"
_SCALE_WORDS: dict[Scale, str] = {"probability": "probabilities", "percent": "percentages", "logit": "logits"}
FILE = "file"
"""Stands in the address where a run's id would."""


@dataclass(frozen=True)
class PredictionSource:
    """Predictions to try a matrix on.

    Attributes:
        key: tells what is remembered about them apart.
        whatif: ready to be asked on test cases.
        on_validation: the same on validation cases; None where there are none.
        choice: the run or pool; None for a file.
        synthetic: whether the images were drawn by the program.
    """

    key: str
    whatif: Whatif
    on_validation: Whatif | None
    choice: Choice | None = None
    synthetic: bool = False


def source_picker(matrix: SeverityMatrix) -> PredictionSource | None:
    """Ask for a run, pool or file that knows the classes of the matrix; None while there is none."""
    every = finished_choices(cached.store())
    choices = {choice.id: choice for choice in fitting(every, matrix)}
    if not choices:
        if st.session_state.get(_UPLOAD) is None:
            st.info(
                "No finished training run knows these classes yet. Train one to see what the matrix changes, or drop "
                "in the predictions of any model.",
                icon=":material/info:",
            )
            link_to("train", "Train a model")
        return _file(matrix)
    offered = {id: id for id in (*choices, FILE)} | {run.id: id for id, found in choices.items() for run in found.runs}
    elsewhere = {choice.id for choice in every}
    for id in take_in(_ADDRESS, offered):
        if id not in elsewhere:
            st.warning(
                f"The address asks for the run {escaped(id)}, which is not here or not finished; another is shown.",
                icon=":material/link_off:",
            )
    named = labels(list(choices.values()))
    chosen = st.selectbox(
        "Tried on",
        [*choices, FILE],
        format_func=lambda id: "a file of any model's predictions" if id == FILE else named[id],
        key=state_key(_ADDRESS),
        persist_state="session",
        on_change=on_change(_ADDRESS),
        help=f"{tooltip('run', 'pool')}\n\nThe newest that knows the classes of the matrix comes first.",
    )
    write_out(_ADDRESS)
    if chosen == FILE:
        return _file(matrix)
    choice = choices[chosen]
    validation = cached.whatif_on_validation(choice)
    return PredictionSource(choice.id, cached.whatif(choice), validation, choice, cached.synthetic(choice))


def _file(matrix: SeverityMatrix) -> PredictionSource | None:
    asked, beside = st.columns([3, 1])
    upload = asked.file_uploader(
        "Predictions of any model (CSV)",
        type=["csv", "tsv", "txt"],
        key=_UPLOAD,
        help="One row a case: `sample`, `truth`, and for each class a column of probabilities, named as in the "
        "matrix. Optional: `split` (validation, test), without which every row is a test case, and `group` (patient, "
        "slide or lesion). The file stays in this session's memory; nothing is stored.",
    )
    scale = beside.radio("Its values are", SCALES, format_func=_SCALE_WORDS.__getitem__, key=f"{_UPLOAD}_scale")
    if upload is None:
        st.text(f"Columns it needs: sample, truth, {', '.join(matrix.classes)}")
        return None
    whatif, validation = _read(upload.file_id, matrix.classes, scale, upload, matrix)
    overlap = overlap_of(whatif.run)
    for sentence in overlap.sentences:
        st.warning(escaped(sentence), icon=":material/warning:")
    if overlap.cases and not st.checkbox("Try it all the same", key=f"severity_overlap {upload.file_id}"):
        return None
    return PredictionSource(f"{upload.file_id} {scale}", whatif, validation)


@st.cache_resource(max_entries=2, scope="session", show_spinner=False)
def _read(
    id: str, classes: tuple[str, ...], scale: Scale, _upload: "UploadedFile", _matrix: SeverityMatrix
) -> tuple[Whatif, Whatif | None]:
    content = io.BytesIO(_upload.getvalue())
    # `_file` asks for leave to judge cases that were known.
    run = read_foreign(content, _matrix, name=_upload.name, scale=scale, allow_overlap=True)
    return Whatif(run), Whatif(run.on_validation()) if len(run.members[0].validation) else None
