"""The live what-if: what an edited severity matrix changes in stored decisions, at each edit, without training."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.kit.errors import shown_errors
from pages.kit.part import Part, part_picker
from pages.kit.plain_text import escaped
from pages.kit.wish_picker import wish_picker
from pages.severity.whatif_cells import cells_panel
from pages.severity.whatif_changes import changes_panel
from pages.severity.whatif_curves import caution_trade, confusion_tables
from pages.severity.whatif_numbers import numbers
from pages.severity.whatif_source import PredictionSource, source_picker
from pages.severity.whatif_tried import Tried, tried
from riskcore.decision.dial import Dial
from riskcore.decision.judged_run import fit_matrix
from riskcore.decision.operating import Wish
from riskcore.judging.report import FIXED_AVERSIONS
from riskcore.runs.looks import Question
from riskcore.severity import RULES, SeverityMatrix
from riskcore.words.glossary import tooltip
from riskcore.words.whatif import dial_words

DETAILS = {
    "Changed decisions": changes_panel,
    "What caution trades": caution_trade,
    "Confusions": confusion_tables,
    "Which cell matters most": cells_panel,
}


def whatif_panel(matrix: SeverityMatrix, before: SeverityMatrix, details: DeltaGenerator | None = None) -> None:
    """Ask whose predictions to try the matrix on and what is accepted; show what becomes of the decisions.

    Args:
        matrix: as edited.
        before: as it was loaded or saved; its caution is the old one.
        details: where to draw the images and figures, which need width; default: beneath the numbers.
    """
    with shown_errors():
        source = source_picker(matrix)
        if source is None:
            return
        choice = _choice(source, matrix)
        found = tried(source, _part(source, matrix, choice), matrix, before, choice)
        numbers(found)
        with st.container() if details is None else details:
            _details(found)


@st.fragment(parallel=True)
def _details(tried: Tried) -> None:
    """Images, figures and the search over cells take longer than the numbers, which therefore do not wait."""
    with shown_errors():
        tabs = st.tabs(list(DETAILS), key="severity_details", bind="query-params")
        for tab, draw in zip(tabs, DETAILS.values(), strict=True):
            if tab.open:
                with tab:
                    draw(tried)


def _part(source: PredictionSource, matrix: SeverityMatrix, choice: Wish | Dial) -> Part:
    """Validation cases until those of test are asked for; those of a file that has no others at once."""
    if source.on_validation is None:
        return "test"
    question = Question(fit_matrix(matrix, source.whatif.run.classes), choice)
    return part_picker("severity", question, () if source.choice is None else source.choice.runs)


def _choice(source: PredictionSource, matrix: SeverityMatrix) -> Wish | Dial:
    """The wish that the caution is chosen for; a fixed caution where there is nothing to choose one on."""
    why = source.whatif.unable(matrix)
    if why is None:
        return wish_picker("severity")
    st.info(f"{escaped(why)} Choose a fixed caution.", icon=":material/info:")
    dials = {dial_words([dial]): dial for dial in (Dial(rule, a) for rule in RULES for a in FIXED_AVERSIONS)}
    chosen = st.selectbox(
        "Fixed caution",
        list(dials),
        index=1,
        key="severity_dial",
        bind="query-params",
        help=tooltip("aversion", "rule"),
    )
    return dials[chosen]
