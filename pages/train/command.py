"""Train: the same runs from a terminal."""

import streamlit as st

from pages.kit import cached
from riskcore.jobs.recipes import Recipe
from riskcore.reports.training_file import command


def same_from_the_command_line(recipe: Recipe) -> None:
    """The file to save and the lines to type that queue exactly these runs."""
    with st.expander("The same from the command line", icon=":material/terminal:"):
        found = command(cached.workspace(), recipe)
        st.download_button(
            "Download the settings",
            found.content,
            file_name=found.file,
            mime="application/yaml",
            on_click="ignore",
            icon=":material/download:",
            key="train_download",
        )
        st.text(f"Save them as {found.file}, then type, with RISKCORE_HOME set to this workspace:")
        st.code("\n".join(found.lines), language=None, wrap_lines=True)
        st.code(found.content, language=None)
