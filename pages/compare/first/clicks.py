"""What a click leads to: the images of a point's or bar's run, at once on the first screen."""

from typing import cast

import streamlit as st

from pages.compare.keys import KIND, OF
from pages.kit.errors import shown_errors
from riskcore.judging.worst import Kind


def look_at(chart: str) -> None:
    """A callback: look at the run, and where the mark says so at the kind of mistake, that was clicked in a chart.

    Its marks carry the run's id, and the kind behind it, as `customdata`; a click on anything else changes nothing.
    """
    with shown_errors():
        for point in st.session_state[chart].selection.points:
            data = point.get("customdata") or []
            if data:
                st.session_state[OF] = data[0]
                st.session_state[KIND] = data[1] if len(data) > 1 else "missed"


def kind_looked_at() -> Kind:
    """The kind of mistake whose images are shown."""
    return cast(Kind, st.session_state.get(KIND, "missed"))
