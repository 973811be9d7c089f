"""Where a zip file or a folder is dropped; it is unpacked into the workspace, or refused in a line."""

import streamlit as st
from streamlit.typing import UploadedFile

from pages.kit import cached
from pages.kit.plain_text import escaped
from pages.kit.uploads import waiting
from pages.kit.uploads.streamed import MOST_GIB
from riskcore.data.arrivals.staging import MOST_DROPPED, Arrival, gathered, unpacked
from riskcore.errors import InputError, RunError

_ROUND, _REFUSED = "data_drop_round", "data_drop_refused"
_MEGABYTES = MOST_GIB * 1024
_HELP = (
    f"Up to {MOST_GIB} GiB. A folder a class, or a table with the columns path and label. It is copied into the "
    "dashboard's workspace."
)
_FOLDER_HELP = f"{_HELP} Up to {MOST_DROPPED:,} files; of more than some hundred, a zip file is much faster."


def drop_zones() -> Arrival | None:
    """Draw them; return what has just arrived."""
    number = st.session_state.setdefault(_ROUND, 0)  # a new one empties the zones
    left, right = st.columns(2)
    file = left.file_uploader(
        "Drop a zip file", type=["zip"], key=f"data_zip_{number}", max_upload_size=_MEGABYTES, help=_HELP
    )
    files = right.file_uploader(
        "or a folder",
        accept_multiple_files="directory",
        key=f"data_folder_{number}",
        max_upload_size=_MEGABYTES,
        help=_FOLDER_HELP,
    )
    st.caption("Inside: a folder per class, called as the class.")
    if said := st.session_state.pop(_REFUSED, None):
        st.error(escaped(said), icon=":material/error:")
    if file is None and not files:
        return None
    try:
        return _arrived(file, files)
    except (InputError, RunError) as error:
        st.session_state[_REFUSED] = str(error)
        st.rerun()
    finally:
        for each in [file, *files]:
            if each is not None:
                waiting.forget(each.file_id)
        st.session_state[_ROUND] = number + 1


def _arrived(file: UploadedFile | None, files: list[UploadedFile]) -> Arrival:
    if file is None:
        with st.spinner("Taking the folder in …"):
            return gathered(cached.workspace(), [(each.name, waiting.content(each)) for each in files])
    bar, here = st.progress(0.0, text="Unpacking …"), cached.workspace()

    def told(done: int, total: int, label: str) -> None:
        bar.progress(done / total, text=escaped(f"{label}: {done:,} of {total:,}"))

    return unpacked(here, waiting.on_disk(file, here), file.name, told)
