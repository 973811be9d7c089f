"""Whose predictions an edited matrix is tried on: a finished run or pool, or a file of any model's predictions."""

import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from pages.kit import cached
from pages.kit.address import on_change, state_key, take_in, write_out
from pages.kit.plain_text import escaped
from riskcore.judging.foreign import read_foreign
from riskcore.judging.overlap import overlap_of
from riskcore.judging.scale import SCALES, Scale
from riskcore.judging.whatif import Whatif
from riskcore.runs.choices import Choice
from riskcore.runs.fitting import fitting
from riskcore.severity import SeverityMatrix
from riskcore.words.glossary import tooltip
from riskcore.words.placed_file import SCALE_WORDS, columns_words
from riskcore.words.training_names import training_names

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

_ADDRESS = "severity_run"
_UPLOAD = "severity_file"
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


@dataclass(frozen=True)
class Offered:
    """What a matrix can be tried on.

    Attributes:
        choices: id -> finished run or pool that knows the classes of the matrix, the newest first.
        names: id -> what it is called on the screen.
        label: what is chosen, for the button that opens the choice.
    """

    choices: dict[str, Choice]
    names: dict[str, str]
    label: str


def offered(matrix: SeverityMatrix) -> Offered:
    """Look what there is, and take in what the address asks for."""
    every = cached.finished_choices()
    choices = {choice.id: choice for choice in fitting(every, matrix)}
    names = training_names(list(choices.values()))
    if not choices:
        return Offered({}, {}, "Predictions of another model")
    if st.session_state.get(state_key(_ADDRESS)) not in (*choices, FILE):
        st.session_state[state_key(_ADDRESS)] = next(iter(choices))
    _take_in(choices, {choice.id for choice in every})
    chosen = st.session_state[state_key(_ADDRESS)]
    return Offered(choices, names, f"Tried on: {'a file' if chosen == FILE else escaped(names[chosen])}")


def _take_in(choices: Mapping[str, Choice], elsewhere: Collection[str]) -> None:
    known = {id: id for id in (*choices, FILE)} | {run.id: id for id, found in choices.items() for run in found.runs}
    for id in take_in(_ADDRESS, known):
        if id not in elsewhere:
            st.caption(
                f":material/link_off: The address asks for the run {escaped(id)}, which is not here or not finished; "
                "another is shown."
            )


def source_picker(matrix: SeverityMatrix, offer: Offered) -> PredictionSource | None:
    """Ask for a run, pool or file that knows the classes of the matrix; None while there is none."""
    if not offer.choices:
        return _file(matrix)
    chosen = st.selectbox(
        "Tried on",
        [*offer.choices, FILE],
        format_func=lambda id: "a file of any model's predictions" if id == FILE else offer.names[id],
        key=state_key(_ADDRESS),
        persist_state="session",
        on_change=on_change(_ADDRESS),
        help=f"{tooltip('run', 'pool')}\n\nThe newest that knows the classes of the matrix comes first.",
    )
    write_out(_ADDRESS)
    if chosen == FILE:
        return _file(matrix)
    choice = offer.choices[chosen]
    validation = cached.whatif_on_validation(choice)
    return PredictionSource(choice.members, cached.whatif(choice), validation, choice, cached.synthetic(choice))


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
    scale = beside.radio("Its values are", SCALES, format_func=SCALE_WORDS.__getitem__, key=f"{_UPLOAD}_scale")
    if upload is None:
        st.text(columns_words(matrix.classes))
        return None
    whatif, validation = _read(upload.file_id, matrix.classes, scale, upload, matrix)
    overlap = overlap_of(whatif.run)
    for sentence in overlap.sentences:
        st.markdown(f":material/warning: {escaped(sentence)}")
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
