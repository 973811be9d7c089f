"""Choosing what is compared: data set, matrix to judge by, runs and the baseline among them; one row."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from pages.kit import cached
from pages.kit.address import on_change, state_key, take_in, write_out
from pages.kit.links import link_to
from pages.kit.plain_text import escaped
from riskcore.decision.judged_run import fit_matrix
from riskcore.errors import InputError
from riskcore.runs.choices import Choice, finished_choices, labels
from riskcore.runs.comparable import baseline, newest_set, why_not
from riskcore.runs.folder import Run
from riskcore.severity import PRESETS, SeverityMatrix
from riskcore.severity.store import list_matrices, load_matrix
from riskcore.words.glossary import tooltip

OWN = "as trained"
RUNS, BASELINE = "compare_runs", "compare_baseline"


@dataclass(frozen=True)
class Chosen:
    """What is compared.

    Attributes:
        data: name of the data set.
        matrix: the severity matrix to judge by.
        baseline: what the others are compared with.
        choices: the baseline and what can be compared with it, in the order of the list.
        labels: id -> what a choice is called.
    """

    data: str
    matrix: SeverityMatrix
    baseline: Choice
    choices: tuple[Choice, ...]
    labels: dict[str, str]

    @property
    def runs(self) -> list[Run]:
        """Every member of every choice: what is looked at."""
        return [run for choice in self.choices for run in choice.runs]

    @property
    def others(self) -> tuple[Choice, ...]:
        return tuple(choice for choice in self.choices if choice.id != self.baseline.id)


def choose() -> Chosen | None:
    """Ask what to compare; says what to do, and gives None, where there is nothing to compare yet."""
    every = finished_choices(cached.store())
    newest = newest_set(every)
    if not newest:
        _nothing_yet()
        return None
    by_run = {run.id: choice for choice in every for run in choice.runs} | {choice.id: choice for choice in every}
    beside = by_run.get(st.query_params.pop("compare_beside", ""))
    if beside is not None:
        st.session_state["compare_data"] = beside.data
    data_column, matrix_column, runs_column, baseline_column = st.columns([1.1, 1.1, 2.8, 1.3])
    sets = list(dict.fromkeys(choice.data for choice in every))
    data = data_column.selectbox(
        "Data set", sets, index=sets.index(newest[0].data), key="compare_data", bind="query-params"
    )
    offered = {choice.id: choice for choice in every if choice.data == data}
    named = labels(list(offered.values()))
    ids = _runs(runs_column, offered, named, {id: choice.id for id, choice in by_run.items()}, beside)
    if not ids:
        st.info("Choose the training runs to compare.", icon=":material/arrow_upward:")
        return None
    id = _baseline(baseline_column, offered, named, ids)
    first = offered[id]
    matrix = _matrix(matrix_column, first)
    return Chosen(data, matrix, first, _comparable([offered[id] for id in ids], first, named), named)


def _runs(
    column: "st.delta_generator.DeltaGenerator",
    offered: dict[str, Choice],
    named: dict[str, str],
    meant: dict[str, str],
    beside: Choice | None,
) -> list[str]:
    """Ids of the chosen runs; at first the newest that belong together, or those that one came here to stand beside."""
    if beside is not None:
        st.session_state[state_key(RUNS)] = [choice.id for choice in newest_set(list(offered.values()), beside)]
    else:
        take_in(RUNS, {id: choice for id, choice in meant.items() if choice in offered}, several=True)
    ids = column.multiselect(
        "Training runs, joined over their seeds",
        list(offered),
        default=[choice.id for choice in newest_set(list(offered.values()))],
        format_func=named.__getitem__,
        key=state_key(RUNS),
        on_change=on_change(RUNS),
        persist_state="session",
        help=tooltip("pool", "seed"),
        placeholder="Choose two or more",
    )
    write_out(RUNS)
    return ids


def _baseline(
    column: "st.delta_generator.DeltaGenerator", offered: dict[str, Choice], named: dict[str, str], ids: list[str]
) -> str:
    """Id of the run that the others are compared with, one of them."""
    take_in(BASELINE, {id: id for id in ids})
    id = column.selectbox(
        "Compared with",
        ids,
        index=ids.index(baseline([offered[id] for id in ids]).id),
        format_func=named.__getitem__,
        key=state_key(BASELINE),
        on_change=on_change(BASELINE),
        persist_state="session",
        help="The baseline; plain cross-entropy (ce) where it is among the runs.",
    )
    write_out(BASELINE)
    return id


def _matrix(column: "st.delta_generator.DeltaGenerator", baseline: Choice) -> SeverityMatrix:
    classes = cached.predictions(baseline).classes
    fitting = {OWN: cached.own_matrix(baseline)}
    here = cached.workspace()
    for name in (*list_matrices(here), *(name for name in PRESETS if name not in list_matrices(here))):
        try:
            fitting[name] = fit_matrix(load_matrix(here, name), classes)
        except InputError:  # for other classes, or a broken file: the severity screen says which
            continue
    name = column.selectbox(
        "Judged by",
        list(fitting),
        format_func=lambda name: f"{baseline.matrix} ({OWN})" if name == OWN else name,
        key="compare_matrix",
        bind="query-params",
        help=tooltip("severity matrix", "critical error"),
    )
    return fitting[name].require_critical()


def _comparable(chosen: Sequence[Choice], baseline: Choice, named: dict[str, str]) -> tuple[Choice, ...]:
    """The chosen runs that can stand beside the baseline; a line for each that cannot."""
    reference, kept = cached.predictions(baseline), []
    for choice in chosen:
        reason = None if choice is baseline else why_not(cached.predictions(choice), reference)
        if reason is None:
            kept.append(choice)
        else:
            st.warning(
                escaped(f"{named[choice.id]} cannot be compared with {named[baseline.id]}: {reason}."),
                icon=":material/block:",
            )
    return tuple(kept)


def _nothing_yet() -> None:
    st.info(
        "There is no finished training run yet. Train plain cross-entropy (ce) and a loss that uses your severity "
        "matrix on the same data; what each of them misses is then compared here.",
        icon=":material/balance:",
    )
    with st.container(horizontal=True):
        link_to("train", "Train")
        link_to("runs", "See what is running")
