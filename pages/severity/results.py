"""Beside the grid: what the matrix changes, as a line, two bars and the images whose call is another."""

import streamlit as st

from pages.kit.errors import shown_errors
from pages.kit.links import link_to
from pages.kit.part import Part, part_picker
from pages.kit.plain_text import escaped
from pages.kit.synthetic import synthetic_mark
from pages.kit.wish_picker import wish_picker
from pages.severity import drafts as matrix_drafts
from pages.severity.strip import SHOWN, strip
from pages.severity.training import train_link
from pages.severity.whatif_source import PredictionSource, offered, source_picker
from pages.severity.whatif_tried import Tried, tried
from riskcore.comparing.before_now import BARS
from riskcore.decision.dial import Dial
from riskcore.decision.judged_run import fit_matrix
from riskcore.decision.operating import Wish
from riskcore.judging.changes import changes
from riskcore.judging.report import FIXED_AVERSIONS
from riskcore.plots.before_now import HEIGHT, before_now_figure
from riskcore.runs.looks import Question
from riskcore.severity import RULES, SeverityMatrix
from riskcore.words.glossary import tooltip
from riskcore.words.whatif import change_line, dial_words


def results(name: str, matrix: SeverityMatrix, before: SeverityMatrix) -> Tried | None:
    """Ask in a small panel whose predictions to try the matrix on; show what becomes of the decisions.

    Args:
        name: of the matrix.
        matrix: as edited.
        before: as it was loaded or saved; its caution is the old one.

    Returns:
        What was found; None where there is nothing to try it on.
    """
    with shown_errors():
        if not matrix.critical_cells.any():  # the notice beside the grid says what to do
            st.markdown("Without a dangerous mistake there is nothing to count.")
            return None
        shown = st.container(key="severity_results")
        choices = offered(matrix)
        with st.container(horizontal=True, vertical_alignment="center"):
            with st.popover(choices.label, icon=":material/tune:", key="severity_tried"):
                source = source_picker(matrix, choices)
                caution = None if source is None else _caution(source, matrix)
                part = None if source is None or caution is None else _part(source, matrix, caution)
            beside = st.container(width="stretch")
        with shown:
            if source is None or caution is None or part is None:
                _nothing(name, any_run=bool(choices.choices))
                return None
            found = tried(source, part, matrix, before, caution)
            _answer(found)
        with beside:
            for note in _notes(found):
                st.caption(escaped(note))
        synthetic_mark(source.synthetic)
        return found
    return None


def _nothing(name: str, any_run: bool) -> None:
    if any_run:
        st.markdown("Choose below whose predictions to try it on.")
        return
    saved = matrix_drafts.kind(name) != matrix_drafts.NEW
    start = "Train one" if saved else "Save the matrix and train one"
    st.markdown(f"No finished training knows these classes yet. {start}, or drop any model's predictions in below.")
    if saved and not train_link(name):
        link_to("datasets", "Register its images")


def _answer(tried: Tried) -> None:
    result = tried.result
    counts = {kind: (result.earlier_rates[kind], result.after[kind]) for kind in BARS}
    st.markdown(
        f"**{change_line(int(result.changed.sum()), tried.seeds, counts, tried.change)}**",
        help=tooltip("critical error", "over-call rate", "interval"),
    )
    st.plotly_chart(
        before_now_figure(
            counts, tried.names, cases=len(result.truth) // tried.seeds, part=tried.part, seeds=tried.seeds
        ),
        key="severity_bars",
        height=HEIGHT,
        config={"displayModeBar": False},
        alt="Dangerous misses and false alarms before and now, in cases",
    )
    strip(tried)


def _notes(tried: Tried) -> list[str]:
    """What has to be known of the pictures."""
    more = len(changes(tried.result)) - SHOWN
    return [
        *(
            ["No caution serves what you accept; the one of most accuracy is shown."]
            if not tried.result.reached
            else []
        ),
        *([f"{more:,} more{_of_any(tried.seeds)} under Details."] if more > 0 else []),
    ]


def _of_any(seeds: int) -> str:
    return f" images, changed in any of {seeds} seeds," if seeds > 1 else ""


def _part(source: PredictionSource, matrix: SeverityMatrix, choice: Wish | Dial) -> Part:
    """Validation cases until those of test are asked for; those of a file that has no others at once."""
    if source.on_validation is None:
        return "test"
    question = Question(fit_matrix(matrix, source.whatif.run.classes), choice)
    return part_picker("severity", question, () if source.choice is None else source.choice.runs)


def _caution(source: PredictionSource, matrix: SeverityMatrix) -> Wish | Dial:
    """The wish that the caution is chosen for; a fixed caution where there is nothing to choose one on."""
    why = source.whatif.unable(matrix)
    if why is None:
        return wish_picker("severity")
    st.caption(f"{escaped(why)} Choose a fixed caution.")
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
