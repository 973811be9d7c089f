"""The answer of a what-if: how many decisions change, and the rates before and after."""

import streamlit as st

from pages.components.assets import asset_path
from pages.components.whatif_tried import Tried
from riskcore.changes import Effect, changes, effects
from riskcore.glossary import tooltip
from riskcore.metrics import majority_accuracy
from riskcore.whatif_words import MEASURES, SAME, change_words, rate_words, unmoved_words
from riskcore.wording import NOTHING, SYNTHETIC, count, percent

_EFFECTS: dict[Effect, str] = {"better": "do less harm", "worse": "do more harm", "equal": "do as much harm"}


def numbers(tried: Tried) -> None:
    """Draw the sentence, the table, and which cautions were compared."""
    st.markdown(_sentence(tried), help=tooltip("argmax", "aversion", "wish", "operating point"))
    if not tried.result.reached:
        st.warning(
            "No caution serves this wish on the validation cases; the one of most accuracy is shown.",
            icon=":material/warning:",
        )
    st.html(asset_path("whatif.css"))
    with st.container(key="severity_numbers"):
        st.markdown(
            _table(tried),
            help=tooltip("critical error", "over-call rate", "expected severity", "accuracy", "interval"),
        )
    st.caption(_below(tried))


def _table(tried: Tried) -> str:
    """As markdown: it holds numbers and our own words only."""
    result, seeds = tried.result, tried.seeds
    columns = {"Without caution": result.argmax, "Caution before": result.before, "Caution now": result.after}
    earlier = result.argmax if result.before is None else result.before
    rows = [["", *columns, "Change"], [":--"] * (len(columns) + 2)]
    for measure, name in MEASURES.items():
        cells = [
            NOTHING if rates is None else _unbroken(rate_words(rates[measure], seeds)) for rates in columns.values()
        ]
        change = change_words(earlier[measure], result.after[measure], seeds)
        rows.append([name, *cells, change if change == SAME else f"**{change}**"])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _unbroken(words: str) -> str:
    """The cases on one line and the interval on the next, where both do not fit on one."""
    joined = words.replace(" ", "\u00a0").replace("–", "\u2060–\u2060")
    return joined.replace(":\u00a0", ": ")


def _sentence(tried: Tried) -> str:
    result, seeds = tried.result, tried.seeds
    cases = len(result.truth) // seeds
    if tried.before.critical_cells.any() and tried.matrix == tried.before:
        return f"**No edit yet**: change a cell to see what it does on {cases:,} test cases."
    changed = int(result.changed.sum())
    if not changed:
        why = unmoved_words(result.dials, tried.before, tried.matrix)
        return f"**The edit changes no decision** on {cases:,} test cases. {why}"
    effect = effects(changes(result, tried.classes, tried.matrix))
    parts = [f"{count(effect[kind], seeds)} {words}" for kind, words in _EFFECTS.items() if effect[kind]]
    return f"**{count(changed, seeds)} of {cases:,} decisions change**: {', '.join(parts)}."


def _below(tried: Tried) -> str:
    """How to read the table."""
    lines = [
        f"Everything is judged by the edited matrix; in brackets 95 % intervals. Always the commonest class: "
        f"{percent(majority_accuracy(tried.result.truth))} right."
    ]
    if tried.seeds > 1:
        lines.append(f"Counts are means over {tried.seeds} seeds.")
    if tried.source.synthetic:
        lines.append(SYNTHETIC)
    return " ".join(lines)
