"""What is known of a data set at a glance, and what was left out of it."""

import streamlit as st

from pages.kit.plain_text import escaped
from riskcore.data.manifest import Manifest
from riskcore.words.glossary import tooltip

_LEFT_OUT = "Left out:"


def data_summary(manifest: Manifest) -> None:
    """Draw the numbers that stand beside the pictures."""
    st.markdown(f"**{len(manifest):,}** images  \n**{len(manifest.classes):,}** classes")
    if manifest.has_groups:
        st.markdown(f"**{groups_in_words(manifest)}** patients, slides or lesions", help=tooltip("group"))
    else:
        st.badge("patients not known", icon=":material/group_off:", color="orange", help=_UNKNOWN)


def left_out(manifest: Manifest) -> None:
    """Draw a line for each reason why something was left out."""
    lines = [f":material/filter_alt_off: {escaped(line)}" for line in manifest.notes if line.startswith(_LEFT_OUT)]
    if lines:
        st.markdown("  \n".join(lines))


def data_facts(manifest: Manifest) -> None:
    """Draw the rest of what is known."""
    with st.container(horizontal=True, gap="medium"):
        st.markdown(
            f"Patients, slides or lesions: **{groups_in_words(manifest)}**", help=tooltip("group"), width="content"
        )
        st.markdown(f"Format: **{escaped(manifest.format)}**", width="content")
        if manifest.subgroups:
            st.markdown(
                f"Subgroups: **{escaped(', '.join(manifest.subgroups))}**",
                help="What is known of the cases beside their class; Compare shows how a model does in each of them.",
                width="content",
            )
    st.markdown(f"Folder: {escaped(str(manifest.root))}")
    if not manifest.has_groups:
        st.markdown(f":material/group_off: {_UNKNOWN}")
    for line in manifest.notes:
        if not line.startswith(_LEFT_OUT):
            st.markdown(f":material/info: {escaped(line)}")


_UNKNOWN = (
    "Which images belong to one patient is not known. Images of one patient may then stand in training and in "
    "test, which flatters results: register the data set again with a groups file, if there is one."
)


def groups_in_words(manifest: Manifest) -> str:
    """How many patients, slides or lesions a data set has."""
    return f"{manifest.table['group'].nunique():,}" if manifest.has_groups else "not known"
