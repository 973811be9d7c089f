"""Where the images of a run's cases lie."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from pages.kit import cached
from riskcore.errors import InputError
from riskcore.runs.choices import Choice


def sample_paths(choice: Choice, samples: Sequence[str]) -> list[Path | None]:
    """The file of each sample; none of any, with a line that says so, where the data set is not registered any more."""
    try:
        manifest = cached.manifest(choice.data)
    except InputError as error:
        st.caption("The pictures cannot be found, since the data set is not registered here any more.")
        st.text(str(error))
        return [None] * len(samples)
    return [manifest.path(sample) for sample in samples]
