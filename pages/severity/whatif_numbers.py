"""The answer of a what-if: how many decisions change, and the rates before and after."""

import streamlit as st

from pages.kit.plain_text import escaped
from pages.severity.whatif_tried import Tried
from riskcore.formats import count, percent
from riskcore.judging.changes import changes, effects
from riskcore.judging.crossings import class_words, crossing_words, crossings
from riskcore.metrics import majority_accuracy
from riskcore.metrics.intervals import Rate
from riskcore.words.glossary import tooltip
from riskcore.words.missing_cases import caution_note
from riskcore.words.whatif import EFFECTS, MEASURES, broken_words, rate_words, told_words, unmoved_words


def numbers(tried: Tried) -> None:
    """Draw the sentence, what has to be known of the caution, and the table."""
    st.markdown(_sentence(tried), help=tooltip("aversion", "wish", "operating point"))
    for note in _notes(tried):
        st.markdown(f":material/warning: {escaped(note)}")
    with st.container(key="severity_numbers"):
        st.markdown(
            _table(tried),
            help=tooltip("critical error", "over-call rate", "expected severity", "accuracy", "interval"),
        )
    st.caption(_below(tried))


def _notes(tried: Tried) -> list[str]:
    result = tried.result
    broken = broken_words(result.wish, result.argmax["accuracy"], result.after["accuracy"])
    notes = [
        caution_note(result.absent, None) if result.wish else "",
        broken if tried.part == "test" else "",
        _relabelled(tried),
    ]
    return [note for note in notes if note]


def _table(tried: Tried) -> str:
    """As markdown: it holds numbers and our own words only."""
    result = tried.result
    columns: dict[str, dict[str, Rate]] = {"Without caution": result.zero}
    if tried.old is not None:
        columns["Caution before"] = result.earlier_rates
    columns["Caution now" if tried.edited else "With caution"] = result.after
    heads = [*columns, "Change"]
    rows = [["Measure", *heads], [":--"] * (len(heads) + 1)]
    for measure, name in MEASURES.items():
        cells = [_unbroken(rate_words(rates[measure], tried.part)) for rates in columns.values()]
        change = told_words(result.earlier_rates[measure], result.after[measure], tried.change[measure])
        rows.append([name, *cells, change])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _unbroken(words: str) -> str:
    """The cases on one line and the interval on the next, where both do not fit on one."""
    joined = words.replace(" ", "\u00a0").replace("–", "\u2060–\u2060")
    return joined.replace(":\u00a0", ": ")


def _sentence(tried: Tried) -> str:
    result, seeds = tried.result, tried.seeds
    cases = len(result.truth) // seeds
    changed = int(result.changed.sum())
    what = "Your edit" if tried.edited else "Caution"
    if not changed:
        why = unmoved_words(result.dials, tried.before, tried.matrix) if tried.edited else ""
        return f"**{what} changes no decision** on {cases:,} {tried.part} cases. {why}"
    effect = effects(changes(result))
    parts = [f"{count(effect[kind], seeds)} {words}" for kind, words in EFFECTS.items() if effect[kind]]
    return f"**{what} changes {count(changed, seeds)} of {cases:,} decisions**: {', '.join(parts)}."


def _relabelled(tried: Tried) -> str:
    """What the edit does to the counts by calling other mistakes dangerous, decisions apart."""
    found = crossings(tried.result, tried.before)
    sentences = (crossing_words(found, tried.seeds), class_words(tried.before, tried.matrix))
    return " ".join(sentence for sentence in sentences if sentence)


def _below(tried: Tried) -> str:
    """How to read the table."""
    lines = [
        "Everything is judged by the edited matrix; in brackets 95 % intervals; “cannot tell” where that of the change "
        f"holds 0. Always the commonest class: "
        f"{percent(majority_accuracy(tried.result.truth))} right."
    ]
    if tried.seeds > 1:
        lines.append(f"Counts are means over {tried.seeds} seeds.")
    return " ".join(lines)
