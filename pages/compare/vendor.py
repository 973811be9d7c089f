"""A vendor's file: predictions of any model for the same images, beside one's own runs as long as the session lasts."""

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from pages.compare.choice import Chosen
from pages.kit import cached
from pages.kit.part import Part
from pages.kit.plain_text import escaped
from riskcore.errors import InputError
from riskcore.foreign_text import cut
from riskcore.judging.foreign import read_foreign
from riskcore.judging.overlap import overlap_of
from riskcore.judging.scale import SCALES, Scale
from riskcore.runs.choices import Choice, FileChoice, GivenChoice, as_delivered
from riskcore.runs.matching import Placed, only, placed
from riskcore.words.placed_file import HELP, SCALE_WORDS, columns_words, placed_words

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

_UPLOAD = "compare_file"


def with_file(chosen: Chosen) -> Chosen:
    """Draw what asks for a file; with one its model stands among the chosen, what does not match is said with them."""
    held: UploadedFile | None = st.session_state.get(_UPLOAD)
    label = "Other model" if held is None else f"Beside: {escaped(cut(held.name))}"
    with st.popover(label, icon=":material/upload_file:"):
        upload = st.file_uploader(
            "Predictions of any model for these images (CSV)", type=["csv", "tsv", "txt"], key=_UPLOAD, help=HELP
        )
        scale = st.radio(
            "Its values are", SCALES, format_func=SCALE_WORDS.__getitem__, key=f"{_UPLOAD}_scale", horizontal=True
        )
        st.text(columns_words(chosen.matrix.classes))
        if upload is None:
            return chosen
        name = cut(upload.name)
        try:
            found = _placed(upload.file_id, scale, chosen.baseline.members, chosen.matrix.classes, upload, chosen)
        except InputError as error:
            return _beside(chosen, f"{name} is left out: {error}")
        overlap = overlap_of(found.predictions)
        if overlap.cases and not st.checkbox("Compare it all the same", key=f"{_UPLOAD}_known {upload.file_id}"):
            return _beside(chosen, f"{name} is left out. {' '.join(overlap.sentences)}")
        known = (f"{name}: {sentence}" for sentence in overlap.sentences)
        return _joined(chosen, name, found, [*placed_words(name, found), *known])


def shown_on(chosen: Chosen, part: Part) -> Chosen:
    """What can be shown on a part: a file without validation cases stands on test only."""
    kept = tuple(choice for choice in chosen.choices if part == "test" or not as_delivered(choice))
    return replace(chosen, choices=kept)


def _joined(chosen: Chosen, name: str, found: Placed, said: list[str]) -> Chosen:
    key = f"{found.predictions.id} {chosen.baseline.members}"
    file = FileChoice(found.predictions.id, (), found.predictions, key, name, chosen.baseline)
    choices = chosen.choices
    if found.missing:
        choices = tuple(_only(choice, found.samples, f"{choice.members} {key}") for choice in choices)
    baseline = next(choice for choice in choices if choice.id == chosen.baseline.id)
    names = set(chosen.labels.values())
    labels = {**chosen.labels, file.id: name if name not in names else f"{name} (file)"}
    joined = replace(chosen, baseline=baseline, choices=(*choices, file), labels=labels)
    return replace(joined, left_out=(*chosen.left_out, *said))


def _only(choice: Choice, samples: frozenset[str], key: str) -> GivenChoice:
    return GivenChoice(choice.id, choice.runs, only(cached.predictions(choice), samples), key)


def _beside(chosen: Chosen, sentence: str) -> Chosen:
    return replace(chosen, left_out=(*chosen.left_out, sentence))


@st.cache_resource(max_entries=4, scope="session", show_spinner=False)
def _placed(
    id: str, scale: Scale, beside: str, classes: tuple[str, ...], _upload: "UploadedFile", _chosen: Chosen
) -> Placed:
    content = io.BytesIO(_upload.getvalue())
    # `with_file` asks for leave to judge cases that were known.
    file = read_foreign(content, _chosen.matrix, name=cut(_upload.name), scale=scale, allow_overlap=True)
    found = placed(file, cached.predictions(_chosen.baseline))
    return replace(found, predictions=replace(found.predictions, id=f"file-{id}-{scale}"))
