"""The answer at equal accuracy in one line, the same on every screen that gives it."""

import streamlit as st

from pages.kit.plain_text import escaped
from riskcore.comparing.equal_accuracy import Answer
from riskcore.words.answer import Verdict

MARKS: dict[Answer, str] = {
    "yes": ":green[:material/check_circle:]",
    "no": ":red[:material/cancel:]",
    "cannot tell": ":orange[:material/help:]",
    "unreachable": ":blue[:material/block:]",
}
"""An answer as an icon within a line of Markdown."""


def answer_line(said: Verdict) -> None:
    """Draw it."""
    st.markdown(f"{MARKS[said.answer]} **{escaped(said.line)}**")
