"""Train: a search for the loss and strength that serve best, judged on validation."""

import pandas as pd
import streamlit as st

from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.kit.job_progress import job_progress
from pages.kit.links import link_to
from pages.kit.plain_text import escaped
from riskcore.decision.operating import Wish
from riskcore.jobs import background, tuning
from riskcore.jobs.estimates import duration
from riskcore.jobs.submit import Plan
from riskcore.words.search import outcome, rows, to_train
from riskcore.words.whatif import wish_words

_TRIALS_KEY = "train_trials"


def search_panel(plan: Plan | None, seconds_a_run: float | None) -> None:
    """Offer the search, show how far it is and what it has found.

    Args:
        plan: its data, matrix, backbone and training are searched with; its loss is not used. None where the choices
            make no run: a search that is under way is shown all the same.
        seconds_a_run: estimate; None where nothing is known.
    """
    known, going = tuning.names(cached.workspace()), going_search()
    if plan is None and going is None:
        return
    trials = st.session_state.get(_TRIALS_KEY, tuning.TRIALS)
    search = None if plan is None else tuning.Search.of(plan, trials=trials)
    found = tuning.study(cached.workspace(), search.name) if search is not None and search.name in known else None
    to_see = going is not None or found is not None
    with st.expander("Search for the best loss", icon=":material/search:", expanded=to_see):
        if plan is not None:
            st.markdown(
                "Tries losses and strengths one after the other, as training runs of their own, and learns from each "
                "where to look next. What counts is what caution can reach on validation cases, for "
                f"{wish_words(Wish.parse(plan.config.wish))}; test cases are not looked at."
            )
        if going is not None:
            _under_way(going, mine=search is not None and going == search.name)
        elif search is not None:
            _offer(search, known, found, seconds_a_run)
        if found is not None:
            _found(found)


def going_search() -> str | None:
    """The name of the search that is under way."""
    return next((name for name in tuning.names(cached.workspace()) if _is_running(name)), None)


def _is_running(name: str) -> bool:
    return _started_here(name) or tuning.is_running(cached.workspace(), name)


def _started_here(name: str) -> bool:
    found = background.status(cached.workspace(), "tune", name)
    return found is not None and found.state == "running"


def _under_way(name: str, mine: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Stop the search", icon=":material/stop:", on_click=_stop, args=(name,), key="_train_stop")
        link_to("runs", "Watch its runs")
        st.caption("It goes on when this page or the browser is closed. The run that trains outlives a stop.")
    if _started_here(name):
        job_progress("tune", name)
    else:  # what an earlier search from here came to is of no interest now
        st.caption("It was started from the command line, which shows its progress.")
    if not mine:
        st.info(
            f"This search ({escaped(name)}) has other settings, data or another matrix than what is chosen above. "
            "One search at a time.",
            icon=":material/info:",
        )


def _offer(search: tuning.Search, known: list[str], study: tuning.Study | None, seconds_a_run: float | None) -> None:
    here = cached.workspace()
    # Why the last one failed: it has another name when its matrix or data were changed meanwhile.
    job_progress("tune", known[0] if known else search.name)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input(
            "Losses to try",
            min_value=1,
            max_value=1000,
            value=tuning.TRIALS,
            key=_TRIALS_KEY,
            persist_state="session",
            width=160,
            help="Those tried before count; a higher number goes on where the search was.",
        )
        clicked = st.button("Search", icon=":material/search:", key="_train_search")
        if seconds_a_run is not None and (left := to_train(study, search.trials)):
            st.caption(f"About {duration(seconds_a_run * left)} for {left:,} runs, one after the other.")
    if clicked:
        with shown_errors():
            background.start(here, "tune", tuning.prepare(here, search))
            st.rerun()


def _stop(name: str) -> None:
    with shown_errors():
        tuning.request_stop(cached.workspace(), name)


def _found(study: tuning.Study) -> None:
    shown = rows(study)
    if not shown:
        return
    st.markdown(escaped(outcome(study)))
    st.dataframe(
        pd.DataFrame(shown),
        hide_index=True,
        width="content",
        alt="Cross-entropy and the best losses of the search, one a row, with their score on validation.",
    )
    if study.best is not None and study.reference is not None:
        link_to(
            "compare",
            "Compare the best with cross-entropy",
            compare_data=study.search.config.data.name,
            compare_runs=",".join((*study.best.runs[:1], *study.reference.runs[:1])),
        )
