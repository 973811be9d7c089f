"""The six worst images of the run that is looked at; a click on one leads to its page."""

import streamlit as st

from pages.compare.first.clicks import kind_looked_at
from pages.compare.images.thumbnail import case_thumbnail
from pages.compare.sample_paths import sample_paths
from pages.compare.view import View
from pages.kit import cached
from pages.kit.part import Part
from pages.kit.plain_text import escaped
from pages.kit.remembered import remembered
from riskcore.decision.dial import Dial
from riskcore.decision.pooled import pooled_decisions
from riskcore.judging.mistakes import Mistake
from riskcore.judging.worst import Kind, worst_images
from riskcore.runs.choices import Choice
from riskcore.severity import SeverityMatrix
from riskcore.words.compared import worst_words

SHOWN = 6


def worst_strip(view: View) -> None:
    """Draw them under a line that says what they are and how many there are."""
    kind = kind_looked_at()
    found = _worst(view.of, view.matrix, view.dials(view.of), view.part, kind)
    with st.container(key="compare_worst", gap="xsmall"):
        st.markdown(escaped(worst_words(kind, view.labels[view.of.id], len(found), view.part, len(view.of.seeds))))
        paths = sample_paths(view.of, [mistake.sample for mistake in found[:SHOWN]])
        for column, mistake, path in zip(st.columns(SHOWN, gap="xsmall"), found, paths, strict=False):
            with column:
                said = f"truth {mistake.truth}, called {mistake.said}"
                case_thumbnail(mistake.sample, said, path, "worst", view.of.id)


@remembered(64)
def _worst(choice: Choice, matrix: SeverityMatrix, dials: tuple[Dial, ...], part: Part, kind: Kind) -> list[Mistake]:
    return worst_images(pooled_decisions(cached.judged(choice, matrix, part), dials), kind)
