"""Predict: images from outside, each judged by a finished run, with its risk and what to do."""

import math
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

import streamlit as st

from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.kit.links import link_to
from pages.kit.standings import best_of
from pages.predict.files import ImageFile, example_files, examples_button, files_picker
from pages.predict.maps import map_controls
from pages.predict.results import judge_all
from pages.predict.risk_card import risk_card, risk_card_style
from pages.predict.run import caution_line, run_facts, run_picker
from pages.predict.table import all_table, keep_buttons, save
from riskcore.errors import InputError
from riskcore.learning.bundle import Bundle
from riskcore.runs.folder import Run
from riskcore.runs.overview import overview
from riskcore.runs.ranking import finished_runs, named_first
from riskcore.words.images.judged import Judged, by_risk, table
from riskcore.words.images.risk_level import LEVELS, risk_level

CARDS = 12
"""Cards on a page."""

PAGER = 320
"""Width in pixels of the page numbers; as narrow as it likes, the pager shows one number only."""

VIEWS = ("Cards", "Table")
"""The most urgent image comes first in both."""


def show() -> None:
    """Draw the screen."""
    runs = _offered()
    if not runs:
        st.info(
            "There is no finished training run yet that could judge images. Train one first.", icon=":material/info:"
        )
        link_to("train", "Train a model")
        return
    left, right = st.columns(2, gap="medium")
    with left:
        run = run_picker(runs)
        bundle = Bundle.load(run.folder / "bundle")
    with right:
        sources = files_picker()
        if not sources and examples_button():
            sources = example_files(run, bundle)
    with left:
        run_facts(run, bundle, expanded=not sources)
    if sources:
        judged = judge_all(sources, run)
        caution_line(run, bundle)
        _judged(sources, judged, run, bundle)


def _offered() -> list[Run]:
    """The finished runs, those of the training first that Overview names for the newest data set and matrix."""
    store = cached.store()
    runs = finished_runs(store)
    for entry in overview(store).entries[:1]:
        with suppress(InputError):  # its predictions are gone: a run without them can still judge
            best, _ = best_of(entry)
            named = next((choice for choice in entry.rivals if best is not None and choice.id == best.id), None)
            return named_first(runs, named)
    return runs


def _judged(sources: Sequence[ImageFile], judged: Sequence[Judged], run: Run, bundle: Bundle) -> None:
    order = by_risk(judged, bundle)
    sources, judged = [sources[place] for place in order], [judged[place] for place in order]
    rows = table(judged, bundle)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(_summary(judged, bundle), width="stretch")
        view = st.segmented_control(
            "View",
            VIEWS,
            default=VIEWS[0],
            required=True,
            key="predict_view",
            bind="query-params",
            label_visibility="collapsed",
        )
        save_asked = keep_buttons(rows)
        pages = math.ceil(len(judged) / CARDS)
        page = st.pagination(pages, key="predict_page", width=PAGER) if pages > 1 and view == VIEWS[0] else 1
    if save_asked:
        with shown_errors():
            save(sources, judged, rows, bundle)
    if view == VIEWS[0]:
        _cards(sources, judged, run, bundle, CARDS * (page - 1))
    else:
        all_table(rows)


def _summary(judged: Sequence[Judged], bundle: Bundle) -> str:
    """How many images of each level."""
    levels = Counter(risk_level(one.prediction, bundle.matrix) for one in judged if one.prediction is not None)
    parts = [f":material/{level.icon}: {level.words}: **{levels[level]}**" for level in LEVELS if levels[level]]
    if failed := sum(one.prediction is None for one in judged):
        parts.append(f":material/broken_image: Failed: **{failed}**")
    return " · ".join(parts)


def _cards(sources: Sequence[ImageFile], judged: Sequence[Judged], run: Run, bundle: Bundle, first: int) -> None:
    risk_card_style()
    cards = st.container(key="predict_cards")
    maps = map_controls()  # below the cards: what to do comes first
    places = range(first, min(first + CARDS, len(judged)))
    with cards:
        for place in places:
            risk_card(judged[place], bundle, place + 1, maps, sources[place].truth)
    maps.fill({place + 1: sources[place] for place in places}, run)
