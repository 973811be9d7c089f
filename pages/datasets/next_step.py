"""What to do with a data set that is registered: its severity matrix, then training, each link with what it needs."""

import streamlit as st

from pages.kit import cached
from pages.kit.links import link_to
from pages.kit.plain_text import escaped
from riskcore.data.manifest import Manifest
from riskcore.jobs.recipes import matrices


def next_step(manifest: Manifest) -> None:
    """Draw the links; where no matrix is for its classes, writing one comes first."""
    matrix = fitting_matrix(manifest)
    with st.container(border=True, gap="xsmall"):
        if matrix is None:
            st.markdown("**Next: its severity matrix**")
            link_to("severity", "Write it for its classes", severity_data=manifest.name)
            link_to("train", "Train on it", train_data=manifest.name)
        else:
            st.markdown(f"**Next: train with matrix {escaped(matrix)}**")
            link_to("train", "Train on it", train_data=manifest.name, train_matrix=matrix)
            link_to("severity", "See its severity matrix", severity_matrix=matrix)


def fitting_matrix(manifest: Manifest) -> str | None:
    """The name of a matrix for the classes of a data set, that of its own name first; None where there is none."""
    fitting = [name for name, fits in matrices(cached.workspace(), manifest.classes).items() if fits]
    return manifest.name if manifest.name in fitting else next(iter(fitting), None)
