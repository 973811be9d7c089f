"""Predict: images from outside, each judged by a finished run, with its risk and what to do."""

import math
from collections.abc import Sequence
from contextlib import suppress

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.kit import cached
from pages.kit.links import link_to
from pages.kit.standings import best_of
from pages.kit.synthetic import synthetic_mark
from pages.predict.case_page import asked_case, case_page
from pages.predict.files import ImageFile, example_files, examples_asked, examples_offer, files_picker, too_many
from pages.predict.keep import keep_popover
from pages.predict.large import show_large
from pages.predict.maps import CardMaps
from pages.predict.results import judge_all
from pages.predict.reviews import Reviews
from pages.predict.risk_card import risk_card, risk_card_style
from pages.predict.run import run_picker
from pages.predict.table import all_table
from pages.predict.view import PAGE, VIEWS, level_filter, level_of, ordered, view_settings
from riskcore.errors import InputError
from riskcore.learning.bundle import Bundle
from riskcore.runs.folder import Run
from riskcore.runs.ranking import finished_runs, named_first
from riskcore.words.images.judged import Judged, by_risk, table
from riskcore.words.images.map_note import MAP_NOTE

CARDS = 12
"""Cards on a page."""

PAGER = 320
"""Width in pixels of the page numbers; as narrow as it likes, the pager shows one number only."""


def show() -> None:
    """Draw the screen."""
    runs = _offered()
    if not runs:
        st.info(
            "There is no finished training run yet that could judge images. Train one first.", icon=":material/info:"
        )
        link_to("train", "Train a model")
        return
    risk_card_style()
    bar = st.container(key="predict_bar", horizontal=True, vertical_alignment="center", gap="small")
    dropped = files_picker(bar)
    with bar:
        run, bundle = run_picker(runs)
    synthetic_mark(bundle.provenance["synthetic"])
    sources = dropped.files or (example_files(run, bundle) if examples_asked() else [])
    if not sources:
        examples_offer(run, bundle)
        return
    judged = judge_all(sources, run)
    too_many(dropped)
    _judged(bar, sources, judged, run, bundle)


def _offered() -> list[Run]:
    """The finished runs, those of the training first that Overview names for the newest data set and matrix."""
    runs = finished_runs(cached.store())
    for entry in cached.entries()[:1]:
        with suppress(InputError):  # its predictions are gone: a run without them can still judge
            best, _ = best_of(entry)
            named = next((choice for choice in entry.rivals if best is not None and choice.id == best.id), None)
            return named_first(runs, named)
    return runs


def _judged(
    bar: DeltaGenerator, sources: Sequence[ImageFile], judged: Sequence[Judged], run: Run, bundle: Bundle
) -> None:
    came = by_risk(judged, bundle)
    sources, judged = [sources[place] for place in came], [judged[place] for place in came]
    reviews, case = Reviews(run, bundle), asked_case(sources, judged)
    with bar:
        levels = [level_of(one, bundle) for one in judged]
        level = level_filter(levels) if case is None else None
        maps, view, order = view_settings(run, cards=case is None)
        rows = table(judged, bundle)
        keep_popover(sources, judged, rows, bundle, reviews)
    if case is not None:
        case_page(judged[case], sources[case], bundle, maps, reviews)
        return
    places = [place for place in ordered(range(len(judged)), came, order) if level in (None, levels[place])]
    if not places:
        st.markdown("No image has this level.")
    elif view == VIEWS[0]:
        _cards(places, sources, judged, bundle, maps, reviews)
    else:
        said = [reviews.of(source) for source in sources]
        every = rows.assign(
            number=range(1, len(rows) + 1),
            reviewer=pd.Series([review.words or None for review in said], dtype=object),
            note=pd.Series([review.note or None for review in said], dtype=object),
        )
        all_table(every.iloc[places])


def _cards(
    places: Sequence[int],
    sources: Sequence[ImageFile],
    judged: Sequence[Judged],
    bundle: Bundle,
    maps: CardMaps,
    reviews: Reviews,
) -> None:
    """Cards by the dozen; images keep the number that they have in the order by risk."""
    pages = math.ceil(len(places) / CARDS)
    st.session_state[PAGE] = page = min(st.session_state.get(PAGE, 1), pages)
    large = None
    with st.container(key="predict_cards"):
        for place in places[CARDS * (page - 1) : CARDS * page]:
            if risk_card(judged[place], sources[place], bundle, place + 1, maps, reviews):
                large = place
    if pages > 1:
        st.pagination(pages, key=PAGE, width=PAGER)
    if maps.shown:
        st.caption(MAP_NOTE)
    if large is not None:
        show_large(judged[large], sources[large], large + 1, maps)
    maps.fill()
