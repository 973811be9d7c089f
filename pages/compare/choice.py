"""Choosing what is compared: data set, runs, baseline and matrix, folded behind a button that says what is chosen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.compare import nothing
from pages.kit import cached
from pages.kit.address import on_change, state_key, take_in, write_out
from pages.kit.plain_text import escaped
from pages.kit.standings import cannot_be_held
from riskcore.decision.judged_run import fit_matrix
from riskcore.errors import InputError
from riskcore.runs.choices import Choice
from riskcore.runs.comparable import baseline, newest_set, why_not
from riskcore.runs.folder import Run
from riskcore.severity import PRESETS, SeverityMatrix
from riskcore.severity.draft_files import unsaved_note
from riskcore.severity.store import list_matrices, load_matrix
from riskcore.words.compared import chosen_words
from riskcore.words.glossary import tooltip
from riskcore.words.training_names import training_names

OWN = "as trained"
DATA, RUNS, BASELINE, MATRIX = "compare_data", "compare_runs", "compare_baseline", "compare_matrix"
MEASURES = {
    "Dangerous mistakes": "cer",
    "Missed dangerous cases": "critical_miss_rate",
    "Average harm": "expected_severity",
    "False alarms": "over_call_rate",
}
"""How a measure is called -> its name among the rates."""


@dataclass(frozen=True)
class Chosen:
    """What is compared.

    Attributes:
        data: name of the data set.
        matrix: the severity matrix to judge by.
        baseline: what the others are compared with.
        choices: the baseline and what can be compared with it, in the order of the list.
        labels: id -> the shortest name that tells these apart.
        measure: what stands against accuracy.
        left_out: why each of the others that were chosen cannot be compared, a sentence each.
    """

    data: str
    matrix: SeverityMatrix
    baseline: Choice
    choices: tuple[Choice, ...]
    labels: dict[str, str]
    measure: str
    left_out: tuple[str, ...]

    @property
    def runs(self) -> list[Run]:
        """Every member of every choice: what is looked at."""
        return [run for choice in self.choices for run in choice.runs]

    @property
    def others(self) -> tuple[Choice, ...]:
        return tuple(choice for choice in self.choices if choice.id != self.baseline.id)


def choose() -> Chosen | None:
    """Ask what to compare; says what to do, and gives None, where there is nothing to compare yet."""
    every = cached.finished_choices()
    if not every:
        nothing.no_run()
        return None
    offered, ids = _offered_and_chosen(every)
    names = cached.finished_names(st.session_state[state_key(DATA)])
    shown = [offered[id] for id in ids]
    first = _baseline(shown) if shown else None
    matrices = {} if first is None else _matrices(first)
    if first is not None:
        _settle(MATRIX, {name: name for name in matrices} | {_named(OWN, first): OWN}, OWN)
    short = training_names(shown)  # of those that are shown alone
    label = _label(every[0] if first is None else first, short, len(ids))
    with st.popover(label, icon=":material/tune:", help="What is compared, with what, and what judges it"):
        measure = _ask(list(dict.fromkeys(choice.data for choice in every)), offered, names, ids, first, matrices)
    if first is None:
        nothing.none_chosen()
        return None
    matrix = matrices[st.session_state[state_key(MATRIX)]].require_critical()
    return _kept(shown, first, matrix, short, measure)


def _offered_and_chosen(every: Sequence[Choice]) -> tuple[dict[str, Choice], list[str]]:
    """The choices of the data set that is looked at, by id, and the ids of those that are compared."""
    by_id = {run.id: choice for choice in every for run in choice.runs} | {choice.id: choice for choice in every}
    beside = by_id.get(st.query_params.pop("compare_beside", ""))
    asked = [by_id[id] for id in st.query_params.get(RUNS, "").split(",") if id in by_id]
    if beside is not None:
        st.query_params[DATA] = beside.data
    elif asked and DATA not in st.query_params:
        st.query_params[DATA] = asked[0].data
    sets = {choice.data: choice.data for choice in every}
    data = _settle(DATA, sets, newest_set(every)[0].data)
    offered = {choice.id: choice for choice in every if choice.data == data}
    if beside is not None:
        st.query_params[RUNS] = ",".join(choice.id for choice in newest_set(list(offered.values()), beside))
    meant = {id: choice.id for id, choice in by_id.items() if choice.id in offered}
    take_in(RUNS, meant, several=True)
    now = st.session_state.get(state_key(RUNS))
    kept = list(dict.fromkeys(meant[id] for id in now or () if id in meant))  # a run may have become a pool
    if now is None or (now and not kept):  # at first, and with another data set: the newest that belong together
        kept = [choice.id for choice in newest_set(list(offered.values()))]
    st.session_state[state_key(RUNS)] = kept
    return offered, kept


def _baseline(shown: Sequence[Choice]) -> Choice:
    """What the others are compared with, one of them."""
    meant = {id: choice.id for choice in shown for id in (choice.id, *(run.id for run in choice.runs))}
    id = _settle(BASELINE, meant, baseline(shown).id)
    return next(choice for choice in shown if choice.id == id)


def _settle(parameter: str, meant: Mapping[str, str], default: str) -> str:
    """What a control that is not drawn yet is going to show: the button above it says so."""
    take_in(parameter, meant)
    key = state_key(parameter)
    if st.session_state.get(key) not in meant.values():
        st.session_state[key] = meant.get(st.session_state.get(key, ""), default)
    value: str = st.session_state[key]
    return value


def _matrices(baseline: Choice) -> dict[str, SeverityMatrix]:
    """Name -> each matrix that fits the classes; that of the training first."""
    classes = cached.predictions(baseline).classes
    fitting = {OWN: cached.own_matrix(baseline)}
    here = cached.workspace()
    for name in (*list_matrices(here), *(name for name in PRESETS if name not in list_matrices(here))):
        try:
            fitting[name] = fit_matrix(load_matrix(here, name), classes)
        except InputError:  # for other classes, or a broken file: the severity screen says which
            continue
    return fitting


def _named(matrix: str, baseline: Choice) -> str:
    return f"{baseline.matrix} ({OWN})" if matrix == OWN else matrix


def _label(first: Choice, names: Mapping[str, str], chosen: int) -> str:
    if not chosen:
        return escaped(chosen_words(st.session_state[state_key(DATA)], "", None, 0))
    matrix = st.session_state[state_key(MATRIX)]
    name = first.matrix if matrix == OWN else matrix
    return escaped(chosen_words(first.data, name, names[first.id], chosen - 1))


def _ask(
    sets: Sequence[str],
    offered: Mapping[str, Choice],
    names: Mapping[str, str],
    ids: Sequence[str],
    first: Choice | None,
    matrices: Mapping[str, SeverityMatrix],
) -> str:
    """Draw the controls; returns the measure that stands against accuracy."""
    st.selectbox("Data set", sets, **_bound(DATA))
    st.multiselect(
        "Trainings, joined over their seeds",
        list(offered),
        format_func=names.__getitem__,
        help=tooltip("pool", "seed"),
        placeholder="Choose two or more",
        **_bound(RUNS),
    )
    if first is not None:
        st.selectbox(
            "Compared with",
            ids,
            format_func=names.__getitem__,
            help="The baseline: plain training (cross-entropy, ce) where it is among them.",
            **_bound(BASELINE),
        )
        st.selectbox(
            "Judged by",
            list(matrices),
            format_func=lambda name: _named(name, first),
            help=tooltip("severity matrix", "critical error"),
            **_bound(MATRIX),
        )
        if said := unsaved_note(cached.workspace(), st.session_state[state_key(MATRIX)]):
            st.caption(escaped(said))
    for parameter in (DATA, RUNS, *((BASELINE, MATRIX) if first is not None else ())):
        write_out(parameter)
    return MEASURES[
        st.segmented_control(
            "Drawn against accuracy",
            list(MEASURES),
            default="Dangerous mistakes",
            required=True,
            key="compare_measure",
            bind="query-params",
            help=tooltip("frontier", "cer", "critical miss rate", "expected severity", "over-call rate"),
        )
    ]


def _bound(parameter: str) -> dict[str, Any]:
    """What binds a control to its parameter of the address."""
    return {"key": state_key(parameter), "on_change": on_change(parameter), "persist_state": "session"}


def _kept(
    chosen: Sequence[Choice], first: Choice, matrix: SeverityMatrix, names: Mapping[str, str], measure: str
) -> Chosen | None:
    """The chosen runs that can stand beside the baseline; None, with the reason, where it cannot be held itself."""
    if why := cannot_be_held(first, matrix):
        nothing.baseline_cannot(names[first.id], why, first)
        return None
    reference, kept, left_out = cached.predictions(first), [], []
    for choice in chosen:
        reason = None if choice is first else why_not(cached.predictions(choice), reference)
        if reason is not None:
            left_out.append(f"{names[choice.id]} cannot be compared with {names[first.id]}: {reason}.")
        elif why := cannot_be_held(choice, matrix):
            left_out.append(f"{names[choice.id]} cannot be held to an accuracy. {why}")
        else:
            kept.append(choice)
    return Chosen(first.data, matrix, first, tuple(kept), training_names(kept), measure, tuple(left_out))
