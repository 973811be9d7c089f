"""What to do with a data set that is registered: its severity matrix, then training, each link with what it needs."""

import streamlit as st

from pages.kit import cached
from pages.kit.links import link_to
from pages.kit.plain_text import escaped
from riskcore.data.manifest import Manifest
from riskcore.jobs.pairing import matrices_for


def next_step(manifest: Manifest) -> None:
    """Draw the links; where no matrix is for its classes, writing one comes first."""
    matrix = next(iter(matrices_for(cached.workspace(), manifest.name)), None)
    with st.container(border=True, gap="xsmall"):
        if matrix is None:
            st.markdown("**Next: its severity matrix**")
            link_to("severity", "Write it for its classes", severity_data=manifest.name)
            link_to("train", "Train on it", train_data=manifest.name)
        else:
            st.markdown(f"**Next: train with matrix {escaped(matrix)}**")
            link_to("train", "Train on it", train_data=manifest.name, train_matrix=matrix)
            link_to("severity", "See its severity matrix", severity_matrix=matrix)
