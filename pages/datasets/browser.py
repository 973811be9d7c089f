"""Walking through the server's folders below the configured roots."""

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from pages.kit.plain_text import escaped
from riskcore.data.roots import VARIABLE, look_into, starting_places, trail

_SHOWN = 200
_FEW = 24  # names that need no scrolling
_HEIGHT = 190  # pixels


def data_browser(here: Path | None, roots: Sequence[Path], go: Callable[[str], None]) -> None:
    """Draw the way down to a folder and what lies in it; each name is a button.

    Args:
        here: a folder, or a CSV file whose folder is shown; None shows the roots.
        roots: from `riskcore.data.roots.data_roots`.
        go: called with the path of what was chosen.
    """
    if here is None:
        with st.container(horizontal=True, gap="small"):
            for place, root in enumerate(starting_places(roots)):
                _button(str(root), ":material/hard_drive:", f"data_root_{place}", go, str(root))
        if not roots:
            st.warning(f"No folder is open to this screen: start the server with {VARIABLE}=FOLDER.")
        return
    folder = look_into(here.parent if here.is_file() else here, roots)
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        _button("All folders", ":material/home_storage:", "data_roots", go, "")
        for place, path in enumerate(trail(folder.path, roots)):
            label = str(path) if place == 0 else path.name
            _button(label, ":material/folder_open:", f"data_trail_{place}", go, str(path))
    images = f"{folder.images:,} image{'' if folder.images == 1 else 's'} right here"
    names = [(name, ":material/folder:") for name in folder.folders]
    names += [(name, ":material/table:") for name in folder.tables]
    if not names:
        st.caption(f"No folders or CSV files here; {images}.")
        return
    st.caption(f"Folders: {len(folder.folders):,}; CSV files: {len(folder.tables):,}; {images}.")
    with st.container(height=_HEIGHT if len(names) > _FEW else "content", border=True, horizontal=True, gap="small"):
        for place, (name, icon) in enumerate(names[:_SHOWN]):
            _button(name, icon, f"data_entry_{place}", go, str(folder.path / name))
        if len(names) > _SHOWN:
            st.caption(f"and {len(names) - _SHOWN:,} more: write the path above")


def _button(label: str, icon: str, key: str, go: Callable[[str], None], path: str) -> None:
    st.button(escaped(label), icon=icon, key=key, type="tertiary", on_click=go, args=(path,))
