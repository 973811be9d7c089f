"""One run in detail: how far it is and what can be done, what users wrote on it, its curves; the rest folds away."""

import time

import streamlit as st
import yaml

from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.kit.plain_text import escaped
from pages.kit.remembered import remembered
from pages.runs.actions import run_actions
from pages.runs.annotation import annotation_form
from pages.runs.metrics import damaged_lines, metrics, own_rates
from riskcore.plots.training_curves import training_figure
from riskcore.runs.folder import Run
from riskcore.runs.log import log_tail
from riskcore.runs.progress import doing_now, progress
from riskcore.words.run_result import result_sentence
from riskcore.words.run_states import STATE_WORDS, empty_log, left_out_lines, meaning, seed_words

_LOG_LINES = 40
_LOG_PIXELS = 200
_MOST_OTHERS = 8


def run_details(run: Run, called: str) -> None:
    """Draw the panel of a run; `called`: its name on the screen."""
    words = STATE_WORDS[run.state]
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(words.word, icon=f":material/{words.icon}:", color=words.colour)
            st.markdown(f"**{escaped(called)}** on {escaped(run.data)}", width="stretch")
            run_actions(run)
        with st.container():  # its own place: the panels below stay where they are as the state changes
            _state(run)
        annotation_form(run, called)
        siblings = _curves(run)
        with st.expander("Details", icon=":material/info:", key="_runs_details"):
            _details(run, siblings)


def _state(run: Run) -> None:
    if run.state == "running":
        now, lines = time.time(), metrics(run)
        st.progress(progress(run, lines, now).share or 0.0, text=escaped(doing_now(run, lines, now)))
    if text := meaning(run):
        st.text(text)
    if run.state == "finished":
        with shown_errors():
            st.text(result_sentence(own_rates(run)))


def _curves(run: Run) -> bool:
    """Draw them; returns whether other runs of the same settings are among them."""
    lines = [line for line in metrics(run) if "kind" in line]
    if damaged := damaged_lines(run):
        st.caption(left_out_lines(damaged))
    if not lines:
        st.text("Curves appear when training reports its first figures.")
        return False
    siblings = [other for other in cached.store().list(pool=run.pool, limit=_MOST_OTHERS) if other.id != run.id]
    others = {
        f"seed {other.seed}, {other.id}": [line for line in metrics(other) if "kind" in line] for other in siblings
    }
    st.plotly_chart(
        training_figure(lines, others),
        key="_runs_curves",
        alt=f"Loss, right answers and dangerous mistakes of run {run.id} over epochs",
        config={"displayModeBar": False},
    )
    return bool(siblings)


def _details(run: Run, siblings: bool) -> None:
    record = run.record
    st.text(f"{run.id}: {run.loss}, matrix {record['matrix']}, seed {seed_words(run)}, {record['model']}")
    if run.state == "finished":
        st.caption(
            "Curves and log judge each image alone, after each epoch; the figures above them are averaged over image "
            "and mirror image once training is over, so they may differ from where the curves end."
        )
    if siblings:
        st.caption("Faint: validation of the runs with the same settings and other seeds or folds.")
    _log(run)
    _settings(run)


def _log(run: Run) -> None:
    text = "\n".join(log_tail(run.log, _LOG_LINES))
    if not text:
        doing = doing_now(run, metrics(run), time.time())
        st.text(empty_log(run) + (f" Now: {doing}." if doing else ""))
        return
    with st.container(height=_LOG_PIXELS, border=False, autoscroll=True, key="_runs_log"):
        st.code(text, language=None)


@remembered(128)
def _as_yaml(run: Run) -> str:
    return yaml.safe_dump(run.config, sort_keys=False, allow_unicode=True)


def _settings(run: Run) -> None:
    text = _as_yaml(run)
    st.download_button(
        "Download as a training file",
        text,
        file_name=f"{run.id}.yaml",
        mime="application/yaml",
        icon=":material/download:",
        on_click="ignore",
        key="_runs_settings",
    )
    st.code(text, language=None)
