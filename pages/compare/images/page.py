"""The page of an image: large, with every run's call, a mark for a label that looks wrong, and the patient's others."""

from pathlib import Path

import streamlit as st

from pages.compare.images.marking import marking
from pages.compare.images.opened import close_case, opened
from pages.compare.images.sides import side_of
from pages.compare.images.thumbnail import case_picture, case_thumbnail
from pages.compare.sample_paths import sample_paths
from pages.compare.view import View
from pages.kit.errors import shown_errors
from pages.kit.plain_text import escaped
from riskcore.formats import percent
from riskcore.judging.side_by_side import SharedCase, case_shares, of_group, shared_cases
from riskcore.words.glossary import tooltip
from riskcore.words.mistake_table import kind_words, sure_words

LARGE = 640
OTHERS = 6
"""Images of the same patient that are shown."""


def case_page(view: View) -> None:
    """Open the page of the image that was clicked or that the address names; nothing while there is none."""
    if opened() is not None:
        st.dialog("Image", width="large", icon=":material/image:", on_dismiss=close_case)(_page)(view)


def _page(view: View) -> None:
    with shown_errors():
        sample = opened()
        choices = view.chosen.choices
        every = shared_cases([side_of(view, choice) for choice in choices])
        case = every.get(sample or "")
        if case is None:
            st.info(
                f"There is no {view.part} image {escaped(str(sample))} among those of these runs; close this and "
                "choose another one.",
                icon=":material/image_not_supported:",
            )
            return
        picture, words = st.columns([1, 1.25], gap="medium")
        (path,) = sample_paths(choices[0], [case.sample])
        with picture:
            case_picture(case.sample, path, f"truth {case.truth}", LARGE)
        with words:
            st.markdown(f"{escaped(Path(case.sample).name)}: truth **{escaped(case.truth)}**")
            _calls(view, case)
            marking(view.chosen.data, case.sample)
        _same_patient(view, case, every)
        _details(view, case)


def _calls(view: View, case: SharedCase) -> None:
    rows = [
        {
            "Training": view.labels[choice.id],
            "Says": call.said,
            "That is": kind_words(case.truth, call.said, view.matrix).lower(),
            "Sure": sure_words(call.probability),
            "Gave the truth": sure_words(call.truth_probability),
            **({"Seeds": f"{call.seeds} of {call.judged}"} if call.judged > 1 else {}),
            "Harm": f"{call.severity:g}",
        }
        for choice, call in zip(view.chosen.choices, case.calls, strict=True)
    ]
    st.dataframe(rows, hide_index=True, alt="What each training says of this image, the worst call of its seeds")


def _same_patient(view: View, case: SharedCase, every: dict[str, SharedCase]) -> None:
    others = [every[name] for name in of_group(side_of(view, view.of), case.sample) if name in every]
    if not others:
        return
    place = view.chosen.choices.index(view.of)
    more = f", {OTHERS} of {len(others)}" if len(others) > OTHERS else ""
    st.markdown(f"Other {view.part} images of the same patient, slide or lesion{more}")
    paths = sample_paths(view.of, [other.sample for other in others[:OTHERS]])
    for column, other, path in zip(st.columns(OTHERS, gap="small"), others, paths, strict=False):
        said = other.calls[place].said
        with column:
            case_thumbnail(other.sample, f"truth {other.truth}, called {said}", path, "group")
            st.caption(escaped(other.truth if said == other.truth else f"{other.truth} called {said}"))


def _details(view: View, case: SharedCase) -> None:
    with st.expander("Details"):
        rows: dict[str, dict[str, str]] = {name: {"Class": name} for name in view.matrix.classes}
        for choice in view.chosen.choices:
            label = view.labels[choice.id]
            if (shares := case_shares(side_of(view, choice), case.sample)) is not None:
                for name, share in shares.probabilities.items():
                    rows[name][f"{label}: probability"] = percent(share)
                    rows[name][f"{label}: expected harm"] = f"{shares.harms[name]:.2f}"
        st.dataframe(list(rows.values()), hide_index=True, alt="Probability and expected harm of each class")
        owner = "" if case.group == case.sample else f" Patient, slide or lesion: {escaped(case.group)}."
        fold = "" if case.fold is None else f" Tested in fold {case.fold}."
        st.caption(
            f"Calibrated probabilities, means of the seeds; expected harm: of saying so.{owner}{fold} "
            f"{escaped(case.sample)}",
            help=tooltip("expected severity", "seed"),
        )
