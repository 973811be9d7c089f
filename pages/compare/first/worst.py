"""The six worst images of the run that is looked at; a click on one leads to its page."""

from functools import partial
from pathlib import Path

import streamlit as st

from pages.compare.first.clicks import kind_looked_at
from pages.compare.keys import IMAGE, IMAGES, OF, TAB
from pages.compare.sample_paths import sample_paths
from pages.compare.view import View
from pages.kit import cached
from pages.kit.part import Part
from pages.kit.plain_text import escaped
from pages.kit.remembered import remembered
from riskcore.decision.dial import Dial
from riskcore.decision.pooled import pooled_decisions
from riskcore.errors import InputError
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
        st.markdown(escaped(worst_words(kind, view.labels[view.of.id], len(found), view.part)))
        paths = sample_paths(view.of, [mistake.sample for mistake in found[:SHOWN]])
        for place, (column, mistake, path) in enumerate(
            zip(st.columns(SHOWN, gap="xsmall"), found, paths, strict=False)
        ):
            with column.container(key=f"compare_worst_{place}", gap=None):
                _picture(view.of, mistake, path)


@remembered(64)
def _worst(choice: Choice, matrix: SeverityMatrix, dials: tuple[Dial, ...], part: Part, kind: Kind) -> list[Mistake]:
    return worst_images(pooled_decisions(cached.judged(choice, matrix, part), dials), kind)


def _picture(choice: Choice, mistake: Mistake, path: Path | None) -> None:
    """A thumbnail with a button over it, which the style sheet makes as large as the picture."""
    called = f"{mistake.truth} called {mistake.said}"
    name = Path(mistake.sample).name
    try:
        if path is None:
            raise InputError("its place is not known")
        st.image(cached.thumbnail(path), alt=f"{name}: {called}", width="stretch")
    except InputError:
        st.text("No picture")
    st.button(
        escaped(f"{name}: {called}"),
        key=f"compare_worst_open_{mistake.sample}",
        type="tertiary",
        help=escaped(f"{name}: truth {mistake.truth}, called {mistake.said}. Opens its page."),
        on_click=partial(_open, choice.id, mistake.sample),
    )


def _open(run: str, sample: str) -> None:
    st.session_state[OF], st.session_state[TAB], st.session_state[IMAGE] = run, IMAGES, sample
