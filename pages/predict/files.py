"""The images to be judged: dropped by the visitor, or three of the data set's own test images."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages.kit import cached
from pages.kit.plain_text import escaped
from riskcore.data.finding import is_left_out
from riskcore.data.images import thumbnail
from riskcore.errors import InputError
from riskcore.learning.bundle import Bundle
from riskcore.runs.choices import Choice
from riskcore.runs.folder import Run
from riskcore.runs.ranking import examples

MOST_FILES = 200
"""Files judged at once; more would keep a visitor waiting and the server's memory full."""

_FILES = "predict_files"
_EXAMPLES = "predict_examples"
_HASHES = "predict_hashes"
_THUMBNAIL = 200


@dataclass(frozen=True)
class ImageFile:
    """A file to be judged.

    Attributes:
        name: as the visitor knows it.
        sha256: of its content.
        read: gives its content; nothing here holds it.
        truth: what the data set says, of an example.
    """

    name: str
    sha256: str
    read: Callable[[], bytes]
    truth: str | None = None


@dataclass(frozen=True)
class Dropped:
    """What the visitor dropped: the files that are judged, and how many more there were."""

    files: list[ImageFile]
    beyond: int = 0


def files_picker(bar: DeltaGenerator) -> Dropped:
    """Ask for files: in the midst of the screen while there is nothing to judge, else behind a button of the bar."""
    listed, examples_shown = st.session_state.get(_FILES) or [], examples_asked()
    if not listed and not examples_shown:
        with st.container(key="predict_drop", gap="xsmall"):
            return _uploader()
    with bar.popover("Images" if listed else "Examples", icon=":material/image:"):
        dropped = _uploader()
        if examples_shown and not dropped.files:
            st.button("Put the examples away", icon=":material/close:", on_click=_show_examples, args=(False,))
    return dropped


def _uploader() -> Dropped:
    files = st.file_uploader(
        "Drop images here: PNG, JPEG, TIFF, BMP, GIF, WebP or DICOM",
        type=None,  # DICOM files often have no extension; what a file is, its content tells
        accept_multiple_files=True,
        key=_FILES,
        label_visibility="collapsed",
    )
    st.caption(
        "PNG, JPEG, TIFF, BMP, GIF, WebP or DICOM. Judged on this server, kept in its memory while listed here, stored "
        "nowhere unless you ask for it."
    )
    visible = _visible(files)
    if hidden := len(files) - len(visible):
        st.caption(escaped(f"Left out: hidden files, and those that systems make ({hidden:,})."))
    if visible and examples_asked():
        _show_examples(False)
    # A file's content is hashed once, not at each rerun: its id stays while it is listed.
    known, taken = st.session_state.get(_HASHES, {}), visible[:MOST_FILES]
    hashes = {file.file_id: known.get(file.file_id) or _hash(file.getvalue()) for file in taken}
    st.session_state[_HASHES] = hashes
    return Dropped(
        [ImageFile(file.name, hashes[file.file_id], file.getvalue) for file in taken], len(visible) - len(taken)
    )


def _visible(files: list[UploadedFile]) -> list[UploadedFile]:
    return [file for file in files if not is_left_out(file.name.rsplit("/", 1)[-1])]


def too_many(dropped: Dropped) -> None:
    """Say that some files are not judged, where that is so."""
    if dropped.beyond:
        st.warning(
            f"{len(dropped.files) + dropped.beyond:,} files were dropped; the first {MOST_FILES} are judged. Remove "
            "those that are done, or judge a whole folder with the command `riskcore predict RUN FOLDER`.",
            icon=":material/filter_alt:",
        )


def examples_asked() -> bool:
    """Whether the examples are shown; the address keeps it."""
    return _EXAMPLES in st.query_params


def examples_offer(run: Run, bundle: Bundle) -> None:
    """Show the examples small, as something to try; a click on them judges them."""
    try:
        pictures = [thumbnail(file.read(), _THUMBNAIL) for file in example_files(run, bundle)]
    except InputError:
        st.caption("The data set's own images are not where they were, so there are no examples to try.")
        return
    with st.container(key="predict_try", horizontal=True, vertical_alignment="center", gap="small"):
        for number, picture in enumerate(pictures, start=1):
            st.image(picture, alt=f"Example {number}, a test image", width=120)
        st.button(
            "Try with examples",
            icon=":material/science:",
            on_click=_show_examples,
            args=(True,),
            help="Three test images of the run's own data set, which it did not learn from: the one of highest risk, "
            "one from the middle, the one of lowest.",
        )


def _show_examples(shown: bool) -> None:
    if shown:
        st.query_params[_EXAMPLES] = "yes"
    else:
        del st.query_params[_EXAMPLES]


def example_files(run: Run, bundle: Bundle) -> list[ImageFile]:
    """Three test images of a run's data set; InputError when they are not where they were."""
    (member,) = cached.predictions(Choice(run.id, (run,))).members
    manifest = cached.manifest(run.data)
    sources = []
    for example in examples(member.test, bundle):
        path = manifest.path(example.sample)
        try:
            content = path.read_bytes()
        except OSError:
            raise InputError(f"{path}: the example image is not there any more; drop images of your own.") from None
        sources.append(ImageFile(path.name, _hash(content), path.read_bytes, example.truth))
    return sources


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
