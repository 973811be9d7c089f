"""What caution does, in natural frequencies: a sentence, a small table, bars of mistakes and a field of dots."""

import streamlit as st

from pages.kit.part import Part
from riskcore.decision.operating import OperatingPoint
from riskcore.judging.frequencies import OUTCOMES, CautionEffect, Frequencies
from riskcore.plots.frequencies import bars_figure, dots_figure
from riskcore.words.glossary import tooltip

_WITHOUT = "Without caution"
_NOT_REACHED = "No setting keeps to that on the validation cases; the most accurate one is used instead."


def frequency_view(effect: CautionEffect, stop: str, meaning: str, *, as_tested: bool, part: Part = "test") -> None:
    """Draw the effect of a caution beside none.

    Args:
        effect: on the cases of the part.
        stop: what the caution is called.
        meaning: of the stop, a sentence but for its capital.
        as_tested: whether the share of dangerous cases is that of these cases.
        part: which cases.
    """
    on = effect.on
    named = {_WITHOUT: effect.argmax, f"Caution: {stop}": on}
    st.markdown(f"**{effect.sentence}**", help=tooltip("critical miss rate", "over-call rate", "interval"))
    counted_on = f"On {part}" if as_tested else f"On {part}, at the share that you set, decisions unchanged"
    st.caption(
        f"{stop}: {meaning} {counted_on}, {effect.change}. {_learnt_from(effect, as_tested, part)}",
        help=_settings(effect),
    )
    notes = [] if effect.reached else [_NOT_REACHED]
    notes += [f"{counted_on}, {failure}" for failure in effect.failures]
    if notes:
        st.warning(" ".join(notes), icon=":material/warning:")
    table, bars = st.columns(2, gap="medium", vertical_alignment="center")
    with table:
        st.dataframe(_rows(named), hide_index=True, alt=f"{_WITHOUT}: {effect.argmax.sentence} {stop}: {on.sentence}")
    with bars:
        st.plotly_chart(
            bars_figure(named), config={"displayModeBar": False}, alt=f"Bars of mistakes. {_in_words(named)}"
        )
    st.plotly_chart(
        dots_figure(named),
        config={"displayModeBar": False},
        alt=f"A field of {on.of:,} dots for each caution, one dot a case. {_in_words(named)}",
    )


def _learnt_from(effect: CautionEffect, as_tested: bool, part: Part) -> str:
    on = effect.on
    cases = on.dangerous_cases + on.harmless_cases
    seeds = f", each judged by {effect.seeds} seeds" if effect.seeds > 1 else ""
    share = (
        "their own share of dangerous cases; ranges take it as given, so the table's differ a little"
        if as_tested
        else "the share of dangerous cases that you set"
    )
    return (
        f"Learnt from {cases:,} {part} cases ({on.dangerous_cases:,} dangerous, {on.harmless_cases:,} harmless)"
        f"{seeds}, at {share}."
    )


def _settings(effect: CautionEffect) -> str:
    """The dial behind the stop, for those who want to use it elsewhere."""
    settings = dict.fromkeys(f"{dial.rule} {dial.aversion:.3f}" for dial in effect.dials)
    chosen = any(isinstance(dial, OperatingPoint) for dial in effect.dials)
    how = "chosen on each run's validation cases" if chosen else "the same for every run"
    return f"Rule and aversion of the risk dial, {how}: {'; '.join(settings)}."


def _rows(named: dict[str, Frequencies]) -> list[dict[str, str]]:
    return [
        {
            f"Of {found.of:,} cases": name,
            "missed": _ranged(found.people["missed"], found.missed),
            "false alarms": _ranged(found.people["false_alarm"], found.false_alarms),
            "called right": _ranged(found.people["found"] + found.people["cleared"], found.right),
            "average harm": _harm(found),
        }
        for name, found in named.items()
    ]


def _ranged(people: int, ends: tuple[int, int]) -> str:
    return f"{people:,} ({ends[0]:,}–{ends[1]:,})"


def _harm(frequencies: Frequencies) -> str:
    harm = frequencies.rates["expected_severity"]
    return f"{harm.value:.2f} ({harm.low:.2f}–{harm.high:.2f})"


def _in_words(named: dict[str, Frequencies]) -> str:
    return " ".join(f"{name}: {_counts(found)}." for name, found in named.items())


def _counts(frequencies: Frequencies) -> str:
    return "; ".join(f"{frequencies.people[outcome]:,} × {words}" for outcome, words in OUTCOMES.items())
