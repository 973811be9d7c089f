"""What is known of a data set at a glance."""

import streamlit as st

from pages.kit.plain_text import escaped
from riskcore.data.manifest import Manifest
from riskcore.formats import SYNTHETIC
from riskcore.words.glossary import tooltip


def data_facts(manifest: Manifest) -> None:
    """What is known of a data set at a glance."""
    with st.container(horizontal=True, gap="medium"):
        st.markdown(f"**{len(manifest):,}** images", width="content")
        st.markdown(f"**{len(manifest.classes):,}** classes", width="content")
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
        if manifest.synthetic:
            st.badge("SYNTHETIC", icon=":material/draw:", color="orange", help=SYNTHETIC)
    if not manifest.has_groups:
        st.warning(
            "Which images belong to one patient is not known. Images of one patient may then stand in training and in "
            "test, which flatters results: register the data set again with a groups file, if there is one.",
            icon=":material/group_off:",
        )
    for line in manifest.notes:
        st.markdown(f":material/info: {escaped(line)}")


def groups_in_words(manifest: Manifest) -> str:
    """How many patients, slides or lesions a data set has."""
    return f"{manifest.table['group'].nunique():,}" if manifest.has_groups else "not known"
