"""Which of the judged images are shown, in which order, and as what."""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from pages.predict.maps import CardMaps, map_settings, maps_toggle
from riskcore.learning.bundle import Bundle
from riskcore.runs.folder import Run
from riskcore.words.images.judged import Judged
from riskcore.words.images.risk_level import LEVELS, risk_level

VIEWS = ("Cards", "Table")
ORDERS = ("Most urgent first", "Least urgent first", "As they came")

PAGE = "predict_page"

_ADDRESS = "predict_level"
_CONTROL = "predict_level_chosen"
_ALL, _FAILED = "all", "failed"
_KNOWN = {level.key: level for level in LEVELS}


def level_of(judged: Judged, bundle: Bundle) -> str:
    """The key of an image's level."""
    return _FAILED if judged.prediction is None else risk_level(judged.prediction, bundle.matrix).key


def level_filter(levels: Sequence[str]) -> str | None:
    """Ask for a level, with the number of its images; None for all. The address keeps it.

    Args:
        levels: of each image, by its key.
    """
    counts = Counter(levels)
    asked = st.query_params.get(_ADDRESS, _ALL)
    if asked not in (*_KNOWN, _FAILED):
        asked = _ALL
    offered = [key for key in (*_KNOWN, _FAILED) if counts[key] or key == asked]
    st.session_state[_CONTROL] = asked
    st.segmented_control(
        "Level of risk",
        [_ALL, *offered],
        format_func=lambda key: _option(key, len(levels) if key == _ALL else counts[key]),
        key=_CONTROL,
        required=True,
        on_change=_filter,
        label_visibility="collapsed",
    )
    return None if asked == _ALL else asked


def _option(key: str, count: int) -> str:
    if key == _ALL:
        return f"All {count:,}"
    if key == _FAILED:
        return f":material/broken_image: Failed {count:,}"
    return f":material/{_KNOWN[key].icon}: {_KNOWN[key].short} {count:,}"


def _filter() -> None:
    chosen = st.session_state[_CONTROL]
    st.session_state.pop(PAGE, None)
    if chosen == _ALL:
        st.query_params.pop(_ADDRESS, None)
    else:
        st.query_params[_ADDRESS] = chosen


def view_settings(run: Run, cards: bool) -> tuple[CardMaps, str, str]:
    """Ask for maps, cards or table, and the order: the maps, one of `VIEWS` and one of `ORDERS`.

    Args:
        run: that judges.
        cards: whether there are several images to look at; else maps alone are asked for.
    """
    shown, view, order = maps_toggle(), VIEWS[0], ORDERS[0]
    if not (cards or shown):
        return CardMaps(run), view, order
    with st.popover("View", icon=":material/tune:"):
        if cards:
            view = st.segmented_control(
                "Show", VIEWS, default=VIEWS[0], required=True, key="predict_view", bind="query-params"
            )
            order = st.selectbox("Order", ORDERS, key="predict_order", bind="query-params")
        return map_settings(run, shown), view, order


def ordered(places: Sequence[int], came: Sequence[int], order: str) -> list[int]:
    """Places of images in an order of `ORDERS`.

    Args:
        places: by risk, the most urgent first.
        came: of each place, when the image came.
    """
    if order == ORDERS[2]:
        return sorted(places, key=lambda place: came[place])
    return list(places) if order == ORDERS[0] else list(reversed(places))
