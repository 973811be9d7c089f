"""The answer of a what-if: how many decisions change, and the rates before and after."""

import streamlit as st

from pages.kit.assets import asset_path
from pages.kit.plain_text import escaped
from pages.severity.whatif_tried import Tried
from riskcore.formats import NOTHING, SYNTHETIC, count, percent
from riskcore.judging.changes import changes, effects
from riskcore.judging.crossings import class_words, crossing_words, crossings
from riskcore.metrics import majority_accuracy
from riskcore.metrics.intervals import Rate
from riskcore.words.glossary import tooltip
from riskcore.words.missing_cases import caution_note
from riskcore.words.whatif import EFFECTS, MEASURES, SAME, broken_words, change_words, rate_words, unmoved_words


def numbers(tried: Tried) -> None:
    """Draw the sentence, the table, and which cautions were compared."""
    st.markdown(_sentence(tried), help=tooltip("argmax", "aversion", "wish", "operating point"))
    result = tried.result
    if not result.reached:
        st.warning(
            "No caution serves this wish on the validation cases; the one of most accuracy is shown.",
            icon=":material/warning:",
        )
    if result.wish and (said := caution_note(result.absent, None)):
        st.markdown(f":material/warning: **{escaped(said)}**", help=tooltip("critical class", "validation"))
    broken = broken_words(result.wish, result.argmax["accuracy"], result.after["accuracy"])
    if broken and tried.part == "test":
        # Not a callout: the table below must stay in sight.
        st.markdown(
            f":material/warning: **{broken}**",
            help="Points of accuracy, counted from the model without caution.\n\n"
            + tooltip("argmax", "validation", "test"),
        )
    if relabelled := _relabelled(tried):
        st.warning(escaped(relabelled), icon=":material/warning:")
    st.html(asset_path("whatif.css"))
    with st.container(key="severity_numbers"):
        st.markdown(
            _table(tried),
            help=tooltip("critical error", "over-call rate", "expected severity", "accuracy", "interval"),
        )
    st.caption(_below(tried))


def _table(tried: Tried) -> str:
    """As markdown: it holds numbers and our own words only."""
    result = tried.result
    columns: dict[str, dict[str, Rate] | None] = {"Without caution": result.argmax}
    columns |= (
        {"Caution before": result.before, "Caution now": result.after}
        if tried.edited
        else {"With caution": result.after}
    )
    earlier = result.argmax if result.before is None else result.before
    heads = [*columns, "Change"] if tried.edited else list(columns)
    rows = [["Measure", *heads], [":--"] * (len(heads) + 1)]
    for measure, name in MEASURES.items():
        cells = [
            NOTHING if rates is None else _unbroken(rate_words(rates[measure], tried.part))
            for rates in columns.values()
        ]
        if tried.edited:
            change = change_words(earlier[measure], result.after[measure])
            cells.append(change if change == SAME else f"**{change}**")
        rows.append([name, *cells])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _unbroken(words: str) -> str:
    """The cases on one line and the interval on the next, where both do not fit on one."""
    joined = words.replace(" ", "\u00a0").replace("–", "\u2060–\u2060")
    return joined.replace(":\u00a0", ": ")


def _sentence(tried: Tried) -> str:
    result, seeds = tried.result, tried.seeds
    cases = len(result.truth) // seeds
    if not tried.edited:
        return f"**No edit yet**: change a cell to see what it does on {cases:,} {tried.part} cases."
    changed = int(result.changed.sum())
    if not changed:
        why = unmoved_words(result.dials, tried.before, tried.matrix)
        return f"**The edit changes no decision** on {cases:,} {tried.part} cases. {why}"
    effect = effects(changes(result))
    parts = [f"{count(effect[kind], seeds)} {words}" for kind, words in EFFECTS.items() if effect[kind]]
    return f"**{count(changed, seeds)} of {cases:,} decisions change**: {', '.join(parts)}."


def _relabelled(tried: Tried) -> str:
    """What the edit does to the counts by calling other mistakes dangerous, decisions apart."""
    found = crossings(tried.result, tried.before)
    sentences = (crossing_words(found, tried.seeds), class_words(tried.before, tried.matrix))
    return " ".join(sentence for sentence in sentences if sentence)


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
