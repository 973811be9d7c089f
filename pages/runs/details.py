"""One run in detail: its state and what can be done, its curves, its log and its settings."""

import time

import streamlit as st
import yaml

from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.kit.remembered import remembered
from pages.runs.actions import run_actions
from pages.runs.metrics import damaged_lines, is_synthetic, metrics
from riskcore.formats import SYNTHETIC
from riskcore.plots.training_curves import training_figure
from riskcore.runs.folder import Run
from riskcore.runs.log import log_tail
from riskcore.runs.progress import doing_now
from riskcore.words.run_result import result_sentence, validation_rates
from riskcore.words.run_states import STATE_WORDS, empty_log, left_out_lines, meaning, seed_words

_LOG_LINES = 40
_LOG_PIXELS = 200
_MOST_OTHERS = 8


def run_details(run: Run) -> None:
    """Draw the panel of a run."""
    words = STATE_WORDS[run.state]
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(words.word, icon=f":material/{words.icon}:", color=words.colour)
            st.text(f"{run.loss} on {run.data}, seed {seed_words(run)}, {run.record['model']}", width="stretch")
            run_actions(run)
        with st.container():  # its own place: the panels below stay where they are as the state changes
            if text := meaning(run):
                st.text(text)
            if run.state == "finished":
                with shown_errors():
                    st.text(_result(run))
            if is_synthetic(run):
                st.caption(SYNTHETIC)
        _curves(run)
        _log(run)
        with st.expander("Settings", icon=":material/settings:"):
            _settings(run)


@remembered(1000)
def _result(run: Run) -> str:
    return result_sentence(validation_rates(run))


def _curves(run: Run) -> None:
    lines = [line for line in metrics(run) if "kind" in line]
    if damaged := damaged_lines(run):
        st.caption(left_out_lines(damaged))
    if not lines:
        st.text("Curves appear when training reports its first figures.")
        return
    siblings = [other for other in cached.store().list(pool=run.pool, limit=_MOST_OTHERS) if other.id != run.id]
    others = {
        f"seed {other.seed}, {other.id}": [line for line in metrics(other) if "kind" in line] for other in siblings
    }
    st.plotly_chart(
        training_figure(lines, others),
        key="_runs_curves",
        alt=f"Loss, accuracy and dangerous mistakes of run {run.id} over epochs",
        config={"displayModeBar": False},
    )
    if run.state == "finished":
        st.caption(
            "Curves and log judge each image alone, after each epoch; the accuracy and dangerous mistakes above are "
            "averaged over image and mirror image once training is over, so they may differ from where the curves end."
        )
    if siblings:
        st.caption("Faint: validation of the runs with the same settings and other seeds or folds.")


def _log(run: Run) -> None:
    text = "\n".join(log_tail(run.log, _LOG_LINES))
    if not text:
        doing = doing_now(run, metrics(run), time.time())
        st.text(empty_log(run) + (f" Now: {doing}." if doing else ""))
        return
    with st.container(height=_LOG_PIXELS, border=False, autoscroll=True, key="_runs_log"):
        st.code(text, language=None)


def _settings(run: Run) -> None:
    text = yaml.safe_dump(run.config, sort_keys=False, allow_unicode=True)
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
