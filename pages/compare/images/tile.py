"""An image in the list of mistakes: picture, truth, and what each of two runs says of it."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from pages.compare.images.thumbnail import case_thumbnail
from pages.kit.gallery import Colour
from pages.kit.plain_text import escaped
from riskcore.judging.side_by_side import Call, SharedCase
from riskcore.marks import Mark
from riskcore.severity import SeverityMatrix
from riskcore.words.mistake_table import kind_words, sure_words

COLOURS: dict[str, Colour] = {"Dangerous": "red", "False alarm": "orange", "Wrong": "gray", "Right": "green"}
ICONS = {
    "Dangerous": ":material/warning:",
    "False alarm": ":material/notifications:",
    "Wrong": ":material/close:",
    "Right": ":material/check:",
}


def tile(case: SharedCase, names: Sequence[str], matrix: SeverityMatrix, path: Path | None, mark: Mark | None) -> None:
    """Draw it; `names`: of the runs, in the order of the case's calls."""
    with st.container(border=True, height="stretch"):
        left, right = st.columns([1, 1.6], gap="small")
        with left:
            case_thumbnail(case.sample, f"truth {case.truth}, {names[0]} says {case.calls[0].said}", path, "list")
            st.caption(escaped(Path(case.sample).name))
        with right:
            st.markdown(f"Truth: **{escaped(case.truth)}**")
            for name, call in zip(names, case.calls, strict=True):
                _call(name, call, kind_words(case.truth, call.said, matrix))
            if mark is not None:
                st.badge("Looks mislabelled", icon=":material/flag:", color="violet")


def _call(name: str, call: Call, kind: str) -> None:
    seeds = f" · {call.seeds} of {call.judged} seeds" if call.seeds < call.judged else ""
    truth = "" if call.right else f", truth {sure_words(call.truth_probability)}"
    said = "dangerous mistake" if kind == "Dangerous" else kind.lower()
    with st.container(gap=None):
        st.caption(escaped(name))
        st.markdown(f":{COLOURS[kind]}[{ICONS[kind]}] called **{escaped(call.said)}**: {said}")
        st.caption(f"{sure_words(call.probability)} sure{truth}{seeds}")
