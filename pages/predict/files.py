"""The images to be judged: dropped by the visitor, or three of the data set's own test images."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from pages.kit import cached
from pages.kit.plain_text import escaped
from riskcore.data.finding import is_left_out
from riskcore.errors import InputError
from riskcore.learning.bundle import Bundle
from riskcore.runs.choices import Choice
from riskcore.runs.folder import Run
from riskcore.runs.ranking import examples

MOST_FILES = 200
"""Files judged at once; more would keep a visitor waiting and the server's memory full."""

_EXAMPLES = "predict_examples"
_DIGESTS = "predict_digests"


@dataclass(frozen=True)
class ImageFile:
    """A file to be judged.

    Attributes:
        name: as the visitor knows it.
        digest: of its content.
        read: gives its content; nothing here holds it.
        truth: what the data set says, of an example.
    """

    name: str
    digest: str
    read: Callable[[], bytes]
    truth: str | None = None


def files_picker() -> list[ImageFile]:
    """Ask for files; empty where there are none, or where more were dropped than are judged."""
    files = st.file_uploader(
        "Drop images here: PNG, JPEG, TIFF, BMP, GIF, WebP or DICOM",
        type=None,  # DICOM files often have no extension; what a file is, its content tells
        accept_multiple_files=True,
        key="predict_files",
        help="They are judged on this server, kept in its memory while they are listed here, and stored nowhere "
        "unless you ask for it below.",
    )
    if hidden := [file for file in files if is_left_out(file.name.rsplit("/", 1)[-1])]:
        st.caption(escaped(f"Left out: hidden files, and those that systems make ({len(hidden):,})."))
        files = [file for file in files if file not in hidden]
    if len(files) > MOST_FILES:
        st.warning(
            f"{len(files):,} files were dropped; the first {MOST_FILES} are judged. Remove those that are done, or "
            "judge a whole folder with the command `riskcore predict RUN FOLDER`.",
            icon=":material/filter_alt:",
        )
    if files and _EXAMPLES in st.query_params:
        del st.query_params[_EXAMPLES]
    # A file's content is hashed once, not at each rerun: its id stays while it is listed.
    known = st.session_state.get(_DIGESTS, {})
    st.session_state[_DIGESTS] = {
        file.file_id: known.get(file.file_id) or _digest(file.getvalue()) for file in files[:MOST_FILES]
    }
    return [
        ImageFile(file.name, st.session_state[_DIGESTS][file.file_id], file.getvalue) for file in files[:MOST_FILES]
    ]


def examples_button() -> bool:
    """Offer the examples, or to put them away; whether they are shown. The address keeps it."""
    shown = _EXAMPLES in st.query_params
    if shown:
        st.button("Put the examples away", icon=":material/close:", on_click=_show_examples, args=(False,))
    else:
        st.button(
            "Try it with example images",
            icon=":material/science:",
            type="primary",
            on_click=_show_examples,
            args=(True,),
            help="Three test images of the run's own data set, which it did not learn from: the one of highest risk, "
            "one from the middle, the one of lowest.",
        )
    return shown


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
        sources.append(ImageFile(path.name, _digest(content), path.read_bytes, example.truth))
    return sources


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()
