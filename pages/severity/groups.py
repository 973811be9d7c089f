"""Clinical groups of the matrix that is open, and its severities made anew from four costs."""

import streamlit as st

from pages.kit.errors import shown_errors
from pages.kit.next_run import redraw
from pages.kit.plain_text import escaped
from pages.severity import drafts as matrix_drafts
from riskcore.severity import SeverityMatrix
from riskcore.severity.groups import group_order, parsed_order, possible_misses, regrouped

_OPEN = "severity_groups"
_COSTS = {
    "within": ("Inside a group", 1.0, "Severity of a mistake between two classes of one group."),
    "over_call": ("False alarm", 3.0, "Severity of calling a class of a more dangerous group (over-call)."),
    "under_call": ("Milder miss", 5.0, "Severity of a miss between groups that is not dangerous (under-call)."),
    "critical_miss": ("Dangerous miss", 10.0, "Severity of a dangerous miss, and from where a mistake is dangerous."),
}
"""Argument of `SeverityMatrix.from_groups` -> label, value that is offered first, help."""


def groups_panel(name: str) -> None:
    """A button that opens them; they are many controls, so they are drawn once it is open, and keep what they hold."""
    panel = st.popover("Groups", icon=":material/category:", key=_OPEN, on_change="rerun")
    if panel.open:
        with panel, shown_errors():
            _panel(name)


def _panel(name: str) -> None:
    matrix = matrix_drafts.draft(name).history.current
    # Answers belong to the groups that they started from: another matrix, or an undo, starts anew.
    base = f"{name} {matrix.groups}"
    known = group_order(matrix)
    text = st.text_input(
        "Groups, the least dangerous first, separated by commas",
        value=", ".join(known) if len(known) > 1 else "benign, malignant",
        key=f"severity_order {base}",
        persist_state="page",
    )
    order = parsed_order(text)
    groups = _groups(matrix, order, base)
    costs = _costs()
    pairs = _dangerous(order)
    with st.container(horizontal=True):
        if st.button("Set groups and severities", type="primary", key="severity_groups_costs"):
            made = SeverityMatrix.from_groups(groups, order, critical_pairs=pairs, **costs)
            matrix_drafts.edit(name, made)
            redraw(severity_groups=False)
        if st.button("Set the groups only", key="severity_groups_only"):
            matrix_drafts.edit(name, regrouped(matrix, groups, order))
            redraw(severity_groups=False)
    st.caption("Both can be undone.")


def _groups(matrix: SeverityMatrix, order: list[str], base: str) -> dict[str, str]:
    known = matrix.groups or {}
    columns = st.columns(2)
    return {
        label: columns[place % 2].selectbox(
            escaped(label),
            order,
            index=order.index(known[label]) if known.get(label) in order else 0,
            key=f"severity_group {label} {base}",
            persist_state="page",
        )
        for place, label in enumerate(matrix.classes)
    }


def _costs() -> dict[str, float]:
    columns = st.columns(4, vertical_alignment="bottom")
    return {
        option: column.number_input(
            label,
            min_value=0.0,
            value=value,
            step=1.0,
            format="%g",
            help=meaning,
            key=f"severity_cost_{option}",
            persist_state="page",
        )
        for column, (option, (label, value, meaning)) in zip(columns, _COSTS.items(), strict=True)
    }


def _dangerous(order: list[str]) -> list[tuple[str, str]]:
    """Which misses are dangerous; with two groups there is only one to choose."""
    possible = possible_misses(order)
    if len(possible) == 1:
        return possible
    chosen = st.multiselect(
        "Dangerous misses",
        range(len(possible)),
        default=[0],
        format_func=lambda place: "{} called {}".format(*possible[place]),
        key=f"severity_misses {order}",
        persist_state="page",
    )
    return [possible[place] for place in chosen]
